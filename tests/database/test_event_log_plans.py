"""EXPLAIN of the event log, in a store of 100,000 events among others."""

from collections.abc import AsyncIterator

import pytest

from graph.events import EVENTS
from tests.database.conftest import Bulk
from tests.database.plans import LIMIT, Asker, assert_walks

pytestmark = pytest.mark.anyio

ROWS = 50_000
FILL = """
    INSERT INTO events (store_id, livemode, name, data)
    SELECT s, true, ($2::text[])[1 + n % cardinality($2::text[])], '{}'
    FROM generate_series(1, $3::int) n, unnest($1::bigint[]) s
"""


@pytest.fixture(scope="module")
async def filled(bulk: Bulk) -> AsyncIterator[None]:
    """The large store with its events, and another with as many."""
    others = await bulk.connection.fetch(
        "SELECT id FROM stores WHERE name = 'bulk' AND id <> $1 LIMIT 1", bulk.store_id
    )
    stores = [bulk.store_id, others[0]["id"]]
    await bulk.connection.execute(FILL, stores, list(EVENTS), ROWS)
    await bulk.connection.execute("VACUUM ANALYZE events")
    yield
    await bulk.connection.execute("DELETE FROM events WHERE store_id = ANY($1)", stores)
    await bulk.connection.execute("VACUUM ANALYZE events")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize(
    ("query", "read"), [("", LIMIT + 1), ("?types=signup.counted,order.created", (LIMIT + 1) * len(EVENTS))]
)
async def test_first_and_next_page(asker: Asker, query: str, read: int, generic: bool) -> None:
    assert_walks(await asker.get(f"/v1/event-log{query}", generic=generic), "events_log", read)
    assert len(asker.data["items"]) == LIMIT
    cursor = f"{'&' if query else '?'}cursor={asker.data['next_cursor']}"
    assert_walks(await asker.get(f"/v1/event-log{query}{cursor}", generic=generic), "events_log", read)
    assert len(asker.data["items"]) == LIMIT
