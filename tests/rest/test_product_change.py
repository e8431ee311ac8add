"""`GET`, `PATCH` and `DELETE /v1/products/{id}`."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused, refused_fields
from tests.rest.test_product_create import ALL_FIELDS

pytestmark = pytest.mark.anyio

NO_ROWS = ["999999999", "9007199254740991", "9007199254740992", "9" * 30, "0", "-1", "042", "1.0", "abc", "%00", "قميص"]


async def change(shop: Shop, product: dict[str, Any], **fields: Any) -> httpx.Response:
    return await shop.write("PATCH", f"/v1/products/{product['id']}", fields)


class TestGetProduct:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:write"])
        product = await shop.create()
        response = await shop.get(f"/v1/products/{product['id']}")
        assert refused(response, 403, "forbidden")["required_scope"] == "products:read"

    @pytest.mark.parametrize("identifier", NO_ROWS)
    async def test_not_found(self, shop: Shop, identifier: str) -> None:
        refused(await shop.get(f"/v1/products/{identifier}"), 404, "not_found")

    async def test_announced_message(self, shop: Shop) -> None:
        error = refused(await shop.get("/v1/products/999999999"), 404, "not_found")
        assert error == {"code": "not_found", "message": "Product with ID 999999999 not found"}


class TestUpdateProduct:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read", "products:write"])
        reader = await make_shop(["products:read"], store_id=shop.store_id)
        product = await shop.create()
        assert refused(await change(reader, product, price=5), 403, "forbidden")["required_scope"] == "products:write"

    @pytest.mark.parametrize("identifier", NO_ROWS)
    async def test_not_found(self, shop: Shop, identifier: str) -> None:
        refused(await shop.write("PATCH", f"/v1/products/{identifier}", {"price": 5}), 404, "not_found")

    async def test_absent_fields_stay(self, shop: Shop) -> None:
        before = given(await shop.write("POST", "/v1/products", ALL_FIELDS), 201)
        after = given(await change(shop, before, price=5))
        assert after["pricing"] == before["pricing"] | {"price": 5}
        same = before.keys() - {"pricing", "updated_at"}
        assert {name: after[name] for name in same} == {name: before[name] for name in same}

    async def test_empty_body_changes_nothing(self, shop: Shop) -> None:
        before = given(await shop.write("POST", "/v1/products", ALL_FIELDS), 201)
        assert given(await change(shop, before)) == before

    @pytest.mark.parametrize("field", sorted(ALL_FIELDS.keys() - {"images"}))
    async def test_each_field_alone(self, shop: Shop, field: str) -> None:
        product = await shop.create()
        after = given(await change(shop, product, **{field: ALL_FIELDS[field]}))
        flat = after | after["pricing"] | after["inventory"] | after["shipping"]
        assert flat[field] == ALL_FIELDS[field]
        assert given(await shop.get(f"/v1/products/{product['id']}")) == after

    @pytest.mark.parametrize(
        "field",
        [
            "description",
            "short_description",
            "compare_price",
            "cost_price",
            "sku",
            "barcode",
            "weight",
            "height",
            "width",
            "length",
            "external_id",
        ],
    )
    async def test_null_clears(self, shop: Shop, field: str) -> None:
        product = given(await shop.write("POST", "/v1/products", ALL_FIELDS), 201)
        after = given(await change(shop, product, **{field: None}))
        assert (after | after["pricing"] | after["inventory"] | after["shipping"])[field] is None

    @pytest.mark.parametrize(
        "field",
        [
            "name",
            "price",
            "slug",
            "stock_quantity",
            "stock_delta",
            "track_stock",
            "low_stock_alert",
            "status",
            "featured",
            "do_insurance",
            "images",
            "metadata",
        ],
    )
    async def test_null_where_nothing_can_be_cleared(self, shop: Shop, field: str) -> None:
        product = await shop.create()
        assert refused_fields(await change(shop, product, **{field: None})) == [field]

    async def test_unknown_field(self, shop: Shop) -> None:
        product = await shop.create()
        assert refused_fields(await change(shop, product, price=5, colour="red")) == ["colour"]
        assert given(await shop.get(f"/v1/products/{product['id']}")) == product

    async def test_name_keeps_slug(self, shop: Shop) -> None:
        product = await shop.create(name="Ancien")
        assert given(await change(shop, product, name="Nouveau"))["slug"] == "ancien"

    async def test_slug_taken(self, shop: Shop) -> None:
        await shop.create(slug="a")
        product = await shop.create(slug="b")
        assert refused_fields(await change(shop, product, slug="a"), "conflict", 409) == ["slug"]

    async def test_own_slug_and_sku_again(self, shop: Shop) -> None:
        product = await shop.create(slug="a", sku="A", external_id="1")
        given(await change(shop, product, slug="a", sku="A", external_id="1"))

    async def test_sku_taken(self, shop: Shop) -> None:
        await shop.create(sku="A")
        product = await shop.create(sku="B")
        assert refused_fields(await change(shop, product, sku="A", price=7), "conflict", 409) == ["sku"]
        assert given(await shop.get(f"/v1/products/{product['id']}")) == product

    async def test_metadata_is_replaced(self, shop: Shop) -> None:
        product = await shop.create(metadata={"a": "1", "b": "2"})
        assert given(await change(shop, product, metadata={"c": "3"}))["metadata"] == {"c": "3"}
        assert given(await change(shop, product, metadata={}))["metadata"] == {}


class TestStockDelta:
    @pytest.mark.parametrize(("delta", "there"), [(3, 13), (-10, 0), (0, 10)])
    async def test_added(self, shop: Shop, delta: int, there: int) -> None:
        product = await shop.create(stock_quantity=10)
        assert given(await change(shop, product, stock_delta=delta))["inventory"]["stock_quantity"] == there

    @pytest.mark.parametrize("delta", [-11, 2**31 - 1])
    async def test_out_of_range(self, shop: Shop, delta: int) -> None:
        product = await shop.create(stock_quantity=10)
        assert refused_fields(await change(shop, product, stock_delta=delta, price=9), "conflict", 409) == [
            "stock_delta"
        ]
        assert given(await shop.get(f"/v1/products/{product['id']}")) == product

    async def test_beside_stock_quantity(self, shop: Shop) -> None:
        product = await shop.create(stock_quantity=10)
        assert refused_fields(await change(shop, product, stock_delta=1, stock_quantity=5)) == ["stock_delta"]

    @pytest.mark.parametrize("delta", [1.0, "1", True, 2**31])
    async def test_no_integer(self, shop: Shop, delta: object) -> None:
        product = await shop.create(stock_quantity=10)
        assert refused_fields(await change(shop, product, stock_delta=delta)) == ["stock_delta"]

    async def test_many_at_once_lose_none(self, shop: Shop) -> None:
        product = await shop.create(stock_quantity=12)
        answers = await asyncio.gather(*(change(shop, product, stock_delta=-1) for _ in range(16)))
        assert sorted(answer.status_code for answer in answers) == [200] * 12 + [409] * 4
        after = given(await shop.get(f"/v1/products/{product['id']}"))
        assert after["inventory"]["stock_quantity"] == 0


class TestImages:
    URLS = ("https://x.dz/1.jpg", "https://x.dz/2.jpg", "https://x.dz/3.jpg")

    async def primary(self, shop: Shop) -> str | None:
        return given(await shop.get("/v1/products"))["items"][0]["primary_image"]

    async def test_replaced(self, shop: Shop) -> None:
        product = await shop.create(images=[{"url": url} for url in self.URLS])
        assert await self.primary(shop) == self.URLS[0]
        after = given(await change(shop, product, images=[{"url": self.URLS[2], "alt": ""}]))
        assert [(each["url"], each["alt"], each["position"]) for each in after["images"]] == [(self.URLS[2], "", 0)]
        assert await self.primary(shop) == self.URLS[2]

    async def test_emptied(self, shop: Shop) -> None:
        product = await shop.create(images=[{"url": self.URLS[0]}])
        assert given(await change(shop, product, images=[]))["images"] == []
        assert await self.primary(shop) is None

    async def test_left_alone(self, shop: Shop) -> None:
        product = await shop.create(images=[{"url": url} for url in self.URLS])
        assert given(await change(shop, product, price=3))["images"] == product["images"]

    @pytest.mark.parametrize(
        "images",
        [
            [{"url": "ftp://x.dz/1"}],
            [{"url": "javascript:alert(1)"}],
            [{"url": ""}],
            [{"url": "https://x.dz/a b"}],
            [{"alt": "no url"}],
            [{"url": "https://x.dz/1", "position": 3}],
            [{"url": "https://x.dz/1", "alt": "x" * 256}],
            [{"url": None}],
            ["https://x.dz/1"],
            {"url": "https://x.dz/1"},
            [{"url": "https://x.dz/1"}] * 21,
            [None],
            [[]],
        ],
        ids=lambda images: str(images)[:40],
    )
    async def test_refused(self, shop: Shop, images: object) -> None:
        product = await shop.create(images=[{"url": self.URLS[0]}])
        fields = refused_fields(await change(shop, product, images=images))
        assert {field.split(".")[0] for field in fields} == {"images"}
        assert given(await shop.get(f"/v1/products/{product['id']}")) == product


class TestDeleteProduct:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read"])
        response = await shop.write("DELETE", "/v1/products/1")
        assert refused(response, 403, "forbidden")["required_scope"] == "products:write"

    async def test_valid(self, shop: Shop) -> None:
        product = await shop.create()
        answer = given(await shop.write("DELETE", f"/v1/products/{product['id']}"))
        assert list(answer.items()) == [("id", product["id"]), ("deleted", True)]

    async def test_gone_from_every_read(self, shop: Shop) -> None:
        product = await shop.create(name="disparu", status="active", external_id="e", sku="S")
        given(await shop.write("DELETE", f"/v1/products/{product['id']}"))
        refused(await shop.get(f"/v1/products/{product['id']}"), 404, "not_found")
        queries = ("", "?status=active", "?search=disparu", "?search=S", "?external_id=e", "?updated_since=2020-01-01")
        for query in queries:
            assert given(await shop.get(f"/v1/products{query}"))["items"] == [], query
        answer = await shop.graphql("query($id: ID!) { product(id: $id) { name } }", {"id": str(product["id"])})
        assert answer["data"] == {"product": None}

    async def test_second_time(self, shop: Shop) -> None:
        product = await shop.create()
        path = f"/v1/products/{product['id']}"
        given(await shop.write("DELETE", path))
        refused(await shop.write("DELETE", path), 404, "not_found")
        refused(await shop.write("PATCH", path, {"price": 1}), 404, "not_found")

    @pytest.mark.parametrize("identifier", NO_ROWS)
    async def test_not_found(self, shop: Shop, identifier: str) -> None:
        refused(await shop.write("DELETE", f"/v1/products/{identifier}"), 404, "not_found")
