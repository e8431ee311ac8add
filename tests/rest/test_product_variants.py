"""Variants over `/v1`: made with their product, changed by their ids, and gone when they are not named any more."""

import asyncio
from typing import Any

import pytest

from db.engine import engine
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused_fields
from tests.rest.ordering import body, change, events, moved, ordered, stock, stocked

pytestmark = pytest.mark.anyio

SIZES = [
    {"name": "S", "sku": "TS-S", "stock_quantity": 2},
    {"name": "مقاس كبير", "price": 1800, "stock_quantity": 3},
    {"name": "XL"},
]


async def shirt(shop: Shop, **fields: Any) -> dict[str, Any]:
    """Create a product with three variants and return it."""
    return await shop.create(price=1500, status="active", track_stock=True, variants=SIZES, **fields)


async def patched(shop: Shop, product: dict[str, Any], **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = given(await shop.write("PATCH", f"/v1/products/{product['id']}", fields))
    return found


async def refusal(shop: Shop, product: dict[str, Any], *variants: Any, status: int = 400) -> list[str]:
    """Send variants that are refused; returns the fields that are blamed, and nothing has changed."""
    before = given(await shop.get(f"/v1/products/{product['id']}"))
    response = await shop.write("PATCH", f"/v1/products/{product['id']}", {"variants": list(variants)})
    fields = refused_fields(response, "conflict" if status == 409 else "bad_request", status)
    assert given(await shop.get(f"/v1/products/{product['id']}")) == before
    return fields


async def ledger(product: dict[str, Any]) -> dict[str, int]:
    """Return what the ledger says of each variant, by its name."""
    rows = await engine.fetch(
        "SELECT v.name, coalesce(sum(m.change), 0) AS noted FROM product_variants v"
        " LEFT JOIN stock_movements m ON m.variant_id = v.id WHERE v.product_id = $1 GROUP BY v.id",
        product["id"],
    )
    return {row["name"]: row["noted"] for row in rows}


def told(product: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(each[name] for name in names) for each in product["variants"]]


class TestCreate:
    async def test_in_their_order_with_what_they_have_together(self, shop: Shop) -> None:
        made = await shirt(shop)
        assert told(made, "name", "sku", "price", "stock_quantity") == [
            ("S", "TS-S", None, 2),
            ("مقاس كبير", None, 1800, 3),
            ("XL", None, None, 0),
        ]
        assert made["has_variants"] is True
        assert made["inventory"]["stock_quantity"] == await stock(shop, made["id"]) == 5
        assert await ledger(made) == {"S": 2, "مقاس كبير": 3, "XL": 0}
        (row,) = given(await shop.get("/v1/products"))["items"]
        assert (row["has_variants"], row["stock_quantity"]) == (True, 5)

    async def test_with_a_count_of_its_own(self, shop: Shop) -> None:
        made = await shirt(shop, stock_quantity=9)
        assert made["inventory"]["stock_quantity"] == await stock(shop, made["id"]) == 9

    async def test_none(self, shop: Shop) -> None:
        assert (await shop.create(variants=[], stock_quantity=4))["has_variants"] is False

    @pytest.mark.parametrize(
        ("variants", "field"),
        [
            ([{}], "variants.0.name"),
            ([{"name": "S"}, {"name": " "}], "variants.1.name"),
            ([{"name": "S", "price": -1}], "variants.0.price"),
            ([{"name": "S", "sku": "x" * 65}], "variants.0.sku"),
            ([{"name": "S", "stock_quantity": True}], "variants.0.stock_quantity"),
            ([{"name": "S", "id": 1}], "variants.0.id"),
            ([{"name": "S", "stock_delta": 1}], "variants.0.stock_delta"),
            ([{"name": "S", "color": "red"}], "variants.0.color"),
            ([{"name": "S", "stock_quantity": 2**31 - 1}] * 2, "variants"),
            ([{"name": "S"}] * 101, "variants"),
            (None, "variants"),
            ({"name": "S"}, "variants"),
        ],
    )
    async def test_refused(self, shop: Shop, variants: Any, field: str) -> None:
        sent = {"name": "x", "price": 1, "variants": variants}
        assert refused_fields(await shop.write("POST", "/v1/products", sent)) == [field]
        assert given(await shop.get("/v1/products"))["items"] == []


class TestUpdate:
    async def test_changed_added_dropped_and_sorted(self, shop: Shop) -> None:
        made = await shirt(shop)
        small, large, _ = (each["id"] for each in made["variants"])
        after = await patched(
            shop,
            made,
            variants=[
                {"name": "M", "sku": "TS-M", "price": 1600, "stock_quantity": 4},
                {"id": large, "price": None, "stock_delta": -2},
                {"id": small, "name": "Petit", "stock_quantity": 6},
            ],
        )
        assert told(after, "name", "sku", "price", "stock_quantity") == [
            ("M", "TS-M", 1600, 4),
            ("مقاس كبير", None, None, 1),
            ("Petit", "TS-S", None, 6),
        ]
        assert [each["id"] for each in after["variants"]][1:] == [large, small]
        assert after == given(await shop.get(f"/v1/products/{made['id']}"))
        assert after["updated_at"] >= made["updated_at"]
        assert after["inventory"]["stock_quantity"] == await stock(shop, made["id"]) == 11
        assert await ledger(after) == {"M": 4, "مقاس كبير": 1, "Petit": 6}
        rows = await engine.fetch(
            "SELECT reason FROM stock_movements WHERE product_id = $1 AND variant_id IS NOT NULL ORDER BY id",
            made["id"],
        )
        assert [row["reason"] for row in rows] == ["opening", "opening", "delta", "count", "opening"]

    async def test_another_name_undoes_no_sale(self, shop: Shop) -> None:
        """What was sold without a variant stays sold, whatever is done to variants meanwhile."""
        made = await shirt(shop)
        order = await ordered(shop, made["id"], 2)
        await moved(shop, order["id"], "confirmed")
        after = await patched(shop, made, variants=[{"id": each["id"]} for each in made["variants"]])
        assert (after["inventory"]["stock_quantity"], told(after, "stock_quantity")) == (3, [(2,), (3,), (0,)])
        after = await patched(shop, made, variants=[{"id": each["id"], "stock_delta": 1} for each in after["variants"]])
        assert after["inventory"]["stock_quantity"] == await stock(shop, made["id"]) == 6

    async def test_of_a_product_that_had_none(self, shop: Shop) -> None:
        product = await shop.create(stock_quantity=50, status="active", track_stock=True)
        after = await patched(shop, product, variants=[{"name": "S", "stock_quantity": 20}, {"name": "M"}])
        assert (after["has_variants"], after["inventory"]["stock_quantity"]) == (True, 20)
        after = await patched(shop, product, variants=[])
        assert (after["has_variants"], after["variants"], after["inventory"]["stock_quantity"]) == (False, [], 0)
        assert await stock(shop, product["id"]) == 0
        after = await patched(shop, product, variants=[], stock_delta=3)
        assert after["inventory"]["stock_quantity"] == await stock(shop, product["id"]) == 3

    async def test_absent_ones_stay(self, shop: Shop) -> None:
        made = await shirt(shop)
        after = await patched(shop, made, price=1, stock_delta=-1)
        assert (after["variants"], after["inventory"]["stock_quantity"]) == (made["variants"], 4)

    async def test_low_stock_is_told(self, shop: Shop) -> None:
        made = await shirt(shop, low_stock_alert=5)
        await patched(shop, made, variants=[{"id": each["id"]} for each in made["variants"][:2]])
        assert await events(shop, "product.stock_low") == []
        await patched(shop, made, variants=[{"id": made["variants"][0]["id"], "stock_delta": 1}])
        assert [data["stock_quantity"] for _, data in await events(shop, "product.stock_low")] == [3]

    async def test_swapped_skus(self, shop: Shop) -> None:
        made = await shop.create(variants=[{"name": "S", "sku": "A"}, {"name": "M", "sku": "B"}, {"name": "L"}])
        small, medium, large = (each["id"] for each in made["variants"])
        after = await patched(
            shop, made, variants=[{"id": small, "sku": "B"}, {"id": large, "sku": "A"}, {"id": medium, "sku": None}]
        )
        assert told(after, "name", "sku") == [("S", "B"), ("L", "A"), ("M", None)]

    async def test_refused(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        made = await shirt(shop)
        small = made["variants"][0]["id"]
        foreign = (await shirt(other_shop))["variants"][0]["id"]
        sandboxed = (await shirt(await make_shop(livemode=False, store_id=shop.store_id)))["variants"][0]["id"]
        beside = (await shop.create(variants=[{"name": "S"}]))["variants"][0]["id"]
        for strange in (foreign, sandboxed, beside, 2**53 - 1):
            assert await refusal(shop, made, {"id": small}, {"id": strange, "name": "x"}) == ["variants.1.id"]
        assert await refusal(shop, made, {"id": small}, {"id": small}) == ["variants.1.id"]
        assert await refusal(shop, made, {"price": 5, "stock_delta": 1}) == ["variants.0.name"]
        both = {"id": small, "stock_delta": 1, "stock_quantity": 1}
        assert await refusal(shop, made, both) == ["variants.0.stock_delta"]
        assert await refusal(shop, made, {"id": small, "name": None}) == ["variants.0.name"]
        assert await refusal(shop, made, {"id": small, "stock_delta": -3}, status=409) == ["variants.0.stock_delta"]


class TestSku:
    async def test_taken(self, shop: Shop, other_shop: Shop) -> None:
        made, other = await shirt(shop), await shop.create(variants=[{"name": "S", "sku": "B"}])
        sent = {"name": "x", "price": 1, "variants": [{"name": "S", "sku": "TS-S"}]}
        assert refused_fields(await shop.write("POST", "/v1/products", sent), "conflict", 409) == ["variants.sku"]
        taken = {"id": other["variants"][0]["id"], "sku": "TS-S"}
        assert await refusal(shop, other, taken, status=409) == ["variants.sku"]
        assert await refusal(shop, made, {"name": "x", "sku": "C"}, {"name": "y", "sku": "C"}, status=409)
        given(await other_shop.write("POST", "/v1/products", sent), 201)

    async def test_free_once_its_product_or_itself_is_gone(self, shop: Shop) -> None:
        made = await shirt(shop)
        given(await shop.write("DELETE", f"/v1/products/{made['id']}"))
        again = await shirt(shop)
        await patched(shop, again, variants=[])
        await shirt(shop)


class TestOrders:
    async def test_keep_the_line_of_one_that_is_gone(self, shop: Shop) -> None:
        made = await shirt(shop)
        line = {"product_id": made["id"], "variant_id": made["variants"][1]["id"], "quantity": 2}
        taken = await ordered(shop, 0, items=[line])
        await moved(shop, taken["id"], "confirmed")
        pending = await ordered(shop, 0, items=[line])
        after = await patched(shop, made, variants=[{"id": made["variants"][0]["id"]}])
        assert after["inventory"]["stock_quantity"] == 2
        for order in (taken, pending):
            (kept,) = given(await shop.get(f"/v1/orders/{order['id']}"))["items"]
            assert (kept["variant"], kept["unit_price"], kept["total"]) == ("مقاس كبير", 1800, 3600)
        assert refused_fields(await shop.write("POST", "/v1/orders", body(0, items=[line]))) == ["items.0.variant_id"]
        await moved(shop, taken["id"], "cancelled")
        assert await stock(shop, made["id"]) == 4
        await moved(shop, pending["id"], "confirmed")
        assert await stock(shop, made["id"]) == 2

    async def test_in_stock_says_what_can_be_ordered(self, shop: Shop) -> None:
        made = await shirt(shop)
        document = "query($id: ID!) { product(id: $id) { inStock variants { inStock } } }"

        async def in_stock() -> tuple[bool, list[bool]]:
            found = (await shop.graphql(document, {"id": str(made["id"])}))["data"]["product"]
            return found["inStock"], [each["inStock"] for each in found["variants"]]

        assert await in_stock() == (True, [True, True, False])
        await patched(shop, made, stock_quantity=0)
        assert await in_stock() == (False, [False, False, False])
        line = {"product_id": made["id"], "variant_id": made["variants"][0]["id"], "quantity": 1}
        order = await ordered(shop, 0, items=[line])
        assert (await change(shop, order["id"], status="confirmed")).status_code == 409
        await patched(shop, made, track_stock=False)
        assert await in_stock() == (True, [True, True, True])


async def test_same_over_graphql(shop: Shop) -> None:
    fields = "product { databaseId stockQuantity hasVariants variants { databaseId name sku price stockQuantity } }"
    create = f"mutation($i: ProductCreateInput!) {{ productCreate(input: $i) {{ {fields} }} }}"
    sent = {"name": "x", "price": 5, "variants": [{"name": "S", "sku": "A", "price": 7, "stockQuantity": 2}]}
    made = (await shop.graphql(create, {"i": sent}))["data"]["productCreate"]["product"]
    assert (made["stockQuantity"], made["hasVariants"]) == (2, True)
    update = f"mutation($p: ID!, $i: ProductUpdateInput!) {{ productUpdate(id: $p, input: $i) {{ {fields} }} }}"
    variants = [{"name": "M", "stockQuantity": 1}, {"id": made["variants"][0]["databaseId"], "stockDelta": 3}]
    after = await shop.graphql(update, {"p": str(made["databaseId"]), "i": {"variants": variants}})
    after = after["data"]["productUpdate"]["product"]
    assert [(each["name"], each["sku"], each["stockQuantity"]) for each in after["variants"]] == [
        ("M", None, 1),
        ("S", "A", 5),
    ]
    assert after["stockQuantity"] == 6


async def test_sale_and_recount_at_once_lose_nothing(shop: Shop) -> None:
    """Each order takes one, each delta brings two: whatever comes first, all of them count."""
    product = await stocked(
        shop, 0, variants=[{"name": "S", "stock_quantity": 40}, {"name": "M", "stock_quantity": 40}]
    )
    found = given(await shop.get(f"/v1/products/{product}"))
    ids = [each["id"] for each in found["variants"]]
    sent = {"variants": [{"id": each, "stock_delta": 2} for each in ids]}
    lines = [{"product_id": product, "variant_id": each, "quantity": 1} for each in ids]
    orders = [await ordered(shop, 0, items=lines, customer={"phone": f"05550{place:05}"}) for place in range(6)]
    given(await shop.write("PATCH", f"/v1/products/{product}", {"stock_quantity": 80}))
    answers = await asyncio.gather(
        *(change(shop, order["id"], status="confirmed") for order in orders),
        *(shop.write("PATCH", f"/v1/products/{product}", sent) for _ in range(6)),
    )
    assert {answer.status_code for answer in answers} == {200}
    after = given(await shop.get(f"/v1/products/{product}"))
    assert told(after, "stock_quantity") == [(46,), (46,)]
    assert after["inventory"]["stock_quantity"] == await stock(shop, product) == 92
    assert await ledger(after) == {"S": 46, "M": 46}
