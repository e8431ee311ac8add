"""Databases of their own, and one store that is large enough for a plan to matter."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from app.asgi import Application
from app.services import Servers
from db.engine import engine
from tests.conftest import ShopMaker
from tests.database.plans import Asker, Bulk, Recorder

Connection = asyncpg.Connection
ROWS = 100_000
OTHER_STORES = 20
# So many that the average store is small.
SMALL_STORES = 3_000

FILL = """
    INSERT INTO products (store_id, livemode, name, slug, sku, price, status, external_id, track_stock, updated_at)
    SELECT $1, $2, (ARRAY['Chemise', 'قميص', 'Robe', 'حذاء', 'Sac'])[1 + n % 5] || ' ' || md5(n::text),
           'item-' || n, 'SKU-' || n, n % 5000,
           (ARRAY['active', 'active', 'active', 'draft', 'archived'])[1 + n / 5 % 5], 'ext-' || n, n % 50 = 0,
           now() - make_interval(secs => n)
    FROM generate_series(1, $3::int) n
"""

FILL_SMALL = """
    INSERT INTO products (store_id, livemode, name, slug)
    SELECT s, true, 'Sac ' || n, 'item-' || n FROM unnest($1::bigint[]) s, generate_series(1, 5) n
"""
FILL_CUSTOMERS = """
    INSERT INTO customers (store_id, livemode, phone, first_name, email, external_id, updated_at)
    SELECT $1, $2, '05' || lpad(n::text, 8, '0'), md5(n::text), 'c' || n % 90000 || '@X.dz', 'ext-' || n,
           now() - make_interval(secs => n)
    FROM generate_series(1, $3::int) n
"""
FILL_SMALL_ORDERS = """
    WITH made AS (
        INSERT INTO customers (store_id, livemode, phone, first_name)
        SELECT store_id, livemode, '05' || lpad(id::text, 8, '0'), name FROM products p
        WHERE NOT EXISTS (SELECT FROM customers c WHERE c.store_id = p.store_id)
        RETURNING id, store_id, livemode, phone
    )
    INSERT INTO orders (store_id, livemode, order_number, customer_id, customer_name, customer_phone, wilaya_id,
        commune)
    SELECT store_id, livemode, 'ORD-' || id, id, 'x', phone, 16, 'Alger Centre' FROM made
"""
FILL_ORDERS = """
    WITH made AS (
        INSERT INTO orders (store_id, livemode, order_number, customer_id, customer_name, customer_phone, wilaya_id,
            commune, status, external_id, created_at, updated_at)
        SELECT store_id, livemode, 'ORD-' || id, id, first_name, phone, 16, 'Alger Centre',
               (ARRAY['pending', 'delivered', 'delivered', 'delivered', 'cancelled'])[1 + id % 5],
               'ext-' || right(phone, 6), updated_at, updated_at
        FROM customers WHERE store_id = $1 AND livemode = $2 RETURNING id
    ), changes AS (
        INSERT INTO order_timeline (order_id, to_status, actor) SELECT id, 'pending', 'x' FROM made
    )
    INSERT INTO order_items (order_id, product_id, name, quantity, unit_price, total)
    SELECT id, 1, 'x', 1, 0, 0 FROM made
