"""Products: found, looked at, made, changed beside others, counted, archived, deleted; and by whom not."""

import json
import re
from html import unescape

import httpx
import pytest

from app.pages.dashboard.products import PAGE
from db.engine import engine
from tests.conftest import Shop
from tests.pages.browser import Browser, shown
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio

PRODUCTS = "/dashboard/products"


def fields(page: httpx.Response) -> dict[str, object]:
    """Return what the form of a product would send."""
    form = page.text[page.text.index('class="sheet"') :]
    found: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="(\w+)"', tag)
        value = unescape((re.search(r'value="([^"]*)"', tag) or ["", ""])[1])
        is_sent = 'type="checkbox"' not in tag or " checked" in tag
        if name and is_sent and name[1] not in ("csrf", "idempotency_key", "image_url", "image_alt"):
            found[name[1]] = value
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', form):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = (re.search(r'value="([^"]*)" selected', options) or ["", ""])[1]
    for name in ("image_url", "image_alt"):
        found[name] = [
            unescape((re.search(r'value="([^"]*)"', tag) or ["", ""])[1])
            for tag in re.findall(rf'<input[^>]*name="{name}"[^>]*>', form)
        ]
    return found


async def stored(shop: Shop, number: int) -> dict[str, object]:
    return (await shop.get(f"/v1/products/{number}")).json()["data"]


async def stock(shop: Shop, number: int) -> object:
    return (await stored(shop, number))["inventory"]["stock_quantity"]  # type: ignore[index]


class TestList:
    async def test_search_in_arabic_and_french(self, shop: Shop, signed_in: SignedIn) -> None:
        await shop.create(name="قميص أزرق")
        await shop.create(name="Théière dorée", sku="THE-1")
        browser = await signed_in(shop)
        for search, there, other in (("ازرق", "قميص أزرق", "Théière"), ("theiere", "Théière dorée", "قميص")):
            page = shown(await browser.get(PRODUCTS, params={"search": search}))
            assert there in page
            assert other not in page
        assert "Théière dorée" in shown(await browser.get(PRODUCTS, params={"search": "THE-1"}))
        assert "Nothing found" in shown(await browser.get(PRODUCTS, params={"search": "zzz"}))

    async def test_status_sort_and_low_stock(self, shop: Shop, signed_in: SignedIn) -> None:
        await shop.create(name="Carpet", price=900, status="active", stock_quantity=2, track_stock=True)
        await shop.create(name="Soap", price=100, stock_quantity=50)
        browser = await signed_in(shop)
        page = shown(await browser.get(PRODUCTS, params={"sort": "price_asc"}))
        assert page.index("Soap") < page.index("Carpet")
        page = shown(await browser.get(PRODUCTS, params={"status": "active"}))
        assert "Soap" not in page
        assert "2 Low" in page
        page = shown(await browser.get(PRODUCTS, params={"low": "yes"}))
        assert "Carpet" in page
        assert "Soap" not in page
        assert "Carpet" in shown(await browser.get(PRODUCTS, params={"status": "x", "sort": "x"}))

    async def test_page_by_page(self, shop: Shop, signed_in: SignedIn) -> None:
        async with engine.transaction():
            await engine.write(
                "INSERT INTO products (store_id, name, slug, price)"
                " SELECT $1, 'P' || n, 'p' || n, 1 FROM generate_series(1, $2::int) n",
                shop.store_id,
                PAGE + 1,
            )
        browser = await signed_in(shop)
        page = await browser.get(PRODUCTS)
        onward = unescape(re.search(r'rel="next" href="([^"]+)"', page.text)[1])  # type: ignore[index]
        second = await browser.get(onward)
        assert "P1 " in shown(second)
        assert f"P{PAGE + 1}" not in shown(second)
        assert (await browser.get(PRODUCTS, params={"after": "nonsense"})).status_code == 400

    async def test_pictures_come_from_hosts_that_are_named(self, shop: Shop, signed_in: SignedIn) -> None:
        await shop.create(images=[{"url": "https://cdn.example.dz/a.jpg"}])
        await shop.create(images=[{"url": "https://[bad;script-src/*"}])
        policy = (await (await signed_in(shop)).get(PRODUCTS)).headers["content-security-policy"]
        assert "img-src 'self' data: https://cdn.example.dz;" in policy
        assert "bad" not in policy

    async def test_nothing_there(self, shop: Shop, signed_in: SignedIn) -> None:
        assert "No products yet" in shown(await (await signed_in(shop)).get(PRODUCTS))


