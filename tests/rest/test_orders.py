"""`POST` and `GET /v1/orders` (`contract.md §8`)."""

import re
from typing import Any

import pytest

from db.engine import engine
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused, refused_fields
from tests.rest.ordering import body, customer_of, events, ordered, stock, stocked

pytestmark = pytest.mark.anyio

ROW = [
    "id",
    "order_number",
    "status",
    "payment_status",
    "payment_method",
    "total",
    "customer_name",
    "customer_phone",
    "wilaya_id",
    "commune",
    "delivery_type",
    "created_at",
]
ADDED = ["external_id", "metadata"]
DETAIL = [
    *ROW,
    *("subtotal", "delivery_fee", "discount", "customer", "delivery", "items", "notes", "timeline", "updated_at"),
    *(*ADDED, "payment_reference"),
]
# What a shop takes in Algiers, and in a place that it does not deliver to once its rate is gone.
ALGIERS = {"home": 400, "desk": 250}


async def with_variant(shop: Shop, product: int, price: int | None = 1200, quantity: int = 3) -> int:
    """Give a product a variant and return its id."""
    before = given(await shop.get(f"/v1/products/{product}"))["inventory"]["stock_quantity"]
    variant = {"name": "L / Bleu", "sku": f"V-{product}", "price": price, "stock_quantity": quantity}
    sent = {"variants": [variant], "stock_quantity": before}
    return int(given(await shop.write("PATCH", f"/v1/products/{product}", sent))["variants"][0]["id"])


