"""R: what the same rows cost without any of this project: Litestar, one asyncpg query, JSON made by PostgreSQL."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from litestar import Litestar, Response, get
from litestar.datastructures import State

# The columns and the page of `GET /v1/products?limit=20`, of the store that the environment names.
LIST = """
SELECT json_build_object('data', json_build_object('items', coalesce(json_agg(row), '[]')))::text FROM (
  SELECT id, name, slug, short_description, price, compare_price, sku, stock_quantity, track_stock, status,
         has_variants, featured, primary_image,
         to_char(created_at, 'YYYY-MM-DD HH24:MI:SS') AS created_at,
         to_char(updated_at, 'YYYY-MM-DD HH24:MI:SS') AS updated_at, external_id, metadata
  FROM products WHERE store_id = $1 AND livemode = $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3
) row
"""


@get("/products", sync_to_thread=False)
async def products(state: State) -> Response[bytes]:
    text = await state.pool.fetchval(LIST, state.store_id, True, 20)
    return Response(text.encode(), media_type="application/json")


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    app.state.store_id = int(os.environ["BENCH_STORE"])
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=16, max_size=16)
    yield
    await app.state.pool.close()


app = Litestar([products], lifespan=[connected], openapi_config=None, logging_config=None)
