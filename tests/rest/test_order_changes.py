"""`PATCH /v1/orders/{id}`: the life of an order, its stock, its money and its customer (`contract.md §8`)."""

import itertools
from typing import Any

import pytest

from db.engine import engine
from graph.order_states import EDITABLE, STATUSES, TRANSITIONS
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused, refused_fields
from tests.rest.ordering import body, change, changed, customer_of, events, moved, ordered, stock, stocked
from tests.rest.test_orders import with_variant

pytestmark = pytest.mark.anyio

# How an order gets to each status.
WAYS: dict[str, tuple[str, ...]] = {
    "pending": (),
    "confirmed": ("confirmed",),
    "processing": ("confirmed", "processing"),
    "shipped": ("confirmed", "processing", "shipped"),
    "delivered": ("confirmed", "shipped", "delivered"),
    "cancelled": ("cancelled",),
    "returned": ("confirmed", "shipped", "returned"),
}


class TestLife:
    def test_is_that_of_the_contract(self) -> None:
        assert {(before, after) for before, allowed in TRANSITIONS.items() for after in allowed} == {
            ("pending", "confirmed"),
            ("confirmed", "processing"),
            ("confirmed", "shipped"),
            ("processing", "shipped"),
            ("shipped", "delivered"),
            *((status, "cancelled") for status in ("pending", "confirmed", "processing", "shipped")),
            ("shipped", "returned"),
            ("delivered", "returned"),
        }

    @pytest.mark.parametrize("before", STATUSES)
    async def test_every_change(self, shop: Shop, before: str) -> None:
        product = await stocked(shop, 1_000)
        for after in STATUSES:
            order = await ordered(shop, product)
            for status in WAYS[before]:
                order = await changed(shop, order["id"], status=status)
            response = await change(shop, order["id"], status=after)
            if after == before:
                assert given(response) == order
            elif after in TRANSITIONS[before]:
                assert given(response)["status"] == after
            else:
                message = refused(response, 409, "invalid_transition")["message"]
                assert all(allowed in message for allowed in TRANSITIONS[before])
                assert given(await shop.get(f"/v1/orders/{order['id']}")) == order

    async def test_timeline(self, shop: Shop, make_shop: ShopMaker) -> None:
        order = await ordered(shop, await stocked(shop))
        colleague = await make_shop(store_id=shop.store_id)
        life = ["confirmed", "processing", "shipped", "delivered", "returned"]
        order = await moved(colleague, order["id"], *life)
        assert [(each["from"], each["to"]) for each in order["timeline"]] == [
            (None, "pending"),
            *itertools.pairwise(["pending", *life]),
        ]
        actors = [each["actor"] for each in order["timeline"]]
        own, colleagues = (f"test ({each.token.partition('.')[0]})" for each in (shop, colleague))
        assert actors == [own, *[colleagues] * len(life)]

    async def test_events(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        await moved(shop, order["id"], "confirmed", "processing", "shipped", "shipped", "delivered", "returned")
        moves = ["pending", "confirmed", "processing", "shipped", "delivered", "returned"]
        assert [each for each in await events(shop) if each[0] != "order.created"] == [
            (f"order.{new}", {"order_id": order["id"], "old_status": old, "new_status": new})
            for old, new in itertools.pairwise(moves)
            if new != "processing"
        ]

    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["orders:read"])
        refused(await change(shop, 1, status="confirmed"), 403, "forbidden")

    @pytest.mark.parametrize("identifier", ["0", "x", "99999999999", "1e3", "٣"])
    async def test_not_found(self, shop: Shop, identifier: str) -> None:
        refused(await shop.write("PATCH", f"/v1/orders/{identifier}", {"notes": "x"}), 404, "not_found")


