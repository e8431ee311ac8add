"""`db.leases`: who gets which connection, and what becomes of one that something went wrong on."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.services import Servers
from db.engine import OUTAGES, Engine
from db.engine import engine as shared
from db.leases import Leases
from db.tables import Store

pytestmark = pytest.mark.anyio

SIZE = 3
PATIENCE = 5.0


@pytest.fixture
async def engine(servers: Servers, application: object) -> AsyncIterator[Engine]:
    """An engine with three connections."""
    own = Engine()
    await own.open(servers.database_url, size=SIZE)
    yield own
    # Some tests end with connections lent, which closing would wait for.
    if own.pool is not None:
        own.pool.terminate()
    await own.close()


@pytest.fixture
def leases(engine: Engine) -> Leases:
    return engine.opened()


async def server_pid(engine: Engine) -> int:
    rows = await engine.fetch("SELECT pg_backend_pid() AS pid")
    return int(rows[0]["pid"])


async def all_of(leases: Leases) -> "list[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]":
    return [await leases.take(PATIENCE) for _ in range(SIZE)]


async def kill(servers: Servers, pid: int) -> None:
    """End a connection from the server's side, and wait until it is gone."""
    other = await asyncpg.connect(servers.database_url)
    await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    await other.close()


class TestOrder:
    async def test_the_last_used_goes_first(self, leases: Leases) -> None:
        first, second, third = await all_of(leases)
        for connection in (first, third, second):
            leases.give(connection)
        assert await leases.take(PATIENCE) is second
        assert await leases.take(PATIENCE) is third

    async def test_one_is_enough_for_one_at_a_time(self, engine: Engine) -> None:
        pids = {await server_pid(engine) for _ in range(20)}
        async with engine.transaction():
            pids.add(await server_pid(engine))
        assert len(pids) == 1

    async def test_never_more_than_its_size(self, engine: Engine) -> None:
        async def work() -> int:
            rows = await engine.fetch("SELECT pg_backend_pid() AS pid, pg_sleep(0.001)")
            return int(rows[0]["pid"])

        assert len(set(await asyncio.gather(*(work() for _ in range(60))))) == SIZE


class TestWaiting:
    async def test_who_waits_longest_is_next(self, leases: Leases) -> None:
        held = await all_of(leases)
        served: list[int] = []

        async def work(number: int) -> None:
            connection = await leases.take(PATIENCE)
            served.append(number)
            leases.give(connection)

        tasks = [asyncio.create_task(work(number)) for number in range(5)]
        await asyncio.sleep(0)
        leases.give(held.pop())
        await asyncio.gather(*tasks)
        assert served == [0, 1, 2, 3, 4]
        for connection in held:
            leases.give(connection)

    async def test_not_for_ever(self, leases: Leases) -> None:
        held = await all_of(leases)
        with pytest.raises(TimeoutError):
            await leases.take(0.01)
        for connection in held:
            leases.give(connection)
        assert set(await all_of(leases)) == set(held)

    async def test_cancelled_in_the_moment_of_being_served(self, leases: Leases) -> None:
        held = await all_of(leases)
        waiting = asyncio.create_task(leases.take(PATIENCE))
        await asyncio.sleep(0)
        leases.give(held[0])
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await leases.take(PATIENCE) is held[0]

    async def test_given_up_makes_room(self, leases: Leases) -> None:
        held = await all_of(leases)
        waiting = asyncio.create_task(leases.take(PATIENCE))
        await asyncio.sleep(0)
        leases.give_up(held[0])
        connection = await waiting
        assert await connection.fetchval("SELECT 1") == 1


class TestBroken:
    async def test_is_replaced(self, engine: Engine, servers: Servers) -> None:
        killed = await server_pid(engine)
        await kill(servers, killed)
        assert await server_pid(engine) != killed
        async with engine.transaction():
            assert await server_pid(engine) != killed

    async def test_all_of_them(self, engine: Engine, leases: Leases, servers: Servers) -> None:
        held = await all_of(leases)
        pids = {connection.get_server_pid() for connection in held}
        for connection in held:
            leases.give(connection)
        for pid in pids:
            await kill(servers, pid)
        anew = {await asyncio.create_task(server_pid(engine)) for _ in range(SIZE)}
        assert not anew & pids
        assert len(await all_of(leases)) == SIZE

    async def test_given_back_broken(self, leases: Leases, servers: Servers) -> None:
        held = await all_of(leases)
        await kill(servers, held[0].get_server_pid())
        with pytest.raises(OUTAGES):
            await held[0].fetchval("SELECT 1")
        for connection in held:
            leases.give(connection)
        for connection in await all_of(leases):
            assert await connection.fetchval("SELECT 1") == 1

    async def test_a_statement_fails_and_the_connection_stays(self, engine: Engine) -> None:
        before = await server_pid(engine)
        for _ in range(SIZE * 2):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await engine.fetch("SELECT 1 / 0")
        assert await server_pid(engine) == before


class TestLeftOpen:
    async def test_is_rolled_back(self, leases: Leases) -> None:
        connection = await leases.take(PATIENCE)
        await connection.execute("BEGIN; CREATE TABLE left_open (id int)")
        leases.give(connection)
        for again in await all_of(leases):
            assert not again.is_in_transaction()
            assert await again.fetchval("SELECT to_regclass('left_open')") is None

    async def test_a_cancelled_statement_is_ended(self, engine: Engine, servers: Servers) -> None:
        other = await asyncpg.connect(servers.database_url)

        async def until_sleeping(count: int) -> None:
            sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%cancelled'"
            async with asyncio.timeout(PATIENCE):
                while await other.fetchval(sleeping) != count:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

        for _ in range(SIZE * 2):
            task = asyncio.create_task(engine.fetch("SELECT pg_sleep(60) AS cancelled"))
            await until_sleeping(1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until_sleeping(0)
        await other.close()
        assert len(await all_of(engine.opened())) == SIZE


class TestClose:
    async def test_whoever_waits_is_told(self, engine: Engine, leases: Leases) -> None:
        held = await all_of(leases)
        waiting = asyncio.create_task(leases.take(PATIENCE))
        await asyncio.sleep(0)
        closing = asyncio.create_task(engine.close())
        with pytest.raises(asyncpg.InterfaceError):
            await waiting
        for connection in held:
            leases.give(connection)
        await asyncio.wait_for(closing, PATIENCE)
        with pytest.raises(asyncpg.InterfaceError):
            await leases.take(PATIENCE)

    async def test_what_runs_may_end(self, engine: Engine) -> None:
        sent = asyncio.Event()
        engine.observers.append(lambda *_: sent.set())
        running = asyncio.create_task(engine.fetch("SELECT pg_sleep(0.1), 7 AS seven"))
        await sent.wait()
        await engine.close()
        assert (await running)[0]["seven"] == 7


class TestPiccolo:
    @pytest.mark.usefixtures("application")
    async def test_its_queries_run_on_the_same_connections(self) -> None:
        own = shared.opened()
        assert shared.pool is not None
        held = [await own.take(PATIENCE) for _ in range(shared.pool.get_max_size())]
        for connection in held:
            own.give(connection)
        assert await asyncio.wait_for(Store.count().run(), PATIENCE) >= 0
