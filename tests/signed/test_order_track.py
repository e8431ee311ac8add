"""A shopper asks what became of an order: by both numbers, so many times, and never of anybody else's."""

from typing import Any

import pytest

from app.chain.limits import limiter
from app.chain.tries import Counted, Own, asked
from app.chain.valkey import valkey
from db.engine import engine
from graph.customer_admin import customer_erase
from graph.schema import storefront_schema
from graph.store_admin import operator_context
from graph.tries import LIMITS, Limit
from tests.conftest import Shop
from tests.graphql.requests import answered
from tests.rest.answers import refused_query
from tests.rest.ordering import changed, customer_of, moved, ordered
from tests.signed.clients import Page
from tests.signed.conftest import PageMaker
from tests.signed.shopping import SCOPES, TRACK, checkout_of, code_of, fresh_phone, order_of, placed, tracked

pytestmark = pytest.mark.anyio

BY_ADDRESS, BY_PHONE = (limit.most for limit in LIMITS["order_track"])


async def found(page: Page, number: str, phone: str) -> dict[str, Any]:
    """Return the order of a pair, asked from another address."""
    page.move()
    answer = await tracked(page, number, phone)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["orderTrack"]  # type: ignore[no-any-return]


class TestTracked:
    async def test_as_it_was_placed(self, shop: Shop, make_page: PageMaker) -> None:
        page, phone = await checkout_of(shop, make_page), fresh_phone()
        order = await placed(page, order_of(await shop.create(status="active"), customer={"phone": phone}))
        assert await found(page, order["orderNumber"], phone) == order

    async def test_as_people_write_it(self, shop: Shop, make_page: PageMaker) -> None:
        page, phone = await checkout_of(shop, make_page), fresh_phone()
        order = await placed(page, order_of(await shop.create(status="active"), customer={"phone": phone}))
        assert await found(page, f" {order['orderNumber'].lower()} ", f"+213 {phone[1:]}") == order

    async def test_on_its_way(self, shop: Shop, make_page: PageMaker) -> None:
        product, phone = await shop.create(status="active"), fresh_phone()
        order = await ordered(shop, product["id"], customer={"phone": phone}, notes="لا يراها الزبون")
        await moved(shop, order["id"], "confirmed", "shipped")
        await changed(shop, order["id"], courier="Yalidine", tracking_number="YAL-1")
        page = await checkout_of(shop, make_page)
        seen = await found(page, order["order_number"], phone)
        assert seen["status"] == "SHIPPED"
        assert [each["to"] for each in seen["timeline"]] == ["PENDING", "CONFIRMED", "SHIPPED"]
        assert (seen["delivery"]["courier"], seen["delivery"]["trackingNumber"]) == ("Yalidine", "YAL-1")
        assert "لا يراها" not in str(seen)

    @pytest.mark.parametrize(
        "field", ["id", "notes", "metadata", "customer { name }", "customerPhone", "timeline { actor }", "wilayaId"]
    )
    def test_nothing_else_is_there(self, field: str) -> None:
        name = field.partition(" ")[0]
        types = storefront_schema._schema.type_map
        of = "TrackedChange" if name == "timeline" else "TrackedOrder"
        assert ("actor" if name == "timeline" else name) not in types[of].fields  # type: ignore[attr-defined]


