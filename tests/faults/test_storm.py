"""Everything hangs and is killed while messages and order changes come in: nothing acknowledged is lost or there twice.

The processes are real, and so is their supervisor; the moments are of a seed, which is printed. `FAULT_SEED` takes
another one, `FAULT_KILLS` kills each process so often, and sends as much more, and before so many of the kills of each
`FAULT_HANGS` lets a process hang: `make faults` is a long run.
"""

import asyncio
import json
import os
import random
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
from standardwebhooks import Webhook

from tests.conftest import Instance, sandbox
from tests.faults.storm import PATIENCE, VICTIMS, Outcome, Size, Store, asked, storm, until_none
from tests.webhooks.receiver import Answer, Received, Receiver, answering, receiving
from tests.webhooks.test_deliver import own_signature

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SEED = int(os.environ.get("FAULT_SEED") or 20_261_124)
KILLS = int(os.environ.get("FAULT_KILLS") or 10)
HANGS = min(int(os.environ.get("FAULT_HANGS") or 2), KILLS)
SIZE = Size(KILLS, HANGS, messages=200 * KILLS, changes=50 * KILLS)
CHANGES = ["order.created", "order.confirmed", "order.shipped", "order.delivered", "order.cancelled", "order.returned"]
# Who writes to the log of the app.
LOGGING = ("app-1", "ingest", "deliver")
HOOKS = {"orders": CHANGES, "others": ["order.created", "product.stock_low", "signup.counted"]}


def checking(secret: str, standard: str, chance: random.Random) -> Answer:
    """Return what answers 200 to what is signed both ways, and 401 to the rest, after a moment."""

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        # So that a worker that is killed has something under way.
        await asyncio.sleep(chance.uniform(0, 0.2))
        Webhook(standard).verify(received.body, received.headers)
        good = received.headers["x-dz-signature"] == own_signature(secret, received)
        await answering(200 if good else 401)(received, writer)

    return answer


@dataclass(frozen=True)
class Aftermath:
    """What is there when all is quiet again."""

    instance: Instance
    store: Store
    store_id: int
    outcome: Outcome
    log: list[dict[str, Any]]
    receivers: dict[int, tuple[list[str], Receiver]]

    async def asked(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """Ask the database about the store, which is `$1`."""
        return await asked(self.instance, sql, self.store_id, *values)


@pytest.fixture(scope="module")
async def aftermath(anyio_backend: object) -> AsyncIterator[Aftermath]:
    """The storm, once for all that is asked of it."""
    print(f"\nFAULT_SEED={SEED} FAULT_KILLS={KILLS} FAULT_HANGS={HANGS}")  # noqa: T201
    chance, run = random.Random(SEED), secrets.token_hex(3)
    async with AsyncExitStack() as stack:
        instance = stack.enter_context(sandbox(DZBUILD_WEBHOOK_TIMEOUT="2", DZBUILD_DATABASE_TIMEOUT="1"))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=instance.base_url, timeout=30))
        store = Store(instance, client)
        store_id = (await store.read("/v1/whoami"))["store_id"]
        receivers = {}
        for name, events in HOOKS.items():
            receiver = await stack.enter_async_context(receiving())
            hook = await store.write("POST", "/v1/webhooks", {"url": receiver.url, "events": events}, f"{run}-{name}")
            receiver.answer = checking(hook["secret"], hook["standard_secret"], random.Random(SEED))
            receivers[hook["id"]] = (events, receiver)
        log: list[dict[str, Any]] = []
        ended = asyncio.Event()
        following = asyncio.create_task(store.follow(log, ended))
        outcome = await storm(store, chance, run, SIZE)
        await until_none(instance, "SELECT FROM inbox")
        await until_none(instance, "SELECT FROM webhook_deliveries WHERE status IN ('pending', 'retrying')")
        ended.set()
        await following
        yield Aftermath(instance, store, store_id, outcome, log, receivers)


async def test_each_was_killed(aftermath: Aftermath) -> None:
    assert Counter(aftermath.outcome.killed) == dict.fromkeys(VICTIMS, KILLS)
    assert Counter(aftermath.outcome.hung) == dict.fromkeys(VICTIMS, HANGS)


