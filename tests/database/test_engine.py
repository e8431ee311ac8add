"""`db.engine`: transactions, savepoints, and connections that always come back."""

# ruff: noqa: PT012 -- a transaction raises where its block ends, so the block is what is tested
import asyncio
from collections.abc import AsyncIterator
from contextvars import Context

import asyncpg
import pytest

from app.services import Servers
from db.engine import Engine

pytestmark = pytest.mark.anyio

SIZE = 2


@pytest.fixture
async def engine(servers: Servers) -> AsyncIterator[Engine]:
    """An engine with a pool of two, and a scratch table whose rule is checked at COMMIT."""
    own = Engine()
    await own.open(servers.database_url, size=SIZE)
    async with own.transaction():
        await own.write("CREATE TABLE scratch (id int PRIMARY KEY, twin int)")
        await own.write(
            "ALTER TABLE scratch ADD CONSTRAINT twin FOREIGN KEY (twin) REFERENCES scratch (id)"
            " DEFERRABLE INITIALLY DEFERRED"
        )
    yield own
    async with own.transaction():
        await own.write("DROP TABLE scratch")
    await own.close()


async def add(engine: Engine, identifier: int, twin: int | None = None) -> None:
    await engine.write("INSERT INTO scratch VALUES ($1, $2)", identifier, twin)


async def there(engine: Engine) -> list[int]:
    return [row["id"] for row in await engine.fetch("SELECT id FROM scratch ORDER BY id")]


async def assert_all_connections_are_back(engine: Engine) -> None:
    """Take every connection of the pool at once; one that is missing would make this wait for ever."""
    leases = engine.opened()
    held = [await leases.take(5) for _ in range(SIZE)]
    for connection in held:
        assert not connection.is_in_transaction()
        leases.give(connection)


class TestTransaction:
    async def test_commits(self, engine: Engine) -> None:
        async with engine.transaction():
            await add(engine, 1)
        assert engine.connection() is None
        assert await there(engine) == [1]

    async def test_error_undoes(self, engine: Engine) -> None:
        with pytest.raises(KeyError):
            async with engine.transaction():
                await add(engine, 1)
                raise KeyError
        assert engine.connection() is None
        assert await there(engine) == []
        await assert_all_connections_are_back(engine)

    async def test_failed_statement_undoes(self, engine: Engine) -> None:
        with pytest.raises(asyncpg.UniqueViolationError):
            async with engine.transaction():
                await add(engine, 1)
                await add(engine, 1)
        assert await there(engine) == []
        await assert_all_connections_are_back(engine)

    async def test_reads_its_own_writes(self, engine: Engine) -> None:
        async with engine.transaction():
            await add(engine, 1)
            assert await there(engine) == [1]

    @pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
    async def test_isolation(self, engine: Engine, isolation: str) -> None:
        async with engine.transaction(isolation):  # type: ignore[arg-type]
            rows = await engine.fetch("SHOW transaction_isolation")
        assert rows[0][0] == isolation.lower()


class TestNested:
    async def test_undoes_only_itself(self, engine: Engine) -> None:
        async with engine.transaction():
            await add(engine, 1)
            with pytest.raises(asyncpg.UniqueViolationError):
                async with engine.transaction():
                    await add(engine, 2)
                    await add(engine, 1)
            await add(engine, 3)
        assert await there(engine) == [1, 3]

    async def test_goes_with_the_outer_one(self, engine: Engine) -> None:
        with pytest.raises(KeyError):
            async with engine.transaction():
                async with engine.transaction():
                    await add(engine, 1)
                raise KeyError
        assert await there(engine) == []

    async def test_three_levels(self, engine: Engine) -> None:
        async with engine.transaction():
            async with engine.transaction():
                await add(engine, 1)
                with pytest.raises(KeyError):
                    async with engine.transaction():
                        await add(engine, 2)
                        raise KeyError
            async with engine.transaction():
                await add(engine, 3)
        assert await there(engine) == [1, 3]
        await assert_all_connections_are_back(engine)

    async def test_is_on_the_same_connection(self, engine: Engine) -> None:
        async with engine.transaction():
            outer = engine.connection()
            async with engine.transaction():
                assert engine.connection() is outer
            assert engine.connection() is outer


