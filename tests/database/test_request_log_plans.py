"""EXPLAIN of the log of requests, in a store of 24,000 of them in three days, among those of another."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from db.engine import engine
from db.partitions import REQUESTS
from graph.request_report import REFUSED, ROWS_MAXIMUM, SLOWEST
from tests.database.conftest import Bulk
from tests.database.plans import LIMIT, Asker, Plan, explained

pytestmark = pytest.mark.anyio

DAYS = 3
ROWS = 8_000
FILL = """
    INSERT INTO tracking.request_log (request_id, store_id, livemode, api_key_id, received_at, method, operation,
        surface, status, outcome, error_code, duration_ms)
    SELECT 'req_' || left(md5(n::text || s::text || d::text), 16), s, true,
        (SELECT min(k.id) FROM api_keys k WHERE k.store_id = s) + n % 50,
        date_trunc('day', now(), 'UTC') - make_interval(days => d) + make_interval(secs => n * 0.01), 'GET',
        (ARRAY['/v1/products', '/v1/orders', 'query Stock', '/v1/store'])[1 + n % 4],
        (ARRAY['rest', 'rest', 'graphql', 'rest'])[1 + n % 4], CASE WHEN n % 20 = 0 THEN 404 ELSE 200 END,
        CASE WHEN n % 20 = 0 THEN 'refused' ELSE 'succeeded' END, CASE WHEN n % 20 = 0 THEN 'not_found' END, n % 300
    FROM generate_series(1, $2::int) n, unnest($1::bigint[]) s, generate_series(0, $3::int - 1) d
"""


@pytest.fixture(scope="module")
async def filled(bulk: Bulk) -> AsyncIterator[Bulk]:
    """The large store with its requests, and another with as many."""
    connection = bulk.connection
    others = await connection.fetch("SELECT id FROM stores WHERE name = 'bulk' AND id <> $1 LIMIT 1", bulk.store_id)
    stores = [bulk.store_id, others[0]["id"]]
    async with engine.transaction():
        await REQUESTS.make(datetime.now(UTC) - timedelta(days=DAYS), DAYS + 1)
    await connection.execute(FILL, stores, ROWS, DAYS)
    await connection.execute("VACUUM ANALYZE tracking.request_log")
    yield bulk
    await connection.execute("DELETE FROM tracking.request_log WHERE store_id = ANY($1)", stores)


def assert_walks(plan: Plan, name: str) -> None:
    """A plan that walks one index of each day, the latest first, and stops where the page is full."""
    scans = [node for node in plan.nodes() if "request_log" in node.get("Relation Name", "")]
    read = [node for node in scans if node["Actual Loops"]]
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan"}
    assert not plan.kinds & {"Sort", "Incremental Sort", "Seq Scan", "Bitmap Heap Scan", "Merge Append"}
    for node in read:
        assert "store_id" in node["Index Cond"], node
        assert name in node["Index Cond"], node
    assert sum(round(node["Actual Rows"] * node["Actual Loops"]) for node in read) <= LIMIT + 1
    assert sum(node.get("Rows Removed by Filter", 0) for node in read) == 0


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize(
    ("query", "column"),
    [
        ("", "livemode"),
        ("key_id={key}", "api_key_id"),
        ("outcome=refused", "outcome"),
        ("surface=graphql", "surface"),
        ("operation=/v1/orders", "operation"),
        ("error_code=not_found", "error_code"),
    ],
)
async def test_first_and_next_page(asker: Asker, query: str, column: str, generic: bool) -> None:
    keys = await asker.bulk.connection.fetch(
        "SELECT key_id FROM api_keys WHERE store_id = $1 ORDER BY id LIMIT 1", asker.bulk.store_id
    )
    path = f"/v1/request-log?{query.format(key=keys[0]['key_id'])}"
    assert_walks(await asker.get(path, generic=generic), column)
    assert len(asker.data["items"]) == LIMIT
    assert_walks(await asker.get(f"{path}&cursor={asker.data['next_cursor']}", generic=generic), column)
    assert len(asker.data["items"]) == LIMIT


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("generic", [False, True])
async def test_by_its_id(asker: Asker, generic: bool) -> None:
    await asker.get("/v1/request-log?limit=1")
    identifier = asker.data["items"][0]["request_id"]
    plan = await asker.get(f"/v1/request-log/{identifier}", generic=generic)
    conditions = [node.get("Index Cond", "") for node in plan.nodes() if node["Actual Rows"] and "Index Name" in node]
    assert any("request_id" in condition for condition in conditions)
    # The request, and the key that it names.
    assert plan.rows_read <= 2


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("statement", [REFUSED, SLOWEST])
async def test_reports_read_the_latest_alone(filled: Bulk, statement: str, generic: bool) -> None:
    since = datetime.now(UTC) - timedelta(days=30)
    plan = await explained(filled.connection, (statement, (filled.store_id, True, since)), generic=generic)
    assert "Seq Scan" not in plan.kinds
    assert plan.rows_read <= ROWS_MAXIMUM + DAYS
