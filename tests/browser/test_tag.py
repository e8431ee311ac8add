"""`/dz.js` in a real browser, on a site of another origin: each event once, through a server that is killed."""

import asyncio
import gzip
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser, Page

from app.web.tag import tag
from tests.conftest import Instance

PATIENCE = 30.0


def until(condition: Callable[[], Any], page: Page) -> Any:
    """Wait for a state, and let the page's own events come meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "the state did not come"
        page.wait_for_timeout(50)
    return found


@pytest.fixture
def site(instance: Instance) -> Iterator[str]:
    """A website of somebody's own with the tag in it; gives its address. On `/away/PORT` the tag's server is there."""
    members = instance.members

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            _, _, away = self.path.partition("/away/")
            base = f"http://127.0.0.1:{away}" if away else members["base_url"]
            tag = f'<script src="{members["base_url"]}/dz.js" data-base="{base}"'
            key = f' data-key="{members["load_public_key_id"]}" data-secret="{members["load_public_signing_secret"]}"'
            head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
            self.wfile.write(f"{head}{tag}{key}></script>".encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A port at which nobody listens, and which nobody else can take."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def rows(instance: Instance, sql: str, *values: object) -> list[asyncpg.Record]:
    """Ask the database, on a loop of its own beside Playwright's."""
    found: list[asyncpg.Record] = []

    async def ask() -> None:
        connection = await asyncpg.connect(instance.members["database_url"])
        found.extend(await connection.fetch(sql, *values))
        await connection.close()

    thread = Thread(target=lambda: asyncio.run(ask()))
    thread.start()
    thread.join()
    return found


def events(instance: Instance, beginning: str) -> list[str]:
    return [
        row["name"]
        for row in rows(
            instance,
            "SELECT payload->>'name' AS name FROM inbox WHERE starts_with(payload->>'name', $1)"
            " UNION ALL SELECT name FROM tracking.events WHERE starts_with(name, $1) ORDER BY 1",
            beginning,
        )
    ]


def test_small_and_cacheable(instance: Instance) -> None:
    assert len(gzip.compress(tag().plain, 9)) <= 4096
    response = httpx.get(f"{instance.base_url}/dz.js", headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.content == tag().plain
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["cache-control"].startswith("public, max-age=3600")
    again = httpx.get(f"{instance.base_url}/dz.js", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_signup_and_event(instance: Instance, browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(site)
    page.evaluate("dz.signup({email: 'tag@example.dz', source: 'tag-test', meta: {n: 1}})")
    page.evaluate("dz.event('tag-first', {name: 'قميص'})")
    until(lambda: page.evaluate("dz.waiting()") == 0, page)
    assert events(instance, "tag-first") == ["tag-first"]
    counted = "SELECT counted FROM signups WHERE source = 'tag-test'"
    assert [row["counted"] for row in until(lambda: rows(instance, counted), page)] == [True]
    page.close()


def test_server_that_is_killed_and_comes_back(instance: Instance, browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(site)
    names = [f"tag-kill-{number:02}" for number in range(40)]
    for place, name in enumerate(names):
        page.evaluate("name => dz.event(name)", name)
        if place in (10, 25):
            os.kill(until(lambda: instance.pids().get("app-1"), page), signal.SIGKILL)
    until(lambda: page.evaluate("dz.waiting()") == 0, page)
    assert events(instance, "tag-kill-") == names
    page.close()


def test_page_that_closes_while_there_is_no_server(
    instance: Instance, browser: Browser, site: str, refusing_port: int
) -> None:
    """What it couldn't send waits in the browser, and the site's next page sends it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/away/{refusing_port}")
    page.evaluate("dz.event('tag-later-1'); dz.event('tag-later-2')")
    until(lambda: page.evaluate("Object.values(localStorage).some(each => JSON.parse(each).sent)"), page)
    page.close()
    assert events(instance, "tag-later-") == []
    page = context.new_page()
    page.goto(site)
    until(lambda: page.evaluate("dz.waiting()") == 0, page)
    assert events(instance, "tag-later-") == ["tag-later-1", "tag-later-2"]
    context.close()


def test_page_that_closes_with_more_to_send(instance: Instance, browser: Browser, site: str) -> None:
    """What is queued and signed when a page is left goes out with `keepalive`."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site)
    page.evaluate(
        "() => { for (let n = 0; n < 5; n++) dz.event('tag-close-' + n); return new Promise(r => setTimeout(r, 5)); }"
    )
    page.goto("about:blank")
    last = context.new_page()
    last.goto(site)
    until(lambda: last.evaluate("dz.waiting()") == 0, last)
    assert events(instance, "tag-close-") == [f"tag-close-{number}" for number in range(5)]
    context.close()
