"""A shopper places an order: prices are the server's, and nothing is told that is not the shopper's."""

import asyncio
import json
from typing import Any

import pytest

from app.chain.valkey import valkey
from db.engine import engine
from graph.tries import LIMITS
from tests.conftest import Shop
from tests.graphql.requests import answered
from tests.hostile.test_inputs import MUTATIONS, document, members, written, wrong
from tests.rest.answers import given, refused_query
from tests.rest.ordering import body, events, ordered
from tests.signed.conftest import PageMaker
from tests.signed.shopping import PLACE, SCOPES, checkout_of, code_of, fresh_phone, order_of, placed, sent, turned_down

pytestmark = pytest.mark.anyio

BY_ADDRESS, BY_PHONE = (limit.most for limit in LIMITS["order_place"])


async def orders_of(shop: Shop) -> list[dict[str, Any]]:
    return given(await shop.get("/v1/orders"))["items"]  # type: ignore[no-any-return]


class TestPlaced:
    async def test_it(self, shop: Shop, make_page: PageMaker) -> None:
        rates = [{"wilaya_id": 16, "home": 400, "desk": 250}]
        given(await shop.write("PUT", "/v1/delivery-rates", {"rates": rates}))
        product = await shop.create(name="قميص", price=1500, sku="Q-1", status="active")
        phone = fresh_phone()
        input_ = order_of(product, 2, customer={"phone": f"+213 {phone[1:]}"}, delivery={"type": "DESK"}, notes="مساءً")
        order = await placed(await checkout_of(shop, make_page), input_)
        assert (order["subtotal"], order["deliveryFee"], order["discount"], order["total"]) == (3000, 250, 0, 3250)
        assert order["items"] == [
            {
                "productId": product["id"],
                "name": "قميص",
                "sku": "Q-1",
                "variant": None,
                "quantity": 2,
                "unitPrice": 1500,
                "total": 3000,
            }
        ]
        assert order["delivery"] == {"type": "DESK", "deskName": None, "courier": None, "trackingNumber": None}
        assert (order["status"], order["paymentStatus"], order["paymentMethod"]) == ("PENDING", "PENDING", "COD")
        assert [(each["from"], each["to"]) for each in order["timeline"]] == [(None, "PENDING")]
        (row,) = await orders_of(shop)
        stored = given(await shop.get(f"/v1/orders/{row['id']}"))
        assert stored["order_number"] == order["orderNumber"]
        assert (stored["customer"]["phone"], stored["notes"], stored["total"]) == (phone, "مساءً", 3250)
        assert [name for name, _ in await events(shop, "order.created")] == ["order.created"]

    async def test_it_is_seen_at_once(self, make_cached_shop: Any, make_page: PageMaker) -> None:
        shop = await make_cached_shop()
        product = await shop.create(status="active")
        assert await orders_of(shop) == []
        await placed(await checkout_of(shop, make_page), order_of(product))
        assert len(await orders_of(shop)) == 1

    async def test_once_for_a_key(self, shop: Shop, make_page: PageMaker) -> None:
        input_ = order_of(await shop.create(status="active"))
        page = await checkout_of(shop, make_page)
        first = await placed(page, input_, "the same")
        assert await placed(page, input_, "the same") == first
        assert len(await orders_of(shop)) == 1

    async def test_once_for_a_key_at_once(self, shop: Shop, make_page: PageMaker) -> None:
        input_ = order_of(await shop.create(status="active"))
        page = await checkout_of(shop, make_page)
        answers = await asyncio.gather(*(sent(page, input_, "at once") for _ in range(6)))
        assert {code_of(each) for each in answers} <= {"", "idempotency_in_progress"}
        assert len(await orders_of(shop)) == 1

    async def test_what_is_known_of_the_customer_stays(self, shop: Shop, make_page: PageMaker) -> None:
        product = await shop.create(status="active")
        phone = fresh_phone()
        before = await ordered(shop, product["id"], customer={"phone": phone, "name": "Ahmed Benali"})
        await placed(await checkout_of(shop, make_page), order_of(product, customer={"phone": phone, "name": "غيره"}))
        known = given(await shop.get(f"/v1/customers/{before['customer']['id']}"))
        assert (known["first_name"], known["total_orders"]) == ("Ahmed", 2)

    async def test_of_the_sandbox(self, shop: Shop, make_shop: Any, make_page: PageMaker) -> None:
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        product = await sandbox.create(status="active")
        await placed(await checkout_of(shop, make_page, livemode=False), order_of(product))
        assert await orders_of(shop) == []
        assert len(await orders_of(sandbox)) == 1


