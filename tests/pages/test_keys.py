"""Settings → API Keys: made, shown once, rotated, revoked; by whom, and how often."""

import re
import secrets
from html import unescape

import httpx
import pytest

from app.asgi import Application
from db.engine import engine
from graph.scopes import names
from tests.addresses import fresh_address
from tests.conftest import Shop
from tests.pages.browser import Browser, shown
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio

KEYS = "/dashboard/settings/keys"
TOKEN = re.compile(r"dzpk_(?:live|test)_[0-9a-f]+\.[0-9a-f]+")


def token_in(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return TOKEN.search(response.text)[0]  # type: ignore[index]


async def generate(browser: Browser, **fields: object) -> httpx.Response:
    form = {"type": "platform", "name": "Warehouse", "mode": "live", "scopes": ["store:read"], **fields}
    return await browser.post(KEYS, **form)


async def whoami(application: Application, token: str) -> httpx.Response:
    transport = httpx.ASGITransport(application, client=(fresh_address(), 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"})


async def last_used_key(shop: Shop) -> dict[str, object]:
    row = await engine.fetch_row("SELECT * FROM api_keys WHERE store_id = $1 ORDER BY id DESC LIMIT 1", shop.store_id)
    return dict(row)


class TestList:
    async def test_keys_without_secrets(self, shop: Shop, signed_in: SignedIn) -> None:
        page = await (await signed_in(shop)).get(KEYS)
        key_id, secret = shop.token.split(".")
        assert key_id in page.text
        assert secret not in page.text
        assert page.headers["cache-control"] == "no-store"

    async def test_none_of_another_store_or_mode(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        assert other_shop.token.split(".")[0] not in (await browser.get(KEYS)).text
        await browser.post("/dashboard/mode", mode="test")
        assert "No keys yet" in shown(await browser.get(KEYS))

    async def test_page_by_page(self, shop: Shop, signed_in: SignedIn) -> None:
        async with engine.transaction():
            await engine.write(
                "INSERT INTO api_keys (store_id, key_id, type, name, secret_hash)"
                " SELECT $1, 'dzpk_live_' || md5(n::text || $2), 'platform', 'key ' || n, sha256('x')"
                " FROM generate_series(1, 70) n",
                shop.store_id,
                secrets.token_hex(8),
            )
        browser = await signed_in(shop)
        first = await browser.get(KEYS)
        onward = unescape(re.search(r'rel="next" href="([^"]+)"', first.text)[1])  # type: ignore[index]
        second = await browser.get(onward)
        ids = [re.findall(r"<code[^>]*>(dzpk_live_\w+)", page.text) for page in (first, second)]
        assert [len(each) for each in ids] == [50, 21]
        assert not set(ids[0]) & set(ids[1])
        assert 'rel="next"' not in second.text

    async def test_a_forged_cursor(self, shop: Shop, signed_in: SignedIn) -> None:
        page = await (await signed_in(shop)).get(f"{KEYS}?after=forged")
        assert page.status_code == 400
        assert "<nav" in page.text


class TestGenerate:
    async def test_platform_key(self, shop: Shop, signed_in: SignedIn, application: Application) -> None:
        browser = await signed_in(shop)
        response = await generate(browser, scopes=["products:read", "orders:write"], expires_at="2037-01-31")
        token = token_in(response)
        assert f"curl http://test/v1/whoami \\\n  -H &#34;Authorization: Bearer {token}&#34;" in response.text
        data = (await whoami(application, token)).json()["data"]
        assert data["name"] == "Warehouse"
        assert set(data["scopes"]) == {"products:read", "orders:write"}
        assert data["expires_at"] == "2037-01-31 22:59:59"
        assert token not in (await browser.get(KEYS)).text

    async def test_public_key(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        response = await generate(
            browser,
            type="public",
            scopes=["signups:write"],
            allowed_origins="https://a.example.dz\n https://b.example.dz",
        )
        row = await last_used_key(shop)
        assert row["allowed_origins"] == ["https://a.example.dz", "https://b.example.dz"]
        page = unescape(response.text)
        snippet = re.search(r'<script src="http://test/dz.js"\s+data-key="(\w+)"\s+data-secret="(\w+)" async>', page)
        assert snippet is not None
        assert snippet[1] == row["key_id"]

    async def test_test_key(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        assert token_in(await generate(browser, mode="test")).startswith("dzpk_test_")
        await browser.post("/dashboard/mode", mode="test")
        assert "Warehouse" in shown(await browser.get(KEYS))
        assert (await generate(browser, mode="live")).status_code == 403

    async def test_sent_twice_it_is_one_key(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        first, second = [
            await browser.post(KEYS, key="the same", type="platform", name="x", scopes="store:read") for _ in "ab"
        ]
        assert token_in(first) == token_in(second)
        rows = await engine.fetch("SELECT FROM api_keys WHERE store_id = $1 AND name = 'x'", shop.store_id)
        assert len(rows) == 1
        other = await browser.post(KEYS, key="the same", type="platform", name="y", scopes="store:read")
        assert other.status_code == 422

    async def test_what_was_answered_is_kept_sealed(self, shop: Shop, signed_in: SignedIn) -> None:
        secret = token_in(await generate(await signed_in(shop))).split(".")[1]
        rows = await engine.fetch(
            "SELECT w.sealed, w::text AS row FROM member_writes w JOIN members m ON m.id = w.member_id"
            " WHERE m.store_id = $1",
            shop.store_id,
        )
        assert [row["sealed"] for row in rows] == [True]
        assert secret not in rows[0]["row"]
        assert secret.encode().hex() not in rows[0]["row"]

    @pytest.mark.parametrize(
        ("fields", "name", "said"),
        [
            ({"name": ""}, "name", "must have 1 to 100 characters"),
            ({"name": "x" * 101}, "name", "must have 1 to 100 characters"),
            ({"name": "a\x00b"}, "name", "NUL"),
            ({"scopes": []}, "scopes", "choose at least one"),
            ({"scopes": ["signups:write"]}, "scopes", "can&#39;t have: signups:write"),
            ({"expires_at": "2020-01-01"}, "expires_at", "must be in the future"),
            ({"expires_at": "soon"}, "expires_at", "must be a day"),
            ({"type": "public", "scopes": ["events:write"], "allowed_origins": "ftp://x"}, "allowed_origins", "origin"),
        ],
    )
    async def test_what_is_wrong_stands_beside_its_field(
        self, shop: Shop, signed_in: SignedIn, fields: dict[str, object], name: str, said: str
    ) -> None:
        response = await generate(await signed_in(shop), **{"name": "Kept", **fields})
        assert response.status_code == 400
        error = re.search(rf'id="{name}-error">([^<]*)<', response.text)
        assert error is not None, shown(response)
        assert said in error[1]
        assert "name" in fields or 'value="Kept"' in response.text

    async def test_presets_without_scripts(self, shop: Shop, signed_in: SignedIn) -> None:
        page = await (await signed_in(shop)).get(f"{KEYS}/new?preset=look")
        ticked = re.findall(r'name="scopes" value="([\w:]+)" checked', page.text)
        assert ticked == [name for name in names("platform") if name.endswith(":read")]


class TestRotate:
    async def test_with_grace_and_without(self, shop: Shop, signed_in: SignedIn, application: Application) -> None:
        browser = await signed_in(shop)
        first = token_in(await generate(browser))
        key_id = first.split(".")[0]
        second = token_in(await browser.post(f"{KEYS}/{key_id}/rotate", grace=3600))
        assert (await whoami(application, first)).status_code == 200
        third = token_in(await browser.post(f"{KEYS}/{key_id}/rotate", grace=0))
        answers = [(await whoami(application, token)).status_code for token in (third, second, first)]
        assert answers == [200, 401, 401]


class TestRevoke:
    async def test_it_is_gone(self, shop: Shop, signed_in: SignedIn, application: Application) -> None:
        browser = await signed_in(shop)
        token = token_in(await generate(browser))
        key_id = token.split(".")[0]
        page = await browser.follow(await browser.post(f"{KEYS}/{key_id}/revoke"))
        assert "“Warehouse” is revoked." in shown(page)
        assert key_id not in page.text
        assert (await whoami(application, token)).status_code == 401
        again = await browser.post(f"{KEYS}/{key_id}/revoke")
        assert again.status_code == 404
        assert "not found" in shown(again)

    async def test_another_stores(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        key_id = other_shop.token.split(".")[0]
        for action in ("revoke", "rotate"):
            assert (await browser.post(f"{KEYS}/{key_id}/{action}")).status_code == 404
        assert (await other_shop.get("/v1/whoami")).status_code == 200


class TestRoles:
    async def test_a_viewer_looks(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop, "viewer")
        page = await browser.get(KEYS)
        assert "Generate key" not in shown(page)
        key_id = shop.token.split(".")[0]
        for response in (
            await generate(browser),
            await browser.post(f"{KEYS}/{key_id}/revoke"),
            await browser.post(f"{KEYS}/{key_id}/rotate"),
        ):
            assert response.status_code == 403
            assert "lets you look" in shown(response)
        assert (await shop.get("/v1/whoami")).status_code == 200

    async def test_a_developers_key_does_no_more_than_the_developer(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop, "developer")
        page = await browser.get(f"{KEYS}/new")
        assert 'value="products:read"' in page.text
        assert 'value="products:write"' not in page.text
        assert token_in(await generate(browser, scopes=["products:read"]))
        assert (await generate(browser, scopes=["products:write"])).status_code == 403
        # One that may do more than the developer is not the developer's to have.
        assert (await browser.post(f"{KEYS}/{shop.token.split('.')[0]}/rotate")).status_code == 403


async def test_every_form_needs_its_token(shop: Shop, signed_in: SignedIn) -> None:
    browser = await signed_in(shop)
    key_id = shop.token.split(".")[0]
    for path in (KEYS, f"{KEYS}/{key_id}/revoke", f"{KEYS}/{key_id}/rotate"):
        browser.csrf = ""
        assert (await browser.post(path, name="x")).status_code == 403
    assert (await shop.get("/v1/whoami")).status_code == 200
