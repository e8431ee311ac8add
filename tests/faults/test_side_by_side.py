"""Two workers of a kind at once, each a process: they share the work, and each piece of it is done once."""

import asyncio
import os
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
import redis.asyncio as redis

from tests.conftest import Instance
from tests.faults.storm import PATIENCE, Store, asked, until_none, until_true
from tests.faults.workers import Clock, worker
from tests.webhooks.receiver import Received, answering, receiving
from tests.webhooks.test_processes import Merchant, merchant

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
__all__ = ["merchant"]

# Of one receiver a worker has no more than this under way.
EACH = 8


@pytest.fixture
async def store(instance: Instance) -> AsyncIterator[Store]:
    async with httpx.AsyncClient(base_url=instance.base_url, timeout=30) as client:
        yield Store(instance, client)


async def until_two_listen(instance: Instance) -> None:
    """Wait until two workers wait to be woken."""
    async with redis.from_url(instance.members["redis_url"]) as client:

        async def two() -> bool:
            return sum(each["cmd"] == "blpop" for each in await client.client_list()) >= 2

        await until_true(two)


async def until_some(instance: Instance, sql: str, *values: object) -> None:
    """Wait until a query finds something."""

    async def some() -> bool:
        return bool(await asked(instance, sql, *values))

    await until_true(some)


async def test_deliveries(instance: Instance, merchant: Merchant, tmp_path: Path) -> None:
    under_way, both = 0, asyncio.Event()

    async def held(received: Received, writer: asyncio.StreamWriter) -> None:
        """Answer once there is more under way than one worker would have."""
        nonlocal under_way
        under_way += 1
        if under_way > EACH:
            both.set()
        await both.wait()
        await answering(200)(received, writer)

    with worker(instance, "deliver", tmp_path / "worker.log"):
        await until_two_listen(instance)
        async with receiving(held) as receiver:
            hook = await merchant.hooked(receiver.url, "order.created", "order.confirmed")
            await asyncio.gather(*(merchant.ordered() for _ in range(40)))
            waiting = "SELECT FROM webhook_deliveries WHERE webhook_id = $1 AND status <> 'delivered'"
            await until_none(instance, waiting, hook)
            rows = await asked(instance, "SELECT id, attempts FROM webhook_deliveries WHERE webhook_id = $1", hook)
            assert {row["id"]: row["attempts"] for row in rows} == dict.fromkeys([row["id"] for row in rows], 1)
            assert len(rows) == 40
            assert Counter(each.json["delivery_id"] for each in receiver.received) == {row["id"]: 1 for row in rows}


async def test_messages(instance: Instance, store: Store, tmp_path: Path) -> None:
    run = secrets.token_hex(4)
    store_id = (await store.read("/v1/whoami"))["store_id"]
    names = [f"{run}-{number}" for number in range(400)]

    async def sent(name: str, person: int | None = None) -> None:
        if person is None:
            await store.track("/v1/events", {"name": name}, name)
        else:
            await store.track("/v1/signups", {"external_user_id": f"{run}-{person}", "source": name}, name)

    holder = await asyncpg.connect(instance.members["database_url"])
    with worker(instance, "ingest", tmp_path / "worker.log"):
        # One of them is held up with a signup: the other goes on with what comes.
        lock = "hashtextextended($1, 0)"
        await holder.execute(f"SELECT pg_advisory_lock({lock})", f"persons {store_id} live")
        await sent(f"{run}-held", 0)
        await until_some(instance, "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        await sent(f"{run}-meanwhile")
        await until_some(instance, "SELECT FROM tracking.events WHERE name = $1", f"{run}-meanwhile")
        assert await asked(instance, "SELECT FROM signups WHERE source = $1", f"{run}-held") == []
        await holder.execute(f"SELECT pg_advisory_unlock({lock})", f"persons {store_id} live")
        # And now as fast as both can.
        numbered = iter(enumerate(names))

        async def visitor() -> None:
            for number, name in numbered:
                await sent(name, number % 50 if number % 4 == 0 else None)

        await asyncio.gather(*(visitor() for _ in range(8)))
        await until_none(instance, "SELECT FROM inbox")
    await holder.close()
    events = await asked(instance, "SELECT name FROM tracking.events WHERE starts_with(name, $1)", run)
    signups = await asked(instance, "SELECT source, counted FROM signups WHERE starts_with(source, $1)", run)
    assert Counter(row["name"] for row in events) == dict.fromkeys(
        [f"{run}-meanwhile", *(name for number, name in enumerate(names) if number % 4)], 1
    )
    assert Counter(row["source"] for row in signups) == dict.fromkeys([f"{run}-held", *names[::4]], 1)
    assert sum(row["counted"] for row in signups) == len({0, *(number % 50 for number in range(0, 400, 4))})


async def test_one_that_hangs_with_a_delivery(instance: Instance, merchant: Merchant, tmp_path: Path) -> None:
    """Another sends it once the lease has ended; what the first makes of it later changes nothing."""
    resumed = asyncio.Event()

    async def late(received: Received, writer: asyncio.StreamWriter) -> None:
        receiver.answer = answering(200)
        os.kill(stopped, signal.SIGSTOP)
        await resumed.wait()
        await answering(404)(received, writer)

    async def outcomes() -> list[str]:
        # Where it hung for longer than an answer is waited for, it has seen none.
        shown = (await merchant.client.get("/metrics")).text
        bad = [f'deliveries_total{{outcome="{outcome}"}}' for outcome in ("dead", "retrying")]
        return [line for line in shown.splitlines() if any(each in line for each in bad)]

    async def noted() -> bool:
        return await outcomes() != before

    clock = Clock(instance)
    await clock.make()
    before, stopped = await outcomes(), instance.pids()["deliver"]
    async with receiving(late) as receiver:
        hook = await merchant.hooked(receiver.url)
        try:
            await merchant.ordered()
            await receiver.until(1, PATIENCE)
            await clock.move(timedelta(seconds=31))
            with worker(instance, "deliver", tmp_path / "worker.log", search_path=clock.path):
                await merchant.until(hook, "delivered")
        finally:
            os.kill(stopped, signal.SIGCONT)
        resumed.set()
        await until_true(noted)
        found = await merchant.delivery(hook)
        assert (found["status"], found["attempts"], found["response_status"]) == ("delivered", 1, 200)
        assert [each.json["delivery_id"] for each in receiver.received] == [found["id"]] * 2
    await clock.remove()
