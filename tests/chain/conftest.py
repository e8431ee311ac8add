"""What the tests of the chain share."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from app.asgi import Application
from app.services import Servers
from db.engine import engine
from tests.addresses import fresh_address


@pytest.fixture
async def anonymous(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application, client=(fresh_address(), 1)), base_url="http://test"
    ) as client:
        yield client


class Gate:
    """Holds the row of a product, so that whoever writes it has to wait, in the middle of its transaction."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def shut(self, product_id: int) -> None:
        await self.connection.execute("BEGIN")
        await self.connection.execute("SELECT FROM products WHERE id = $1 FOR UPDATE", product_id)

    async def somebody_waits(self) -> None:
        """Return once another connection waits for the row."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        async with asyncio.timeout(5):
            while not await self.connection.fetchval(waiting):  # noqa: ASYNC110 -- PostgreSQL tells nobody
                await asyncio.sleep(0.005)

    async def open(self) -> None:
        await self.connection.execute("ROLLBACK")


@pytest.fixture
async def gate(servers: Servers, application: Application) -> AsyncIterator[Gate]:
    connection = await asyncpg.connect(servers.database_url)
    yield Gate(connection)
    await connection.close()


async def ledger(key_id: str) -> list[asyncpg.Record]:
    """Return what the ledger has of an API key."""
    return await engine.fetch(
        "SELECT l.* FROM idempotency_keys l JOIN api_keys k ON k.id = l.api_key_id WHERE k.key_id = $1 ORDER BY l.id",
        key_id,
    )
