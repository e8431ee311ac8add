"""What holds of every page and every form of the dashboard, asked of each route that there is.

The routes are those of the application, so that a new one is tested without a word said here; one with a new kind of
row in its path is missing from `rows_of`, and fails until it is there.
"""

import re
import secrets
from collections.abc import Iterator
from typing import Any, Final

import pytest
from litestar import Router

from app.pages.routes import handlers
from db.engine import engine
from graph.sandbox import emptied_tables
from tests.conftest import Shop, ShopMaker, Statements
from tests.pages.browser import Browser, member, shown
from tests.pages.conftest import SignedIn
from tests.pages.test_product_import import upload
from tests.pages.test_requests import filled
from tests.pages.test_webhooks import died
from tests.rest.answers import given
from tests.rest.ordering import ordered, stocked
from tests.webhooks.conftest import hooked, own_networks

__all__ = ["own_networks"]
pytestmark = pytest.mark.anyio

SIGN_IN: Final = "/dashboard/sign-in"
# Whoever looks may choose these for their own session and account, and change nothing of the store by it.
ONES_OWN: Final = {
    "/language",
    "/dashboard/store",
    "/dashboard/mode",
    "/dashboard/sign-out",
    "/dashboard/settings/account",
}
# No page shows more than this many lists, and each page asks who looks, and what is to be noticed.
STATEMENTS_MAXIMUM: Final = 9


# What each form would do something with, if it were let.
FILLED: Final = {
    "name": "x",
    "price": "5",
    "title": "x",
    "url": "https://example.dz/hook",
    "events": "order.created",
    "type": "platform",
    "scopes": "products:read",
    "email": "new@example.dz",
    "role": "viewer",
    "banned": "yes",
    "how": "add",
    "amount": "1",
    "outcome": "no_answer",
    "said": "x",
    "grace": "0",
    "which": "dead",
    "language": "fr",
    "mode": "test",
    "home-16": "1",
    "desk-16": "1",
}
BY_PATH: Final = {
    "products": {"status": "archived"},
    "webhooks": {"status": "paused"},
    "replay": {"status": "dead"},
    "move": {"to": "cancelled"},
}


def filled_in(template: str) -> dict[str, str]:
    """Return the fields of a form."""
    fields = dict(FILLED)
    for part in template.split("/"):
        fields |= BY_PATH.get(part, {})
    return fields


def routes(method: str) -> list[str]:
    """Return the templates of the dashboard's paths that answer a method, and of the forms beside it."""
    found = {
        route.path_format
        for router in handlers()
        if isinstance(router, Router)
        for route in router.routes
        if method in route.methods and (method == "POST" or route.path_format.startswith("/dashboard"))
    }
    return sorted(found - {SIGN_IN})


PAGES: Final = routes("GET")
FORMS: Final = routes("POST")


class Rows:
    """One row of each kind that a path can name, all of one store."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def path(self, template: str) -> str:
        """Return a route's path with the ids of this store's rows in it."""

        def filled_in(place: re.Match[str]) -> str:
            kind = place[1] if place[1] != "number" else re.findall(r"/([a-z-]+)/\{", template)[0]
            return self._places[kind]

        return re.sub(r"\{(\w+)\}", filled_in, template)


async def rows_of(shop: Shop, browser: Browser) -> Rows:
    """Make a row of each kind in a store; the import is of who has signed in."""
    product = await stocked(shop)
    order = await ordered(shop, product)
    hook = await hooked(shop, "http://127.0.0.1:9/hook", "order.created")
    page = given(await shop.write("POST", "/v1/landing-pages", {"title": "Ramadan"}), 201)
    await browser.get("/dashboard")
    sent = await upload(browser, "name,price,sku\nGandoura,12500,GND-1\n")
    assert sent.status_code == 303, sent.text
    customer = await engine.fetch("SELECT id FROM customers WHERE store_id = $1", shop.store_id)
    address = await member(shop.store_id, "viewer")
    theirs = await engine.fetch(
        "SELECT m.id FROM members m JOIN accounts a ON a.id = m.account_id WHERE a.email = $1", address
    )
    return Rows(
        {
            "products": str(product),
            "orders": str(order["id"]),
            "customers": str(customer[0]["id"]),
            "landing-pages": str(page["id"]),
            "import": sent.headers["location"].rpartition("/")[2],
            "webhook_id": str(hook["id"]),
            "delivery_id": str((await died(shop, hook))[0]),
            "request_id": (await filled(shop))[0],
            "key_id": shop.token.partition(".")[0],
            "member_id": str(theirs[0]["id"]),
        }
    )


async def stored(shop: Shop) -> dict[str, Any]:
    """Return every row of a store as text."""
    tables = (*emptied_tables(), "api_keys", "delivery_rates", "members")
    found = {}
    for name in tables:
        rows = await engine.fetch(f"SELECT t::text AS row FROM {name} t WHERE store_id = $1 ORDER BY 1", shop.store_id)
        found[name] = [row["row"] for row in rows]
    found["stores"] = [
        (await engine.fetch("SELECT s::text AS row FROM stores s WHERE id = $1", shop.store_id))[0]["row"]
    ]
    # When a key or a member was seen last is none of what a form changes.
    seen = re.compile(r'"\d{4}-\d\d-\d\d [\d:.]+\+00"')
    return {name: [seen.sub("", row) for row in rows] for name, rows in found.items()}


def forms() -> Iterator[str]:
    """Give every form's path that changes something of a store."""
    assert set(FORMS) >= ONES_OWN, "a route is called otherwise now"
    return (template for template in FORMS if template not in ONES_OWN)


