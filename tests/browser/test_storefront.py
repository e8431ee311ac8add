"""The example of a storefront, as a shopper meets it."""

import json
import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Route, expect

from app.web.examples import FOLDER
from tests.browser.conftest import PageOpener, Tab
from tests.conftest import Instance

pytestmark = pytest.mark.slow

PATH = "/examples/storefront/"
NUMBER = re.compile(r"ORD-\d+-\d{8}-[0-9A-F]{4,6}")
# What a screen reader needs: every control has a name, every picture says something or nothing, one heading begins.
BASICS = """() => {
    const bad = [];
    const label = (each) => each.getAttribute("aria-label") || each.labels?.[0]?.textContent;
    const named = (each) => (label(each) || each.textContent).trim();
    for (const each of document.querySelectorAll("input, select, textarea, button, a[href]")) {
        if (!named(each)) bad.push(`no name: ${each.outerHTML}`);
    }
    for (const each of document.querySelectorAll("img:not([alt])")) bad.push(`no alt: ${each.src}`);
    for (const landmark of ["header", "main", "footer", "form[role=search]"]) {
        if (document.querySelectorAll(landmark).length !== 1) bad.push(`not one ${landmark}`);
    }
    if (document.querySelectorAll("h1").length !== 1) bad.push("not one h1");
    const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
    if (new Set(ids).size !== ids.length) bad.push("an id twice");
    for (const each of document.querySelectorAll("[aria-describedby]")) {
        for (const id of each.getAttribute("aria-describedby").split(" ")) {
            if (!document.getElementById(id)) bad.push(`no #${id}`);
        }
    }
    const { lang, dir } = document.documentElement;
    if (!["ar", "fr", "en"].includes(lang) || dir !== (lang === "ar" ? "rtl" : "ltr")) bad.push(`${lang} ${dir}`);
    if (document.documentElement.scrollWidth > innerWidth) bad.push("wider than the screen");
    for (const each of document.querySelectorAll("button, a.main, .shelves a, .card")) {
        if (each.getBoundingClientRect().height < 24) bad.push(`too small to touch: ${each.outerHTML}`);
    }
    return bad;
}"""

Shopper = Callable[..., Tab]


@pytest.fixture
def shopper(open_page: PageOpener, demo: str, instance: Instance) -> Shopper:
    """An opener of the shop, at a hash and in the language given; pictures are the first instance's."""

    def open_(view: str = "", *, lang: str = "", **options: object) -> Tab:
        language = f"?lang={lang}" if lang else ""
        tab = open_page(f"{demo}{PATH}{language}#/{view}", pictures=f"{instance.base_url}/media/", **options)
        tab.locator("#main:not([aria-busy]) h1").wait_for()
        return tab

    return open_


@pytest.fixture(scope="module")
def product(instance: Instance) -> dict:
    """A shirt of the demo shop."""
    headers = {"Authorization": f"Bearer {instance.members['platform_key']}", "Idempotency-Key": "a shop's shirt"}
    body = {"name": "قميص صيفي للتجربة", "price": 1500, "compare_price": 1800, "status": "active"}
    return httpx.post(f"{instance.base_url}/v1/products", json=body, headers=headers).json()["data"]


def settled(tab: Tab, title: str | re.Pattern[str]) -> None:
    """Wait for a view, which is as it must be for everybody."""
    tab.get_by_role("heading", level=1, name=title).wait_for()
    assert tab.evaluate(BASICS) == []


def fill(tab: Tab, phone: str) -> None:
    tab.get_by_label("الاسم الكامل").fill("آمال بن علي")
    tab.get_by_label("رقم الهاتف").fill(phone)
    tab.get_by_label("الولاية").select_option(label="16 – الجزائر")
    tab.get_by_label("البلدية").select_option("Bab Ezzouar")


