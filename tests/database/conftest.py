"""Databases of their own, and one store that is large enough for a plan to matter."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from app.asgi import Application
from app.services import Servers

Connection = asyncpg.Connection
ROWS = 100_000
OTHER_STORES = 20

FILL = """
    INSERT INTO products (store_id, livemode, name, slug, sku, price, status, external_id, updated_at)
    SELECT $1, $2, (ARRAY['Chemise', 'قميص', 'Robe', 'حذاء', 'Sac'])[1 + n % 5] || ' ' || md5(n::text),
           'item-' || n, 'SKU-' || n, n % 5000,
           (ARRAY['active', 'active', 'active', 'draft', 'archived'])[1 + n / 5 % 5], 'ext-' || n,
           now() - make_interval(secs => n)
    FROM generate_series(1, $3::int) n
"""


@dataclass(frozen=True)
class Bulk:
    """The large store: its id, and a connection to ask PostgreSQL how it would find its rows."""

    store_id: int
    connection: "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture(scope="session")
async def bulk(servers: Servers, application: Application) -> AsyncIterator[Bulk]:
    """A store of 100,000 products among many others."""
    connection = await asyncpg.connect(servers.database_url, server_settings={"timezone": "UTC"})
    stores = await connection.fetch(
        "INSERT INTO stores (name, slug, subdomain, tier)"
        " SELECT 'bulk', name, name, 'enterprise' FROM (SELECT 'bulk-' || n AS name FROM generate_series(0, $1) n)"
        " RETURNING id",
        OTHER_STORES,
    )
    first, *others = (row["id"] for row in stores)
    await connection.execute(FILL, first, True, ROWS)
    await connection.execute(FILL, first, False, 1_000)
    for store_id in others:
        await connection.execute(FILL, store_id, True, 500)
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
