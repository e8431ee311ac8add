"""EXPLAIN of webhooks and their deliveries, one webhook having 20,000 among those of others."""

import json

import pytest

from graph import webhook_queue
from graph.webhook_due import week_of
from tests.conftest import ShopMaker
from tests.database.conftest import Bulk
from tests.database.plans import LIMIT, Asker, Plan, Recorder

pytestmark = pytest.mark.anyio

HOOKS = (
    "INSERT INTO webhooks (store_id, url, events, secret) SELECT id, 'https://x.dz/' || n, '{order.created}', ''"
    " FROM stores, generate_series(1, 5) n WHERE id = $1 OR name = 'bulk' RETURNING id, store_id"
)
MANY = (
    "INSERT INTO webhook_deliveries (store_id, webhook_id, event, data, status) SELECT $1, $2, 'order.created', '{}',"
    " (ARRAY['delivered', 'dead'])[1 + (n % 50 = 0)::int] FROM generate_series(1, $3::int) n"
)

PARENTS = (
    "SELECT DISTINCT i.inhparent::regclass::text AS parent FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE c.relname = ANY($1)"
)


@pytest.fixture
async def hooked(make_shop: ShopMaker, bulk: Bulk, recorder: Recorder) -> tuple[Asker, int]:
    """A client, and the id of its webhook with many deliveries."""
    asker = Asker(await make_shop(), bulk, recorder)
    hooks = await bulk.connection.fetch(HOOKS, asker.shop.store_id)
    own = next(row["id"] for row in hooks if row["store_id"] == asker.shop.store_id)
    for row in hooks:
        count = 20_000 if row["id"] == own else 100
        await bulk.connection.execute(MANY, row["store_id"], row["id"], count)
    await bulk.connection.execute("VACUUM ANALYZE webhooks, webhook_deliveries")
    return asker, own


class TestDeliveries:
    @pytest.mark.parametrize(
        ("query", "index"), [("?limit=50", "webhook_deliveries_list"), ("?status=dead", "webhook_deliveries_by_status")]
    )
    async def test_first_and_next_page(self, hooked: tuple[Asker, int], query: str, index: str) -> None:
        asker, hook = hooked
        path = f"/v1/webhooks/{hook}/deliveries{query}"
        for cursor in (False, True):
            plan = await asker.get(f"{path}&cursor={asker.data['next_cursor']}" if cursor else path)
            # Each week has the index of its own.
            rows = await asker.bulk.connection.fetch(PARENTS, list(plan.indexes))
            assert {row["parent"] for row in rows} == {index}
            assert not plan.kinds & {"Sort", "Seq Scan", "Bitmap Heap Scan"}
            assert plan.rows_read <= LIMIT + 1
            assert len(asker.data["items"]) == LIMIT

    async def test_leases_and_outcomes_read_one_row(self, hooked: tuple[Asker, int]) -> None:
        """Of their week alone, along an index of it."""
        connection = hooked[0].bulk.connection
        (row,) = await connection.fetch(
            "SELECT min(id) AS id, now() AS now FROM webhook_deliveries WHERE webhook_id = $1", hooked[1]
        )
        week, lease = week_of(row["now"]), "interval '1 s'"
        for sql, values in (
            (webhook_queue._LEASE, f"'{{{row['id']}}}', {lease}, {lease}"),
            (webhook_queue._COUNTED, f"'{{{row['id']}}}'"),
            (webhook_queue._END, f"{row['id']}, '{row['now']}', 'dead', 1, '', 1, '', {lease}, {lease}"),
        ):
            async with connection.transaction():
                await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                await connection.execute(f"PREPARE shown AS {sql.format(week=week)}")
                shown = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE shown({values})")
                await connection.execute("DEALLOCATE shown")
            read = [
                node
                for node in Plan(json.loads(shown)[0]["Plan"]).nodes()
                if node.get("Relation Name", node.get("Index Name", "")).startswith("webhook_deliveries")
                and "Scan" in node["Node Type"]
            ]
            assert read
            assert "Seq Scan" not in {node["Node Type"] for node in read}
            assert {node["Relation Name"] for node in read if "Relation Name" in node} == {week.partition(".")[2]}
            assert all(node["Actual Rows"] <= 1 for node in read)