class TestShopping:
    @pytest.mark.parametrize("width", [1280, 375])
    def test_from_search_to_parcel(self, shopper: Shopper, product: dict, width: int) -> None:
        tab = shopper(width=width)
        settled(tab, "كل المنتجات")
        assert tab.locator(".card").count() == 24
        expect(tab.locator(".welcome li")).to_have_count(3)
        expect(tab.locator(".welcome .banner img")).to_have_js_property("complete", True)
        tab.get_by_role("searchbox").fill("قميص صيفى للتجربه")
        tab.get_by_role("search").get_by_role("button").click()
        settled(tab, re.compile("نتائج"))
        expect(tab.locator(".welcome")).to_have_count(0)
        card = tab.get_by_role("link", name=re.compile(product["name"]))
        expect(card.locator(".saving")).to_have_text("−16 %")
        card.click()
        settled(tab, product["name"])
        assert tab.title().startswith(product["name"])
        for name in ("أنقص واحدا", "زد واحدا", "زد واحدا", "أنقص واحدا", "زد واحدا"):
            tab.get_by_role("button", name=name).click()
        expect(tab.get_by_label("الكمية")).to_have_value("3")
        tab.get_by_role("button", name="أضف إلى السلة").click()
        expect(tab.locator(".count")).to_have_text("3")
        tab.get_by_role("link", name="اذهب إلى السلة").click()
        settled(tab, "السلة")
        tab.get_by_role("button", name="أنقص واحدا").click()
        expect(tab.locator(".count")).to_have_text("2")
        fill(tab, "0661 23 45 67")
        expect(tab.locator(".sums .total dd")).to_have_text(re.compile(r"^3\.\d00\sدج$"))
        assert tab.evaluate(BASICS) == []
        tab.get_by_role("button", name="أكّد الطلب").click()
        settled(tab, "شكرا، وصلنا طلبك")
        number = tab.locator(".number strong").inner_text()
        assert NUMBER.fullmatch(number)
        expect(tab.locator(".count")).to_have_text("0")
        tab.get_by_role("main").get_by_role("link", name="تتبّع طلبك").click()
        settled(tab, "تتبّع طلبك")
        assert tab.get_by_label("رقم الطلب").input_value() == number
        tab.get_by_label("رقم الهاتف").fill("0661234567")
        tab.get_by_role("button", name="اعرض الطلب").click()
        expect(tab.locator(".status")).to_have_text("في انتظار التأكيد")
        assert product["name"] in tab.locator(".summary").inner_text()
        assert tab.evaluate(BASICS) == []

    def test_a_variant(self, shopper: Shopper, instance: Instance) -> None:
        headers = {"Authorization": f"Bearer {instance.members['platform_key']}"}
        query = {"query": "{ products(first: 200, status: ACTIVE) { nodes { slug variants { stockQuantity } } } }"}
        answer = httpx.post(f"{instance.base_url}/graphql", json=query, headers=headers).json()
        goods = answer["data"]["products"]["nodes"]
        slug = next(each["slug"] for each in goods if sum(one["stockQuantity"] > 0 for one in each["variants"]) > 1)
        tab = shopper(f"product/{slug}", lang="fr")
        tab.get_by_role("button", name="Ajouter au panier").click()
        expect(tab.get_by_role("alert")).to_have_text("Choisissez une des options.")
        chosen = tab.locator(".choices label:has(input:enabled)").last
        variant = chosen.inner_text()
        chosen.click()
        tab.get_by_role("button", name="Ajouter au panier").click()
        tab.get_by_role("link", name=re.compile("^Panier")).click()
        settled(tab, "Panier")
        assert variant in tab.locator(".lines").inner_text()

    def test_categories_and_more(self, shopper: Shopper) -> None:
        tab = shopper(lang="fr")
        tab.get_by_role("button", name="Afficher plus").click()
        expect(tab.locator(".card")).to_have_count(48)
        tab.locator(".shelves a").nth(2).click()
        expect(tab.locator(".shelves [aria-current=page]")).to_have_count(1)
        expect(tab.locator(".shelves a").nth(2)).to_have_attribute("aria-current", "page")
        settled(tab, tab.locator(".shelves a").nth(2).inner_text())
        assert 0 < tab.locator(".card").count() <= 24

    def test_the_language_is_kept(self, shopper: Shopper) -> None:
        tab = shopper("track")
        settled(tab, "تتبّع طلبك")
        tab.get_by_role("button", name="Français").click()
        settled(tab, "Suivre ma commande")
        tab.reload()
        settled(tab, "Suivre ma commande")
        tab.get_by_role("button", name="English").click()
        settled(tab, "Track my order")

    def test_by_keyboard(self, shopper: Shopper) -> None:
        tab = shopper(lang="fr")
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.id") == "main"
        tab.get_by_role("link", name="Suivre ma commande").press("Enter")
        settled(tab, "Suivre ma commande")
        assert tab.evaluate("document.activeElement.tagName") == "H1"


