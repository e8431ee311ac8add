"""A reader's own test key in the documentation: made by those who may, told once."""

import re

import httpx
import pytest

from app.asgi import Application
from db.engine import engine
from tests.addresses import fresh_address
from tests.conftest import Shop
from tests.pages.browser import Browser
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio

PAGE, KEY = "/api-docs/intro", "/api-docs/key"
TOKEN = re.compile(r"dzpk_(?:live|test)_[0-9a-f]+\.[0-9a-f]+")


async def keys_of(shop: Shop) -> int:
    row = await engine.fetch_row("SELECT count(*) AS there FROM api_keys WHERE store_id = $1", shop.store_id)
    return int(row["there"])  # type: ignore[index]


class TestMaking:
    async def test_is_a_test_key_of_the_store(self, shop: Shop, signed_in: SignedIn, application: Application) -> None:
        browser = await signed_in(shop)
        assert 'action="/api-docs/key"' in (await browser.get(PAGE)).text
        page = await browser.post(KEY, back="/api-docs/orders")
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert 'href="/api-docs/orders"' in page.text
        (token,) = set(TOKEN.findall(page.text))
        assert token.startswith("dzpk_test_")
        transport = httpx.ASGITransport(application, client=(fresh_address(), 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"})
        data = answer.json()["data"]
        assert (data["store_id"], data["livemode"], data["type"]) == (shop.store_id, False, "platform")

    async def test_the_same_form_makes_one(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        await browser.get(PAGE)
        first = await browser.post(KEY, "one")
        there = await keys_of(shop)
        again = await browser.post(KEY, "one")
        assert TOKEN.findall(again.text) == TOKEN.findall(first.text)
        assert await keys_of(shop) == there

    async def test_leads_back_to_the_documentation_alone(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        await browser.get(PAGE)
        for back in ("https://elsewhere.example/", "//elsewhere.example", "/dashboard", "", "javascript:alert(1)"):
            page = await browser.post(KEY, back=back)
            assert f'href="{PAGE}"' in page.text
            assert "elsewhere" not in page.text

    async def test_none_in_any_page_afterwards(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        await browser.get(PAGE)
        (token,) = set(TOKEN.findall((await browser.post(KEY)).text))
        assert token not in (await browser.get(PAGE)).text


class TestRefused:
    async def test_viewers_are_not_asked(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop, "viewer")
        assert 'action="/api-docs/key"' not in (await browser.get(PAGE)).text
        there = await keys_of(shop)
        assert (await browser.post(KEY)).status_code == 403
        assert await keys_of(shop) == there

    async def test_strangers_sign_in(self, stranger: Browser) -> None:
        text = (await stranger.get(PAGE)).text
        assert f"/dashboard/sign-in?next={PAGE}" in text
        assert TOKEN.search(text) is None
        assert (await stranger.post(KEY)).headers["location"] == "/dashboard/sign-in"

    async def test_without_the_token_of_the_session(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        await browser.get(PAGE)
        there = await keys_of(shop)
        browser.csrf = "0" * 64
        assert (await browser.post(KEY)).status_code == 403
        assert await keys_of(shop) == there
