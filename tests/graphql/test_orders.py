"""Orders and customers over GraphQL: the same rows, by the same rules."""

from typing import Any

import pytest

from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import answered, asked
from tests.rest.answers import given, refused_query
from tests.rest.ordering import changed, moved, ordered, stocked

pytestmark = pytest.mark.anyio

CREATE = (
    "mutation($i: OrderCreateInput!) { orderCreate(input: $i) { order { id databaseId total items { productId } } } }"
)
UPDATE = """mutation($id: ID!, $i: OrderUpdateInput!) { orderUpdate(id: $id, input: $i) {
    order { status allowedTransitions paymentStatus timeline { from to at actor } } } }"""


def wanted(product: Any, **members: Any) -> dict[str, Any]:
    return {
        "customer": {"name": "Ahmed Benali", "phone": "0555 12 34 56", "wilayaId": 16, "commune": "Bab Ezzouar"},
        "delivery": {"type": "HOME"},
        "items": [{"productId": product, "quantity": 2}],
    } | members


class TestOrders:
    async def test_every_field_is_that_of_rest(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop), notes="x", metadata={"a": "b"}, external_id="E")
        query = """query($id: ID!) { order(id: $id) {
            databaseId orderNumber status paymentStatus paymentMethod paymentReference subtotal deliveryFee discount
            total customerName customerPhone wilayaId commune deliveryType notes metadata externalId
            customer { databaseId name phone email wilayaId commune address }
            delivery { type deskId deskName trackingNumber courier }
            items { databaseId productId name sku variant quantity unitPrice total }
            timeline { from to actor }
        } }"""
        found = (await asked(shop, query, id=order["id"]))["order"]
        for camel, snake in (
            ("orderNumber", "order_number"),
            ("subtotal", "subtotal"),
            ("deliveryFee", "delivery_fee"),
            ("total", "total"),
            ("customerName", "customer_name"),
            ("customerPhone", "customer_phone"),
            ("wilayaId", "wilaya_id"),
            ("commune", "commune"),
            ("notes", "notes"),
            ("metadata", "metadata"),
            ("externalId", "external_id"),
        ):
            assert found[camel] == order[snake], camel
        assert (found["status"], found["paymentStatus"], found["paymentMethod"]) == ("PENDING", "PENDING", "COD")
        assert (found["deliveryType"], found["delivery"]["type"]) == ("HOME", "HOME")
        assert found["customer"]["databaseId"] == order["customer"]["id"]
        assert [list(item.values()) for item in found["items"]] == [list(item.values()) for item in order["items"]]
        assert found["timeline"] == [{"from": None, "to": "PENDING", "actor": order["timeline"][0]["actor"]}]

    async def test_allowed_transitions(self, shop: Shop) -> None:
        product = await stocked(shop)
        orders = [await ordered(shop, product) for _ in range(3)]
        await moved(shop, orders[1]["id"], "confirmed", "shipped")
        await moved(shop, orders[2]["id"], "cancelled")
        query = "{ orders { nodes { allowedTransitions } edges { node { status allowedTransitions } } } }"
        found = (await asked(shop, query))["orders"]
        told = [[], ["DELIVERED", "CANCELLED", "RETURNED"], ["CONFIRMED", "CANCELLED"]]
        assert [node["allowedTransitions"] for node in found["nodes"]] == told
        assert [edge["node"]["allowedTransitions"] for edge in found["edges"]] == told

    async def test_filters(self, shop: Shop) -> None:
        product = await stocked(shop)
        first = await ordered(shop, product, external_id="E")
        second = await ordered(shop, product, customer={"phone": "0661000000"})
        await changed(shop, first["id"], status="cancelled")
        for arguments, expected in (
            ("status: CANCELLED", [first]),
            ('customerPhone: "+213661000000"', [second]),
            ('externalId: "E"', [first]),
            ('since: "2020-01-01"', [second, first]),
            ('updatedSince: "2020-01-01"', [second, first]),
            ("first: 1", [second]),
        ):
            found = (await asked(shop, f"{{ orders({arguments}) {{ nodes {{ databaseId }} }} }}"))["orders"]["nodes"]
            assert [node["databaseId"] for node in found] == [order["id"] for order in expected], arguments
        answer = await answered(shop, '{ orders(customerPhone: "12") { nodes { id } } }')
        assert refused_query(answer, "bad_request")["extensions"]["details"][0]["field"] == "customerPhone"

    async def test_none(self, shop: Shop, other_shop: Shop) -> None:
        order = await ordered(other_shop, await stocked(other_shop))
        for kind, identifier in (("order", order["id"]), ("customer", order["customer"]["id"]), ("order", "x")):
            answer = await answered(shop, f"query($id: ID!) {{ {kind}(id: $id) {{ id }} }}", id=identifier)
            refused_query(answer, "not_found")

    async def test_scopes(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read"])
        for query in ("{ orders { nodes { id } } }", "{ customers { nodes { id } } }"):
            refused_query(await answered(shop, query), "forbidden")
        refused_query(await answered(shop, CREATE, i=wanted(1)), "forbidden")


class TestMutations:
    async def test_create_and_read(self, shop: Shop) -> None:
        product = await stocked(shop)
        told = (await asked(shop, "query($id: ID!) { product(id: $id) { id } }", id=product))["product"]["id"]
        for each in (product, told):
            made = (await asked(shop, CREATE, i=wanted(each)))["orderCreate"]["order"]
            assert (made["total"], made["items"]) == (2400, [{"productId": product}])
            assert given(await shop.get(f"/v1/orders/{made['databaseId']}"))["customer_phone"] == "0555123456"

    async def test_create_refused(self, shop: Shop) -> None:
        product = await stocked(shop)
        items = [{"productId": product, "quantity": 0}, {"productId": "Q3VzdG9tZXI6MQ==", "quantity": 1}]
        error = refused_query(await answered(shop, CREATE, i=wanted(product, items=items)), "bad_request")
        fields = [detail["field"] for detail in error["extensions"]["details"]]
        assert fields == ["items.0.quantity", "items.1.productId"]
        error = refused_query(await answered(shop, CREATE, i=wanted(999_999)), "bad_request")
        assert [detail["field"] for detail in error["extensions"]["details"]] == ["items.0.productId"]

    async def test_update(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        found = await asked(shop, UPDATE, id=order["id"], i={"status": "CONFIRMED", "paymentStatus": "PAID"})
        changed_order = found["orderUpdate"]["order"]
        assert (changed_order["status"], changed_order["paymentStatus"]) == ("CONFIRMED", "PAID")
        assert changed_order["allowedTransitions"] == ["PROCESSING", "SHIPPED", "CANCELLED"]
        assert [each["to"] for each in changed_order["timeline"]] == ["PENDING", "CONFIRMED"]

    async def test_codes(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop, 1), 2)
        answer = await answered(shop, UPDATE, id=order["id"], i={"status": "DELIVERED"})
        refused_query(answer, "invalid_transition")
        error = refused_query(
            await answered(shop, UPDATE, id=order["id"], i={"status": "CONFIRMED"}), "insufficient_stock"
        )
        assert [detail["field"] for detail in error["extensions"]["details"]] == ["items.0"]
        assert answer["data"] is None


class TestNodes:
    async def test_orders_and_customers(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        found = await asked(shop, "{ orders { nodes { id } } customers { nodes { id firstName totalOrders } } }")
        ids = [found["orders"]["nodes"][0]["id"], found["customers"]["nodes"][0]["id"]]
        assert found["customers"]["nodes"][0]["totalOrders"] == 1
        query = """query($ids: [ID!]!) { nodes(ids: $ids) {
            __typename ... on Order { databaseId items { quantity } } ... on Customer { phone } } }"""
        nodes = (await asked(shop, query, ids=ids))["nodes"]
        assert nodes == [
            {"__typename": "Order", "databaseId": order["id"], "items": [{"quantity": 1}]},
            {"__typename": "Customer", "phone": "0555123456"},
        ]
        customer = await asked(shop, "query($id: ID!) { customer(id: $id) { lastName fraudScore } }", id=ids[1])
        assert customer["customer"] == {"lastName": "Benali", "fraudScore": 0}