class TestNotFound:
    async def answers(self, page: Page, *pairs: tuple[str, str]) -> list[dict[str, Any]]:
        """Return what is answered to each pair, without what is every request's own."""
        answers = []
        for pair in pairs:
            page.move()
            answer = await tracked(page, *pair)
            answers.append({name: answer[name] for name in ("data", "errors")})
        return answers

    async def test_all_the_same(self, shop: Shop, other_shop: Shop, make_shop: Any, make_page: PageMaker) -> None:
        phone, erased_phone = fresh_phone(), fresh_phone()
        product = await shop.create(status="active")
        elsewhere = await other_shop.create(status="active")
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        trial = await sandbox.create(status="active")
        mine = await ordered(shop, product["id"], customer={"phone": phone})
        theirs = await ordered(other_shop, elsewhere["id"], customer={"phone": phone})
        tried = await ordered(sandbox, trial["id"], customer={"phone": phone})
        erased = await ordered(shop, product["id"], customer={"phone": erased_phone})
        async with engine.transaction():
            context = await operator_context(str(shop.store_id))
            await customer_erase(context, (await customer_of(shop, erased))["id"])
        answers = await self.answers(
            await checkout_of(shop, make_page),
            (mine["order_number"], fresh_phone()),
            ("ORD-1-20260101-0000", phone),
            (theirs["order_number"], phone),
            (tried["order_number"], phone),
            (erased["order_number"], erased_phone),
            ("ق" * 60, phone),
        )
        assert answers[0]["data"] == {"orderTrack": None}
        assert answers[0]["errors"][0]["extensions"] == {"code": "not_found"}
        assert answers == [answers[0]] * len(answers)

    async def test_by_one_statement(self, shop: Shop, make_page: PageMaker, statements: Any) -> None:
        page = await checkout_of(shop, make_page)
        order = await placed(page, order_of(await shop.create(status="active")))
        for number in (order["orderNumber"], "ORD-1-20260101-0000"):
            page.move()
            with statements.counted() as seen:
                await tracked(page, number, fresh_phone())
            assert len([sql for sql in seen if "orders" in sql]) == 1

    @pytest.mark.parametrize(
        ("number", "phone", "field"),
        [("", "0555123456", "orderNumber"), ("x" * 61, "0555123456", "orderNumber"), ("A", "123", "phone")],
    )
    async def test_values(self, shop: Shop, make_page: PageMaker, number: str, phone: str, field: str) -> None:
        answer = await tracked(await checkout_of(shop, make_page), number, phone)
        assert code_of(answer) == "bad_request"
        assert [each["field"] for each in answer["errors"][0]["extensions"]["details"]] == [field]

    @pytest.mark.parametrize("number", ["a\0b", "\ud800"])
    async def test_hostile(self, shop: Shop, make_page: PageMaker, number: str) -> None:
        page = await checkout_of(shop, make_page)
        response = await page.graphql(TRACK, {"number": number, "phone": fresh_phone()}, signed=False)
        assert response.status_code in (200, 400)
        assert code_of(response.json()) == "bad_request"


class TestWho:
    async def test_without_the_scope(self, shop: Shop, make_page: PageMaker) -> None:
        page = await make_page(shop.store_id, granted=SCOPES[:1])
        answer = await tracked(page, "ORD-1-20260101-0000", fresh_phone())
        assert answer["errors"][0]["extensions"]["required_scope"] == "checkout:write"

    async def test_a_platform_key(self, shop: Shop) -> None:
        refused_query(await answered(shop, TRACK, number="ORD-1", phone=fresh_phone()), "forbidden")