class TestTrouble:
    def test_fields_that_are_missing_or_wrong(self, shopper: Shopper, product: dict) -> None:
        tab = shopper(f"product/{product['slug']}")
        tab.get_by_role("button", name="أضف إلى السلة").click()
        tab.get_by_role("link", name="اذهب إلى السلة").click()
        tab.get_by_role("button", name="أكّد الطلب").click()
        assert tab.evaluate("document.activeElement.id") == "name"
        expect(tab.locator("[aria-invalid=true]")).to_have_count(4)
        fill(tab, "021 12 34 56")
        tab.get_by_role("button", name="أكّد الطلب").click()
        expect(tab.locator("#phone-wrong")).to_have_text(re.compile("جزائريا"))
        expect(tab.get_by_label("رقم الهاتف")).to_be_focused()
        expect(tab.locator("[aria-invalid=true]")).to_have_count(1)

    def test_an_answer_that_is_lost_is_one_order(self, shopper: Shopper, product: dict, instance: Instance) -> None:
        tab = shopper(f"product/{product['slug']}")
        tab.get_by_role("button", name="أضف إلى السلة").click()
        tab.get_by_role("link", name="اذهب إلى السلة").click()
        phone = "0770 00 00 01"
        fill(tab, phone)
        lost: list[str] = []

        def lose(route: Route) -> None:
            if "orderPlace" in (route.request.post_data or "") and not lost:
                lost.append(route.fetch().text())
                route.abort()
            else:
                route.continue_()

        tab.route("**/graphql", lose)
        tab.get_by_role("button", name="أكّد الطلب").click()
        expect(tab.get_by_role("main").get_by_role("alert")).to_have_text(re.compile("لا اتصال"))
        tab.get_by_role("button", name="أكّد الطلب").click()
        settled(tab, "شكرا، وصلنا طلبك")
        first = json.loads(lost[0])["data"]["orderPlace"]["order"]["orderNumber"]
        assert tab.locator(".number strong").inner_text() == first
        headers = {"Authorization": f"Bearer {instance.members['platform_key']}", "Cache-Control": "no-cache"}
        found = httpx.get(f"{instance.base_url}/v1/orders?customer_phone=0770000001", headers=headers).json()["data"]
        assert [each["order_number"] for each in found["items"]] == [first]
        tab.complaints.clear()

    def test_a_product_that_is_gone(self, shopper: Shopper, instance: Instance) -> None:
        headers = {"Authorization": f"Bearer {instance.members['platform_key']}"}
        made = httpx.post(
            f"{instance.base_url}/v1/products",
            json={"name": "سيختفي", "price": 100, "status": "active"},
            headers=headers | {"Idempotency-Key": "a shop's last"},
        ).json()["data"]
        tab = shopper(f"product/{made['slug']}")
        tab.get_by_role("button", name="أضف إلى السلة").click()
        tab.get_by_role("link", name="اذهب إلى السلة").click()
        httpx.patch(
            f"{instance.base_url}/v1/products/{made['id']}",
            json={"status": "archived"},
            headers=headers | {"Idempotency-Key": "it is gone"},
        )
        fill(tab, "0770 00 00 02")
        tab.get_by_role("button", name="أكّد الطلب").click()
        expect(tab.get_by_role("alert")).to_have_text(re.compile("سيختفي"))
        tab.get_by_role("button", name=re.compile("احذف")).click()
        tab.get_by_text("سلتك فارغة.").wait_for()

    def test_nothing_found(self, shopper: Shopper) -> None:
        tab = shopper("?q=nothing-has-this-name", lang="en")
        tab.get_by_text("Nothing found for “nothing-has-this-name”.").wait_for()
        assert tab.evaluate(BASICS) == []

    def test_no_such_order(self, shopper: Shopper) -> None:
        tab = shopper("track?number=ORD-1-20260101-0000", lang="en")
        tab.get_by_label("Phone").fill("0555 00 00 00")
        tab.get_by_role("button", name="Show the order").click()
        expect(tab.get_by_role("alert")).to_have_text("There is no order with these two numbers. Check both.")

    def test_no_such_product(self, shopper: Shopper) -> None:
        settled(shopper("product/none", lang="en"), "This product isn’t for sale any more.")

    def test_the_api_is_out_of_reach(self, shopper: Shopper) -> None:
        tab = shopper("track", lang="en")
        tab.route("**/graphql", lambda route: route.abort())
        tab.get_by_role("link", name="Dar El Yasmine").click()
        settled(tab, re.compile("can’t be reached"))
        tab.unroute("**/graphql")
        tab.get_by_role("button", name="Try again").click()
        settled(tab, "All products")
        tab.route("**/graphql", lambda route: route.abort())
        tab.get_by_role("button", name="Show more").click()
        expect(tab.locator("#said")).to_have_text(re.compile("can’t be reached"))
        expect(tab.get_by_role("button", name="Show more")).to_be_enabled()
        tab.complaints.clear()


