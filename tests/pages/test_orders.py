"""Orders: found, moved along, put right, noted, taken by phone; and by whom not."""

import re
from typing import Any

import pytest

from tests.conftest import Shop
from tests.pages.browser import shown
from tests.pages.conftest import SignedIn
from tests.pages.test_products import fields

pytestmark = pytest.mark.anyio

ORDERS = "/dashboard/orders"
CUSTOMER = {"name": "Amina Bensalem", "phone": "0555123456", "wilaya_id": 16, "commune": "Bab El Oued"}


async def placed(shop: Shop, quantity: int = 1, **customer: object) -> dict[str, Any]:
    """Place an order, of a product of which there are five."""
    product = await shop.create(name="Tapis", status="active", price=1000, track_stock=True, stock_quantity=5)
    body = {
        "customer": CUSTOMER | customer,
        "delivery": {"type": "home"},
        "items": [{"product_id": product["id"], "quantity": quantity}],
    }
    response = await shop.write("POST", "/v1/orders", body)
    assert response.status_code == 201, response.text
    return response.json()["data"]


async def stored(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    return (await shop.get(f"/v1/orders/{order['id']}")).json()["data"]


class TestList:
    async def test_by_status_phone_number_and_day(self, shop: Shop, signed_in: SignedIn) -> None:
        first = await placed(shop)
        other = await placed(shop, name="Karim", phone="0666123456")
        await shop.write("PATCH", f"/v1/orders/{other['id']}", {"status": "confirmed"})
        browser = await signed_in(shop)
        for asked, there, away in (
            ({"status": "confirmed"}, "Karim", "Amina"),
            ({"search": "+213 555 12 34 56"}, "Amina", "Karim"),
            ({"since": "2020-01-01"}, "Karim", "Nobody"),
            ({"since": "2099-01-01"}, "No such orders", "Karim"),
        ):
            page = shown(await browser.get(ORDERS, params=asked))
            assert there in page, asked
            assert away not in page, asked
        found = await browser.get(ORDERS, params={"search": first["order_number"].lower()})
        assert found.headers["location"] == f"{ORDERS}/{first['id']}"

    async def test_what_can_not_be_looked_for(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        for asked, field in (
            ({"search": "Amina"}, "search"),
            ({"search": "\x00"}, "search"),
            ({"since": "x"}, "since"),
        ):
            page = await browser.get(ORDERS, params=asked)
            assert page.status_code == 200
            assert f'id="{field}-error"' in page.text
        assert "No orders yet" in shown(await browser.get(ORDERS))


class TestMove:
    async def test_along_its_life(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop, 2)
        browser, path = await signed_in(shop), f"{ORDERS}/{order['id']}"
        page = await browser.get(path)
        for status in ("confirmed", "processing", "shipped", "delivered", "returned"):
            assert f'value="{status}"' in page.text
            page = await browser.follow(await browser.post(f"{path}/move", to=status))
            assert (await stored(shop, order))["status"] == status
        assert browser.email in shown(page)
        assert 'class="moves"' not in page.text

    async def test_what_its_status_does_not_allow(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        browser, path = await signed_in(shop), f"{ORDERS}/{order['id']}/move"
        page = await browser.post(path, to="delivered")
        assert page.status_code == 409
        assert "it can become confirmed or cancelled" in shown(page)
        for wrong in ("", "sold", "\x00"):
            assert (await browser.post(path, to=wrong)).status_code == 400
        assert (await stored(shop, order))["status"] == "pending"

    async def test_more_than_there_is(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop, 6)
        page = await (await signed_in(shop)).post(f"{ORDERS}/{order['id']}/move", to="confirmed")
        assert page.status_code == 409
        assert "Tapis: 6 ordered, 5 in stock" in shown(page)

    async def test_is_confirmed_once(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        browser, path = await signed_in(shop), f"{ORDERS}/{order['id']}/move"
        assert [(await browser.post(path, key="k", to="confirmed")).status_code for _ in range(2)] == [303, 303]
        timeline = (await stored(shop, order))["timeline"]
        assert [change["to"] for change in timeline] == ["pending", "confirmed"]


class TestChange:
    async def test_address_delivery_and_payment(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        browser, path = await signed_in(shop), f"{ORDERS}/{order['id']}/edit"
        form = fields(await browser.get(path))
        form |= {"courier": "Yalidine", "tracking_number": "YAL-1", "payment_status": "paid", "wilaya_id": "31"}
        form |= {"commune": "Es Senia", "address": "12, rue Larbi", "discount": "100", "notes": "Fragile"}
        page = await browser.follow(await browser.post(path, **form))
        assert "Saved." in shown(page)
        now = await stored(shop, order)
        assert (now["delivery"]["courier"], now["delivery"]["tracking_number"]) == ("Yalidine", "YAL-1")
        assert (now["customer"]["wilaya_id"], now["customer"]["address"]) == (31, "12, rue Larbi")
        assert (now["payment_status"], now["discount"], now["notes"]) == ("paid", 100, "Fragile")

    async def test_refused_beside_its_field(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        browser, path = await signed_in(shop), f"{ORDERS}/{order['id']}/edit"
        form = fields(await browser.get(path))
        page = await browser.post(path, **form | {"phone": "12", "name": "", "discount": "lots"})
        assert page.status_code == 400
        for name in ("phone", "name", "discount"):
            assert f'id="{name}-error"' in page.text
        page = await browser.post(path, **form | {"wilaya_id": "99", "payment_status": "sold"})
        assert page.status_code == 400

    async def test_changed_by_two(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        browser, path = await signed_in(shop), f"{ORDERS}/{order['id']}/edit"
        form = fields(await browser.get(path))
        await shop.write("PATCH", f"/v1/orders/{order['id']}", {"notes": "Theirs", "courier": "Noest"})
        page = await browser.post(path, **form | {"notes": "Mine"})
        assert page.status_code == 412
        assert "is by now: Theirs" in shown(page)
        assert (await browser.post(path, **fields(page))).status_code == 303
        now = await stored(shop, order)
        assert (now["notes"], now["delivery"]["courier"]) == ("Mine", "Noest")

    async def test_no_address_once_it_is_shipped(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        for status in ("confirmed", "shipped"):
            await shop.write("PATCH", f"/v1/orders/{order['id']}", {"status": status})
        browser, path = await signed_in(shop), f"{ORDERS}/{order['id']}/edit"
        page = await browser.get(path)
        assert 'name="commune"' not in page.text
        form = fields(page)
        assert (await browser.post(path, **form | {"commune": "Elsewhere"})).status_code == 409
        assert (await browser.post(path, **form | {"tracking_number": "T"})).status_code == 303

    async def test_call_notes(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        browser, path = await signed_in(shop), f"{ORDERS}/{order['id']}"
        await browser.post(f"{path}/call", outcome="no_answer", said="")
        page = await browser.follow(await browser.post(f"{path}/call", outcome="call_back", said="demain à 18 h"))
        assert re.search(r"No answer \d{4}-\d\d-\d\d \d\d:\d\d · To call back · demain à 18 h", shown(page))
        assert len((await stored(shop, order))["notes"].splitlines()) == 2
        page = await browser.post(f"{path}/call", outcome="x", said="")
        assert page.status_code == 400
        assert 'id="said-error"' in page.text
        assert (await browser.post(f"{path}/call", outcome="other", said="x" * 5000)).status_code == 400


class TestNew:
    async def test_by_hand(self, shop: Shop, signed_in: SignedIn) -> None:
        product = await shop.create(name="Théière", status="active", price=2000)
        browser = await signed_in(shop)
        form: dict[str, object] = {"delivery_type": "home", "phone": "0555123456", "name": "Amina", "wilaya_id": "16"}
        form |= {"commune": "Hydra", "notes": "par téléphone"}
        page = await browser.post(f"{ORDERS}/new", **form, step="search", search="theiere")
        assert f'name="add" value="{product["id"]}:"' in page.text
        page = await browser.post(f"{ORDERS}/new", **form, add=f"{product['id']}:")
        assert 'value="Amina"' in page.text
        lines = {"line": [f"{product['id']}:"], "quantity": ["2"]}
        page = await browser.post(f"{ORDERS}/new", **form, **lines, step="quote")
        assert "4,000 DA" in shown(page)
        page = await browser.follow(await browser.post(f"{ORDERS}/new", **form, **lines, step="create"))
        assert "is there." in shown(page)
        order = (await shop.get("/v1/orders")).json()["data"]["items"][0]
        assert (order["customer_name"], order["total"] > 4000) == ("Amina", True)

    async def test_lines_come_and_go(self, shop: Shop, signed_in: SignedIn) -> None:
        product = await shop.create(name="Savon", status="active")
        browser, called = await signed_in(shop), f"{product['id']}:"
        page = await browser.post(f"{ORDERS}/new", line=[called], quantity=["2"], add=called)
        assert 'value="3"' in page.text
        page = await browser.post(f"{ORDERS}/new", line=[called], quantity=["2"], remove=called)
        assert "Savon" not in page.text
        for wrong in ("x", ":", "1:x", "9" * 40, "99999999:", "\x00"):
            assert (await browser.post(f"{ORDERS}/new", line=[wrong], quantity=["\x00"], add=wrong)).status_code == 200

    async def test_refused_beside_its_fields(self, shop: Shop, signed_in: SignedIn) -> None:
        product = await shop.create(status="draft")
        browser = await signed_in(shop)
        page = await browser.post(f"{ORDERS}/new", step="create", delivery_type="home")
        assert page.status_code == 400
        assert "add at least one product" in shown(page)
        lines = {"line": [f"{product['id']}:"], "quantity": ["0"]}
        page = await browser.post(f"{ORDERS}/new", step="create", delivery_type="x", phone="1", discount="x", **lines)
        assert page.status_code == 400
        for name in ("phone", "line-1", "discount", "wilaya_id"):
            assert f'id="{name}-error"' in page.text
        customer = {"phone": "0555123456", "name": "A", "wilaya_id": "16", "commune": "x", "delivery_type": "home"}
        page = await browser.post(f"{ORDERS}/new", step="create", **customer, **lines | {"quantity": ["1"]})
        assert 'id="line-1-error"' in page.text
        assert (await shop.get("/v1/orders")).json()["data"]["items"] == []

    async def test_communes(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        assert "Bab El Oued" in (await browser.get(f"{ORDERS}/communes?wilaya_id=16")).text
        assert (await browser.get(f"{ORDERS}/communes?wilaya_id=x")).text.strip() == ""


WRITES = {
    "/{id}/move": {"to": "confirmed"},
    "/{id}/edit": {"notes": "x", "was": "{}"},
    "/{id}/call": {"outcome": "other", "said": "x"},
}


class TestWho:
    @pytest.mark.parametrize("role", ["viewer", "developer"])
    async def test_who_may_only_look(self, shop: Shop, signed_in: SignedIn, role: str) -> None:
        order = await placed(shop)
        browser = await signed_in(shop, role)
        page = await browser.get(f"{ORDERS}/{order['id']}")
        assert '<form method="post"' not in page.text[page.text.index("<main") :]
        assert "/new" not in (await browser.get(ORDERS)).text
        for path in ("/new", f"/{order['id']}/edit"):
            assert (await browser.get(ORDERS + path)).status_code == 403
        for path, form in {**WRITES, "/new": {"step": "create"}}.items():
            assert (await browser.post(ORDERS + path.format(id=order["id"]), **form)).status_code == 403, path
        assert (await stored(shop, order))["status"] == "pending"

    async def test_another_stores_order_is_none(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        theirs = await placed(other_shop)
        browser = await signed_in(shop)
        for path in ("", "/edit"):
            assert (await browser.get(f"{ORDERS}/{theirs['id']}{path}")).status_code == 404
        for path, form in WRITES.items():
            assert (await browser.post(ORDERS + path.format(id=theirs["id"]), **form)).status_code == 404, path
        found = await browser.get(ORDERS, params={"search": theirs["order_number"]})
        assert found.status_code == 200
        assert (await stored(other_shop, theirs))["updated_at"] == theirs["updated_at"]