class TestLimits:
    async def test_of_an_address(self, shop: Shop, make_page: PageMaker) -> None:
        page, phone = await checkout_of(shop, make_page), fresh_phone()
        order = await placed(page, order_of(await shop.create(status="active"), customer={"phone": phone}))
        for _ in range(BY_ADDRESS // 2):
            assert code_of(await tracked(page, "ORD-1-20260101-0000", fresh_phone())) == "not_found"
            assert code_of(await tracked(page, order["orderNumber"], phone)) == ""
        # One that was answered before is not answered from any cache.
        refused = await tracked(page, order["orderNumber"], phone)
        assert code_of(refused) == "rate_limited"
        assert 1 <= refused["errors"][0]["extensions"]["retry_after"] <= 60
        page.move()
        assert code_of(await tracked(page, order["orderNumber"], phone)) == ""

    async def test_of_a_phone(self, shop: Shop, make_page: PageMaker) -> None:
        page, phone = await checkout_of(shop, make_page), fresh_phone()
        order = await placed(page, order_of(await shop.create(status="active"), customer={"phone": phone}))
        for _ in range(BY_PHONE):
            page.move()
            assert code_of(await tracked(page, "ORD-1-20260101-0000", phone)) == "not_found"
        page.move()
        refused = await tracked(page, order["orderNumber"], phone)
        assert code_of(refused) == "rate_limited"
        assert 3500 < refused["errors"][0]["extensions"]["retry_after"] <= 3600

    async def test_every_alias_is_a_try(self, shop: Shop, make_page: PageMaker) -> None:
        page = await checkout_of(shop, make_page)
        fields = " ".join(
            f'a{place}: orderTrack(orderNumber: "A", phone: "{fresh_phone()}") {{ total }}'
            for place in range(BY_ADDRESS + 2)
        )
        answer = (await page.graphql(f"{{ {fields} }}", signed=False)).json()
        codes = sorted(each["extensions"]["code"] for each in answer["errors"])
        assert codes == ["not_found"] * BY_ADDRESS + ["rate_limited"] * 2

    async def test_a_raised_limit_of_addresses(self, shop: Shop, make_page: PageMaker) -> None:
        """A server that renders the shop asks for all of its shoppers."""
        async with engine.transaction():
            await engine.write(
                "UPDATE stores SET limit_overrides = '{\"requests_per_address\": 600}' WHERE id = $1", shop.store_id
            )
        page = await checkout_of(shop, make_page)
        for _ in range(BY_ADDRESS + 1):
            assert code_of(await tracked(page, "A", fresh_phone())) == "not_found"


def limits() -> tuple[Counted, Counted]:
    name = f"{{test}}:{fresh_phone()}"
    return Counted(Limit("address", 3, 60), f"{name}:a"), Counted(Limit("phone", 2, 3600), f"{name}:p")


@pytest.mark.usefixtures("application")
class TestInValkey:
    async def test_against_all_or_none(self) -> None:
        both = address, phone = limits()
        assert [await asked(both) for _ in range(2)] == [[0, 0]] * 2
        place, wait = await asked(both)
        assert place == 2
        assert 3_590_000 < wait <= 3_600_000
        client = valkey.required()
        assert [await client.llen(each.key) for each in both] == [2, 2]
        assert await asked([address]) == [0, 0]
        assert (await asked(both))[0] == 1
        assert 0 < await client.pttl(phone.key) <= 3_600_000

    async def test_a_moment_leaves(self) -> None:
        """The moments are set back, as no test waits for an hour."""
        _, phone = limits()
        await asked([phone])
        await asked([phone])
        client = valkey.required()
        first = int(await client.lindex(phone.key, 0))
        await client.lset(phone.key, 0, str(first - 3_595_000))
        place, wait = await asked([phone])
        assert place == 1
        assert wait <= 5_000
        await client.lset(phone.key, 0, str(first - 3_600_000))
        assert await asked([phone]) == [0, 0]
        assert (await asked([phone]))[0] == 1


class TestOwn:
    """What a process counts by itself."""

    def test_the_first_that_is_reached(self) -> None:
        own, both = Own(), limits()
        assert [own.counted(both, now) for now in (0.0, 1.0)] == [None, None]
        reached = own.counted(both, 2.0)
        assert reached is not None
        assert (reached.limit.subject, reached.wait) == ("phone", 3598.0)

    def test_a_refusal_counts_nothing(self) -> None:
        own, (address, phone) = Own(), limits()
        for now in (0.0, 1.0, 2.0, 3.0):
            own.counted((address, phone), now)
        assert own.counted((address,), 4.0) is None
        reached = own.counted((address,), 5.0)
        assert reached is not None
        assert (reached.limit.subject, reached.wait) == ("address", 55.0)

    def test_a_moment_leaves(self) -> None:
        own, (address, _) = Own(), limits()
        assert [own.counted((address,), now) for now in (0.0, 1.0, 2.0)] == [None] * 3
        assert own.counted((address,), 59.9) is not None
        assert own.counted((address,), 60.0) is None

    def test_what_is_taken_back_has_room_again(self) -> None:
        own, both = Own(), limits()
        for now in (0.0, 1.0, 2.0, 3.0):
            assert own.counted(both, now) is None
            own.take_back(both, now)

    def test_a_share(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limiter, "workers", 2)
        own, (_, phone) = Own(), limits()
        own.counted((phone,), 0.0)
        assert own.over_share((phone,), 0.0) is None
        own.counted((phone,), 1.0)
        reached = own.over_share((phone,), 1.0)
        assert reached is not None
        assert reached.wait == 3599.0


def test_every_action_limits_both() -> None:
    for action, limits_of in LIMITS.items():
        assert [limit.subject for limit in limits_of] == ["address", "email" if action == "sign_in" else "phone"]
