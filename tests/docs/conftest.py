"""What readers of the pages stand on: the shared instance, a receiver of webhooks, and a store for each reading."""

import secrets
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.pages.docs.contents import PAGES, source
from app.pages.docs.library import page
from app.pages.texts import LANGUAGES, Language
from tests.conftest import Instance
from tests.docs.fences import Group, groups
from tests.docs.running import Reader, built, node, stores

ERP = "https://erp.example.dz/webhooks/dzbuild"


def told() -> list[tuple[str, Language]]:
    """Return every page in every language that it is written in."""
    return [(name, language) for language in LANGUAGES for name in PAGES if source(name, language)]


def examples(name: str, language: Language) -> list[Group]:
    """Return the examples of a page."""
    found = page(name, language)
    assert found is not None
    return groups(found.source)


class Receiver(ThreadingHTTPServer):
    """Takes webhooks, and keeps what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks/dzbuild"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="session")
def programs(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every Go program of the pages, built at once."""
    sources = {
        fence.code
        for name, language in told()
        for group in examples(name, language)
        for fence in group.fences
        if fence.language == "go"
    }
    return built(sources, instance.base_url, tmp_path_factory.mktemp("go"))


ReaderMaker = Callable[..., Reader]


@pytest.fixture(scope="session")
def new_reader(instance: Instance, receiver: Receiver, programs: dict[str, Path]) -> Iterator[ReaderMaker]:
    """A maker of readers, each with a store of their own; stores are made many at once."""
    spare: list[dict[str, str]] = []

    def make(folder: Path, language: str = "sh") -> Reader:
        if not spare:
            names = [f"docs-{secrets.token_hex(6)}" for _ in range(40)]
            spare.extend(stores(instance.members, (instance.data_dir / "app.key").read_text(), names).values())
        return Reader(instance.base_url, spare.pop(), folder, programs, language, {ERP: receiver.url})

    yield make
    node.stop()
