"""The demo shops' orders, in a running sandbox."""

import asyncpg
import pytest

from graph.order_states import STATUSES
from tests.conftest import Instance

pytestmark = pytest.mark.anyio


async def test_orders_of_every_status_that_add_up(instance: Instance) -> None:
    database = await asyncpg.connect(instance.members["database_url"])
    shop = instance.members["store_id"]
    found = await database.fetch("SELECT DISTINCT status FROM orders WHERE store_id = $1", shop)
    assert {row["status"] for row in found} == set(STATUSES)
    assert await database.fetchval("SELECT count(*) FROM orders WHERE store_id = $1", shop) >= 40
    wrong = await database.fetchval(
        "SELECT count(*) FROM products p WHERE store_id = $1 AND stock_quantity <>"
        " (SELECT coalesce(sum(change), 0) FROM stock_movements m WHERE m.product_id = p.id AND m.variant_id IS NULL)",
        shop,
    )
    assert wrong == 0
    late = await database.fetchval(
        "SELECT count(*) FROM orders o WHERE store_id = $1 AND created_at < '2026-06-01'"
        " AND (updated_at < created_at OR updated_at > '2026-05-15'"
        " OR updated_at <> (SELECT max(at) FROM order_timeline l WHERE l.order_id = o.id))",
        shop,
    )
    assert late == 0
    totals = await database.fetch(
        "SELECT c.total_spent, sum(o.total) FILTER (WHERE o.status = 'delivered') AS due FROM customers c"
        " JOIN orders o ON o.customer_id = c.id WHERE c.store_id = $1 GROUP BY c.id",
        shop,
    )
    # Those of the demo; other tests place orders of their own.
    assert len(totals) >= 10
    assert all(row["total_spent"] == (row["due"] or 0) for row in totals)
    await database.close()
