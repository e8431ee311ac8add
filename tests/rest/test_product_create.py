"""`POST /v1/products`."""

from typing import Any

import pytest

from tests.conftest import Shop, ShopMaker
from tests.rest.answers import TIME, given, refused, refused_fields

pytestmark = pytest.mark.anyio

ANNOUNCED = {
    "name": "Cotton T-Shirt",
    "price": 1500,
    "description": "100% cotton, made in Algeria",
    "sku": "TS-COT-001",
    "stock_quantity": 50,
    "track_stock": True,
    "status": "active",
}
ALL_FIELDS: dict[str, Any] = {
    "name": "زربية غرداية",
    "price": 10**12,
    "description": "صوف \u202bمنسوج\u202c باليد 🧶",
    "short_description": "Tapis de Ghardaïa",
    "compare_price": 0,
    "cost_price": 7,
    "sku": "ZRB-1",
    "barcode": "6130001",
    "stock_quantity": 2**31 - 1,
    "track_stock": True,
    "low_stock_alert": 0,
    "status": "archived",
    "featured": True,
    "slug": "tapis",
    "weight": 1.5,
    "height": 0,
    "width": 10_000,
    "length": 2.25,
    "do_insurance": True,
    "images": [{"url": "https://x.dz/1.jpg", "alt": "أمام"}, {"url": "http://x.dz/صورة.jpg"}],
    "metadata": {"erp": "42", "لون": "أحمر"},
    "external_id": "wc-1",
}


async def create(shop: Shop, **fields: Any) -> Any:
    return await shop.write("POST", "/v1/products", {"name": "Thé", "price": 1} | fields)


class TestCreateProduct:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read"])
        assert refused(await create(shop), 403, "forbidden")["required_scope"] == "products:write"

    async def test_announced_example(self, shop: Shop) -> None:
        product = given(await shop.write("POST", "/v1/products", ANNOUNCED), 201)
        announced = ["id", "name", "slug", "pricing", "inventory", "status", "created_at"]
        assert [name for name in product if name in announced] == announced
        assert isinstance(product["id"], int)
        assert product["slug"] == "cotton-t-shirt"
        assert product["pricing"] == {"price": 1500, "compare_price": None, "cost_price": None}
        inventory = {"sku": "TS-COT-001", "track_stock": True, "stock_quantity": 50, "low_stock_alert": 5}
        assert [name for name in product["inventory"] if name != "barcode"] == list(inventory)
        assert product["inventory"] == inventory | {"barcode": None}
        assert product["status"] == "active"
        assert TIME.fullmatch(product["created_at"])

    async def test_members_in_order(self, shop: Shop) -> None:
        product = await shop.create()
        assert " ".join(product) == (
            "id name slug description short_description category_id pricing inventory shipping status featured"
            " has_variants images variants created_at updated_at external_id metadata"
        )
        assert list(product["pricing"]) == ["price", "compare_price", "cost_price"]
        assert list(product["inventory"]) == ["sku", "barcode", "track_stock", "stock_quantity", "low_stock_alert"]
        assert list(product["shipping"]) == ["weight", "height", "width", "length", "do_insurance"]

    async def test_defaults(self, shop: Shop) -> None:
        product = given(await create(shop), 201)
        assert product["pricing"] == {"price": 1, "compare_price": None, "cost_price": None}
        assert list(product["inventory"].values()) == [None, None, False, 0, 5]
        assert list(product["shipping"].values()) == [None, None, None, None, False]
        assert [product[name] for name in ("status", "featured", "has_variants")] == ["draft", False, False]
        assert [product[name] for name in ("images", "variants", "metadata")] == [[], [], {}]
        cleared = ("description", "short_description", "category_id", "external_id")
        assert [product[name] for name in cleared] == [None] * len(cleared)

    async def test_every_field(self, shop: Shop) -> None:
        product = given(await shop.write("POST", "/v1/products", ALL_FIELDS), 201)
        flat = product | product["pricing"] | product["inventory"] | product["shipping"]
        for name in ALL_FIELDS.keys() - {"images"}:
            assert flat[name] == ALL_FIELDS[name], name
        assert [(each["url"], each["alt"], each["position"]) for each in product["images"]] == [
            ("https://x.dz/1.jpg", "أمام", 0),
            ("http://x.dz/صورة.jpg", None, 1),
        ]
        assert list(product["images"][0]) == ["id", "url", "alt", "position"]

    async def test_answer_is_what_get_gives(self, shop: Shop) -> None:
        product = given(await shop.write("POST", "/v1/products", ALL_FIELDS), 201)
        assert given(await shop.get(f"/v1/products/{product['id']}")) == product

    @pytest.mark.parametrize("missing", ["name", "price"])
    async def test_required(self, shop: Shop, missing: str) -> None:
        body = {"name": "Thé", "price": 1}
        del body[missing]
        assert refused_fields(await shop.write("POST", "/v1/products", body)) == [missing]

    async def test_every_wrong_field_is_named(self, shop: Shop) -> None:
        wrong = {"price": -1, "sku": 5, "status": "sold", "colour": "red"}
        assert sorted(refused_fields(await create(shop, **wrong))) == ["colour", "price", "sku", "status"]

    @pytest.mark.parametrize(
        "unknown", ["id", "Name", "stock_delta", "has_variants", "created_at", "primary_image", "store_id", "", "🧶"]
    )
    async def test_unknown_field(self, shop: Shop, unknown: str) -> None:
        assert refused_fields(await create(shop, **{unknown: 1})) == [unknown]

    @pytest.mark.parametrize(
        "field",
        [
            "name",
            "price",
            "stock_quantity",
            "track_stock",
            "low_stock_alert",
            "status",
            "featured",
            "do_insurance",
            "slug",
            "images",
            "metadata",
        ],
    )
    async def test_null_where_nothing_can_be_cleared(self, shop: Shop, field: str) -> None:
        assert refused_fields(await create(shop, **{field: None})) == [field]

    @pytest.mark.parametrize(
        "field",
        [
            "description",
            "short_description",
            "compare_price",
            "cost_price",
            "sku",
            "barcode",
            "category_id",
            "weight",
            "height",
            "width",
            "length",
            "external_id",
        ],
    )
    async def test_null_is_taken(self, shop: Shop, field: str) -> None:
        product = given(await create(shop, **{field: None}), 201)
        assert (product | product["pricing"] | product["inventory"] | product["shipping"])[field] is None

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", " \t\n"),
            ("name", "x" * 256),
            ("name", 5),
            ("price", -1),
            ("price", 10**12 + 1),
            ("price", "1500"),
            ("price", 1.5),
            ("price", True),
            ("compare_price", -1),
            ("cost_price", 10**12 + 1),
            ("sku", "x" * 65),
            ("barcode", "x" * 65),
            ("stock_quantity", -1),
            ("stock_quantity", 2**31),
            ("low_stock_alert", -1),
            ("track_stock", 1),
            ("track_stock", "true"),
            ("status", "ACTIVE"),
            ("status", ""),
            ("category_id", "1"),
            ("category_id", 0),
            ("category_id", 2**53),
            ("weight", -0.1),
            ("weight", "1"),
            ("weight", True),
            ("slug", "Not A Slug"),
            ("slug", "a--b"),
            ("slug", "-a"),
            ("slug", ""),
            ("slug", "x" * 256),
            ("external_id", ""),
            ("external_id", "x" * 256),
        ],
    )
    async def test_out_of_range(self, shop: Shop, field: str, value: object) -> None:
        assert refused_fields(await create(shop, **{field: value})) == [field]
        assert given(await shop.get("/v1/products"))["items"] == []

    async def test_limits_of_length_are_characters(self, shop: Shop) -> None:
        product = given(await create(shop, name="🧶" * 255, sku="ق" * 64), 201)
        assert product["name"] == "🧶" * 255
        assert product["inventory"]["sku"] == "ق" * 64