class TestSavepointSetAtOnce:
    @pytest.fixture
    def sent(self, engine: Engine) -> list[str]:
        statements: list[str] = []
        engine.observers.append(lambda sql, _: statements.append(sql))
        return statements

    async def test_is_the_first_ones(self, engine: Engine, sent: list[str]) -> None:
        async with engine.transaction(savepoint=True):
            with pytest.raises(KeyError):
                async with engine.transaction():
                    await add(engine, 1)
                    raise KeyError
            await add(engine, 2)
        assert [sql for sql in sent if sql.startswith("SAVEPOINT")] == []
        assert await there(engine) == [2]

    async def test_is_nobody_elses(self, engine: Engine, sent: list[str]) -> None:
        async with engine.transaction(savepoint=True):
            async with engine.transaction():
                await add(engine, 1)
                async with engine.transaction():
                    await add(engine, 2)
            with pytest.raises(KeyError):
                async with engine.transaction():
                    await add(engine, 3)
                    raise KeyError
        assert [sql for sql in sent if sql.startswith("SAVEPOINT")] == ["SAVEPOINT nested_2", "SAVEPOINT nested_1"]
        assert await there(engine) == [1, 2]

    async def test_failed_statement_undoes_to_it(self, engine: Engine) -> None:
        async with engine.transaction(savepoint=True):
            with pytest.raises(asyncpg.UniqueViolationError):
                async with engine.transaction():
                    await add(engine, 1)
                    await add(engine, 1)
            await add(engine, 2)
        assert await there(engine) == [2]

    async def test_undone_with_the_whole(self, engine: Engine) -> None:
        with pytest.raises(KeyError):
            async with engine.transaction(savepoint=True):
                async with engine.transaction():
                    await add(engine, 1)
                raise KeyError
        assert await there(engine) == []
        await assert_all_connections_are_back(engine)


class TestFailedCommit:
    async def test_leaks_no_connection(self, engine: Engine) -> None:
        for _ in range(SIZE * 2 + 1):
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                async with engine.transaction():
                    await add(engine, 1, twin=99)
            assert engine.connection() is None
        await assert_all_connections_are_back(engine)
        assert await there(engine) == []

    async def test_next_one_is_a_transaction(self, engine: Engine) -> None:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with engine.transaction():
                await add(engine, 1, twin=99)
        with pytest.raises(KeyError):
            async with engine.transaction():
                await add(engine, 2)
                raise KeyError
        assert await there(engine) == []


class TestCancelled:
    async def test_in_a_statement(self, engine: Engine) -> None:
        async def work(started: asyncio.Event) -> None:
            async with engine.transaction():
                await add(engine, 1)
                started.set()
                await engine.write("SELECT pg_sleep(60)")

        for _ in range(SIZE + 1):
            started = asyncio.Event()
            task = asyncio.create_task(work(started))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await assert_all_connections_are_back(engine)
        assert await there(engine) == []

    async def test_between_statements(self, engine: Engine) -> None:
        async def work(started: asyncio.Event) -> None:
            async with engine.transaction():
                await add(engine, 1)
                async with engine.transaction():
                    started.set()
                    await asyncio.Event().wait()

        for _ in range(SIZE + 1):
            started = asyncio.Event()
            task = asyncio.create_task(work(started))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await assert_all_connections_are_back(engine)
        assert await there(engine) == []

    async def test_while_it_waits_for_a_connection(self, engine: Engine) -> None:
        leases = engine.opened()
        held = [await leases.take(5) for _ in range(SIZE)]

        async def work() -> None:
            async with engine.transaction():
                raise AssertionError("there was no connection to be had")

        tasks = [asyncio.create_task(work()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [asyncio.CancelledError] * 3
        for connection in held:
            leases.give(connection)
        await assert_all_connections_are_back(engine)


class TestTasks:
    async def test_each_has_its_own_transaction(self, engine: Engine) -> None:
        async def work(identifier: int, fails: bool) -> None:
            async with engine.transaction():
                await add(engine, identifier)
                if fails:
                    raise KeyError

        work_of = (work(number, fails=number % 2 == 1) for number in range(6))
        results = await asyncio.gather(*work_of, return_exceptions=True)
        assert [type(result) for result in results] == [type(None), KeyError] * 3
        assert await there(engine) == [0, 2, 4]

    async def test_child_with_a_context_of_its_own(self, engine: Engine) -> None:
        async def child() -> object:
            return engine.connection()

        async with engine.transaction():
            own = await asyncio.create_task(child(), context=Context())
            assert own is None
            assert engine.connection() is not None


class TestWrite:
    async def test_outside_a_transaction(self, engine: Engine) -> None:
        with pytest.raises(RuntimeError, match="needs a transaction"):
            await add(engine, 1)
        assert await there(engine) == []

    async def test_after_a_transaction(self, engine: Engine) -> None:
        async with engine.transaction():
            await add(engine, 1)
        with pytest.raises(RuntimeError, match="needs a transaction"):
            await add(engine, 2)

    async def test_without_a_pool(self) -> None:
        with pytest.raises(ConnectionError):
            async with Engine().transaction():
                pass
        with pytest.raises(ConnectionError):
            await Engine().fetch("SELECT 1")
