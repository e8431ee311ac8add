"""Settings → Store and Delivery fees: what is shown, what is changed, and who sees it at once."""

import re
from html import unescape

import pytest

from db.engine import engine
from tests.conftest import Shop, ShopMaker, Statements
from tests.pages.browser import Browser, shown
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio

STORE = "/dashboard/settings/store"
DELIVERY = "/dashboard/settings/delivery"


def filled(page: str) -> dict[str, str]:
    """Return what the text fields of a page hold."""
    tags = re.findall(r'<input id="([\w-]+)"[^>]* value="([^"]*)"', page) + re.findall(
        r'<input class="fee"[^>]* name="([\w-]+)" value="([^"]*)"', page
    )
    return {name: unescape(value) for name, value in tags}


def settings(page: str, **changes: str) -> dict[str, str]:
    """Return the settings' form as a browser sends it."""
    names = ("name", "primary_color", "secondary_color", "background_color", "font_family", "logo", "favicon", "banner")
    return {name: filled(page)[name] for name in names} | {"description": "", "language": "ar", **was(page)} | changes


def was(page: str) -> dict[str, str]:
    """Return what a form keeps of what it showed."""
    found = re.search(r'name="was" value="([^"]*)"', page)
    assert found is not None
    return {"was": unescape(found[1])}