class TestStock:
    @pytest.mark.parametrize("last", ["cancelled", "returned"])
    async def test_taken_and_given_back_once(self, shop: Shop, last: str) -> None:
        product = await stocked(shop, 10)
        order = await ordered(shop, product, 3)
        await moved(shop, order["id"], "confirmed")
        assert await stock(shop, product) == 7
        await moved(shop, order["id"], "processing", "shipped")
        assert await stock(shop, product) == 7
        await moved(shop, order["id"], last, last)
        assert await stock(shop, product) == 10

    async def test_nothing_given_back_that_was_not_taken(self, shop: Shop) -> None:
        product = await stocked(shop, 10)
        await moved(shop, (await ordered(shop, product, 3))["id"], "cancelled")
        assert await stock(shop, product) == 10

    async def test_product_that_tracks_none(self, shop: Shop) -> None:
        product = await stocked(shop, 1, track_stock=False)
        order = await ordered(shop, product, 3)
        await moved(shop, order["id"], "confirmed")
        assert await stock(shop, product) == 1
        given(await shop.write("PATCH", f"/v1/products/{product}", {"track_stock": True}))
        await moved(shop, order["id"], "cancelled")
        assert await stock(shop, product) == 1

    async def test_too_little_names_each_line(self, shop: Shop) -> None:
        enough, little, none = [await stocked(shop, quantity) for quantity in (10, 2, 0)]
        items = [{"product_id": each, "quantity": 2} for each in (enough, little, none, little)]
        order = await ordered(shop, 0, items=items)
        response = await change(shop, order["id"], status="confirmed")
        assert refused_fields(response, "insufficient_stock", 409) == ["items.1", "items.2", "items.3"]
        assert "4 ordered, 2 in stock" in response.json()["error"]["details"][0]["message"]
        assert [await stock(shop, each) for each in (enough, little, none)] == [10, 2, 0]
        assert given(await shop.get(f"/v1/orders/{order['id']}")) == order
        assert [name for name, _ in await events(shop)] == ["order.created"]

    async def test_exactly_all(self, shop: Shop) -> None:
        product = await stocked(shop, 2)
        await moved(shop, (await ordered(shop, product, 2))["id"], "confirmed")
        assert await stock(shop, product) == 0

    async def test_variant_has_its_own(self, shop: Shop) -> None:
        product = await stocked(shop, 10)
        variant = await with_variant(shop, product, quantity=3)

        async def left() -> tuple[int, int]:
            found = given(await shop.get(f"/v1/products/{product}"))
            return found["inventory"]["stock_quantity"], found["variants"][0]["stock_quantity"]

        line = {"product_id": product, "variant_id": variant}
        order = await ordered(shop, 0, items=[line | {"quantity": 2}, {"product_id": product, "quantity": 1}])
        await moved(shop, order["id"], "confirmed")
        assert await left() == (7, 1)
        another = await ordered(shop, 0, items=[line | {"quantity": 2}])
        response = await change(shop, another["id"], status="confirmed")
        assert refused_fields(response, "insufficient_stock", 409) == ["items.0"]
        assert await left() == (7, 1)
        await moved(shop, order["id"], "cancelled")
        assert await left() == (10, 3)
        assert await stock(shop, product) == 10

    async def test_given_back_to_the_brim(self, shop: Shop) -> None:
        product = await stocked(shop, 10)
        order = await ordered(shop, product, 3)
        await moved(shop, order["id"], "confirmed")
        given(await shop.write("PATCH", f"/v1/products/{product}", {"stock_quantity": 2**31 - 1}))
        await moved(shop, order["id"], "cancelled")
        assert await stock(shop, product) == 2**31 - 1

    async def test_product_deleted_meanwhile(self, shop: Shop) -> None:
        product = await stocked(shop, 10)
        order = await ordered(shop, product, 3)
        given(await shop.write("DELETE", f"/v1/products/{product}"))
        await moved(shop, order["id"], "confirmed", "cancelled")
        assert await stock(shop, product) == 10

    async def test_ledger_of_a_product(self, shop: Shop) -> None:
        product = await stocked(shop, 10)
        given(await shop.write("PATCH", f"/v1/products/{product}", {"stock_quantity": 4}))
        given(await shop.write("PATCH", f"/v1/products/{product}", {"stock_delta": 5}))
        given(await shop.write("PATCH", f"/v1/products/{product}", {"stock_quantity": 9, "price": 7}))
        order = await ordered(shop, product, 2)
        await moved(shop, order["id"], "confirmed", "cancelled")
        rows = await engine.fetch(
            "SELECT change, reason, order_id FROM stock_movements WHERE product_id = $1 ORDER BY id", product
        )
        assert [tuple(row) for row in rows] == [
            (10, "opening", None), (-6, "count", None), (5, "delta", None),
            (-2, "order", order["id"]), (2, "cancelled", order["id"]),
        ]  # fmt: skip