class TestCreate:
    async def test_everything(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        form = {"name": "زربية", "price": "12 500", "compare_price": "15000", "sku": "Z-1", "stock_quantity": "7"}
        form |= {"track_stock": "yes", "low_stock_alert": "2", "status": "active", "weight": "1,5", "featured": "yes"}
        pictures = {"image_url": ["https://x.dz/1.jpg", "", "https://x.dz/2.jpg"], "image_alt": ["زربية", "", ""]}
        page = await browser.follow(await browser.post(PRODUCTS, **form, **pictures))
        assert "“زربية” was created." in shown(page)
        assert "+7 Opening stock" in shown(page)
        made = await stored(shop, int(page.url.path.rpartition("/")[2]))
        assert (made["pricing"]["price"], made["pricing"]["compare_price"]) == (12_500, 15_000)  # type: ignore[index]
        assert made["shipping"]["weight"] == 1.5  # type: ignore[index]
        assert [image["url"] for image in made["images"]] == ["https://x.dz/1.jpg", "https://x.dz/2.jpg"]  # type: ignore[attr-defined]

    async def test_refused_beside_its_field(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        page = await browser.post(
            PRODUCTS, name="", price="dear", weight="heavy", status="active", image_url=["no address"], image_alt=[""]
        )
        assert page.status_code == 400
        for name in ("name", "price", "weight", "images.0"):
            assert f'id="{name}-error"' in page.text
        assert 'value="dear"' in page.text
        assert "No products yet" in shown(await browser.get(PRODUCTS))

    async def test_once_however_often_it_is_sent(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        sent = [await browser.post(PRODUCTS, key="same", name="Once", price="1", status="draft") for _ in range(2)]
        assert sent[0].headers["location"] == sent[1].headers["location"]

    async def test_a_taken_sku(self, shop: Shop, signed_in: SignedIn) -> None:
        await shop.create(sku="TAKEN")
        page = await (await signed_in(shop)).post(PRODUCTS, name="x", price="1", status="draft", sku="TAKEN")
        assert page.status_code == 409
        assert 'id="sku-error"' in page.text


class TestChange:
    async def test_only_what_was_changed(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create(name="Old", price=100, description="line 1\nline 2", stock_quantity=3)
        browser = await signed_in(shop)
        path = f"{PRODUCTS}/{made['id']}"
        form = fields(await browser.get(f"{path}/edit"))
        # An order takes from the stock meanwhile, and somebody changes another field: neither is undone.
        await shop.write("PATCH", f"/v1/products/{made['id']}", {"stock_delta": -1, "barcode": "613"})
        page = await browser.follow(await browser.post(f"{path}/edit", **form | {"name": "New", "price": "200"}))
        assert "Saved." in shown(page)
        now = await stored(shop, made["id"])
        assert (now["name"], now["description"], now["pricing"]["price"]) == ("New", "line 1\nline 2", 200)  # type: ignore[index]
        assert (now["inventory"]["stock_quantity"], now["inventory"]["barcode"]) == (2, "613")  # type: ignore[index]

    async def test_the_same_field_changed_by_two(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create(name="Old", price=100)
        browser = await signed_in(shop)
        path = f"{PRODUCTS}/{made['id']}/edit"
        form = fields(await browser.get(path))
        await shop.write("PATCH", f"/v1/products/{made['id']}", {"price": 150, "sku": "NEWER"})
        page = await browser.post(path, **form | {"price": "200"})
        assert page.status_code == 412
        assert "is by now: 150" in shown(page)
        again = fields(page)
        assert (again["price"], again["sku"]) == ("200", "NEWER")
        assert (await stored(shop, made["id"]))["pricing"]["price"] == 150  # type: ignore[index]
        assert (await browser.post(path, **again)).status_code == 303
        assert (await stored(shop, made["id"]))["pricing"]["price"] == 200  # type: ignore[index]

    async def test_pictures_go_and_fields_are_cleared(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create(images=[{"url": "https://x.dz/1.jpg", "alt": "a"}], compare_price=900)
        browser = await signed_in(shop)
        path = f"{PRODUCTS}/{made['id']}/edit"
        form = fields(await browser.get(path)) | {"image_url": ["", ""], "compare_price": ""}
        assert (await browser.post(path, **form)).status_code == 303
        now = await stored(shop, made["id"])
        assert (now["images"], now["pricing"]["compare_price"]) == ([], None)  # type: ignore[index]

    @pytest.mark.parametrize("was", ["", "{", "[]", "null", '{"name": 5}', "[" * 5000, '{"images": "x"}'])
    async def test_a_forged_form(self, shop: Shop, signed_in: SignedIn, was: str) -> None:
        made = await shop.create()
        form = {"was": was, "name": "\x00", "price": "9" * 40, "status": "sold", "category_id": "-1", "weight": "nan"}
        page = await (await signed_in(shop)).post(f"{PRODUCTS}/{made['id']}/edit", **form)
        assert page.status_code in (400, 412)


class TestStock:
    async def test_in_out_and_counted(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create(stock_quantity=10)
        browser, path = await signed_in(shop), f"{PRODUCTS}/{made['id']}"
        was = json.dumps({"stock_quantity": "12"})
        for form, left in (
            ({"how": "add", "amount": "5"}, 15),
            ({"how": "take", "amount": "3"}, 12),
            ({"how": "count", "amount": "40", "was": was}, 40),
        ):
            page = await browser.follow(await browser.post(f"{path}/stock", **form))
            assert await stock(shop, made["id"]) == left
        assert re.search(r"\+28 Counted .*-3 Corrected .*\+5 Corrected .*\+10 Opening stock", shown(page))

    async def test_refused(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create(stock_quantity=10)
        browser, path = await signed_in(shop), f"{PRODUCTS}/{made['id']}/stock"
        for form, status in (
            ({"how": "take", "amount": "11"}, 409),
            ({"how": "add", "amount": "many"}, 400),
            ({"how": "add", "amount": "9" * 18}, 400),
            ({"how": "count", "amount": "-1", "was": "{}"}, 400),
            # It was 9 when the page was shown: what was counted may be older than the last sale.
            ({"how": "count", "amount": "3", "was": '{"stock_quantity": "9"}'}, 412),
        ):
            page = await browser.post(path, **form)
            assert page.status_code == status, form
            assert 'id="amount-error"' in page.text
        assert await stock(shop, made["id"]) == 10

    async def test_older_movements(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create(stock_quantity=1000)
        for _ in range(20):
            await shop.write("PATCH", f"/v1/products/{made['id']}", {"stock_delta": -1})
        browser = await signed_in(shop)
        page = await browser.get(f"{PRODUCTS}/{made['id']}")
        assert "Opening stock" not in shown(page)
        older = unescape(re.search(r'href="([^"]+before=\d+)#stock"', page.text)[1])  # type: ignore[index]
        assert "+1000 Opening stock" in shown(await browser.get(older))
        assert (await browser.get(f"{PRODUCTS}/{made['id']}", params={"before": "x"})).status_code == 200


class TestAway:
    async def test_archived_and_on_sale(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create()
        browser, path = await signed_in(shop), f"{PRODUCTS}/{made['id']}"
        for status in ("archived", "active"):
            await browser.post(f"{path}/status", status=status)
            assert (await stored(shop, made["id"]))["status"] == status
        assert (await browser.post(f"{path}/status", status="sold")).status_code == 400

    async def test_deleted(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create(name="Away")
        browser = await signed_in(shop)
        assert "Delete “Away”?" in shown(await browser.get(f"{PRODUCTS}/{made['id']}"))
        page = await browser.follow(await browser.post(f"{PRODUCTS}/{made['id']}/delete"))
        assert "The product is deleted." in shown(page)
        assert (await browser.get(f"{PRODUCTS}/{made['id']}")).status_code == 404


WRITES = {
    "": {"name": "x", "price": "1", "status": "draft"},
    "/{id}/edit": {"name": "x", "was": "{}"},
    "/{id}/stock": {"how": "add", "amount": "1"},
    "/{id}/status": {"status": "archived"},
    "/{id}/delete": {},
}


class TestWho:
    @pytest.mark.parametrize("role", ["viewer", "developer"])
    async def test_who_may_only_look(self, shop: Shop, signed_in: SignedIn, role: str) -> None:
        made = await shop.create(name="Stays")
        browser = await signed_in(shop, role)
        for path in (PRODUCTS, f"{PRODUCTS}/{made['id']}"):
            page = await browser.get(path)
            assert "Stays" in shown(page)
            main = page.text[page.text.index("<main") :]
            assert '<form method="post"' not in main
            assert "/new" not in main
        for path in (f"{PRODUCTS}/new", f"{PRODUCTS}/{made['id']}/edit"):
            assert (await browser.get(path)).status_code == 403
        for path, form in WRITES.items():
            assert (await browser.post(PRODUCTS + path.format(id=made["id"]), **form)).status_code == 403, path
        assert await stored(shop, made["id"]) == (await shop.get(f"/v1/products/{made['id']}")).json()["data"]

    async def test_another_stores_product_is_none(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        theirs = await other_shop.create(name="Theirs", stock_quantity=5)
        browser = await signed_in(shop)
        assert "Theirs" not in (await browser.get(PRODUCTS)).text
        for path in ("", "/edit"):
            assert (await browser.get(f"{PRODUCTS}/{theirs['id']}{path}")).status_code == 404
        for path, form in WRITES.items():
            if path:
                page = await browser.post(PRODUCTS + path.format(id=theirs["id"]), **form)
                assert page.status_code == 404, path
        assert (await other_shop.get(f"/v1/products/{theirs['id']}")).json()["data"]["name"] == "Theirs"

    async def test_the_sandbox_has_its_own(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create(name="Live one")
        browser = await signed_in(shop)
        await browser.post("/dashboard/mode", mode="test")
        assert "No products yet" in shown(await browser.get(PRODUCTS))
        assert (await browser.get(f"{PRODUCTS}/{made['id']}")).status_code == 404

    async def test_no_form_without_its_token(self, shop: Shop, signed_in: SignedIn) -> None:
        made = await shop.create()
        browser: Browser = await signed_in(shop)
        for path, form in WRITES.items():
            browser.csrf = "0" * 64
            assert (await browser.post(PRODUCTS + path.format(id=made["id"]), **form)).status_code == 403
