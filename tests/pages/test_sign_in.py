"""Signing in and out: what begins a session, what keeps it, and what ends it."""

import secrets

import pytest

from app.asgi import Application
from app.chain.tries import SignIn
from app.pages.site import site
from app.pages.texts import text
from app.workers.cleaning import clean
from db.engine import engine
from graph.tries import LIMITS
from tests.addresses import fresh_address
from tests.conftest import Shop
from tests.pages.browser import PASSWORD, Browser, browser, member, shown
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio

MOST = next(limit.most for limit in LIMITS["sign_in"] if limit.subject == "email")
WRONG = text("en", "errors.unauthorized").rstrip(".")


async def tried(email: str, times: int) -> None:
    """Let somebody have tried to sign in so often, each time from elsewhere."""
    for _ in range(times):
        await SignIn(fresh_address(), email).count()


async def sessions(email: str) -> int:
    rows = await engine.fetch(
        "SELECT count(*)::int AS n FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.email = $1", email
    )
    return rows[0]["n"]


class TestSignIn:
    async def test_valid(self, shop: Shop, stranger: Browser) -> None:
        email = await member(shop.store_id)
        page = await stranger.get("/dashboard")
        assert page.status_code == 303
        page = await stranger.follow(page)
        assert "Sign in" in shown(page)
        response = await stranger.post("/dashboard/sign-in", email=f" {email.upper()} ", password=PASSWORD)
        assert response.headers["location"] == "/dashboard"
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("session=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        page = await stranger.follow(response)
        assert page.status_code == 200
        assert email in shown(page)

    async def test_over_https_no_other_host_can_have_set_the_cookie(self, shop: Shop, application: Application) -> None:
        email = await member(shop.store_id)
        secure = browser(application, "https://test")
        response = await secure.post("/dashboard/sign-in", email=email, password=PASSWORD)
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("__Host-session=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "omain=" not in cookie
        assert (await secure.follow(response)).status_code == 200
        await secure.client.aclose()

    async def test_behind_a_proxy_that_speaks_https(
        self, shop: Shop, stranger: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(site, "public_url", "https://api.example.dz")
        email = await member(shop.store_id)
        response = await stranger.client.post(
            "/dashboard/sign-in",
            data={"email": email, "password": PASSWORD},
            headers={"Origin": "https://api.example.dz"},
        )
        assert response.status_code == 303
        assert response.headers["set-cookie"].startswith("__Host-session=")

    async def test_whatever_is_wrong_the_answer_is_the_same(self, shop: Shop, stranger: Browser) -> None:
        email = await member(shop.store_id)
        answers = [
            await stranger.sign_in(email, "wrong password"),
            await stranger.sign_in("nobody@example.dz", PASSWORD),
            await stranger.sign_in("", ""),
            await stranger.sign_in("\x00", "\x00"),
        ]
        assert [answer.status_code for answer in answers] == [401] * 4
        assert all(WRONG in shown(answer) for answer in answers)
        assert all("set-cookie" not in answer.headers for answer in answers)
        assert await sessions(email) == 0

    async def test_who_looks_after_no_store_any_more(self, shop: Shop, stranger: Browser) -> None:
        email = await member(shop.store_id)
        async with engine.transaction():
            await engine.write("DELETE FROM members WHERE store_id = $1", shop.store_id)
        assert WRONG in shown(await stranger.sign_in(email))

    async def test_the_token_is_stored_as_a_hash_and_renewed(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        first = browser.client.cookies["session"]
        assert (
            await engine.fetch("SELECT FROM sessions WHERE position($1::bytea in token_hash) > 0", first.encode()) == []
        )
        await browser.post("/dashboard/sign-in", email=browser.email, password=PASSWORD)
        assert browser.client.cookies["session"] != first
        assert await sessions(browser.email) == 1

    @pytest.mark.parametrize(
        "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aSet-Cookie:x", "javascript:x"]
    )
    async def test_onward_is_a_page_of_ours(self, shop: Shop, stranger: Browser, onward: str) -> None:
        email = await member(shop.store_id)
        response = await stranger.post("/dashboard/sign-in", email=email, password=PASSWORD, next=onward)
        assert response.headers["location"] in ("/dashboard", "/%0d%0aSet-Cookie:x")

    async def test_too_many_tries_with_one_address(self, shop: Shop, stranger: Browser) -> None:
        email = await member(shop.store_id)
        await tried(email, MOST - 1)
        assert (await stranger.sign_in(email, "wrong password")).status_code == 401
        refused = await stranger.sign_in(email)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert (await stranger.sign_in(await member(shop.store_id))).status_code == 200

    async def test_signing_in_forgives_the_tries(self, shop: Shop, stranger: Browser) -> None:
        email = await member(shop.store_id)
        await tried(email, MOST - 1)
        assert (await stranger.sign_in(email)).status_code == 200
        await tried(email, MOST - 1)
        assert (await stranger.sign_in(email)).status_code == 200

    async def test_no_other_site_signs_anybody_in(self, shop: Shop, stranger: Browser) -> None:
        email = await member(shop.store_id)
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            response = await stranger.client.post(
                "/dashboard/sign-in", data={"email": email, "password": PASSWORD}, headers=headers
            )
            assert response.status_code == 403
        assert await sessions(email) == 0

    async def test_the_password_is_hashed_and_not_logged(
        self, shop: Shop, stranger: Browser, capfd: pytest.CaptureFixture[str]
    ) -> None:
        email = await member(shop.store_id)
        await stranger.sign_in(email)
        await stranger.sign_in(email, "wrong password")
        row = await engine.fetch_row("SELECT a::text AS row FROM accounts a WHERE email = $1", email)
        assert "$argon2id$" in row["row"]
        assert PASSWORD not in row["row"]
        out = capfd.readouterr()
        assert PASSWORD not in out.out + out.err
        assert email not in out.out + out.err


class TestSession:
    @pytest.mark.parametrize("path", ["/dashboard", "/dashboard/sign-out"])
    async def test_ends_after_its_time(self, shop: Shop, signed_in: SignedIn, path: str) -> None:
        browser = await signed_in(shop)
        async with engine.transaction():
            await engine.write("UPDATE sessions SET expires_at = now() WHERE store_id = $1", shop.store_id)
        response = await (browser.get(path) if path == "/dashboard" else browser.post(path))
        page = await browser.follow(response)
        assert response.headers["location"].startswith("/dashboard/sign-in")
        assert ("so nothing was saved" in shown(page)) == (path != "/dashboard")

    async def test_moves_on_while_it_is_used_but_not_for_ever(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)

        async def left_after(age: str) -> float:
            async with engine.transaction():
                await engine.write(
                    "UPDATE sessions SET created_at = now() - $2::text::interval,"
                    " last_seen_at = now() - interval '1 hour', expires_at = now() + interval '11 hours'"
                    " WHERE store_id = $1",
                    shop.store_id,
                    age,
                )
            assert (await browser.get("/dashboard")).status_code == 200
            row = await engine.fetch_row(
                "SELECT extract(epoch FROM expires_at - now()) / 3600 AS hours FROM sessions WHERE store_id = $1",
                shop.store_id,
            )
            return float(row["hours"])

        assert 11.9 < await left_after("1 day") <= 12
        assert 0.9 < await left_after("29 days 23 hours") <= 1

    async def test_is_cleared_away_once_it_has_ended(self, shop: Shop, signed_in: SignedIn) -> None:
        ended, running = await signed_in(shop), await signed_in(shop)
        async with engine.transaction():
            await engine.write(
                "UPDATE sessions SET expires_at = now() - interval '1 second' FROM accounts a"
                " WHERE a.id = account_id AND a.email = $1",
                ended.email,
            )
        await clean()
        assert [await sessions(each.email) for each in (ended, running)] == [0, 1]

    async def test_a_flush_of_valkey_signs_nobody_out(self, shop: Shop, signed_in: SignedIn) -> None:
        from app.chain.valkey import valkey  # noqa: PLC0415

        browser = await signed_in(shop)
        await valkey.required().flushall()
        assert (await browser.get("/dashboard")).status_code == 200

    async def test_a_forged_token(self, stranger: Browser) -> None:
        for token in ("x", secrets.token_urlsafe(32), "é", "a" * 5000):
            response = await stranger.client.get(
                "/dashboard", headers={b"cookie": f"session={token}".encode("latin-1")}
            )
            assert response.status_code == 303

    async def test_who_is_removed_is_out(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop, "viewer")
        async with engine.transaction():
            await engine.write("DELETE FROM members WHERE store_id = $1", shop.store_id)
        assert (await browser.get("/dashboard")).status_code == 303


class TestSignOut:
    async def test_here(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        token = browser.client.cookies["session"]
        response = await browser.post("/dashboard/sign-out")
        page = await browser.follow(response)
        assert "You have signed out." in shown(page)
        assert "You have signed out." not in shown(await browser.get("/dashboard/sign-in"))
        browser.client.cookies.set("session", token)
        assert (await browser.get("/dashboard")).status_code == 303

    async def test_everywhere(self, shop: Shop, signed_in: SignedIn, application: Application) -> None:
        here = await signed_in(shop)
        there = browser(application)
        await there.sign_in(here.email)
        await here.post("/dashboard/sign-out", everywhere="yes")
        assert (await there.get("/dashboard")).status_code == 303
        assert await sessions(here.email) == 0
        await there.client.aclose()


class TestCsrf:
    async def test_a_form_needs_its_token(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        other = await signed_in(shop)
        right = browser.csrf
        for token in ("", "0" * 64, "é", other.csrf):
            browser.csrf = token
            assert (await browser.post("/dashboard/sign-out")).status_code == 403
        assert await sessions(browser.email) == 1
        browser.csrf = right
        assert (await browser.post("/dashboard/sign-out")).status_code == 303

    async def test_a_header_does_for_scripts(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        response = await browser.client.post("/dashboard/sign-out", headers={"X-CSRF-Token": browser.csrf})
        assert response.status_code == 303

    async def test_another_sites_form(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
            response = await browser.client.post("/dashboard/sign-out", data={"csrf": browser.csrf}, headers=headers)
            assert response.status_code == 403
        assert await sessions(browser.email) == 1


class TestChoices:
    async def test_language(self, shop: Shop, signed_in: SignedIn, application: Application) -> None:
        here = await signed_in(shop)
        page = await here.follow(await here.post("/language", language="ar", next="/dashboard"))
        assert '<html lang="ar" dir="rtl">' in page.text
        there = browser(application)
        assert '<html lang="ar" dir="rtl">' in (await there.sign_in(here.email)).text
        await there.client.aclose()

    async def test_language_of_a_stranger(self, stranger: Browser) -> None:
        page = await stranger.get("/dashboard/sign-in", headers={"Accept-Language": "de;q=1, fr-DZ;q=0.8, en;q=0.5"})
        assert '<html lang="fr" dir="ltr">' in page.text
        page = await stranger.follow(await stranger.post("/language", language="ar", next="/dashboard/sign-in"))
        assert '<html lang="ar" dir="rtl">' in page.text
        page = await stranger.follow(await stranger.post("/language", language="xx", next="/dashboard/sign-in"))
        assert '<html lang="ar" dir="rtl">' in page.text

    async def test_language_needs_the_token_of_who_has_signed_in(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        browser.csrf = "0" * 64
        assert (await browser.post("/language", language="ar", next="/dashboard")).status_code == 403

    async def test_store(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        assert (await browser.post("/dashboard/store", store=other_shop.store_id)).status_code == 404
        await member(other_shop.store_id, "viewer", browser.email)
        page = await browser.follow(await browser.post("/dashboard/store", store=other_shop.store_id))
        assert "Viewer" in shown(page)
        for wrong in ("", "x", "9" * 30, "-1"):
            assert (await browser.post("/dashboard/store", store=wrong)).status_code == 404

    async def test_sandbox(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        assert "Test mode" in shown(await browser.follow(await browser.post("/dashboard/mode", mode="test")))
        assert "Back to live" not in shown(await browser.follow(await browser.post("/dashboard/mode", mode="live")))