class TestLowStock:
    async def test_once_each_time(self, shop: Shop) -> None:
        product = await stocked(shop, 8, low_stock_alert=5, sku="LOW")
        for _ in range(4):
            await moved(shop, (await ordered(shop, product))["id"], "confirmed")
        told = {
            "product_id": product,
            "name": f"{given(await shop.get(f'/v1/products/{product}'))['name']}",
            "sku": "LOW",
        }
        low = ("product.stock_low", told | {"stock_quantity": 4, "low_stock_alert": 5})
        assert await events(shop, "product.stock_low") == [low]
        given(await shop.write("PATCH", f"/v1/products/{product}", {"stock_delta": -1}))
        assert await events(shop, "product.stock_low") == [low]
        given(await shop.write("PATCH", f"/v1/products/{product}", {"stock_quantity": 5}))
        given(await shop.write("PATCH", f"/v1/products/{product}", {"stock_delta": -1}))
        assert await events(shop, "product.stock_low") == [low, low]

    @pytest.mark.parametrize(
        "fields",
        [{"price": 5}, {"low_stock_alert": 50}, {"stock_quantity": 5}, {"track_stock": False, "stock_quantity": 1}],
        ids=str,
    )
    async def test_not_by_anything_else(self, shop: Shop, fields: dict[str, Any]) -> None:
        product = await stocked(shop, 8, low_stock_alert=5)
        given(await shop.write("PATCH", f"/v1/products/{product}", fields))
        assert await events(shop, "product.stock_low") == []

    async def test_undone_with_its_order(self, shop: Shop) -> None:
        products = [await stocked(shop, quantity, low_stock_alert=5) for quantity in (5, 0)]
        order = await ordered(shop, 0, items=[{"product_id": each, "quantity": 1} for each in products])
        refused(await change(shop, order["id"], status="confirmed"), 409, "insufficient_stock")
        assert await events(shop, "product.stock_low") == []