"""


@pytest.fixture(scope="session")
async def bulk(servers: Servers, application: Application) -> AsyncIterator[Bulk]:
    """A store of 100,000 products among many others, most of which have a handful."""
    connection = await asyncpg.connect(servers.database_url, server_settings={"timezone": "UTC"})
    stores = await connection.fetch(
        "INSERT INTO stores (name, slug, subdomain, tier)"
        " SELECT CASE WHEN n > $1 THEN 'small' ELSE 'bulk' END, 'bulk-' || n, 'bulk-' || n, 'enterprise'"
        " FROM generate_series(0, $1 + $2::int) n RETURNING id",
        OTHER_STORES,
        SMALL_STORES,
    )
    first, *rest = (row["id"] for row in stores)
    others, small = rest[:OTHER_STORES], rest[OTHER_STORES:]
    await connection.execute(FILL, first, True, ROWS)
    await connection.execute(FILL, first, False, 1_000)
    for store_id in others:
        await connection.execute(FILL, store_id, True, 500)
    await connection.execute(FILL_SMALL, small)
    await connection.execute(
        "INSERT INTO categories (store_id, livemode, name, slug)"
        " SELECT s, true, 'c' || n, 'c-' || n FROM unnest($1::bigint[]) s, generate_series(1, 2000) n",
        [first, others[0]],
    )
    await connection.execute(
        "INSERT INTO landing_pages (store_id, livemode, title, slug, status)"
        " SELECT s, true, 'p' || n, 'p-' || n, (ARRAY['active', 'draft'])[1 + n % 2]"
        " FROM unnest($1::bigint[]) s, generate_series(1, 2000) n",
        [first, others[0]],
    )
    await connection.execute(
        "INSERT INTO api_keys (store_id, key_id, type, name, secret_hash)"
        " SELECT s, 'dzpk_live_' || s || 'x' || n, 'platform', 'x', sha256('x')"
        " FROM unnest($1::bigint[]) s, generate_series(1, 1000) n",
        [first, others[0]],
    )
    for table, columns, values in (
        ("product_images", "url", "'https://x.dz/' || id"),
        ("product_variants", "name", "'L'"),
    ):
        await connection.execute(
            f"INSERT INTO {table} (store_id, livemode, product_id, {columns}) SELECT store_id, livemode, id, {values}"
            " FROM products WHERE store_id = $1 AND livemode AND id % 5 = 0",
            first,
        )
    await connection.execute(
        "VACUUM ANALYZE products, categories, landing_pages, api_keys, stores, product_images, product_variants"
    )
    yield Bulk(first, connection)
    await connection.close()


@pytest.fixture(scope="session")
async def bulk_orders(bulk: Bulk) -> Bulk:
    """The same store with 100,000 orders, each of a customer of its own, among the orders of others."""
    others = await bulk.connection.fetch("SELECT id FROM stores WHERE name = 'bulk' AND id <> $1", bulk.store_id)
    for store_id, livemode, rows in (
        (bulk.store_id, True, ROWS),
        (bulk.store_id, False, 1_000),
        *((other["id"], True, 500) for other in others),
    ):
        await bulk.connection.execute(FILL_CUSTOMERS, store_id, livemode, rows)
        await bulk.connection.execute(FILL_ORDERS, store_id, livemode)
        await bulk.connection.execute(
            "UPDATE customers c SET total_orders = (o.status <> 'cancelled')::int FROM orders o"
            " WHERE o.customer_id = c.id AND c.store_id = $1 AND c.livemode = $2",
            store_id,
            livemode,
        )
    await bulk.connection.execute(FILL_SMALL_ORDERS)
    await bulk.connection.execute("VACUUM ANALYZE customers, orders, order_items, order_timeline")
    return bulk


@pytest.fixture
def recorder(application: Application) -> Iterator[Recorder]:
    """What the application sends."""
    record = Recorder()
    engine.observers.append(record)
    yield record
    engine.observers.remove(record)


@pytest.fixture
async def asker(make_shop: ShopMaker, bulk: Bulk, recorder: Recorder) -> Asker:
    return Asker(await make_shop(store_id=bulk.store_id), bulk, recorder)


@pytest.fixture
async def migrated(servers: Servers, application: Application) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of its own to the migrated database."""
    connection = await asyncpg.connect(servers.database_url)
    yield connection
    await connection.close()


DatabaseMaker = Callable[[], Awaitable[str]]


@pytest.fixture
async def make_database(servers: Servers) -> AsyncIterator[DatabaseMaker]:
    """A maker of empty databases, each known by its address."""
    parts = urlsplit(servers.database_url)
    made: list[str] = []
    admin = await asyncpg.connect(servers.database_url)

    async def make() -> str:
        name = f"test_{secrets.token_hex(6)}"
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        made.append(name)
        return urlunsplit(parts._replace(path=f"/{name}"))

    yield make
    for name in made:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()
