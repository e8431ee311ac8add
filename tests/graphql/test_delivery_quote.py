"""`deliveryQuote`: what an order would come to."""

from typing import Any

import pytest

from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import answered, asked
from tests.rest.answers import given, refused_query

pytestmark = pytest.mark.anyio

QUERY = """query ($wilaya: Int!, $type: DeliveryType!, $items: [DeliveryQuoteItemInput!]!) {
    deliveryQuote(wilayaId: $wilaya, deliveryType: $type, items: $items) { subtotal fee total } }"""


async def quoted(shop: Shop, *items: dict[str, Any], wilaya: int = 16, type_: str = "HOME") -> Any:
    return (await asked(shop, QUERY, wilaya=wilaya, type=type_, items=items))["deliveryQuote"]


async def refused(shop: Shop, *items: dict[str, Any], wilaya: int = 16) -> list[str]:
    """Return the fields that a refusal blames."""
    error = refused_query(await answered(shop, QUERY, wilaya=wilaya, type="HOME", items=items), "bad_request")
    return [detail["field"] for detail in error["extensions"]["details"]]


def item(product: dict[str, Any], quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"productId": str(product["id"]), "quantity": quantity, **more}


class TestQuote:
    async def test_sums_up(self, shop: Shop) -> None:
        shirt = await shop.create(price=1500, status="active")
        honey = await shop.create(price=6500, status="active")
        items = (item(shirt, 3), item(honey), item(shirt))
        assert await quoted(shop, *items) == {"subtotal": 12_500, "fee": 400, "total": 12_900}
        assert await quoted(shop, *items, type_="DESK") == {"subtotal": 12_500, "fee": 250, "total": 12_750}
        assert await quoted(shop, *items, wilaya=11) == {"subtotal": 12_500, "fee": 1_400, "total": 13_900}

    async def test_by_global_id(self, shop: Shop) -> None:
        shirt = await shop.create(price=1500, status="active")
        found = await asked(shop, "query ($id: ID!) { product(id: $id) { id } }", id=str(shirt["id"]))
        assert (await quoted(shop, item({"id": found["product"]["id"]})))["subtotal"] == 1500

    async def test_variant_has_its_own_price_or_the_products(self, shop: Shop) -> None:
        variants = [{"name": "XL", "price": 1800}, {"name": "S"}]
        shirt = await shop.create(price=1500, status="active", variants=variants)
        large, small = shirt["variants"]
        items = (item(shirt, 2, variantId=large["id"]), item(shirt, variantId=small["id"]))
        assert (await quoted(shop, *items))["subtotal"] == 5_100

    async def test_fee_is_that_of_the_stores_rates(self, shop: Shop) -> None:
        shirt = await shop.create(price=1500, status="active")
        rates = [{"wilaya_id": 16, "home": 0, "desk": None}]
        given(await shop.write("PUT", "/v1/delivery-rates", {"rates": rates}))
        assert await quoted(shop, item(shirt)) == {"subtotal": 1500, "fee": 0, "total": 1500}
        assert await quoted(shop, item(shirt), type_="DESK") == {"subtotal": 1500, "fee": None, "total": None}

    async def test_follows_a_price_behind_the_cache(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        shirt = await shop.create(price=1500, status="active")
        assert (await quoted(shop, item(shirt)))["subtotal"] == 1500
        given(await shop.write("PATCH", f"/v1/products/{shirt['id']}", {"price": 1600}))
        assert (await quoted(shop, item(shirt)))["subtotal"] == 1600

    async def test_the_most(self, shop: Shop) -> None:
        dear = await shop.create(price=10**12, status="active")
        rates = [{"wilaya_id": 16, "home": 0, "desk": 1}]
        given(await shop.write("PUT", "/v1/delivery-rates", {"rates": rates}))
        assert (await quoted(shop, item(dear)))["total"] == 10**12
        assert await refused(shop, item(dear, 999)) == ["items"]


class TestRefused:
    async def test_products_that_can_not_be_ordered(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        good = await shop.create(status="active")
        gone = await shop.create(status="active")
        given(await shop.write("DELETE", f"/v1/products/{gone['id']}"))
        bad = [
            await shop.create(status="draft"),
            await shop.create(status="archived"),
            gone,
            await other_shop.create(status="active"),
            await sandbox.create(status="active"),
            {"id": 2**53 - 1},
        ]
        places = [f"items.{place}.productId" for place in range(1, len(bad) + 1)]
        assert await refused(shop, item(good), *map(item, bad)) == places

    async def test_variant_of_another_product(self, shop: Shop) -> None:
        shirt = await shop.create(status="active")
        other = await shop.create(status="active", variants=[{"name": "XL"}])
        assert await refused(shop, item(shirt, variantId=other["variants"][0]["id"])) == ["items.0.variantId"]

    async def test_values(self, shop: Shop) -> None:
        shirt = await shop.create(status="active")
        assert await refused(shop) == ["items"]
        assert await refused(shop, item(shirt, 0)) == ["items.0.quantity"]
        assert await refused(shop, item(shirt, 1000)) == ["items.0.quantity"]
        assert await refused(shop, item({"id": "x"})) == ["items.0.productId"]
        assert await refused(shop, *[item(shirt)] * 101) == ["items"]
        assert await refused(shop, item(shirt), wilaya=70) == ["wilayaId"]

    @pytest.mark.parametrize("scopes", [["store:read"], ["products:read"], []])
    async def test_scope(self, make_shop: ShopMaker, scopes: list[str]) -> None:
        shop = await make_shop(scopes)
        answer = await answered(shop, QUERY, wilaya=16, type="HOME", items=[{"productId": "1", "quantity": 1}])
        refused_query(answer, "forbidden")
