"""R: what the same rows cost without any of this project: Litestar, one asyncpg query, JSON made by PostgreSQL."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from litestar import Litestar, Response, get
from litestar.datastructures import State

# The columns of the GraphQL list, and of `GET /v1/products`: all of the store that the environment names.
THIRTEEN = (
    "id, name, slug, short_description, price, compare_price, sku, stock_quantity, track_stock, status, featured,"
    ' primary_image, to_char(created_at, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS created_at'
)
ROW = (
    "id, name, slug, short_description, price, compare_price, sku, stock_quantity, track_stock, status,"
    " has_variants, featured, primary_image, to_char(created_at, 'YYYY-MM-DD HH24:MI:SS') AS created_at,"
    " to_char(updated_at, 'YYYY-MM-DD HH24:MI:SS') AS updated_at, external_id, metadata"
)
NESTED = (
    "id, name, (SELECT json_agg(json_build_object('url', i.url, 'alt', i.alt, 'position', i.position)"
    " ORDER BY i.position, i.id) FROM product_images i WHERE i.product_id = t.id) AS images,"
    " (SELECT json_agg(json_build_object('name', v.name, 'price', v.price, 'stock', v.stock_quantity)"
    " ORDER BY v.position, v.id) FROM product_variants v WHERE v.product_id = t.id) AS variants,"
    " (SELECT json_build_object('name', c.name) FROM categories c WHERE c.id = t.category_id) AS category"
)
PAGE = (
    "SELECT json_build_object('data', json_build_object('items', coalesce(json_agg(row), '[]')))::text FROM ("
    "SELECT {} FROM products t WHERE store_id = $1 AND livemode AND deleted_at IS NULL ORDER BY id DESC LIMIT 20) row"
)
BY_SLUG = (
    f"SELECT json_build_object('data', row_to_json(row))::text FROM (SELECT {THIRTEEN} FROM products"
    " WHERE store_id = $1 AND livemode AND slug = $2 AND deleted_at IS NULL) row"
)


async def page(state: State, columns: str, *arguments: object) -> Response[bytes]:
    text = await state.pool.fetchval(columns, state.store_id, *arguments)
    return Response(text.encode(), media_type="application/json")


@get("/products")
async def products(state: State) -> Response[bytes]:
    return await page(state, PAGE.format(ROW))


@get("/thirteen")
async def thirteen(state: State) -> Response[bytes]:
    return await page(state, PAGE.format(THIRTEEN))


@get("/nested")
async def nested(state: State) -> Response[bytes]:
    return await page(state, PAGE.format(NESTED))


@get("/product")
async def product(state: State) -> Response[bytes]:
    return await page(state, BY_SLUG, "bench-100000")


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    app.state.store_id = int(os.environ["BENCH_STORE"])
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=16, max_size=16)
    yield
    await app.state.pool.close()


app = Litestar([products, thirteen, nested, product], lifespan=[connected], openapi_config=None, logging_config=None)
