"""R: what the same rows cost without any of this project: Litestar, one asyncpg query, JSON made by PostgreSQL."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from litestar import Litestar, Response, get, post
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

# The columns of `GET /v1/orders`, and of one of them.
ORDER_ROW = (
    "id, order_number, status, payment_status, payment_method, total, customer_name, customer_phone, wilaya_id,"
    " commune, delivery_type, to_char(created_at, 'YYYY-MM-DD HH24:MI:SS') AS created_at,"
    " to_char(updated_at, 'YYYY-MM-DD HH24:MI:SS') AS updated_at, external_id, metadata"
)
ORDER_PAGE = (
    "SELECT json_build_object('data', json_build_object('items', coalesce(json_agg(row), '[]')))::text FROM ("
    f"SELECT {ORDER_ROW} FROM orders WHERE store_id = $1 AND livemode ORDER BY (id + 0) DESC LIMIT 20) row"
)
ORDER = (
    f"SELECT json_build_object('data', row_to_json(row))::text FROM (SELECT {ORDER_ROW}, subtotal, delivery_fee,"
    " discount, json_build_object('id', customer_id, 'name', customer_name, 'phone', customer_phone, 'email',"
    " customer_email, 'wilaya_id', wilaya_id, 'commune', commune, 'address', address) AS customer,"
    " json_build_object('type', delivery_type, 'desk_id', desk_id, 'desk_name', desk_name, 'tracking_number',"
    " tracking_number, 'courier', courier) AS delivery, notes, payment_reference,"
    " (SELECT json_agg(json_build_object('id', i.id, 'product_id', i.product_id, 'name', i.name, 'sku', i.sku,"
    " 'variant', i.variant, 'quantity', i.quantity, 'unit_price', i.unit_price, 'total', i.total) ORDER BY i.id)"
    " FROM order_items i WHERE i.order_id = o.id) AS items,"
    " (SELECT json_agg(json_build_object('from', t.from_status, 'to', t.to_status, 'at', t.at, 'actor', t.actor)"
    " ORDER BY t.id) FROM order_timeline t WHERE t.order_id = o.id) AS timeline"
    " FROM orders o WHERE store_id = $1 AND livemode AND id = $2) row"
)
# An order of one line, and nothing else: no price looked up, no customer, ledger, event or answer kept.
ORDER_INSERT = """
WITH made AS (
  INSERT INTO orders (store_id, livemode, order_number, customer_id, customer_name, customer_phone, wilaya_id, commune,
      subtotal, total)
  SELECT $1, true, 'R-' || gen_random_uuid(), $2, 'Bench', '0555000000', 16, 'Bab Ezzouar', 1000, 1000 RETURNING id
), lines AS (
  INSERT INTO order_items (order_id, product_id, name, quantity, unit_price, total)
  SELECT id, 1, 'Bench', 1, 1000, 1000 FROM made
)
SELECT json_build_object('data', json_build_object('id', id))::text FROM made
"""


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


@get("/orders")
async def orders(state: State) -> Response[bytes]:
    return await page(state, ORDER_PAGE)


@get("/orders/{identifier:int}")
async def order(state: State, identifier: int) -> Response[bytes]:
    return await page(state, ORDER, identifier)


@post("/orders")
async def order_insert(state: State) -> Response[bytes]:
    response = await page(state, ORDER_INSERT, state.customer_id)
    response.status_code = 201
    return response


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    app.state.store_id = int(os.environ["BENCH_STORE"])
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=16, max_size=16)
    first = "SELECT min(id) FROM customers WHERE store_id = $1"
    app.state.customer_id = await app.state.pool.fetchval(first, app.state.store_id)
    yield
    await app.state.pool.close()


ROUTES = [products, thirteen, nested, product, orders, order, order_insert]
app = Litestar(ROUTES, lifespan=[connected], openapi_config=None, logging_config=None)
