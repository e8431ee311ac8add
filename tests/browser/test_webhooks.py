"""Webhooks and the log of requests in a real browser: a delivery that died is sent again to a real receiver."""

import re
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from graph.webhook_signing import signature
from tests.browser.conftest import PageOpener
from tests.browser.looks import WIDTHS, require_accessible, require_fitting, signed_in
from tests.conftest import Instance

pytestmark = pytest.mark.slow

PATIENCE = 30.0
HOME = "/dashboard/webhooks"


class Receiver(ThreadingHTTPServer):
    """Takes webhooks, keeps what came, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 404
        self.came: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/receivers/with-a-name-that-is-rather-long/orders"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def owner(instance: Instance) -> dict[str, Any]:
    """The cookies of the demo shop's owner."""
    return signed_in(instance)


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Load a page again until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, page.content()[-3_000:]
        page.wait_for_timeout(200)
        page.reload()


def require_good(page: Page) -> None:
    require_accessible(page)
    for width in WIDTHS:
        require_fitting(page, width)


def created(page: Page, receiver: Receiver) -> str:
    """Add a webhook, and return the secret that is shown this once."""
    page.get_by_role("link", name="Add a webhook").first.click()
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_label("An order was placed").check()
    require_good(page)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Keep this secret now")).to_be_visible()
    require_good(page)
    secret = page.locator("#secret").inner_text()
    assert re.fullmatch("[0-9a-f]{64}", secret)
    page.get_by_role("link", name="I have kept it").click()
    assert secret not in page.content()
    return secret


def test_replay(instance: Instance, open_page: PageOpener, owner: dict[str, Any], receiver: Receiver) -> None:
    tab = open_page(f"{instance.base_url}{HOME}", storage_state=owner, locale="en-GB")
    secret = created(tab, receiver)
    tab.get_by_role("button", name="Send a test").click()
    said = tab.locator(".facts")
    until(tab, lambda: "Dead" in said.inner_text())
    require_good(tab)
    receiver.status = 204
    tab.get_by_role("button", name="Send again").click()
    until(tab, lambda: "Delivered" in said.inner_text())

    (first, body), (second, again) = receiver.came
    assert body == again
    assert first["X-DZ-Delivery"] == second["X-DZ-Delivery"]
    assert tab.url.endswith(f"/deliveries/{first['X-DZ-Delivery']}")
    for headers in (first, second):
        signed = signature(bytes.fromhex(secret), int(headers["X-DZ-Timestamp"]), body)
        assert headers["X-DZ-Signature"] == signed

    tab.get_by_role("link", name="This webhook").click()
    page_in_every_language(tab)
    rotated(tab, secret)
    tab.get_by_role("button", name="Delete").first.click()
    tab.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(tab.get_by_text("The webhook has been deleted.")).to_be_visible()


def page_in_every_language(tab: Page) -> None:
    for language in ("fr", "ar", "en"):
        tab.locator(f'.languages [value="{language}"]').click()
        expect(tab.locator("html")).to_have_attribute("lang", language)
        require_good(tab)


def rotated(tab: Page, secret: str) -> None:
    """Make another secret, the old one being good for an hour more, and come back."""
    tab.get_by_role("button", name="Make another secret").first.click()
    require_accessible(tab)
    tab.get_by_label("an hour").check()
    tab.get_by_role("dialog").get_by_role("button", name="Make another secret").click()
    assert tab.locator("#secret").inner_text() != secret
    tab.get_by_role("link", name="I have kept it").click()


def test_a_request_by_its_id(instance: Instance, open_page: PageOpener, owner: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {instance.members['platform_key']}"}
    answer = httpx.get(f"{instance.base_url}/v1/products/999999999", headers=headers)
    identifier = answer.json()["meta"]["request_id"]
    tab = open_page(f"{instance.base_url}/dashboard/requests", storage_state=owner, locale="en-GB")
    tab.get_by_label("Request id").fill(identifier)
    tab.get_by_role("button", name="Find").click()
    # It is written within seconds.
    until(tab, lambda: tab.url.endswith(f"/{identifier}"))
    expect(tab.get_by_text("GET /v1/products/{product_id}")).to_be_visible()
    require_good(tab)


def test_charts_are_drawn(instance: Instance, open_page: PageOpener, owner: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {instance.members['platform_key']}"}
    httpx.get(f"{instance.base_url}/v1/store", headers=headers)
    tab = open_page(f"{instance.base_url}/dashboard/usage", storage_state=owner, locale="en-GB")
    until(tab, lambda: tab.locator(".chart canvas").count() == 2)
    tab.get_by_text("Show as a table").first.click()
    expect(tab.get_by_role("table", name="Requests by hour")).to_be_visible()
    require_good(tab)
