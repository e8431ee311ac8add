"""Customers: found, looked at, shut out and let in, erased; and by whom not."""

import pytest

from tests.conftest import Shop
from tests.pages.browser import shown
from tests.pages.conftest import SignedIn
from tests.pages.test_orders import placed

pytestmark = pytest.mark.anyio

CUSTOMERS = "/dashboard/customers"


class TestLook:
    async def test_search(self, shop: Shop, signed_in: SignedIn) -> None:
        await placed(shop, email="amina@example.dz")
        await placed(shop, name="Karim", phone="0666123456")
        browser = await signed_in(shop)
        for search, there, away in (
            ("0555 12 34 56", "Amina", "Karim"),
            ("AMINA@example.dz", "Amina", "Karim"),
            ("0777000000", "No customers found", "Karim"),
        ):
            page = shown(await browser.get(CUSTOMERS, params={"search": search}))
            assert there in page
            assert away not in page
        page = await browser.get(CUSTOMERS, params={"search": "Amina"})
        assert 'id="search-error"' in page.text

    async def test_orders_and_totals(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        for status in ("confirmed", "shipped", "delivered"):
            await shop.write("PATCH", f"/v1/orders/{order['id']}", {"status": status})
        page = shown(await (await signed_in(shop)).get(f"{CUSTOMERS}/{order['customer']['id']}"))
        assert order["order_number"] in page
        assert "Orders 1" in page
        assert f"{order['total']:,} DA" in page


class TestBan:
    async def test_and_let_in_again(self, shop: Shop, signed_in: SignedIn) -> None:
        number = (await placed(shop))["customer"]["id"]
        browser, path = await signed_in(shop), f"{CUSTOMERS}/{number}"
        for banned in ("yes", "no"):
            page = await browser.follow(await browser.post(f"{path}/ban", banned=banned))
            assert ("Lift the ban" in shown(page)) is (banned == "yes")
            customer = (await shop.get(f"/v1/customers/{number}")).json()["data"]
            assert customer["is_banned"] is (banned == "yes")


class TestErase:
    async def test_for_good(self, shop: Shop, signed_in: SignedIn) -> None:
        order = await placed(shop)
        browser, path = await signed_in(shop), f"{CUSTOMERS}/{order['customer']['id']}"
        assert "This can’t be undone." in shown(await browser.get(path))
        page = await browser.follow(await browser.post(f"{path}/erase"))
        assert "The personal data are erased." in shown(page)
        assert "(erased)" in shown(page)
        page = shown(await browser.get(f"/dashboard/orders/{order['id']}"))
        assert "Amina" not in page
        assert "0555123456" not in page


class TestWho:
    @pytest.mark.parametrize("role", ["viewer", "developer"])
    async def test_who_may_only_look(self, shop: Shop, signed_in: SignedIn, role: str) -> None:
        number = (await placed(shop))["customer"]["id"]
        browser, path = await signed_in(shop, role), f"{CUSTOMERS}/{number}"
        page = await browser.get(path)
        assert "Amina" in shown(page)
        assert '<form method="post"' not in page.text[page.text.index("<main") :]
        for act in ("ban", "erase"):
            assert (await browser.post(f"{path}/{act}", banned="yes")).status_code == 403
        customer = (await shop.get(f"/v1/customers/{number}")).json()["data"]
        assert (customer["is_banned"], customer["phone"]) == (False, "0555123456")

    async def test_another_stores_customer_is_none(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        number = (await placed(other_shop))["customer"]["id"]
        browser, path = await signed_in(shop), f"{CUSTOMERS}/{number}"
        assert "No customers yet" in shown(await browser.get(CUSTOMERS))
        assert (await browser.get(path)).status_code == 404
        for act in ("ban", "erase"):
            assert (await browser.post(f"{path}/{act}", banned="yes")).status_code == 404
        customer = (await other_shop.get(f"/v1/customers/{number}")).json()["data"]
        assert (customer["is_banned"], customer["phone"]) == (False, "0555123456")