class TestStore:
    async def test_change(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        page = await browser.get(STORE)
        changes = {
            "name": "دار الياسمين",
            "description": "Tapis & <b>poterie</b>",
            "language": "fr",
            "primary_color": "#123456",
            "logo": "https://a.example.dz/logo.png",
            "hide_branding": "yes",
        }
        page = await browser.follow(await browser.post(STORE, **settings(page.text, **changes)))
        assert "The settings are saved." in shown(page)
        store = (await shop.get("/v1/store")).json()["data"]
        assert store["name"] == "دار الياسمين"
        assert store["description"] == "Tapis & <b>poterie</b>"
        assert "Tapis &amp; &lt;b&gt;poterie" in page.text
        assert (store["language"], store["hide_branding"]) == ("fr", True)
        assert store["theme"]["primary_color"] == "#123456"
        assert store["logo"] == "https://a.example.dz/logo.png"
        assert store["favicon"] is None
        again = settings(page.text, logo="")
        await browser.post(STORE, **again)
        store = (await shop.get("/v1/store")).json()["data"]
        assert (store["logo"], store["hide_branding"]) == (None, False)

    async def test_changed_by_two(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        page = (await browser.get(STORE)).text
        await shop.write("PATCH", "/v1/store", {"description": "From an app", "logo": "https://a.example.dz/1.png"})
        await browser.follow(await browser.post(STORE, **settings(page, name="Mine")))
        store = (await shop.get("/v1/store")).json()["data"]
        assert (store["name"], store["description"]) == ("Mine", "From an app")
        response = await browser.post(STORE, **settings(page, name="Mine", logo="https://b.example.dz/2.png"))
        assert response.status_code == 412
        assert "is by now: https://a.example.dz/1.png" in shown(response)
        assert (await shop.get("/v1/store")).json()["data"]["logo"] == "https://a.example.dz/1.png"

    async def test_cached_answers_of_keys_are_outdated_at_once(
        self, make_cached_shop: ShopMaker, signed_in: SignedIn
    ) -> None:
        shop = await make_cached_shop()
        browser = await signed_in(shop)
        page = await browser.get(STORE)
        for _ in range(2):
            answer = await shop.get("/v1/store")
        assert answer.headers["x-cache"] == "HIT"
        await browser.post(STORE, **settings(page.text, name="Another"))
        answer = await shop.get("/v1/store")
        assert (answer.json()["data"]["name"], answer.headers["x-cache"]) == ("Another", "MISS")

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("name", "", "must have 1 to 255 characters"),
            ("name", "\x00", "must not contain NUL"),
            ("logo", "javascript:alert(1)", "http"),
            ("primary_color", "reddish", "#"),
            ("font_family", "x" * 200, "must have 1 to 100 characters"),
        ],
    )
    async def test_refused(self, shop: Shop, signed_in: SignedIn, field: str, value: str, said: str) -> None:
        browser = await signed_in(shop)
        page = await browser.get(STORE)
        response = await browser.post(STORE, **settings(page.text, **{"name": "Kept", field: value}))
        assert response.status_code == 400
        error = re.search(rf'id="{field}-error">([^<]*)<', response.text)
        assert error is not None, shown(response)
        assert said in error[1]
        assert 'value="Kept"' in response.text or field == "name"
        assert (await shop.get("/v1/store")).json()["data"]["name"] != "Kept"

    async def test_an_unknown_language(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        page = await browser.get(STORE)
        assert (await browser.post(STORE, **settings(page.text, language="xx"))).status_code == 400

    @pytest.mark.parametrize("role", ["viewer", "developer"])
    async def test_who_may_not(self, shop: Shop, signed_in: SignedIn, role: str) -> None:
        browser = await signed_in(shop, role)
        page = await browser.get(STORE)
        assert "<fieldset disabled>" in page.text
        assert (await browser.post(STORE, **settings(page.text, name="Mine"))).status_code == 403
        assert (await shop.get("/v1/store")).json()["data"]["name"] != "Mine"

    async def test_in_the_sandbox(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        await browser.post("/dashboard/mode", mode="test")
        page = await browser.get(STORE)
        assert "go back to live mode" in shown(page)
        assert (await browser.post(STORE, **settings(page.text))).status_code == 403


class TestDelivery:
    async def test_only_what_changed_is_written(self, shop: Shop, signed_in: SignedIn, statements: Statements) -> None:
        browser = await signed_in(shop)
        table = (await browser.get(DELIVERY)).text
        fees = {name: value for name, value in filled(table).items() if "-" in name}
        assert len(fees) == 2 * 69
        fees |= was(table)
        fees |= {"home-16": "", "desk-31": "0"}
        page = await browser.follow(await browser.post(DELIVERY, **fees))
        assert "Wilayas that changed: 2" in shown(page)
        rates = {each["wilaya_id"]: each for each in (await shop.get("/v1/delivery-rates")).json()["data"]["rates"]}
        assert rates[16]["home"] is None
        assert rates[16]["desk"] == int(fees["desk-16"])
        assert rates[31]["desk"] == 0
        fees |= was(page.text)
        with statements.counted() as sent:
            page = await browser.follow(await browser.post(DELIVERY, **fees))
        assert "Nothing was changed." in shown(page)
        assert not any("INSERT INTO delivery_rates" in each for each in sent)

    async def test_refused_beside_its_field(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        fees = {
            "home-1": "1",
            "desk-1": "2",
            "home-5": "many",
            "desk-5": "-1",
            "home-9": "5",
            "desk-9": str(10**12 + 1),
        }
        fees |= was((await browser.get(DELIVERY)).text)
        response = await browser.post(DELIVERY, **fees)
        assert response.status_code == 400
        assert re.findall(r'id="([\w-]+)-error"', response.text) == ["home-5", "desk-5"]
        assert 'value="many"' in response.text
        response = await browser.post(DELIVERY, **fees | {"home-5": "1", "desk-5": "1"})
        assert response.status_code == 400
        assert re.findall(r'id="([\w-]+)-error"', response.text) == ["desk-9"]
        rows = await engine.fetch(
            "SELECT FROM delivery_rates WHERE store_id = $1 AND wilaya_id = 1 AND home = 1", shop.store_id
        )
        assert rows == []

    async def test_changed_by_two(self, shop: Shop, signed_in: SignedIn) -> None:
        """Neither a fee that only one of them changed is undone, nor one that both did, unseen."""
        browser = await signed_in(shop)
        table = (await browser.get(DELIVERY)).text
        fees = {name: value for name, value in filled(table).items() if "-" in name} | was(table)
        rates = {"rates": [{"wilaya_id": 16, "home": 111, "desk": 222}, {"wilaya_id": 31, "home": 333, "desk": 444}]}
        assert (await shop.write("PUT", "/v1/delivery-rates", rates)).status_code == 200
        await browser.follow(await browser.post(DELIVERY, **fees | {"home-9": "77"}))
        now = {each["wilaya_id"]: each for each in (await shop.get("/v1/delivery-rates")).json()["data"]["rates"]}
        assert (now[9]["home"], now[16]["home"], now[31]["desk"]) == (77, 111, 444)
        response = await browser.post(DELIVERY, **fees | {"home-16": "99"})
        assert response.status_code == 412
        assert "is by now: 111" in shown(response)
        again = {name: value for name, value in filled(response.text).items() if "-" in name}
        assert (again["home-16"], again["home-31"]) == ("99", "333")
        await browser.follow(await browser.post(DELIVERY, **again | was(response.text)))
        now = {each["wilaya_id"]: each for each in (await shop.get("/v1/delivery-rates")).json()["data"]["rates"]}
        assert (now[16]["home"], now[31]["home"], now[9]["home"]) == (99, 333, 77)

    async def test_who_may_not(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop, "developer")
        fees = {"home-1": "1", "desk-1": "2"} | was((await browser.get(DELIVERY)).text)
        assert (await browser.post(DELIVERY, **fees)).status_code == 403

    async def test_names_are_of_the_language(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        assert "Béjaïa" in (await browser.get(DELIVERY)).text or "Bejaïa" in (await browser.get(DELIVERY)).text
        await browser.post("/language", language="ar", next="/")
        assert "بجاية" in (await browser.get(DELIVERY)).text


class TestHome:
    @pytest.mark.parametrize(("language", "word"), [("en", "Dashboard"), ("fr", "Tableau"), ("ar", "لوحة")])
    async def test_three_ways_in(self, stranger: Browser, language: str, word: str) -> None:
        page = await stranger.get("/", headers={"Accept-Language": language})
        assert page.status_code == 200
        assert word in shown(page)
        for path in ("/dashboard", "/api-docs/intro", "/api-docs/reference"):
            assert f'href="{path}"' in page.text


class TestOverview:
    async def test_what_waits(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        await shop.create(name="Tapis rare", track_stock=True, stock_quantity=4, low_stock_alert=5)
        await shop.create(name="Tapis courant", track_stock=True, stock_quantity=5, low_stock_alert=5)
        await other_shop.create(name="Autre", track_stock=True, stock_quantity=0)
        page = shown(await (await signed_in(shop)).get("/dashboard"))
        assert "Low stock 1 Products below their alert" in page
        assert "Restock next Tapis rare 4" in page
        assert "Tapis courant" not in page
        assert "No orders yet" in page
        assert "0 / 5,000,000" in page


class TestPages:
    async def test_headers(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        for path in ("/", "/dashboard", STORE):
            headers = (await browser.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["cache-control"] == "no-store"

    async def test_no_script_or_style_within(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        for path in ("/", "/dashboard", STORE, DELIVERY, "/dashboard/settings/keys", "/dashboard/settings/members"):
            page = (await browser.get(path)).text
            assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page) == []
            assert re.findall(r'(?:src|href)="(?:https?:)?//(?!dar-|test-)[^"]*"', page) == []

    async def test_not_there(self, stranger: Browser, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        for each in (browser, stranger):
            page = await each.get("/dashboard/nothing")
            assert page.status_code == 404
            assert "There is no such page" in shown(page)
        assert (await browser.client.put("/dashboard")).status_code == 405
        assert (await stranger.get("/nothing")).headers["content-type"].startswith("application/json")

    async def test_a_form_that_is_none(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        for body, kind in [
            (b"csrf=%ff", "application/x-www-form-urlencoded"),
            (b"\xff\xfe", "application/x-www-form-urlencoded"),
            (b"a=1&" * 3000, "application/x-www-form-urlencoded"),
            (b"{}", "application/json"),
            (b"--x", "multipart/form-data; boundary=x"),
            (b"nothing", "multipart/form-data"),
        ]:
            response = await browser.client.post(STORE, content=body, headers={"Content-Type": kind})
            assert response.status_code in (400, 403), (body, response.text)
        large = await browser.client.post(STORE, data={"a": "x" * 11_000_000})
        assert large.status_code == 413