async def test_messages(aftermath: Aftermath) -> None:
    """Each is in the table once, and counts once; a person counts once."""
    outcome = aftermath.outcome
    events = await aftermath.asked("SELECT name FROM tracking.events WHERE store_id = $1")
    assert Counter(row["name"] for row in events) == dict.fromkeys(outcome.events, 1)
    signups = await aftermath.asked("SELECT source, counted FROM signups WHERE store_id = $1")
    assert Counter(row["source"] for row in signups) == dict.fromkeys(outcome.signups, 1)
    persons = {outcome.signups[row["source"]] for row in signups if row["counted"]}
    assert persons == set(outcome.signups.values())
    assert sum(row["counted"] for row in signups) == len(persons)
    assert await aftermath.asked("SELECT FROM inbox_dead WHERE store_id = $1") == []
    used = await aftermath.asked(
        "SELECT kind, sum(count)::int AS total, sum(billable_count)::int AS billable FROM usage_hours"
        " WHERE store_id = $1 AND livemode AND kind <> 'request' GROUP BY kind"
    )
    deliveries = (await aftermath.asked("SELECT count(*) AS n FROM webhook_deliveries WHERE store_id = $1"))[0]["n"]
    assert {row["kind"]: (row["total"], row["billable"]) for row in used} == {
        "event": (len(outcome.events), len(outcome.events)),
        "signup": (len(outcome.signups), len(persons)),
        "webhook": (deliveries, deliveries),
    }


async def test_orders(aftermath: Aftermath) -> None:
    """Each was placed once, and went through its life once; its customer's totals are those of the orders."""
    orders = aftermath.outcome.orders
    placed = await aftermath.asked("SELECT id, external_id FROM orders WHERE store_id = $1 AND external_id IS NOT NULL")
    assert {row["id"]: row["external_id"] for row in placed} == {order: sale.name for order, sale in orders.items()}
    assert sum(sale.changes for sale in orders.values()) == SIZE.changes
    timeline = await aftermath.asked(
        "SELECT t.order_id, array_agg(t.to_status ORDER BY t.id) AS life FROM order_timeline t"
        " JOIN orders o ON o.id = t.order_id WHERE o.store_id = $1 AND o.external_id IS NOT NULL GROUP BY t.order_id"
    )
    assert {row["order_id"]: tuple(row["life"]) for row in timeline} == {
        order: ("pending", *sale.life) for order, sale in orders.items()
    }
    wrong = await aftermath.asked(
        "SELECT c.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.store_id = $1 GROUP BY c.id"
        " HAVING c.total_orders <> count(*) FILTER (WHERE o.status <> 'cancelled')"
        " OR c.total_spent <> coalesce(sum(o.total) FILTER (WHERE o.status = 'delivered'), 0)"
    )
    assert wrong == []


async def test_stock(aftermath: Aftermath) -> None:
    """What was ordered and not given back is missing, and the ledger sums to what there is."""
    sold: Counter[int] = Counter()
    for sale in aftermath.outcome.orders.values():
        if "confirmed" in sale.life and sale.life[-1] not in ("cancelled", "returned"):
            sold.update(sale.quantities)
    rows = await aftermath.asked(
        "SELECT p.id, p.stock_quantity AS left, sum(m.change)::int AS ledger FROM products p"
        " JOIN stock_movements m ON m.product_id = p.id AND m.variant_id IS NULL"
        " WHERE p.store_id = $1 AND p.low_stock_alert = 999960 GROUP BY p.id"
    )
    assert len(rows) == 5
    for row in rows:
        assert row["left"] == row["ledger"] == 1_000_000 - sold[row["id"]]