class TestPayment:
    async def test_received_once(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        paid = await changed(shop, order["id"], payment_status="paid", payment_reference="BL-7")
        assert (paid["payment_status"], paid["payment_reference"]) == ("paid", "BL-7")
        await changed(shop, order["id"], payment_status="paid")
        told = {"order_id": order["id"], "amount": order["total"], "method": "cod", "reference": "BL-7"}
        assert await events(shop, "payment.received") == [("payment.received", told)]
        await changed(shop, order["id"], payment_status="refunded")
        assert len(await events(shop, "payment.received")) == 1


class TestEdits:
    async def test_plain_fields(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        fields = {"notes": "x", "external_id": "E", "metadata": {"a": "b"}}
        after = await changed(shop, order["id"], tracking_number="YAL-1", courier="Yalidine", **fields)
        assert {name: after[name] for name in fields} == fields
        assert (after["delivery"]["tracking_number"], after["delivery"]["courier"]) == ("YAL-1", "Yalidine")
        cleared = await changed(shop, order["id"], notes=None, external_id=None, tracking_number=None, metadata={})
        assert (cleared["notes"], cleared["external_id"], cleared["metadata"]) == (None, None, {})

    async def test_nothing_new_changes_nothing(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop), notes="x", metadata={"a": "b"})
        sent = {"status": "pending", "notes": "x", "metadata": {"a": "b"}, "discount": 0, "customer": {"wilaya_id": 16}}
        assert await changed(shop, order["id"], **sent) == order
        assert len(await events(shop)) == 1

    async def test_fee_follows_the_wilaya(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        after = await changed(shop, order["id"], customer={"wilaya_id": 11, "commune": "Tamanrasset"})
        assert (after["delivery_fee"], after["total"]) == (1_400, 2_400)
        assert (after["customer"]["wilaya_id"], after["wilaya_id"], after["commune"]) == (11, 11, "Tamanrasset")

    async def test_discount(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        assert (await changed(shop, order["id"], discount=1000))["total"] == order["delivery_fee"]
        assert refused_fields(await change(shop, order["id"], discount=1001)) == ["discount"]

    async def test_another_phone_is_another_customer(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        after = await changed(shop, order["id"], customer={"phone": "+213 770 00 00 00"})
        assert after["customer"]["id"] != order["customer"]["id"]
        assert after["customer_phone"] == "0770000000"
        assert (await customer_of(shop, order))["total_orders"] == 0
        found = await customer_of(shop, after)
        assert (found["total_orders"], found["first_name"], found["last_name"]) == (1, "Ahmed", "Benali")

    @pytest.mark.parametrize("status", [status for status in STATUSES if status not in EDITABLE])
    async def test_too_late(self, shop: Shop, status: str) -> None:
        order = await ordered(shop, await stocked(shop))
        order = await moved(shop, order["id"], *WAYS[status])
        for sent, field in (({"discount": 5}, "discount"), ({"customer": {"name": "Other"}}, "customer.name")):
            assert refused_fields(await change(shop, order["id"], **sent), "conflict", 409) == [field]
        assert (await changed(shop, order["id"], notes="later", discount=0))["notes"] == "later"

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"items": []}, "items"),
            ({"total": 1}, "total"),
            ({"status": "sold"}, "status"),
            ({"status": None}, "status"),
            ({"payment_status": "late"}, "payment_status"),
            ({"customer": {"phone": "1"}}, "customer.phone"),
            ({"customer": {"email": "a@b.dz"}}, "customer.email"),
            ({"customer": []}, "customer"),
            ({"discount": 1.5}, "discount"),
            ({"notes": "a\0b"}, "notes"),
            ({"courier": "x" * 101}, "courier"),
        ],
        ids=str,
    )
    async def test_refused(self, shop: Shop, sent: dict[str, Any], field: str) -> None:
        order = await ordered(shop, await stocked(shop))
        assert refused_fields(await change(shop, order["id"], **sent)) == [field]
        assert given(await shop.get(f"/v1/orders/{order['id']}")) == order

    async def test_external_id_taken(self, shop: Shop) -> None:
        product = await stocked(shop)
        await ordered(shop, product, external_id="E")
        order = await ordered(shop, product)
        assert refused_fields(await change(shop, order["id"], external_id="E"), "conflict", 409) == ["external_id"]

    async def test_not_to_where_nobody_delivers(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        async with engine.transaction():
            await engine.write("DELETE FROM delivery_rates WHERE store_id = $1 AND wilaya_id = 11", shop.store_id)
        response = await change(shop, order["id"], customer={"wilaya_id": 11, "commune": "Tamanrasset"})
        assert refused_fields(response) == ["customer.wilaya_id"]


class TestCustomer:
    """One a phone; what it comes to follows its orders."""

    async def test_totals_follow(self, shop: Shop) -> None:
        product = await stocked(shop, 100)
        first, second, third = [await ordered(shop, product, quantity) for quantity in (1, 2, 3)]

        async def totals() -> tuple[int, int]:
            found = await customer_of(shop, first)
            return found["total_orders"], found["total_spent"]

        assert await totals() == (3, 0)
        await moved(shop, first["id"], "confirmed", "shipped", "delivered")
        assert await totals() == (3, first["total"])
        await moved(shop, second["id"], "cancelled", "cancelled")
        assert await totals() == (2, first["total"])
        await moved(shop, third["id"], "confirmed", "shipped", "delivered")
        assert await totals() == (2, first["total"] + third["total"])
        await moved(shop, first["id"], "returned")
        assert await totals() == (2, third["total"])

    async def test_later_order_is_the_newer_truth(self, shop: Shop) -> None:
        product = await stocked(shop)
        first = await ordered(shop, product, customer={"email": "old@x.dz", "address": "1, rue A"})
        await ordered(shop, product, customer={"name": "Ahmed Amine Benali", "address": "2, rue B"})
        found = await customer_of(shop, first)
        assert (found["first_name"], found["last_name"]) == ("Ahmed", "Amine Benali")
        assert (found["email"], found["address"]) == ("old@x.dz", "2, rue B")
        await ordered(shop, product, customer={"wilaya_id": 31, "commune": "Oran"})
        found = await customer_of(shop, first)
        assert (found["wilaya_id"], found["commune"], found["address"]) == (31, "Oran", None)
        assert given(await shop.get(f"/v1/orders/{first['id']}"))["customer"]["address"] == "1, rue A"

    async def test_list(self, shop: Shop) -> None:
        product = await stocked(shop)
        first = await ordered(shop, product, customer={"email": "Amina@X.dz", "external_id": "C-1"})
        second = await ordered(shop, product, customer={"phone": "0770111222", "name": "Yacine"})
        ids = [order["customer"]["id"] for order in (second, first)]
        rows = given(await shop.get("/v1/customers"))["items"]
        assert [row["id"] for row in rows] == ids
        assert list(rows[0]) == [
            *("id", "first_name", "last_name", "phone", "email", "wilaya_id", "commune", "total_orders"),
            *("total_spent", "is_banned", "created_at", "updated_at", "external_id", "metadata"),
        ]
        assert (rows[0]["first_name"], rows[0]["last_name"], rows[0]["phone"]) == ("Yacine", "", "0770111222")
        for query, expected in (
            ("phone=0770 11 12 22", ids[:1]),
            ("phone=00213555123456", ids[1:]),
            ("email=amina@x.DZ", ids[1:]),
            ("email=nobody@x.dz", []),
            ("external_id=C-1", ids[1:]),
            ("updated_since=2020-01-01", ids),
        ):
            found = given(await shop.get(f"/v1/customers?{query}"))["items"]
            assert sorted(row["id"] for row in found) == sorted(expected), query
        assert refused_fields(await shop.get("/v1/customers?phone=12")) == ["phone"]

    async def test_detail(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop), customer={"address": "1, rue A"})
        found = await customer_of(shop, order)
        assert list(found)[12:] == ["address", "notes", "fraud_score", "external_id", "metadata"]
        assert (found["address"], found["notes"], found["fraud_score"]) == ("1, rue A", None, 0)

    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["orders:read", "orders:write"])
        for path in ("/v1/customers", "/v1/customers/1"):
            assert refused(await shop.get(path), 403, "forbidden")["required_scope"] == "customers:read"
        refused(await shop.write("POST", "/v1/customers", {}), 405, "method_not_allowed")


class TestBodies:
    async def test_order_of_a_key_without_products(self, shop: Shop, make_shop: ShopMaker) -> None:
        """Who may order needs no right to read the catalogue, nor to see the order later."""
        product = await stocked(shop)
        till = await make_shop(["orders:write"], store_id=shop.store_id)
        order = given(await till.write("POST", "/v1/orders", body(product)), 201)
        refused(await till.get(f"/v1/orders/{order['id']}"), 403, "forbidden")
