"""The dashboard in a real browser: from signing in to a key that works and then doesn't, and how its pages look."""

import re
import subprocess
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.pages.sections import SECTIONS
from tests.browser.conftest import PageOpener
from tests.browser.looks import WIDTHS, require_accessible, require_fitting, signed_in
from tests.conftest import Instance

pytestmark = pytest.mark.slow

PATIENCE = 30.0
KEYS = "/dashboard/settings/keys"
FORMS = ["products/new", "products/import", "orders/new", "landing-pages/new", "webhooks/new", "settings/keys/new"]
PAGES = ["/", *(section.path for section in SECTIONS), *(f"/dashboard/{form}" for form in FORMS)]
WEIGHTS = """async () => {
  await document.fonts.ready;
  return performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
    .map((each) => [each.name, each.encodedBodySize]);
}"""


@pytest.fixture(scope="module")
def owner(instance: Instance) -> dict[str, Any]:
    """The cookies of the demo shop's owner."""
    return signed_in(instance)


def ran(command: str) -> tuple[int, str]:
    """Run a request that a page shows, as a developer pastes it; return its status and its answer."""
    shown = subprocess.run(
        ["bash", "-c", command.replace("curl ", "curl -s -w '%{http_code}' ", 1)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    ).stdout
    return int(shown[-3:]), shown[:-3]


def sign_in(page: Page, instance: Instance) -> None:
    page.get_by_label("E-mail address").fill(instance.members["dashboard_email"])
    page.get_by_label("Password").fill(instance.members["dashboard_password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/dashboard$"))


def revoke(page: Page, name: str) -> None:
    """Revoke a key of the list by its name."""
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile(f"^{name}")))
    row.get_by_role("button", name="Revoke", exact=True).click()
    row.get_by_role("button", name="Revoke this key").click()
    expect(page.get_by_text(f"“{name}” is revoked.")).to_be_visible()


def require_light(page: Page) -> None:
    """Let a page pass that has under 50 KB of script and 150 KB in all, as they come over the wire, fonts included.

    The merchant's own pictures are none of it: they come after the page, as far as it is scrolled.
    """
    weights = {name: size for name, size in page.evaluate(WEIGHTS) if "/media/" not in name}
    assert sum(size for name, size in weights.items() if name.endswith(".js")) < 50_000, weights
    assert 5_000 < sum(weights.values()) < 150_000, weights


def test_from_signing_in_to_a_revoked_key(instance: Instance, open_page: PageOpener) -> None:
    tab = open_page(f"{instance.base_url}/", permissions=["clipboard-read", "clipboard-write"], locale="en-GB")
    tab.get_by_role("link", name="Dashboard").click()
    sign_in(tab, instance)
    tab.get_by_role("navigation", name="Sections").get_by_role("link", name="API keys").click()
    tab.get_by_role("link", name="Generate key").click()
    tab.get_by_label("Name").fill("Warehouse")
    tab.get_by_role("link", name="Catalogue and stock").click()
    expect(tab.get_by_label("Read orders")).not_to_be_checked()
    expect(tab.get_by_label("Create, change and delete products")).to_be_checked()
    require_accessible(tab)
    tab.get_by_role("button", name="Generate key").click()

    expect(tab.get_by_role("heading", name="“Warehouse” is ready")).to_be_visible()
    for width in WIDTHS:
        require_fitting(tab, width)
    require_accessible(tab)
    tab.locator("section", has_text="Try it").get_by_role("button", name="Copy").last.click()
    expect(tab.get_by_role("button", name="Copied")).to_be_visible()
    command = tab.evaluate("navigator.clipboard.readText()")
    status, answer = ran(command)
    assert (status, '"name":"Warehouse"' in answer) == (200, True), answer

    tab.get_by_role("link", name="I have copied it").click()
    assert command.split("Bearer ")[1].split(".")[1][:64] not in tab.content()
    revoke(tab, "Warehouse")
    deadline = time.monotonic() + PATIENCE
    while ran(command)[0] != 401:
        assert time.monotonic() < deadline, "a revoked key works on"


def test_without_scripts(instance: Instance, open_page: PageOpener) -> None:
    tab = open_page(f"{instance.base_url}{KEYS}", java_script_enabled=False, locale="en-GB")
    sign_in_and_back = tab.url
    assert "next=" in sign_in_and_back
    tab.get_by_label("E-mail address").fill(instance.members["dashboard_email"])
    tab.get_by_label("Password").fill(instance.members["dashboard_password"])
    tab.get_by_role("button", name="Sign in").click()
    expect(tab).to_have_url(re.compile(f"{KEYS}$"))
    tab.get_by_role("link", name="Generate key").click()
    tab.get_by_role("link", name="Public key").click()
    tab.get_by_role("link", name="A whole storefront").click()
    tab.get_by_label("Name").fill("Page")
    tab.get_by_role("button", name="Generate key").click()
    expect(tab.get_by_label("Paste this into your page")).to_contain_text("/dz.js")
    tab.get_by_role("link", name="I have copied it").click()
    revoke(tab, "Page")


def test_every_page_in_every_language(instance: Instance, open_page: PageOpener, owner: dict[str, Any]) -> None:
    tab = open_page(f"{instance.base_url}/dashboard", storage_state=owner, locale="en-GB")
    for language, direction in (("fr", "ltr"), ("ar", "rtl"), ("en", "ltr")):
        tab.locator(f'.languages [value="{language}"]').click()
        expect(tab.locator("html")).to_have_attribute("lang", language)
        expect(tab.locator("html")).to_have_attribute("dir", direction)
        for path in PAGES:
            tab.goto(f"{instance.base_url}{path}")
            assert tab.locator("html").get_attribute("lang") == language
            require_light(tab)
            for width in WIDTHS:
                require_fitting(tab, width)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_page_for_everybody(instance: Instance, open_page: PageOpener, owner: dict[str, Any], look: str) -> None:
    width = WIDTHS[look == "light"]
    tab = open_page(f"{instance.base_url}/", storage_state=owner, color_scheme=look, width=width, locale="en-GB")
    for path in PAGES:
        tab.goto(f"{instance.base_url}{path}")
        require_accessible(tab)


def test_by_keyboard(instance: Instance, open_page: PageOpener, owner: dict[str, Any]) -> None:
    tab = open_page(f"{instance.base_url}{KEYS}", storage_state=owner, width=390, locale="en-GB")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("main")).to_be_focused()
    tab.get_by_role("button", name="Menu").press("Enter")
    expect(tab.get_by_role("link", name="Overview")).to_be_visible()
    require_accessible(tab)
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("link", name="Overview")).to_be_hidden()
    tab.get_by_role("button", name="Rotate").first.press("Enter")
    expect(tab.get_by_role("dialog")).to_be_visible()
    require_accessible(tab)
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_be_hidden()