async def test_event_log(aftermath: Aftermath) -> None:
    """Who followed the log with a cursor all along has seen each change once, each order's in their order."""
    rows = await aftermath.asked("SELECT id FROM events WHERE store_id = $1 AND livemode")
    # What the shop's own demo data tell of is there, too.
    assert Counter(each["id"] for each in aftermath.log) == Counter(row["id"] for row in rows)
    lives: dict[int, list[str]] = {order: [] for order in aftermath.outcome.orders}
    for each in aftermath.log:
        if each["data"].get("order_id") in lives:
            lives[each["data"]["order_id"]].append(each["event"])
    assert lives == {
        order: ["order.created", *(f"order.{status}" for status in sale.life if status != "processing")]
        for order, sale in aftermath.outcome.orders.items()
    }
    told = [each["data"]["source"] for each in aftermath.log if each["event"] == "signup.counted"]
    counted = await aftermath.asked("SELECT source FROM signups WHERE store_id = $1 AND counted")
    assert Counter(told) == Counter(row["source"] for row in counted)


async def test_deliveries(aftermath: Aftermath) -> None:
    """Each change has its deliveries, each came at least once as it is stored, and nothing else came."""
    for hook, (events, receiver) in aftermath.receivers.items():
        rows = await aftermath.asked(
            "SELECT id, event, data, status FROM webhook_deliveries WHERE store_id = $1 AND webhook_id = $2", hook
        )
        made = Counter(_told(row["event"], json.loads(row["data"])) for row in rows)
        assert made == Counter(_told(each["event"], each["data"]) for each in aftermath.log if each["event"] in events)
        assert {row["status"] for row in rows} == {"delivered"}
        stored = {row["id"]: _told(row["event"], json.loads(row["data"])) for row in rows}
        came = {each.json["delivery_id"]: _told(each.json["event"], each.json["data"]) for each in receiver.received}
        assert came == stored
        print(f"{len(rows)} deliveries came {len(receiver.received)} times")  # noqa: T201


async def test_logs(aftermath: Aftermath) -> None:
    """Each line is one record of JSON, the libraries' too, and none tells of what nobody expected."""
    lines = (aftermath.instance.data_dir / "app.log").read_text().splitlines()
    logged = [list(records(line)) for line in lines]
    # Who is killed while it writes leaves half a line, and the next one who writes may go on there.
    broken = [line for line, found in zip(lines, logged, strict=True) if not is_record(line) or len(found) != 1]
    assert len(broken) <= sum(victim in LOGGING for victim in aftermath.outcome.killed), broken
    each_one = [record for found in logged for record in found]
    # asyncpg's pool says so, and goes on.
    pool = "Failed to restore the pool connection floor; retrying"
    assert [each for each in each_one if "exception" in each and each["event"] != pool] == []
    assert [each for each in each_one if each.get("status") == 500] == []


def is_record(line: str) -> bool:
    """Tell whether a line is one of JSON, whole."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def records(line: str) -> Iterator[dict[str, Any]]:
    """Give the whole records in a line: one, unless it is broken."""
    decoder, place = json.JSONDecoder(), 0
    while (place := line.find("{", place)) >= 0:
        try:
            record, place = decoder.raw_decode(line, place)
        except ValueError:
            place += 1
        else:
            if "event" in record:
                yield record


async def test_killed_in_the_middle(aftermath: Aftermath) -> None:
    """What a killed worker had under way is sent by the next one once its lease has ended, and its row says so."""
    store = aftermath.store

    async def killing(*_: object) -> None:
        receiver.answer = answering(200)
        os.kill(aftermath.instance.pids()["deliver"], signal.SIGKILL)

    async with receiving(killing) as receiver:
        body = {"url": receiver.url, "events": ["order.created"]}
        hook = (await store.write("POST", "/v1/webhooks", body, "middle"))["id"]
        await store.write("POST", f"/v1/webhooks/{hook}/test", None, "middle-test")
        await receiver.until(2, PATIENCE)
        waiting = "SELECT FROM webhook_deliveries WHERE webhook_id = $1 AND status <> 'delivered'"
        await until_none(aftermath.instance, waiting, hook)
    rows = await aftermath.asked(
        "SELECT id, attempts, due_at FROM webhook_deliveries WHERE store_id = $1 AND webhook_id = $2", hook
    )
    assert [(row["attempts"], row["due_at"]) for row in rows] == [(1, None)]
    assert [each.json["delivery_id"] for each in receiver.received] == [rows[0]["id"]] * 2


def _told(event: str, data: dict[str, Any]) -> tuple[str, str]:
    return event, json.dumps(data, sort_keys=True)