class TestRefused:
    async def test_products_that_are_not_for_sale(self, shop: Shop, other_shop: Shop, make_page: PageMaker) -> None:
        """Which of them are drafts, another store's or none at all is not told."""
        bad = [
            await shop.create(status="draft"),
            await shop.create(status="archived"),
            await other_shop.create(status="active"),
            {"id": 2**53 - 1},
        ]
        items = [{"productId": str(each["id"]), "quantity": 1} for each in bad]
        error = await turned_down(await checkout_of(shop, make_page), order_of(bad[0], items=items))
        assert error["extensions"]["code"] == "bad_request"
        assert error["extensions"]["details"] == [
            {"field": f"items.{place}.productId", "message": f"product {each['id']} is not for sale"}
            for place, each in enumerate(bad)
        ]
        assert await orders_of(shop) == []

    @pytest.mark.parametrize(
        ("members", "field"),
        [
            ({"customer": {"phone": "021 12 34 56"}}, "customer.phone"),
            ({"customer": {"name": "  "}}, "customer.name"),
            ({"customer": {"wilayaId": 70}}, "customer.wilayaId"),
            ({"customer": {"commune": ""}}, "customer.commune"),
            ({"customer": {"address": "x" * 501}}, "customer.address"),
            ({"customer": {"email": "nobody"}}, "customer.email"),
            ({"customer": {"name": "a\0b"}}, "customer.name"),
            ({"notes": "x" * 501}, "notes"),
            ({"items": []}, "items"),
        ],
    )
    async def test_values(self, shop: Shop, make_page: PageMaker, members: dict[str, Any], field: str) -> None:
        product = await shop.create(status="active")
        error = await turned_down(await checkout_of(shop, make_page), order_of(product, **members))
        assert error["extensions"]["code"] == "bad_request"
        assert [each["field"] for each in error["extensions"]["details"]] == [field]

    async def test_whatever_no_honest_page_sends(self, shop: Shop, make_page: PageMaker) -> None:
        page = await checkout_of(shop, make_page)
        field = MUTATIONS["orderPlace"]
        for path, type_ in members(field.args["input"].type):
            for text in wrong(type_):
                page.move()
                value = written(field.args["input"].type, path, text)
                told = f'{{"query": "{document("orderPlace", field)}", "variables": {{"input": {value}}}}}'.encode()
                headers = page.key.headers(told, idempotency_key="whatever")
                response = await page.client.post("/graphql", content=told, headers=headers)
                assert response.status_code < 500, (path, text[:40])
                assert code_of(response.json()) == "bad_request", (path, text[:40])
        assert await orders_of(shop) == []

    @pytest.mark.parametrize(
        "members", [{"discount": 5}, {"paymentMethod": "COD"}, {"metadata": {}}, {"externalId": "a"}]
    )
    async def test_what_the_merchant_decides(self, shop: Shop, make_page: PageMaker, members: dict[str, Any]) -> None:
        product = await shop.create(status="active")
        answer = await sent(await checkout_of(shop, make_page), order_of(product, **members))
        assert code_of(answer) == "bad_request"
        assert next(iter(members)) in answer["errors"][0]["message"]
        assert await orders_of(shop) == []

    async def test_where_the_store_does_not_deliver(self, shop: Shop, make_page: PageMaker) -> None:
        product = await shop.create(status="active")
        rates = [{"wilaya_id": 16, "home": None, "desk": 100}]
        given(await shop.write("PUT", "/v1/delivery-rates", {"rates": rates}))
        error = await turned_down(await checkout_of(shop, make_page), order_of(product))
        assert [each["field"] for each in error["extensions"]["details"]] == ["customer.wilayaId"]

    async def test_a_banned_customer_learns_nothing(self, shop: Shop, make_page: PageMaker) -> None:
        """The answer is the one of a number that has ordered too often."""
        product = await shop.create(status="active")
        phone = fresh_phone()
        await ordered(shop, product["id"], customer={"phone": phone})
        async with engine.transaction():
            await engine.write(
                "UPDATE customers SET is_banned = true WHERE store_id = $1 AND phone = $2", shop.store_id, phone
            )
        page = await checkout_of(shop, make_page)
        error = await turned_down(page, order_of(product, customer={"phone": phone}))
        busy = fresh_phone()
        for _ in range(BY_PHONE):
            await placed(page, order_of(product, customer={"phone": busy}))
        other = await turned_down(page, order_of(product, customer={"phone": busy}))
        for each in (error, other):
            each["message"] = each["message"].replace(str(each["extensions"].pop("retry_after")), "so many")
        assert error == other
        assert len(await orders_of(shop)) == 1 + BY_PHONE


