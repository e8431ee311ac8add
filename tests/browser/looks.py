"""What every page has to be: as wide as its window, and fit for screen readers and keyboards (axe-core)."""

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page

from tests.conftest import Instance

AXE = Path(__file__).parent / "vendored" / "axe.min.js.gz"
WIDTHS = (390, 1440)
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"], preload: false});
  return found.violations.filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => [each.id, each.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]);
}"""
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")].filter((each) => {
    const place = each.getBoundingClientRect();
    return place.right > innerWidth + 1 || place.left < -1;
  }).slice(0, 5).map((each) => each.outerHTML.slice(0, 120))"""


@lru_cache(maxsize=1)
def _axe() -> str:
    return gzip.decompress(AXE.read_bytes()).decode()


def require_accessible(page: Page) -> None:
    """Let a page pass in which axe-core finds nothing serious."""
    page.evaluate(_axe())
    found = page.evaluate(RUN)
    assert found == [], (page.url, found)


def require_fitting(page: Page, width: int) -> None:
    """Let a page pass that scrolls in no window of this width from side to side."""
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate(WIDER) == [], (page.url, width)


def signed_in(instance: Instance, base_url: str | None = None) -> dict[str, Any]:
    """Return what a browser's context takes for `storage_state`: store A's owner has signed in to the dashboard."""
    members = instance.members
    address = base_url or instance.base_url
    form = {"email": members["dashboard_email"], "password": members["dashboard_password"]}
    answer = httpx.post(f"{address}/dashboard/sign-in", data=form, headers={"Origin": address}, timeout=30)
    assert answer.status_code == 303, answer.text
    cookie = {"name": "session", "value": answer.cookies["session"], "domain": "127.0.0.1", "path": "/"}
    kept: dict[str, Any] = {**cookie, "httpOnly": True, "secure": False, "sameSite": "Lax", "expires": -1}
    return {"cookies": [kept], "origins": []}
