"""Whose turn it is: nobody waits behind others' queues, and nothing is taken twice."""

import asyncio
from typing import Any

import pytest

from app.workers import deliver
from app.workers.connections import Connections
from app.workers.deliver import Deliverer
from db.engine import engine
from graph.webhook_due import WINDOW, Wanted, due_next
from graph.webhook_targets import targets
from tests.conftest import Shop
from tests.webhooks.conftest import hooked
from tests.webhooks.receiver import hanging, receiving

pytestmark = pytest.mark.anyio
PATIENCE = 30.0
COPIES = (
    "INSERT INTO webhooks (store_id, livemode, url, events, secret)"
    " SELECT store_id, livemode, url || '/' || n, events, secret FROM webhooks, generate_series(1, $2::int) n"
    " WHERE id = $1 RETURNING id"
)
QUEUE = (
    "INSERT INTO webhook_deliveries (store_id, livemode, webhook_id, event, data, due_at, next_attempt_at)"
    " SELECT w.store_id, w.livemode, w.id, 'order.created', '{}', now(), now()"
    " FROM unnest($1::bigint[]) WITH ORDINALITY AS given(id, place) JOIN webhooks w ON w.id = given.id ORDER BY place"
)


async def written(sql: str, *values: Any) -> list[Any]:
    async with engine.transaction():
        return [row["id"] for row in await engine.write(sql, *values)]


async def test_those_that_hang_keep_nobody_waiting(
    shop: Shop, deliverer: Deliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More receivers hang than there may be attempts that have just begun."""
    monkeypatch.setattr(deliver, "QUICK", 4)
    monkeypatch.setattr(deliver, "LINGERING_SECONDS", 0.1)
    deliverer.timeout = 4 * PATIENCE
    monkeypatch.setattr(deliver, "DRAIN", 0.0)
    stopping = asyncio.Event()
    async with receiving(hanging) as bad, receiving() as good:
        hooks = [await hooked(shop, each.url) for each in (bad, good)]
        copies = await written(COPIES, hooks[0]["id"], 20)
        await written(QUEUE, [*copies, hooks[1]["id"]])
        working = asyncio.create_task(deliverer.work(stopping))
        await good.until(1, PATIENCE)
        assert len(bad.received) == 20
        stopping.set()
        await asyncio.wait_for(working, PATIENCE)


async def test_receivers_known_to_be_slow_have_room_of_their_own(shop: Shop, deliverer: Deliverer) -> None:
    async with receiving() as good:
        hook = await hooked(shop, good.url)
        copies = await written(COPIES, hook["id"], 6)
        await written(QUEUE, [*copies, hook["id"], hook["id"]])
        for each in copies:
            deliverer._remember(each, slow=True)
        wanted = deliverer._wanted()
        assert wanted is not None
        assert {room.most for room in wanted.known.values()} == {1}
        # The slow ones are due first, and as many as there is room for don't take the room of the other.
        (taken,) = (await due_next(Wanted(quick=1, slow=2, each=8, known=wanted.known))).values()
        rows = await engine.fetch("SELECT webhook_id FROM webhook_deliveries WHERE id = ANY($1::bigint[])", taken)
        assert sorted(row["webhook_id"] for row in rows) == sorted([*copies[:2], hook["id"]])
        await deliverer.settle()
        assert len(good.received) == 8


async def test_a_long_queue_keeps_nobody_waiting(shop: Shop, deliverer: Deliverer) -> None:
    """One has more due than is looked at first."""
    async with receiving(hanging) as bad, receiving() as good:
        long, short = [await hooked(shop, each.url) for each in (bad, good)]
        await written(QUEUE, [long["id"]] * (WINDOW + 10))
        await written(QUEUE, [short["id"]])
        assert await deliverer.begin() == deliver.EACH + 1
        await good.until(1, PATIENCE)
        await bad.until(deliver.EACH, PATIENCE)
        assert await deliverer.begin() == 0
        for task in deliverer._sending:
            task.cancel()


async def test_two_workers_take_nothing_twice(shop: Shop, deliverer: Deliverer) -> None:
    async with receiving() as receiver, Connections(targets.policy) as connections:
        hook = await hooked(shop, receiver.url)
        copies = await written(COPIES, hook["id"], 20)
        await written(QUEUE, copies * 10)
        sent = await asyncio.gather(deliverer.settle(), Deliverer(connections).settle())
        assert sum(sent) == 200
        assert len({each.headers["webhook-id"] for each in receiver.received}) == len(receiver.received) == 200
