"""A real browser on a real server: Chromium without a network of its own, and every request that it makes."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import Instance, app_process

ROOT = Path(__file__).parents[2]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
PATIENCE = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; CI installs it, and another machine without one skips these tests.

    A module's, and stopped with it: Playwright keeps an event loop running meanwhile, beside which no async test runs.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None and not os.environ.get("CI"):
        pytest.skip("there is no Chromium: install it to run these tests (apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


class Tab(Page):
    """For types: a page, with what it asked for and complained of."""

    asked: list[str]
    complaints: list[str]


PageOpener = Callable[..., Tab]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[PageOpener]:
    """An opener of tabs, each in a profile of its own; afterwards none has asked elsewhere or met an error.

    `pictures` is where else pictures may come from.
    """
    contexts: list[BrowserContext] = []
    opened: list[tuple[str, str, list[str], list[str]]] = []

    def open_(address: str, *, width: int = 1280, height: int = 800, pictures: str = "", **options: object) -> Tab:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE)
        asked: list[str] = []
        complaints: list[str] = []
        opened.append((urlsplit(address).netloc, pictures, asked, complaints))
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.asked, tab.complaints = asked, complaints  # type: ignore[attr-defined]
        tab.goto(address)
        return tab  # type: ignore[return-value]

    yield open_
    for context in contexts:
        context.close()
    for host, pictures, asked, complaints in opened:
        assert asked
        elsewhere = [url for url in asked if not url.startswith("data:") and urlsplit(url).netloc != host]
        assert [url for url in elsewhere if not pictures or not url.startswith(pictures)] == []
        assert complaints == []


@pytest.fixture(scope="session")
def demo(instance: Instance) -> Iterator[str]:
    """The same shops as `dzbuild demo` serves them: the setting is all that differs. Gives its address."""
    # All tabs are of one address.
    settings = {"DZBUILD_DATA_DIR": str(instance.data_dir), "DZBUILD_PUBLIC_PER_ADDRESS_PER_MINUTE": "6000"}
    with app_process(instance, DZBUILD_DEMO="true", **settings) as address:
        yield address