class TestForms:
    async def test_need_a_token_of_this_session(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        rows = await rows_of(shop, browser)
        own, other = browser.csrf, (await signed_in(shop)).csrf
        assert own != other
        before = await stored(shop)
        for template in FORMS:
            for token in ("", "0" * 64, other):
                browser.csrf = token
                answer = await browser.post(rows.path(template), **filled_in(template))
                assert answer.status_code == 403, (template, token, answer.text)
        browser.csrf = own
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            for template in FORMS:
                form = {"csrf": own, "idempotency_key": secrets.token_hex(8), **filled_in(template)}
                answer = await browser.client.post(rows.path(template), data=form, headers=headers)
                assert answer.status_code == 403, (template, headers)
        assert await stored(shop) == before

    async def test_need_a_session(self, shop: Shop, signed_in: SignedIn, stranger: Browser) -> None:
        rows = await rows_of(shop, await signed_in(shop))
        before = await stored(shop)
        for template in FORMS:
            answer = await stranger.post(rows.path(template), **filled_in(template))
            if template == "/language":
                continue  # A stranger may choose a language, by a cookie.
            assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN), template
        assert await stored(shop) == before

    async def test_need_a_role_that_writes(self, shop: Shop, signed_in: SignedIn) -> None:
        rows = await rows_of(shop, await signed_in(shop))
        viewer = await signed_in(shop, "viewer")
        before = await stored(shop)
        for template in forms():
            if "import/" in template:
                continue  # An import is nobody's but who sent it: its own test.
            answer = await viewer.post(rows.path(template), **filled_in(template))
            assert answer.status_code == 403, (template, answer.status_code, shown(answer))
        assert await stored(shop) == before

    async def test_find_no_row_of_another_store(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        rows = await rows_of(other_shop, await signed_in(other_shop))
        before = await stored(other_shop)
        owner = await signed_in(shop)
        for template in FORMS:
            if "{" in template:
                answer = await owner.post(rows.path(template), **filled_in(template))
                assert answer.status_code == 404, (template, answer.status_code, shown(answer))
        assert await stored(other_shop) == before


class TestPages:
    async def test_each_is_there_and_safe(self, shop: Shop, signed_in: SignedIn, statements: Statements) -> None:
        browser = await signed_in(shop)
        rows = await rows_of(shop, browser)
        for template in PAGES:
            with statements.counted() as sent:
                answer = await browser.get(rows.path(template))
            assert answer.status_code == 200, (template, answer.text)
            assert len(sent) <= STATEMENTS_MAXIMUM, (template, sent)
            headers = answer.headers
            assert "default-src 'none'" in headers["content-security-policy"], template
            assert "frame-ancestors 'none'" in headers["content-security-policy"], template
            assert "unsafe" not in headers["content-security-policy"], template
            assert headers["x-content-type-options"] == "nosniff", template
            assert headers["referrer-policy"] == "same-origin", template
            assert headers["cache-control"] == "no-store", template
            assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", answer.text) == []

    async def test_need_a_session(self, shop: Shop, signed_in: SignedIn, stranger: Browser) -> None:
        rows = await rows_of(shop, await signed_in(shop))
        for template in PAGES:
            answer = await stranger.get(rows.path(template))
            assert answer.status_code == 303, template
            assert answer.headers["location"].startswith(f"{SIGN_IN}?next="), template

    async def test_find_no_row_of_another_store(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        rows = await rows_of(other_shop, await signed_in(other_shop))
        owner = await signed_in(shop)
        for template in PAGES:
            if "{" in template:
                assert (await owner.get(rows.path(template))).status_code == 404, template

    async def test_more_rows_are_no_more_statements(
        self, make_shop: ShopMaker, signed_in: SignedIn, statements: Statements
    ) -> None:
        counts = []
        for more in (1, 6):
            shop = await make_shop()
            browser = await signed_in(shop)
            rows = await rows_of(shop, browser)
            for place in range(more):
                product = await stocked(shop)
                await ordered(shop, product, customer={"phone": f"055512345{place}"})
                await hooked(shop, f"http://127.0.0.1:9/{place}", "order.created")
                await shop.write("POST", "/v1/landing-pages", {"title": f"Page {place}"})
                await shop.write("POST", "/v1/keys", {"type": "platform", "name": f"Key {place}"})
                await member(shop.store_id, "viewer")
            count = {}
            for template in PAGES:
                with statements.counted() as sent:
                    await browser.get(rows.path(template))
                count[template] = len(sent)
            counts.append(count)
        assert counts[0] == counts[1]
