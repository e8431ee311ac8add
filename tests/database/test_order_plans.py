"""EXPLAIN of the lists of orders and customers, in a store of 100,000 of each among others."""

import pytest

from app.asgi import Application
from db.engine import engine
from graph.public_keys import public_key_create
from tests.conftest import ShopMaker
from tests.database.conftest import ROWS
from tests.database.plans import LIMIT, Asker, Bulk, Recorder, assert_walks, explained
from tests.rest.answers import given
from tests.signed.clients import Page, PublicKey
from tests.signed.shopping import tracked

pytestmark = pytest.mark.anyio

# A list or filter, and the index that it walks.
LISTS = {
    "orders": "orders_list",
    "orders?status=pending": "orders_by_status",
    "orders?status=cancelled": "orders_by_status",
    "orders?since=2020-01-01": "orders_by_creation",
    "orders?updated_since=2020-01-01": "orders_by_change",
    "customers": "customers_list",
    "customers?updated_since=2020-01-01": "customers_by_change",
}
# A filter that finds one row or two.
NEEDLES = {
    "orders?customer_phone=0500000777": "orders_by_phone",
    "orders?external_id=ext-000777": "orders_external_id",
    "customers?phone=0500000777": "customers_phone",
    "customers?email=C777@x.dz": "customers_by_email",
    "customers?external_id=ext-777": "customers_external_id",
}


@pytest.fixture
async def asker(make_shop: ShopMaker, bulk_orders: Bulk, recorder: Recorder) -> Asker:
    return Asker(await make_shop(store_id=bulk_orders.store_id), bulk_orders, recorder)


@pytest.mark.parametrize("generic", [False, True])
class TestList:
    @pytest.mark.parametrize(("query", "index"), LISTS.items())
    async def test_first_and_next_page(self, asker: Asker, query: str, index: str, generic: bool) -> None:
        assert_walks(await asker.get(f"/v1/{query}", generic=generic), index, LIMIT + 1)
        assert len(asker.data["items"]) == LIMIT
        cursor = f"{'&' if '?' in query else '?'}cursor={asker.data['next_cursor']}"
        assert_walks(await asker.get(f"/v1/{query}{cursor}", generic=generic), index, LIMIT + 1)
        assert len(asker.data["items"]) == LIMIT

    @pytest.mark.parametrize(("query", "index"), NEEDLES.items())
    async def test_needle(self, asker: Asker, query: str, index: str, generic: bool) -> None:
        plan = await asker.get(f"/v1/{query}", generic=generic)
        assert plan.indexes == {index}
        assert "Seq Scan" not in plan.kinds
        assert 1 <= plan.rows_read <= 2
        assert len(asker.data["items"]) == plan.rows_read

    async def test_one(self, asker: Asker, generic: bool) -> None:
        order = given(await asker.shop.get("/v1/orders?limit=1"))["items"][0]["id"]
        plan = await asker.get(f"/v1/orders/{order}", generic=generic)
        assert plan.indexes == {"orders_pkey", "order_items_of_order", "order_timeline_of_order"}
        assert "Seq Scan" not in plan.kinds
        assert plan.rows_read == 3
        customer = asker.data["customer"]["id"]
        plan = await asker.get(f"/v1/customers/{customer}", generic=generic)
        assert (plan.indexes, plan.rows_read) == ({"customers_pkey"}, 1)

    async def test_nested(self, asker: Asker, generic: bool) -> None:
        query = "{ orders { nodes { items { name } timeline { to } customer { name } allowedTransitions } } }"
        plan = await asker.query(query, generic=generic)
        assert plan.indexes == {"orders_list", "order_items_of_order", "order_timeline_of_order"}
        assert "Seq Scan" not in plan.kinds
        assert plan.rows_read <= 3 * (LIMIT + 1)

    async def test_tracked(self, asker: Asker, application: Application, generic: bool) -> None:
        order = given(await asker.shop.get("/v1/orders?limit=1"))["items"][0]
        async with engine.transaction():
            issued = await public_key_create(asker.bulk.store_id, "page", granted=["checkout:write"])
        page = Page(application, PublicKey(asker.bulk.store_id, 0, issued.key_id, issued.signing_secret))
        for number, rows in ((order["order_number"], 3), ("ORD-1-20260101-0000", 0)):
            asker.recorder.sent.clear()
            answer = await tracked(page, number, order["customer_phone"])
            assert ("errors" in answer) == (rows == 0)
            (statement,) = asker.recorder.sent
            plan = await explained(asker.bulk.connection, statement, generic=generic)
            assert "orders_number" in plan.indexes
            assert "orders_by_phone" not in plan.indexes
            assert "Seq Scan" not in plan.kinds
            assert plan.rows_read == rows


class TestTwoFilters:
    @pytest.mark.parametrize(
        "query",
        [
            "orders?status=cancelled&since=2020-01-01",
            "orders?status=cancelled&updated_since=2020-01-01",
            "orders?status=pending&customer_phone=0500000777",
        ],
    )
    async def test_reads_a_stretch_of_an_index(self, asker: Asker, query: str) -> None:
        plan = await asker.get(f"/v1/{query}")
        assert "Seq Scan" not in plan.kinds
        assert plan.rows_sorted == 0
        assert plan.rows_read < ROWS / 50

    async def test_nothing_since_now(self, asker: Asker) -> None:
        plan = await asker.get("/v1/orders?since=2999-01-01")
        assert (plan.indexes, plan.rows_read) == ({"orders_by_creation"}, 0)