class TestServed:
    def test_with_no_secret_of_the_back_office(self, demo: str, instance: Instance) -> None:
        response = httpx.get(f"{demo}{PATH}config.js")
        assert instance.members["public_key_id"] in response.text
        assert "dzpk_" not in response.text
        assert "unsafe" not in response.headers["content-security-policy"]

    def test_beside_its_files(self, demo: str) -> None:
        response = httpx.get(demo + PATH.rstrip("/"))
        assert (response.status_code, response.headers["location"]) == (302, PATH)
        for name in re.findall(r'(?:href|src)="([^":#]+)"', httpx.get(demo + PATH).text):
            assert httpx.get(demo + PATH + name).status_code == 200, name

    def test_by_no_other_instance(self, instance: Instance) -> None:
        for path in (PATH, f"{PATH}config.js", PATH.rstrip("/")):
            assert httpx.get(instance.base_url + path).status_code == 404

    @pytest.mark.parametrize("name", ["README.md", "..%2fREADME.md", "%2e%2e/README.md", "none.js", "%00.js", ".js"])
    def test_no_other_file(self, demo: str, name: str) -> None:
        assert httpx.get(demo + PATH + name).status_code == 404

    def test_its_configuration_is_empty(self) -> None:
        values = re.findall(r'^  \w+: "(.*?)",', (FOLDER / "config.js").read_text(encoding="utf-8"), re.MULTILINE)
        assert values == ["", "", ""]

    def test_every_text_is_in_every_language(self) -> None:
        texts = (FOLDER / "texts.js").read_text(encoding="utf-8").partition("const REGIONS")[0]
        languages = re.split(r"^  (?:ar|fr|en): \{$", texts, flags=re.MULTILINE)[1:]
        ar, fr, en = ([name.strip('"') for name in re.findall(r'("[\w.]+"|\b\w+): "', each)] for each in languages)
        assert ar == fr == en
        assert len(ar) == len(set(ar)) > 60