class TestCreate:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["orders:read"])
        error = refused(await shop.write("POST", "/v1/orders", body(1)), 403, "forbidden")
        assert error["required_scope"] == "orders:write"

    async def test_minimal(self, shop: Shop) -> None:
        product = await stocked(shop, 10, sku="TS-1")
        order = await ordered(shop, product, 2)
        assert list(order) == DETAIL
        assert re.fullmatch(rf"ORD-{shop.store_id}-\d{{8}}-[0-9A-F]{{4}}", order["order_number"])
        assert (order["status"], order["payment_status"], order["payment_method"]) == ("pending", "pending", "cod")
        assert (order["subtotal"], order["delivery_fee"], order["discount"]) == (2000, ALGIERS["home"], 0)
        assert order["total"] == 2000 + ALGIERS["home"]
        assert list(order["customer"]) == ["id", "name", "phone", "email", "wilaya_id", "commune", "address"]
        assert list(order["delivery"]) == ["type", "desk_id", "desk_name", "tracking_number", "courier"]
        (item,) = order["items"]
        assert list(item) == ["id", "product_id", "name", "sku", "variant", "quantity", "unit_price", "total"]
        assert (item["product_id"], item["sku"], item["quantity"], item["total"]) == (product, "TS-1", 2, 2000)
        (change,) = order["timeline"]
        assert list(change) == ["from", "to", "at", "actor"]
        assert (change["from"], change["to"], change["at"]) == (None, "pending", order["created_at"])
        assert change["actor"] == f"test ({shop.token.partition('.')[0]})"
        assert given(await shop.get(f"/v1/orders/{order['id']}")) == order

    async def test_everything(self, shop: Shop) -> None:
        product = await stocked(shop)
        members: dict[str, Any] = {
            "customer": {
                "name": "أمينة بن علي",
                "phone": "+213 661 23 45 67",
                "email": "Amina@Example.dz",
                "wilaya_id": 31,
                "commune": "Oran",
                "address": "نهج العربي بن مهيدي",
                "external_id": "CRM-7",
                "metadata": {"segment": "vip"},
            },
            "delivery": {"type": "desk", "desk_id": 310101, "desk_name": "Yalidine Oran"},
            "notes": "Appeler avant",
            "payment_method": "cod",
            "discount": 150,
            "metadata": {"source": "instagram"},
            "external_id": "ERP-1",
        }
        order = await ordered(shop, product, 3, **members)
        assert order["customer"] | {"id": 0} == {
            "id": 0,
            "name": "أمينة بن علي",
            "phone": "0661234567",
            "email": "Amina@Example.dz",
            "wilaya_id": 31,
            "commune": "Oran",
            "address": "نهج العربي بن مهيدي",
        }
        assert order["delivery"]["desk_id"] == 310101
        assert (order["subtotal"], order["discount"], order["total"]) == (3000, 150, 2850 + order["delivery_fee"])
        assert order["delivery_fee"] == 450
        assert (order["notes"], order["metadata"], order["external_id"]) == (
            "Appeler avant", {"source": "instagram"}, "ERP-1",
        )  # fmt: skip
        customer = await customer_of(shop, order)
        assert (customer["external_id"], customer["metadata"]) == ("CRM-7", {"segment": "vip"})

    async def test_takes_no_stock(self, shop: Shop) -> None:
        product = await stocked(shop, 1)
        await ordered(shop, product, 5)
        assert await stock(shop, product) == 1

    async def test_event(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        assert await events(shop) == [
            (
                "order.created",
                {
                    "order_id": order["id"],
                    "order_number": order["order_number"],
                    "customer_phone": "0555123456",
                    "total": order["total"],
                    "payment_method": "cod",
                },
            )
        ]

    async def test_variant_has_its_own_price(self, shop: Shop) -> None:
        product = await stocked(shop)
        variants = [await with_variant(shop, product)]
        order = await ordered(shop, product, items=[{"product_id": product, "quantity": 2, "variant_id": variants[0]}])
        (item,) = order["items"]
        assert (item["variant"], item["sku"], item["unit_price"], item["total"]) == (
            "L / Bleu", f"V-{product}", 1200, 2400,
        )  # fmt: skip

    async def test_variant_without_a_price_has_the_product_s(self, shop: Shop) -> None:
        product = await stocked(shop)
        variant = await with_variant(shop, product, None)
        order = await ordered(shop, product, items=[{"product_id": product, "quantity": 1, "variant_id": variant}])
        assert order["subtotal"] == 1000

    async def test_lines_stay_in_order(self, shop: Shop) -> None:
        products = [await stocked(shop) for _ in range(4)]
        wanted = [*reversed(products), products[0]]
        order = await ordered(shop, 0, items=[{"product_id": each, "quantity": 1} for each in wanted])
        assert [item["product_id"] for item in order["items"]] == wanted

    async def test_price_is_that_of_its_time(self, shop: Shop) -> None:
        product = await stocked(shop)
        order = await ordered(shop, product)
        given(await shop.write("PATCH", f"/v1/products/{product}", {"price": 5000, "name": "Other"}))
        given(await shop.write("DELETE", f"/v1/products/{product}"))
        assert given(await shop.get(f"/v1/orders/{order['id']}"))["items"] == order["items"]

    async def test_nothing_known_is_refused(self, shop: Shop, other_shop: Shop) -> None:
        product, draft, gone, foreign = (
            await stocked(shop),
            await stocked(shop, status="draft"),
            await stocked(shop),
            await stocked(other_shop),
        )
        given(await shop.write("DELETE", f"/v1/products/{gone}"))
        strange = await with_variant(other_shop, foreign)
        items = [{"product_id": each, "quantity": 1} for each in (product, draft, gone, foreign, 10**12)]
        items.append({"product_id": product, "quantity": 1, "variant_id": strange})
        response = await shop.write("POST", "/v1/orders", body(0, items=items))
        assert refused_fields(response) == [
            *(f"items.{place}.product_id" for place in (1, 2, 3, 4)),
            "items.5.variant_id",
        ]
        messages = [detail["message"] for detail in response.json()["error"]["details"]]
        assert [message.replace(str(gone), "N") for message in messages[1:2]] == [
            message.replace(str(foreign), "N") for message in messages[2:3]
        ]
        assert given(await shop.get("/v1/orders"))["items"] == []
        assert given(await shop.get("/v1/customers"))["items"] == []
        assert await events(shop) == []

    async def test_place_that_is_not_served(self, shop: Shop) -> None:
        product = await stocked(shop)
        async with engine.transaction():
            await engine.write(
                "UPDATE delivery_rates SET desk = NULL WHERE store_id = $1 AND wilaya_id = 16", shop.store_id
            )
        response = await shop.write("POST", "/v1/orders", body(product, delivery={"type": "desk"}))
        assert refused_fields(response) == ["customer.wilaya_id"]
        await ordered(shop, product)

    async def test_commune_that_moved_to_a_new_wilaya(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop), customer={"wilaya_id": 7, "commune": "Ouled Djellal"})
        assert (order["wilaya_id"], order["commune"]) == (51, "Ouled Djellal")

    @pytest.mark.parametrize(
        ("members", "fields"),
        [
            ({"items": []}, ["items"]),
            ({"items": [{"product_id": 1, "quantity": 1}] * 101}, ["items"]),
            ({"items": [{"product_id": 1, "quantity": 0}]}, ["items.0.quantity"]),
            ({"items": [{"product_id": 1, "quantity": 1000}]}, ["items.0.quantity"]),
            ({"items": [{"product_id": 1}, {"quantity": 1}]}, ["items.0.quantity", "items.1.product_id"]),
            ({"items": [{"product_id": "1", "quantity": 1.5}]}, ["items.0.product_id", "items.0.quantity"]),
            ({"items": [None]}, ["items.0"]),
            ({"items": {"product_id": 1}}, ["items"]),
            ({"customer": {"phone": "021 23 45 67"}}, ["customer.phone"]),
            ({"customer": {"phone": "+33612345678"}}, ["customer.phone"]),
            ({"customer": {"phone": 555123456}}, ["customer.phone"]),
            ({"customer": {"name": "  "}}, ["customer.name"]),
            ({"customer": {"name": "a\0b"}}, ["customer.name"]),
            ({"customer": {"wilaya_id": 0}}, ["customer.wilaya_id"]),
            ({"customer": {"wilaya_id": 99}}, ["customer.wilaya_id"]),
            ({"customer": {"email": "nobody"}}, ["customer.email"]),
            ({"customer": {"age": 7}}, ["customer.age"]),
            ({"delivery": {"type": "drone"}}, ["delivery.type"]),
            ({"delivery": {"desk_id": "x"}}, ["delivery.desk_id"]),
            ({"payment_method": "card"}, ["payment_method"]),
            ({"discount": -1}, ["discount"]),
            ({"discount": 1001}, ["discount"]),
            ({"discount": 10**13}, ["discount"]),
            ({"status": "confirmed"}, ["status"]),
            ({"total": 5}, ["total"]),
            ({"metadata": {"a": 1}}, ["metadata"]),
            ({"external_id": ""}, ["external_id"]),
        ],
        ids=lambda value: str(value)[:50],
    )
    async def test_refused(self, shop: Shop, members: dict[str, Any], fields: list[str]) -> None:
        product = await stocked(shop)
        items = members.get("items")
        if isinstance(items, list):
            for each in items:
                if each and each.get("product_id") == 1:
                    each["product_id"] = product
        assert refused_fields(await shop.write("POST", "/v1/orders", body(product, **members))) == fields
        assert given(await shop.get("/v1/orders"))["items"] == []

    @pytest.mark.parametrize("member", ["customer", "delivery", "items"])
    async def test_required(self, shop: Shop, member: str) -> None:
        sent = {name: value for name, value in body(1).items() if name != member}
        assert refused_fields(await shop.write("POST", "/v1/orders", sent)) == [member]

    async def test_too_large_a_total(self, shop: Shop) -> None:
        product = await stocked(shop, price=10**12)
        assert refused_fields(await shop.write("POST", "/v1/orders", body(product))) == ["items"]
        assert refused_fields(await shop.write("POST", "/v1/orders", body(product, 2, discount=10**12))) == ["items"]
        assert (await ordered(shop, product, discount=400))["total"] == 10**12

    async def test_most_of_everything(self, shop: Shop) -> None:
        product = await stocked(shop, price=1)
        order = await ordered(shop, product, items=[{"product_id": product, "quantity": 999}] * 100)
        assert order["subtotal"] == 99_900
        assert len(order["items"]) == 100

    async def test_external_id_is_unique(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        product = await stocked(shop)
        await ordered(shop, product, external_id="E")
        response = await shop.write("POST", "/v1/orders", body(product, external_id="E"))
        assert refused_fields(response, "conflict", 409) == ["external_id"]
        customer = given(await shop.get("/v1/customers?phone=0555123456"))["items"][0]
        assert customer["total_orders"] == 1
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        for each in (other_shop, sandbox):
            await ordered(each, await stocked(each), external_id="E")

    async def test_customer_s_external_id_is_unique(self, shop: Shop) -> None:
        product = await stocked(shop)
        await ordered(shop, product, customer={"external_id": "C"})
        sent = body(product, customer={"external_id": "C", "phone": "0770000000"})
        response = await shop.write("POST", "/v1/orders", sent)
        assert refused_fields(response, "conflict", 409) == ["customer.external_id"]

    async def test_replay_orders_once(self, shop: Shop) -> None:
        product = await stocked(shop)
        first, again = [await shop.write("POST", "/v1/orders", body(product), key="k") for _ in range(2)]
        assert again.content == first.content
        assert len(given(await shop.get("/v1/orders"))["items"]) == 1
        assert (await customer_of(shop, given(first, 201)))["total_orders"] == 1

    async def test_longer_number_where_all_short_ones_are_taken(self, shop: Shop) -> None:
        product = await stocked(shop)
        order = await ordered(shop, product)
        async with engine.transaction():
            await engine.write(
                "INSERT INTO orders (store_id, livemode, order_number, customer_id, customer_name, customer_phone,"
                " wilaya_id, commune, total, subtotal)"
                " SELECT store_id, livemode, stem || upper(lpad(to_hex(n), 4, '0')),"
                " customer_id, '', '', 16, 'x', 0, 0 FROM orders o, left(o.order_number, -4) AS stem,"
                " generate_series(0, 65535) n WHERE o.id = $1 ON CONFLICT DO NOTHING",
                order["id"],
            )
        number = (await ordered(shop, product))["order_number"]
        assert re.fullmatch(rf"ORD-{shop.store_id}-\d{{8}}-[0-9A-F]{{6}}", number)


class TestList:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["orders:write"])
        refused(await shop.get("/v1/orders"), 403, "forbidden")
        refused(await shop.get("/v1/orders/1"), 403, "forbidden")

    async def test_newest_first_by_cursor(self, shop: Shop) -> None:
        product = await stocked(shop)
        made = [(await ordered(shop, product))["id"] for _ in range(5)]
        seen, cursor = [], None
        while True:
            page = given(await shop.get("/v1/orders", params={"limit": 2} | ({"cursor": cursor} if cursor else {})))
            seen += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                break
        assert seen == made[::-1]

    async def test_row(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        (row,) = given(await shop.get("/v1/orders"))["items"]
        assert list(row) == [*ROW, "updated_at", *ADDED]
        assert row == {name: order[name] for name in row}

    async def test_filters(self, shop: Shop) -> None:
        product = await stocked(shop)
        first = await ordered(shop, product, external_id="E")
        second = await ordered(shop, product, customer={"phone": "0661000000"})
        given(await shop.write("PATCH", f"/v1/orders/{first['id']}", {"status": "cancelled"}))
        for query, expected in (
            ("status=cancelled", [first]),
            ("status=pending", [second]),
            ("customer_phone=0661000000", [second]),
            ("customer_phone=%2B213661000000", [second]),
            ("customer_phone=+213 661 00 00 00", [second]),
            ("customer_phone=0555123456&status=pending", []),
            ("external_id=E", [first]),
            ("external_id=none", []),
            ("since=2020-01-01", [second, first]),
            ("since=2999-01-01T00:00:00Z", []),
            ("since=2020-01-01&status=pending", [second]),
            ("updated_since=2020-01-01", [second, first]),
            ("page=2", [second, first]),
        ):
            found = given(await shop.get(f"/v1/orders?{query}"))["items"]
            assert [row["id"] for row in found] == [order["id"] for order in expected], query

    async def test_since_by_cursor(self, shop: Shop) -> None:
        product = await stocked(shop)
        made = [(await ordered(shop, product))["id"] for _ in range(3)]
        page = given(await shop.get("/v1/orders?since=2020-01-01&limit=2"))
        rest = given(await shop.get("/v1/orders", params={"since": "2020-01-01", "cursor": page["next_cursor"]}))
        assert [row["id"] for row in page["items"] + rest["items"]] == made[::-1]
        refused_fields(await shop.get("/v1/orders", params={"cursor": page["next_cursor"]}))

    @pytest.mark.parametrize("query", ["status=sold", "since=yesterday", "customer_phone=12", "limit=0", "cursor=x"])
    async def test_bad_filter(self, shop: Shop, query: str) -> None:
        assert refused_fields(await shop.get(f"/v1/orders?{query}")) == [query.partition("=")[0]]


class TestOtherStore:
    async def test_is_as_none(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        order = await ordered(shop, await stocked(shop), external_id="E")
        for each in (other_shop, await make_shop(livemode=False, store_id=shop.store_id)):
            refused(await each.get(f"/v1/orders/{order['id']}"), 404, "not_found")
            refused(await each.get(f"/v1/customers/{order['customer']['id']}"), 404, "not_found")
            for sent in ({"status": "confirmed"}, {}, {"notes": "x"}):
                refused(await each.write("PATCH", f"/v1/orders/{order['id']}", sent), 404, "not_found")
            for query in ("", "?external_id=E", "?customer_phone=0555123456", "?since=2020-01-01"):
                assert given(await each.get(f"/v1/orders{query}"))["items"] == []
            for query in ("", "?phone=0555123456", "?updated_since=2020-01-01"):
                assert given(await each.get(f"/v1/customers{query}"))["items"] == []
        assert given(await shop.get(f"/v1/orders/{order['id']}")) == order

    async def test_one_customer_a_store_and_mode(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        orders = [await ordered(each, await stocked(each)) for each in (shop, other_shop, sandbox)]
        assert len({order["customer"]["id"] for order in orders}) == 3