class TestWho:
    async def test_without_the_scope(self, shop: Shop, make_page: PageMaker) -> None:
        product = await shop.create(status="active")
        page = await make_page(shop.store_id, granted=SCOPES[:1])
        error = await turned_down(page, order_of(product))
        assert error["extensions"]["required_scope"] == "checkout:write"

    async def test_a_platform_key(self, shop: Shop) -> None:
        product = await shop.create(status="active")
        answer = await answered(shop, PLACE, input=order_of(product))
        assert "public key" in refused_query(answer, "forbidden")["message"]

    async def test_unsigned(self, shop: Shop, make_page: PageMaker) -> None:
        page = await checkout_of(shop, make_page)
        input_ = order_of(await shop.create(status="active"))
        response = await page.graphql(PLACE, {"input": input_}, signed=False, idempotency_key="unsigned")
        assert response.status_code == 401

    async def test_changed_on_the_way(self, shop: Shop, make_page: PageMaker) -> None:
        page = await checkout_of(shop, make_page)
        input_ = order_of(await shop.create(status="active"))
        signed = json.dumps({"query": PLACE, "variables": {"input": input_}}).encode()
        headers = page.key.headers(signed, idempotency_key="changed")
        response = await page.client.post("/graphql", content=signed.replace(b'"HOME"', b'"DESK"'), headers=headers)
        assert response.status_code == 401
        assert await orders_of(shop) == []


class TestLimits:
    async def test_of_a_phone(self, shop: Shop, make_page: PageMaker) -> None:
        product, phone = await shop.create(status="active"), fresh_phone()
        page = await checkout_of(shop, make_page)
        for _ in range(BY_PHONE):
            await placed(page, order_of(product, customer={"phone": phone}))
        error = await turned_down(page, order_of(product, customer={"phone": "00213" + phone[1:]}))
        assert error["extensions"]["code"] == "rate_limited"
        assert 3500 < error["extensions"]["retry_after"] <= 3600
        assert "phone number" in error["message"]
        await placed(page, order_of(product))

    async def test_of_an_address(self, shop: Shop, make_page: PageMaker) -> None:
        product = await shop.create(status="active")
        page = await checkout_of(shop, make_page)
        for _ in range(BY_ADDRESS):
            assert code_of(await sent(page, order_of(product))) == ""
        refused = await sent(page, order_of(product))
        assert code_of(refused) == "rate_limited"
        assert "address" in refused["errors"][0]["message"]
        page.move()
        assert code_of(await sent(page, order_of(product))) == ""

    async def test_of_one_store_alone(self, shop: Shop, other_shop: Shop, make_page: PageMaker) -> None:
        phone = fresh_phone()
        product, other = await shop.create(status="active"), await other_shop.create(status="active")
        page = await checkout_of(shop, make_page)
        for _ in range(BY_PHONE):
            await placed(page, order_of(product, customer={"phone": phone}))
        await placed(await checkout_of(other_shop, make_page), order_of(other, customer={"phone": phone}))

    async def test_a_replay_counts_nothing(self, shop: Shop, make_page: PageMaker) -> None:
        product, phone = await shop.create(status="active"), fresh_phone()
        page = await checkout_of(shop, make_page)
        input_ = order_of(product, customer={"phone": phone})
        first = await placed(page, input_, "again")
        for _ in range(BY_PHONE + 1):
            assert await placed(page, input_, "again") == first

    async def test_a_merchant_has_none(self, shop: Shop) -> None:
        product, phone = await shop.create(status="active"), fresh_phone()
        for _ in range(BY_PHONE + 1):
            given(await shop.write("POST", "/v1/orders", body(product["id"], customer={"phone": phone})), 201)

    async def test_without_valkey_the_process_counts(
        self, shop: Shop, make_page: PageMaker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        product, phone = await shop.create(status="active"), fresh_phone()
        page = await checkout_of(shop, make_page)
        monkeypatch.setattr(valkey, "client", None)
        for _ in range(BY_PHONE):
            await placed(page, order_of(product, customer={"phone": phone}))
        error = await turned_down(page, order_of(product, customer={"phone": phone}))
        assert error["extensions"]["code"] == "rate_limited"
