"""What was let through is counted once, whatever becomes of the connection that writes it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from app.services import Servers
from app.workers.usage import Recorder
from db.engine import Transaction, engine
from graph.context import Context
from graph.store_admin import operator_context
from tests.conftest import Shop

pytestmark = pytest.mark.anyio

Commit = Callable[[Transaction], Awaitable[None]]


@pytest.fixture
async def context(shop: Shop) -> Context:
    return await operator_context(str(shop.store_id))


@pytest.fixture
async def outsider(servers: Servers) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(servers.database_url)
    yield connection
    await connection.close()


async def counted(context: Context) -> int:
    rows = await engine.fetch(
        "SELECT coalesce(sum(count), 0)::int AS counted FROM usage_hours WHERE store_id = $1", context.store_id
    )
    return int(rows[0]["counted"])


def count(recorder: Recorder, context: Context, times: int = 1) -> None:
    for _ in range(times):
        recorder.count(context, "products", 1, "10.0.0.1")


class TestFlush:
    async def test_adds_up(self, context: Context) -> None:
        recorder = Recorder()
        for _ in range(3):
            count(recorder, context, 5)
            await recorder.flush()
            await recorder.flush()
        assert await counted(context) == 15

    async def test_by_several_processes_at_once(self, context: Context) -> None:
        recorders = [Recorder() for _ in range(4)]
        for _ in range(5):
            for recorder in recorders:
                count(recorder, context, 3)
            await asyncio.gather(*(asyncio.create_task(recorder.flush()) for recorder in recorders))
        assert await counted(context) == 4 * 5 * 3


class TestBrokenConnection:
    async def commit(self, monkeypatch: pytest.MonkeyPatch, broken: Commit) -> None:
        """Let the next COMMIT be this one."""
        real = Transaction._commit

        async def once(transaction: Transaction) -> None:
            monkeypatch.setattr(Transaction, "_commit", real)
            await broken(transaction)

        monkeypatch.setattr(Transaction, "_commit", once)

    async def test_after_the_commit(self, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        """It was kept, and the answer never came."""
        real = Transaction._commit

        async def kept(transaction: Transaction) -> None:
            await real(transaction)
            raise ConnectionResetError

        recorder = Recorder()
        count(recorder, context, 5)
        await self.commit(monkeypatch, kept)
        await recorder.flush()
        assert await counted(context) == 5
        count(recorder, context, 2)
        await recorder.flush()
        assert await counted(context) == 7

    async def test_before_the_commit(
        self, context: Context, outsider: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The server ends the connection: nothing was kept."""

        async def lost(transaction: Transaction) -> None:
            own = transaction.connection.get_server_pid()
            assert await outsider.fetchval("SELECT pg_terminate_backend($1, 5000)", own)
            await transaction.connection.execute("COMMIT")

        recorder = Recorder()
        count(recorder, context, 5)
        await self.commit(monkeypatch, lost)
        await recorder.flush()
        assert await counted(context) == 0
        count(recorder, context, 2)
        await recorder.flush()
        assert await counted(context) == 7

    async def test_without_a_database(self, context: Context) -> None:
        recorder = Recorder()
        count(recorder, context, 5)
        pool, engine.pool = engine.pool, None
        await recorder.flush()
        count(recorder, context, 2)
        await recorder.flush()
        engine.pool = pool
        await recorder.flush()
        assert await counted(context) == 7

    async def test_whatever_it_was(self, context: Context, outsider: "asyncpg.Connection[asyncpg.Record]") -> None:
        """An error that is no outage loses nothing, and ends nothing."""
        recorder = Recorder()
        count(recorder, context, 5)
        name = f"full_{secrets.token_hex(4)}"
        await outsider.execute(
            f"ALTER TABLE usage_hours ADD CONSTRAINT {name} CHECK (store_id <> {context.store_id}) NOT VALID"
        )
        await recorder.flush()
        await outsider.execute(f"ALTER TABLE usage_hours DROP CONSTRAINT {name}")
        assert await counted(context) == 0
        await recorder.flush()
        assert await counted(context) == 5


class TestStop:
    async def test_while_it_writes(
        self, context: Context, outsider: "asyncpg.Connection[asyncpg.Record]", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.workers.usage.INTERVAL", 0.01)
        recorder = Recorder()
        count(recorder, context)
        await recorder.flush()
        transaction = outsider.transaction()
        await transaction.start()
        await outsider.execute("SELECT FROM usage_hours WHERE store_id = $1 FOR UPDATE", context.store_id)
        count(recorder, context, 5)
        recorder.start()
        async with asyncio.timeout(5):
            while not await outsider.fetchval(  # noqa: ASYNC110 -- the state is the server's
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"
            ):
                await asyncio.sleep(0.01)
        stopping = asyncio.create_task(recorder.stop())
        await asyncio.sleep(0)
        await transaction.rollback()
        await stopping
        assert await counted(context) == 6
