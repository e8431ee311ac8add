"""EXPLAIN of what is read of usage and of delivery rates, in a store of 90 days of hours among others."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from graph.usage import month_of
from graph.usage_report import KINDS, MONTH
from tests.database.conftest import Bulk
from tests.database.plans import Asker, Plan, explained

pytestmark = pytest.mark.anyio

HOURS = 90 * 24
GROUPS = 10
INDEX = "one_row_an_hour"
FILL = """
    INSERT INTO usage_hours (store_id, livemode, kind, period_hour, endpoint_group, public, count, billable_count)
    SELECT s, true, kind, date_trunc('hour', now()) - make_interval(hours => h), 'group-' || g, public, 1, 1
    FROM unnest($1::bigint[]) s, unnest($2::text[]) kind, generate_series(0, $3::int - 1) h,
         generate_series(1, $4::int) g, unnest(ARRAY[true, false]) public
"""


@pytest.fixture(scope="module")
async def filled(bulk: Bulk) -> AsyncIterator[Bulk]:
    """The large store with its hours, and another with as many."""
    others = await bulk.connection.fetch(
        "SELECT id FROM stores WHERE name = 'bulk' AND id <> $1 LIMIT 1", bulk.store_id
    )
    stores = [bulk.store_id, others[0]["id"]]
    await bulk.connection.execute(FILL, stores, ["request"], HOURS, GROUPS)
    await bulk.connection.execute(FILL, stores, ["signup", "event", "webhook"], HOURS, 1)
    await bulk.connection.execute("VACUUM ANALYZE usage_hours")
    yield bulk
    await bulk.connection.execute("DELETE FROM usage_hours WHERE store_id = ANY($1)", stores)
    await bulk.connection.execute("VACUUM ANALYZE usage_hours")


def assert_walks(plan: Plan) -> None:
    """A plan that walks the index of the counts, from the store and mode on, in its order; of one mode alone."""
    assert "Seq Scan" not in plan.kinds
    assert plan.rows_sorted == 0
    scans = [node for node in plan.nodes() if node.get("Index Name") == INDEX]
    assert len([node for node in scans if node["Actual Loops"]]) == 1
    for scan in scans:
        assert all(name in scan["Index Cond"] for name in ("store_id", "livemode", "kind", "period_hour"))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("generic", [False, True])
class TestHistory:
    async def test_ninety_days(self, asker: Asker, generic: bool) -> None:
        start = datetime.now(UTC) - timedelta(days=89, hours=23)
        plan = await asker.get(f"/v1/usage/history?from={start:%Y-%m-%dT%H:%M:%SZ}", generic=generic)
        assert len(asker.data["rows"]) == HOURS * GROUPS
        assert_walks(plan)
        assert plan.rows_read <= HOURS * GROUPS * 2

    async def test_a_day_reads_a_day(self, asker: Asker, generic: bool) -> None:
        day = datetime.now(UTC) - timedelta(days=40)
        plan = await asker.get(f"/v1/usage/history?from={day:%Y-%m-%d}&to={day:%Y-%m-%d}", generic=generic)
        assert len(asker.data["rows"]) == 24 * GROUPS
        assert_walks(plan)
        assert plan.rows_read <= 24 * GROUPS * 2

    async def test_a_page_reads_a_page(self, asker: Asker, generic: bool) -> None:
        query = """query ($after: String) { usageHistory(first: 50, after: $after) {
            nodes { periodHour count } pageInfo { endCursor } } }"""
        after = None
        for _ in range(3):
            plan = await asker.query(query, generic=generic, after=after)
            after = asker.data["usageHistory"]["pageInfo"]["endCursor"]
            assert_walks(plan)
            assert plan.rows_read <= 2 * 55


@pytest.mark.parametrize("generic", [False, True])
class TestMonth:
    async def test_reads_the_month_alone(self, filled: Bulk, generic: bool) -> None:
        moment = datetime.now(UTC) - timedelta(days=32)
        start, end = month_of(moment.year, moment.month)
        there = await filled.connection.fetchval(
            "SELECT count(*) FROM usage_hours WHERE store_id = $1 AND period_hour >= $2 AND period_hour < $3",
            *(filled.store_id, start, end),
        )
        values = (filled.store_id, True, "{" + ",".join(KINDS) + "}", start, end)
        plan = await explained(filled.connection, (MONTH, values), generic=generic)
        assert "Seq Scan" not in {node["Node Type"] for node in plan.nodes() if node.get("Relation Name") != "stores"}
        (scan,) = [node for node in plan.nodes() if node.get("Index Name") == INDEX]
        assert all(name in scan["Index Cond"] for name in ("store_id", "livemode", "kind", "period_hour"))
        assert plan.rows_read <= there + 1_000
        assert plan.root["Actual Total Time"] < 300


@pytest.mark.parametrize("generic", [False, True])
class TestDeliveryRates:
    async def test_by_the_store(self, asker: Asker, generic: bool) -> None:
        await asker.bulk.connection.execute(
            "INSERT INTO delivery_rates (store_id, livemode, wilaya_id, home, desk)"
            " SELECT s.id, true, w, 1, 1 FROM stores s, generate_series(1, 69) w WHERE s.name = 'bulk'"
            " ON CONFLICT DO NOTHING"
        )
        await asker.bulk.connection.execute("VACUUM ANALYZE delivery_rates")
        plan = await asker.get("/v1/delivery-rates", generic=generic)
        assert plan.rows_read <= 2 * 69
        assert "Seq Scan" not in plan.kinds
