"""EXPLAIN of webhooks and their deliveries, one webhook having 20,000 among those of others."""

import pytest

from tests.conftest import ShopMaker
from tests.database.conftest import Bulk
from tests.database.plans import LIMIT, Asker, Recorder

pytestmark = pytest.mark.anyio

HOOKS = (
    "INSERT INTO webhooks (store_id, url, events, secret) SELECT id, 'https://x.dz/' || n, '{order.created}', ''"
    " FROM stores, generate_series(1, 5) n WHERE id = $1 OR name = 'bulk' RETURNING id, store_id"
)
DELIVERIES = (
    "INSERT INTO webhook_deliveries (store_id, webhook_id, event, data, status) SELECT $1, $2, 'order.created', '{}',"
    " (ARRAY['delivered', 'dead'])[1 + (n % 50 = 0)::int] FROM generate_series(1, $3::int) n"
)


@pytest.fixture
async def hooked(make_shop: ShopMaker, bulk: Bulk, recorder: Recorder) -> tuple[Asker, int]:
    """A client, and the id of its webhook with many deliveries."""
    asker = Asker(await make_shop(), bulk, recorder)
    hooks = await bulk.connection.fetch(HOOKS, asker.shop.store_id)
    own = next(row["id"] for row in hooks if row["store_id"] == asker.shop.store_id)
    for row in hooks:
        count = 20_000 if row["id"] == own else 100
        await bulk.connection.execute(DELIVERIES, row["store_id"], row["id"], count)
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
            assert plan.indexes == {index}
            assert not plan.kinds & {"Sort", "Seq Scan", "Bitmap Heap Scan"}
            assert plan.rows_read <= LIMIT + 1
            assert len(asker.data["items"]) == LIMIT
