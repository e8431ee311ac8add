"""The use of the demo's keys, as it is stored."""

from datetime import timedelta

import pytest

from app.demo.traffic import CLIENTS
from graph.tiers import TEST_REQUESTS_PER_MONTH, TIERS
from rest_compat.routes import ROUTES
from tests.demo.conftest import Demo

pytestmark = pytest.mark.anyio

TIER = {"store_id": "pro_plus", "store_id_b": "pro_plus", "store_id_c": "free"}
TABLES = (
    "stores orders order_timeline customers events stock_movements usage_hours signups tracking.events"
    " tracking.request_log api_keys members inbox"
)


@pytest.mark.parametrize("call", sorted({call for client in CLIENTS for call in client.calls if not call.is_graphql}))
def test_a_call_is_one_that_there_is(call) -> None:
    found = [route for route in ROUTES if (route.method, f"/v1{route.path}") == (call.method, call.operation)]
    assert len(found) == 1
    assert found[0].group == call.group


async def test_a_month_of_use_is_within_the_plans(demo: Demo) -> None:
    for member, tier in TIER.items():
        used = await demo.connection.fetchrow(
            "SELECT sum(count) FILTER (WHERE kind = 'request' AND livemode) AS requests,"
            " sum(count) FILTER (WHERE kind = 'request' AND NOT livemode) AS test, sum(count) FILTER (WHERE kind ="
            " 'signup') AS signups, count(DISTINCT period_hour::date) AS days, now() - max(period_hour) AS since,"
            " count(*) FILTER (WHERE billable_count <> CASE WHEN livemode THEN count ELSE 0 END) AS wrong"
            " FROM usage_hours WHERE store_id = $1 AND period_hour <= now()",
            demo.secrets[member],
        )
        assert 300 < used["requests"] < TIERS[tier].requests_per_month
        assert (used["test"] or 0) < TEST_REQUESTS_PER_MONTH
        assert (used["signups"] or 0) < TIERS[tier].signups_per_month
        assert used["days"] >= 29
        assert used["since"] < timedelta(days=1)
        assert used["wrong"] == 0
    both = await demo.connection.fetch(
        "SELECT DISTINCT livemode FROM usage_hours WHERE store_id = $1", demo.secrets["store_id"]
    )
    assert len(both) == 2


async def test_what_is_counted_of_the_last_days_is_logged(demo: Demo) -> None:
    rows = await demo.connection.fetch(
        "WITH logged AS (SELECT store_id, livemode, received_at::date AS day, count(*) AS count"
        " FROM tracking.request_log WHERE coalesce(error_code, '') <> 'rate_limited'"
        " AND received_at::date > now()::date - 6 GROUP BY 1, 2, 3),"
        " counted AS (SELECT store_id, livemode, period_hour::date AS day, sum(count) AS count FROM usage_hours"
        " WHERE kind = 'request' AND period_hour::date > now()::date - 6 GROUP BY 1, 2, 3)"
        " SELECT * FROM logged FULL JOIN counted USING (store_id, livemode, day) WHERE logged.count IS DISTINCT FROM"
        " counted.count"
    )
    assert rows == []
    outcomes = await demo.connection.fetch(
        "SELECT outcome, count(*) AS count, min(received_at) AS first FROM tracking.request_log WHERE store_id = $1"
        " GROUP BY outcome ORDER BY outcome",
        demo.secrets["store_id"],
    )
    counts = {row["outcome"]: row["count"] for row in outcomes}
    assert counts["succeeded"] > 500
    assert 10 < counts["refused"] < counts["succeeded"] / 10


async def test_what_pages_tracked_was_taken_in_when_it_came(demo: Demo) -> None:
    assert await demo.connection.fetchval("SELECT count(*) FROM inbox") == 0
    assert await demo.connection.fetchval("SELECT count(*) FROM inbox_dead") == 0
    for kind, table in (("signup", "signups"), ("event", "tracking.events")):
        taken = await demo.connection.fetch(
            f"SELECT date_trunc('hour', received_at) AS hour, count(*) AS count FROM {table} GROUP BY 1 ORDER BY 1"
        )
        counted = await demo.connection.fetch(
            "SELECT period_hour AS hour, count FROM usage_hours WHERE kind = $1 ORDER BY 1", kind
        )
        assert len(taken) > 20
        assert taken == counted
    told = await demo.connection.fetch("SELECT occurred_at FROM events WHERE name = 'signup.counted' ORDER BY id")
    came = await demo.connection.fetch(
        "SELECT received_at FROM signups WHERE counted AND received_at > now() - interval '30 days' ORDER BY id"
    )
    assert [row["occurred_at"] for row in told][-len(came) :] == [row["received_at"] for row in came]


async def test_keys_and_members_have_been_there_from_the_start(demo: Demo) -> None:
    for table in ("stores", "api_keys", "members", "accounts", "products", "categories"):
        assert await demo.connection.fetchval(f"SELECT max(created_at) FROM {table}") < (
            await demo.connection.fetchval("SELECT min(created_at) FROM orders")
        )
    rows = await demo.connection.fetch("SELECT last_used_at > created_at AS used FROM api_keys")
    assert [row["used"] for row in rows] == [True] * 5


async def test_the_second_start_adds_nothing(demo: Demo) -> None:
    def counting() -> str:
        return " UNION ALL ".join(f"SELECT count(*) AS count, max(xmin::text::bigint) FROM {t}" for t in TABLES.split())

    before, known = await demo.connection.fetch(counting()), demo.secrets
    await demo.start()
    assert await demo.connection.fetch(counting()) == before
    assert demo.secrets == known
