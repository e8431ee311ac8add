"""What every test stands on: real servers for the session, and a fresh pair of stores for each test."""

import itertools
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.asgi import Application, create_app
from app.chain.credentials import keys as key_cache
from app.chain.valkey import valkey
from app.services import Servers, running_servers
from app.services.running import temporary_folder
from app.settings import Settings
from db.engine import engine
from db.migrate import migrate
from graph.delivery import rates_start
from graph.keys import platform_key_create
from tests.addresses import fresh_address
from tests.waiting import until

# How tests are shared out among processes.
pytest_plugins = ("tests.side_by_side",)
APP_KEY = "a key of the tests which is long enough"
counter = itertools.count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Every test runs on asyncio with uvloop, as the server does."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """One embedded PostgreSQL and one Valkey for all tests."""
    with running_servers() as running:
        yield running


class Statements:
    """What was sent to PostgreSQL, as the engine reports it."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def __call__(self, sql: str, _values: Sequence[Any]) -> None:
        self.sent.append(sql)

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Give the statements sent within the block."""
        seen: list[str] = []
        before = len(self.sent)
        yield seen
        seen.extend(self.sent[before:])


@pytest.fixture(scope="session")
def statements() -> Statements:
    return Statements()


@pytest.fixture(scope="session")
async def application(servers: Servers, statements: Statements, anyio_backend: object) -> AsyncIterator[Application]:
    """The application on a migrated database; its engine reports every statement."""
    await migrate(servers.database_url)
    settings = Settings(
        database_url=servers.database_url, redis_url=servers.redis_url, app_keys=APP_KEY, log_level="error"
    )
    app = create_app(settings)
    engine.observers.append(statements)
    await engine.open(servers.database_url, size=8)
    valkey.open(servers.redis_url)
    # A machine that is busy with other tests is no outage.
    valkey.patience = 5.0
    yield app
    await valkey.close()
    await engine.close()


@dataclass
class Shop:
    """A store of a test, with a client that speaks for it."""

    store_id: int
    token: str
    client: httpx.AsyncClient
    address: str = ""

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(path, **options)

    async def write(self, method: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        """Send a write under a fresh idempotency key, or under `key`."""
        headers = {"Idempotency-Key": key or secrets.token_hex(8)}
        options: dict[str, Any] = {} if body is None else {"json": body}
        return await self.client.request(method, path, headers=headers, **options)

    async def create(self, **fields: Any) -> dict[str, Any]:
        """Create a product and return it."""
        response = await self.write("POST", "/v1/products", {"name": f"Product {next(counter)}", "price": 100} | fields)
        assert response.status_code == 201, response.text
        return response.json()["data"]

    async def graphql(
        self, query: str, variables: dict[str, Any] | None = None, key: str | None = None, **headers: str
    ) -> dict[str, Any]:
        """Run a GraphQL operation and return the whole response."""
        response = await self.client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Idempotency-Key": key or secrets.token_hex(8), **headers},
        )
        return response.json()


ShopMaker = Callable[..., Any]


@pytest.fixture
async def make_shop(application: Application) -> AsyncIterator[ShopMaker]:
    """A maker of stores, each with a platform key of the scopes asked for."""
    clients: list[httpx.AsyncClient] = []

    async def make(
        scopes: list[str] | None = None, *, livemode: bool = True, store_id: int | None = None, tier: str = "pro_plus"
    ) -> Shop:
        async with engine.transaction():
            if store_id is None:
                name = f"test-{secrets.token_hex(6)}"
                rows = await engine.write(
                    "INSERT INTO stores (name, slug, subdomain, tier) VALUES ($1, $1, $1, $2) RETURNING id", name, tier
                )
                store_id = rows[0]["id"]
                await rates_start(store_id)
            key = await platform_key_create(store_id, "test", livemode=livemode, granted=scopes)
        address = fresh_address()
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(application, client=(address, 1)),
            base_url="http://test",
            # What is tested is what the database has, but where a test is about the cache.
            headers={"Authorization": f"Bearer {key.bearer_token}", "Cache-Control": "no-cache"},
        )
        clients.append(client)
        return Shop(store_id, key.bearer_token, client, address)

    yield make
    for client in clients:
        await client.aclose()
    key_cache.clear()


@pytest.fixture
async def shop(make_shop: ShopMaker) -> Shop:
    """A store of one's own."""
    return await make_shop()


@pytest.fixture
async def make_cached_shop(make_shop: ShopMaker) -> ShopMaker:
    """A maker of stores whose clients take answers from the cache."""

    async def make(*arguments: Any, **options: Any) -> Shop:
        made: Shop = await make_shop(*arguments, **options)
        del made.client.headers["Cache-Control"]
        return made

    return make


@pytest.fixture
async def other_shop(make_shop: ShopMaker) -> Shop:
    """Another merchant's store."""
    return await make_shop()


@dataclass(frozen=True)
class Instance:
    """A whole sandbox, run as a process: what it printed, and where its data are."""

    members: dict[str, Any]
    data_dir: Path

    @property
    def base_url(self) -> str:
        return self.members["base_url"]

    def pids(self) -> dict[str, int]:
        """Return the processes as they are now."""
        return json.loads((self.data_dir / "pids.json").read_text())


@contextmanager
def sandbox(**environment: str) -> Iterator[Instance]:
    """Run a sandbox with these settings for the length of the block."""
    # pytest's own folders are closed to the account that PostgreSQL runs as under root.
    data_dir = temporary_folder()
    command = [sys.executable, "-m", "app.cli", "sandbox", "--json", "--data", str(data_dir)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1], env=os.environ | environment
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield Instance(json.loads(line), data_dir)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            shutil.rmtree(data_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def instance() -> Iterator[Instance]:
    """One sandbox for the tests that need a real server: its supervisor, databases and app as processes."""
    with sandbox() as running:
        yield running


@contextmanager
def app_process(instance: Instance, **settings: str) -> Iterator[str]:
    """Run another process of the app on an instance's database and Valkey for the length of the block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": instance.members["database_url"],
        "REDIS_URL": instance.members["redis_url"],
        "DZBUILD_APP_KEYS": (instance.data_dir / "app.key").read_text(),
        "DZBUILD_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "app.asgi:create_app", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--log-level", "error"], env=environment | settings, cwd=Path(__file__).parents[1]
    ) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            until(lambda: _is_ready(address))
            yield address
        finally:
            process.terminate()


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def second_process(instance: Instance) -> Iterator[str]:
    """Another process of the app on the same database and Valkey; gives its address."""
    with app_process(instance) as address:
        yield address
