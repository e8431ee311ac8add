"""The demo shops' orders, as they are stored."""

from datetime import UTC, timedelta

import asyncpg
import pytest

from graph.order_states import STATUSES
from tests.conftest import Instance
from tests.demo.conftest import Demo

pytestmark = pytest.mark.anyio
# What holds, and the rows that would be against it.
AGREEING = {
    "an order was changed when its timeline says": (
        "SELECT o.id FROM orders o JOIN order_timeline l ON l.order_id = o.id GROUP BY o.id"
        " HAVING o.created_at <> min(l.at) OR o.updated_at <> max(l.at)"
        " OR array_agg(l.id ORDER BY l.at) <> array_agg(l.id ORDER BY l.id)"
        " OR o.status <> (array_agg(l.to_status ORDER BY l.at DESC))[1]"
    ),
    "nothing is of the time to come": "SELECT id FROM order_timeline WHERE at > now()",
    "a customer came with the first order": (
        "SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id"
        " HAVING c.created_at <> min(o.created_at) OR c.updated_at <> max(o.updated_at)"
    ),
    "the ledger adds up to the stock": (
        "SELECT p.id FROM products p WHERE stock_quantity <> (SELECT coalesce(sum(change), 0)"
        " FROM stock_movements m WHERE m.product_id = p.id AND m.variant_id IS NULL)"
    ),
    "the ledger is in the order of its times": (
        "SELECT id FROM (SELECT id, created_at, lag(created_at)"
        " OVER (PARTITION BY product_id ORDER BY id) AS before"
        " FROM stock_movements) moved WHERE created_at < before"
    ),
    "stock moved with the order": (
        "SELECT m.id FROM stock_movements m WHERE m.order_id IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM order_timeline l WHERE l.order_id = m.order_id AND l.at = m.created_at)"
    ),
    "a product was there before it was ordered": (
        "SELECT m.id FROM stock_movements m JOIN products p ON p.id = m.product_id"
        " WHERE m.created_at < p.created_at OR m.created_at > p.updated_at"
    ),
    "events are in the order of their times and none is past its time": (
        "SELECT id FROM (SELECT id, occurred_at, lag(occurred_at)"
        " OVER (PARTITION BY store_id ORDER BY id) AS before"
        " FROM events) told WHERE occurred_at < before OR occurred_at < now() - interval '30 days 5 minutes'"
    ),
    "an order's event names it as it is, and when it was": (
        "SELECT e.id FROM events e LEFT JOIN orders o ON o.id = (e.data->>'order_id')::bigint"
        " WHERE e.name = 'order.created'"
        " AND (o.order_number, o.created_at) IS DISTINCT FROM (e.data->>'order_number', e.occurred_at)"
    ),
    "other events of an order were when its timeline says": (
        "SELECT e.id FROM events e WHERE e.data ? 'order_id' AND NOT EXISTS (SELECT FROM order_timeline l"
        " WHERE l.order_id = (e.data->>'order_id')::bigint AND l.at = e.occurred_at)"
    ),
    "every event of the last weeks is there": (
        "SELECT l.id FROM order_timeline l WHERE l.at > now() - interval '29 days' AND l.to_status <> 'processing'"
        " AND NOT EXISTS (SELECT FROM events e WHERE (e.data->>'order_id')::bigint = l.order_id"
        " AND e.occurred_at = l.at)"
    ),
}


async def test_a_sandbox_has_orders_of_every_status(instance: Instance) -> None:
    database = await asyncpg.connect(instance.members["database_url"])
    shop = instance.members["store_id"]
    found = await database.fetch("SELECT DISTINCT status FROM orders WHERE store_id = $1", shop)
    assert {row["status"] for row in found} == set(STATUSES)
    assert await database.fetchval("SELECT count(*) FROM orders WHERE store_id = $1", shop) >= 40
    await database.close()


async def test_orders_of_some_months_bear_their_days(demo: Demo) -> None:
    rows = await demo.connection.fetch(
        "SELECT order_number, created_at, status, now() - created_at AS age FROM orders WHERE store_id = $1"
        " ORDER BY id",
        demo.secrets["store_id"],
    )
    assert len(rows) == 110
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)
    assert rows[0]["age"] > timedelta(days=85)
    assert rows[-1]["age"] < timedelta(hours=1)
    assert sum(row["age"] < timedelta(days=7) for row in rows) >= 15
    for row in rows:
        store, day = row["order_number"].split("-")[1:3]
        assert (store, day) == (str(demo.secrets["store_id"]), f"{row['created_at'].astimezone(UTC):%Y%m%d}")
    assert {row["status"] for row in rows} == set(STATUSES)


@pytest.mark.parametrize("what", AGREEING)
async def test_all_that_came_of_orders_agrees(demo: Demo, what: str) -> None:
    assert await demo.connection.fetch(AGREEING[what]) == []


async def test_the_doctor_finds_nothing_wrong(demo: Demo, servers) -> None:
    answer = await demo.run("doctor", REDIS_URL=servers.redis_url)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "customers' totals" in answer.stdout