class TestUniqueSku:
    async def test_taken(self, shop: Shop) -> None:
        await shop.create(sku="A")
        assert refused_fields(await create(shop, sku="A"), "conflict", 409) == ["sku"]
        assert len(given(await shop.get("/v1/products"))["items"]) == 1

    @pytest.mark.parametrize("empty", ["", None])
    async def test_empty_is_not_unique(self, shop: Shop, empty: str | None) -> None:
        assert [(await shop.create(sku=empty))["inventory"]["sku"] for _ in range(2)] == [empty, empty]

    async def test_other_store(self, shop: Shop, other_shop: Shop) -> None:
        await shop.create(sku="A")
        await other_shop.create(sku="A")

    async def test_case_counts(self, shop: Shop) -> None:
        await shop.create(sku="A")
        await shop.create(sku="a")

    async def test_freed_by_delete(self, shop: Shop) -> None:
        product = await shop.create(sku="A", external_id="e", slug="s")
        given(await shop.write("DELETE", f"/v1/products/{product['id']}"))
        again = await shop.create(sku="A", external_id="e", slug="s")
        assert again["id"] != product["id"]


class TestUniqueExternalId:
    async def test_taken(self, shop: Shop) -> None:
        await shop.create(external_id="wc-1")
        assert refused_fields(await create(shop, external_id="wc-1"), "conflict", 409) == ["external_id"]

    async def test_other_store(self, shop: Shop, other_shop: Shop) -> None:
        await shop.create(external_id="wc-1")
        await other_shop.create(external_id="wc-1")


class TestMetadata:
    @pytest.mark.parametrize(
        "metadata",
        [
            {f"k{number}": "v" for number in range(51)},
            {"": "v"},
            {"k" * 41: "v"},
            {"k": "v" * 501},
            {"k": 1},
            {"k": None},
            {"k": {"a": "b"}},
            {"k": "\0"},
            ["k"],
            "k",
        ],
        ids=str,
    )
    async def test_refused(self, shop: Shop, metadata: object) -> None:
        assert refused_fields(await create(shop, metadata=metadata)) == ["metadata"]

    async def test_limits(self, shop: Shop) -> None:
        metadata = {f"{number:ك>40}": "ق" * 500 for number in range(50)}
        product = given(await create(shop, metadata=metadata), 201)
        assert product["metadata"] == metadata
        assert given(await shop.get("/v1/products"))["items"][0]["metadata"] == metadata
