"""The documentation and the API reference, as a person meets them."""

import json
import re

import httpx
import pytest

from app.pages.docs.library import page
from app.pages.docs.search import find
from app.pages.docs.words import word
from app.pages.texts import Language
from tests.browser.conftest import PageOpener, Tab
from tests.browser.looks import WIDTHS, require_accessible, require_fitting, signed_in
from tests.conftest import Instance
from tests.docs.fences import FENCE

pytestmark = pytest.mark.slow

# As the page's line of HTML does it.
LOAD_TAG = """([key, secret]) => new Promise((loaded) => {
  const script = Object.assign(document.createElement("script"), {src: "/dz.js", onload: loaded});
  Object.assign(script.dataset, {key, secret});
  document.head.append(script);
})"""
LOCALES: dict[Language, str] = {"en": "en-GB", "fr": "fr-DZ", "ar": "ar-DZ"}


def results(tab: Tab, query: str) -> list[str]:
    """Type into the search, and return where what is found leads."""
    field = tab.get_by_role("combobox")
    field.fill(query)
    tab.locator("#results > *").first.wait_for()
    return [link.get_attribute("href") or "" for link in tab.locator("#results a").all()]


class TestReading:
    @pytest.mark.parametrize("width", WIDTHS)
    @pytest.mark.parametrize("language", LOCALES)
    def test_is_for_everybody(self, open_page: PageOpener, demo: str, language: Language, width: int) -> None:
        tab = open_page(f"{demo}/api-docs/intro", width=width, locale=LOCALES[language])
        assert tab.locator("h1").inner_text() == word("nav_intro", language)
        assert tab.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        for path in ("intro", "orders", "search?q=webhook"):
            tab.goto(f"{demo}/api-docs/{path}")
            require_accessible(tab)
            require_fitting(tab, width)

    @pytest.mark.parametrize("path", ["orders", "errors", "keys"])
    def test_tables_are_read_on_a_phone_without_scrolling(self, open_page: PageOpener, demo: str, path: str) -> None:
        tab = open_page(f"{demo}/api-docs/{path}", width=390, locale="en-GB")
        rows = tab.evaluate("""[...document.querySelectorAll("article tbody tr")]
          .filter((each) => each.cells.length === 3)
          .map((row) => [...row.cells].map((cell) => cell.getBoundingClientRect()))""")
        assert rows
        for first, _, last in rows:
            assert last["right"] <= 390
            # What it is stands below its name: no column is left too narrow to be read.
            assert last["top"] >= first["bottom"] - 1
        require_accessible(tab)

    def test_arabic_runs_from_the_right_and_code_from_the_left(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/authentication", width=1440, locale="ar-DZ")
        menu, article = tab.locator("#menu").bounding_box(), tab.locator("article").bounding_box()
        assert menu is not None
        assert article is not None
        assert menu["x"] > article["x"]
        assert tab.evaluate("getComputedStyle(document.querySelector('article p')).direction") == "rtl"
        assert tab.evaluate("getComputedStyle(document.querySelector('article pre')).direction") == "ltr"
        assert tab.evaluate("getComputedStyle(document.querySelector('article td code')).direction") == "ltr"

    def test_contents_on_a_phone(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/intro", width=390, locale="ar-DZ")
        tab.locator(".menu-button").click()
        tab.get_by_role("link", name=word("nav_webhooks", "ar"), exact=True).first.click()
        tab.wait_for_url("**/api-docs/webhooks")
        assert tab.locator("h1").inner_text() == word("nav_webhooks", "ar")

    def test_language_switch(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/webhooks", locale="en-GB")
        tab.get_by_role("button", name="Français").click()
        tab.get_by_role("heading", name="Ce qui arrive").wait_for()
        assert tab.url == f"{demo}/api-docs/webhooks"
        tab.goto(f"{demo}/api-docs/orders")
        tab.get_by_text(word("not_translated", "fr")).wait_for()

    def test_one_language_for_all_examples(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/intro", locale="en-GB")
        shown = tab.locator(".panel:visible")
        assert {each.get_attribute("data-language") for each in shown.all()} == {"sh"}
        tab.locator(".tabs").first.get_by_text("Python", exact=True).click()
        assert {each.get_attribute("data-language") for each in shown.all()} == {"python"}
        tab.goto(f"{demo}/api-docs/products")
        assert {each.get_attribute("data-language") for each in shown.all()} == {"python"}
        tab.locator(".tabs > input:checked").first.focus()
        tab.keyboard.press("ArrowRight")
        assert {each.get_attribute("data-language") for each in shown.all()} == {"js"}

    def test_copy(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/intro", locale="en-GB", permissions=["clipboard-read", "clipboard-write"])
        block = tab.locator(".panel[data-language=sh] .code").first
        block.get_by_role("button", name="Copy").click()
        block.get_by_role("button", name="Copied").wait_for()
        copied = tab.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(f"curl {demo}/v1/whoami")


class TestWithoutScript:
    def test_tabs_and_search(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/intro", locale="en-GB", java_script_enabled=False)
        example = tab.locator(".tabs").first
        example.get_by_text("PHP", exact=True).click()
        assert example.locator(".panel:visible").get_attribute("data-language") == "php"
        assert tab.locator(".copy:visible").count() == 0
        field = tab.locator("#q")
        field.fill("idempotency")
        field.press("Enter")
        tab.wait_for_url("**/api-docs/search?q=idempotency")
        tab.locator(".found ol a").first.click()
        tab.wait_for_url("**/api-docs/idempotency**")


class TestSearch:
    @pytest.mark.parametrize(
        ("language", "query"),
        [("en", "idempotency"), ("en", "rotate secret"), ("fr", "cle publique"), ("ar", "التَّوقيعات"), ("ar", "429")],
    )
    def test_finds_what_the_server_finds(
        self, open_page: PageOpener, demo: str, language: Language, query: str
    ) -> None:
        tab = open_page(f"{demo}/api-docs/intro", locale=LOCALES[language])
        found = results(tab, query)
        assert found
        assert found == [each.entry.path for each in find(query, language)][: len(found)]

    def test_by_keys_alone(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/intro", locale="en-GB")
        tab.keyboard.press("/")
        tab.keyboard.type("sliding window")
        tab.locator("#results a").first.wait_for()
        tab.keyboard.press("ArrowDown")
        chosen = tab.get_by_role("combobox").get_attribute("aria-activedescendant")
        assert tab.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
        require_accessible(tab)
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/api-docs/rate-limits**")
        tab.keyboard.press("/")
        tab.keyboard.type("webhook")
        tab.locator("#results a").first.wait_for()
        tab.keyboard.press("Escape")
        tab.locator("#results").wait_for(state="hidden")

    def test_finds_nothing(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/intro", locale="en-GB")
        assert results(tab, "<b>zzzz</b>") == []
        assert "<b>zzzz</b>" in tab.locator("#results").inner_text()


def tried(tab: Tab, operation: str) -> dict:
    """Send an operation of the reference as its page offers it, and return the answer."""
    tab.get_by_role("button", name=f"Test Request ({operation})", exact=False).click()
    with tab.expect_response(lambda response: "/v1/" in response.url) as waited:
        tab.get_by_role("button", name=re.compile("^Send")).first.click()
    answer = {"status": waited.value.status, "body": json.loads(waited.value.body())}
    tab.keyboard.press("Escape")
    return answer


class TestTag:
    def test_its_examples_are_counted(self, open_page: PageOpener, demo: str, instance: Instance) -> None:
        tab = open_page(f"{demo}/api-docs/tag", locale="en-GB")
        told = page("tag", "en")
        assert told is not None
        calls = [found[3] for found in FENCE.finditer(told.source) if found[2].split() == ["page"]]
        assert [call.split("(")[0] for call in calls] == ["dz.signup", "dz.event"]
        members = instance.members
        tab.evaluate(LOAD_TAG, [members["load_public_key_id"], members["load_public_signing_secret"]])
        for call in calls:
            with tab.expect_response(lambda response: "/v1/" in response.url) as waited:
                tab.evaluate(f"() => {{ {call} }}")
            assert waited.value.status == 202
        tab.wait_for_function("dz.waiting() === 0")


class TestOwnKey:
    def test_the_demo_s_stands_in_every_example(self, open_page: PageOpener, demo: str, instance: Instance) -> None:
        tab = open_page(f"{demo}/api-docs/intro", locale="en-GB")
        assert tab.get_by_text(word("key_demo", "en")).is_visible()
        key = instance.members["test_key"]
        assert f'export DZ_KEY="{key}"' in tab.locator("article pre").first.inner_text()
        assert {each.inner_text().strip('"') for each in tab.locator(".your-key:visible").all()} == {key}
        for host, has_key in (({}, True), ({"Host": "rebound.example"}, False)):
            answer = httpx.get(f"{demo}/api-docs/intro", headers=host)
            assert (key in answer.text) is has_key
            assert answer.headers["cache-control"] == ("no-store" if has_key else "private, no-cache")
        assert key not in httpx.get(f"{instance.base_url}/api-docs/intro").text

    def test_made_and_filled_in(self, open_page: PageOpener, instance: Instance) -> None:
        address = f"{instance.base_url}/api-docs/errors"
        tab = open_page(address, locale="en-GB", storage_state=signed_in(instance))
        require_accessible(tab)
        place = tab.locator(".panel:visible .your-key, .code:visible .your-key").first
        assert place.inner_text() == "$DZ_KEY"
        tab.get_by_role("button", name=word("key_make", "en")).click()
        remove = tab.get_by_role("button", name=word("key_remove", "en"))
        remove.wait_for()
        require_accessible(tab)
        key = place.inner_text()
        answer = httpx.get(f"{instance.base_url}/v1/whoami", headers={"Authorization": f"Bearer {key}"})
        assert answer.json()["data"]["livemode"] is False
        assert answer.json()["data"]["store_id"] == instance.members["store_id"]
        # This tab remembers it, and no other does.
        tab.goto(f"{instance.base_url}/api-docs/orders")
        assert place.inner_text() == key
        other = tab.context.new_page()
        other.goto(address)
        assert other.locator(".your-key").first.inner_text() == "$DZ_KEY"
        remove.click()
        assert place.inner_text() == "$DZ_KEY"
        tab.reload()
        assert place.inner_text() == "$DZ_KEY"


class TestReference:
    def test_reads_and_writes(self, open_page: PageOpener, demo: str) -> None:
        tab = open_page(f"{demo}/api-docs/reference#tag/categories/GET/v1/categories", width=1440)
        read = tried(tab, "get /v1/categories")
        assert read["status"] == 200
        assert "items" in read["body"]["data"]
        # The contract's example of a key is the same for all, and each press of the button is another request.
        made = [tried(tab, "post /v1/categories") for _ in range(2)]
        assert [each["status"] for each in made] == [201, 201]
        assert made[0]["body"]["data"]["id"] != made[1]["body"]["data"]["id"]

    def test_gives_no_key_away(self, instance: Instance, demo: str) -> None:
        for base_url, headers, has_key in (
            (instance.base_url, {}, False),
            (demo, {}, True),
            (demo, {"Host": "rebound.example"}, False),
        ):
            answer = httpx.get(f"{base_url}/api-docs/reference", headers=headers)
            assert (instance.members["platform_key"] in answer.text) is has_key
            assert answer.headers["cache-control"] == "no-store"

    def test_policy_lets_nothing_else_in(self, demo: str) -> None:
        policy = httpx.get(f"{demo}/api-docs/reference").headers["content-security-policy"]
        assert "unsafe" not in policy
        assert re.search(r"style-src 'self' 'nonce-[\w-]{20,}';", policy)
        assert "script-src 'self';" in policy
