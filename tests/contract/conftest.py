"""The committed contract, and a real server that has to keep it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from app.asgi import Application
from app.services import Servers
from app.supervisor.gate import Gate
from app.supervisor.listening import base_url, listen
from db.engine import engine
from graph.keys import find_key, platform_key_create
from graph.public_keys import IssuedPublicKey, public_key_create
from graph.store_admin import limits_override, store_create
from graph.tiers import PER_ADDRESS
from tests.conftest import APP_KEY
from tests.contract.signing import Signer

ROOT = Path(__file__).parents[2]
START_TIMEOUT = 30.0
STORES = 600
UNLIMITED = {"requests_per_minute": 10_000_000, PER_ADDRESS: 10_000_000}


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """`openapi.yaml` as it is committed."""
    return load(ROOT / "openapi.yaml")


def load(path: Path) -> dict[str, Any]:
    """Return what a YAML file says."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


class Target:
    """A server to be tested, and stores there."""

    def __init__(self, base_url: str, tokens: list[str], page: IssuedPublicKey, sandbox_token: str) -> None:
        self.base_url = base_url
        self.page = page
        self.sandbox_token = sandbox_token
        self._unused = iter(tokens)
        self.token = ""

    def next_store(self) -> requests.Session:
        """Speak for an empty store from now on; return a connection of one's own that does so."""
        self.token = next(self._unused)
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        return session

    def call(self, session: requests.Session) -> dict[str, Any]:
        """Return where and as whom schemathesis sends a request."""
        headers = {"Authorization": f"Bearer {self.token}"}
        session.auth = Signer(self.page, self.sandbox_token, headers["Authorization"])
        return {"base_url": self.base_url, "session": session, "headers": headers}


@pytest.fixture(scope="session")
async def tokens(application: Application) -> list[str]:
    """Keys with every default scope, each of a store of its own that no limit stops."""
    made = []
    async with engine.transaction():
        for number in range(STORES):
            subdomain = f"contract-{number}"
            store_id = await store_create({"name": "دار العقد", "subdomain": subdomain, "tier": "enterprise"})
            await limits_override(store_id, UNLIMITED)
            made.append((await platform_key_create(store_id, "contract tests")).bearer_token)
    return made


@pytest.fixture(scope="session")
async def page(application: Application, tokens: list[str]) -> IssuedPublicKey:
    """A public key of the first of these stores."""
    key = await find_key(tokens[0].partition(".")[0])
    assert key is not None
    async with engine.transaction():
        return await public_key_create(key.context.store_id, "contract tests")


@pytest.fixture(scope="session")
async def sandbox_token(application: Application, tokens: list[str]) -> str:
    """A test key of the first of these stores."""
    key = await find_key(tokens[0].partition(".")[0])
    assert key is not None
    async with engine.transaction():
        return (await platform_key_create(key.context.store_id, "contract tests", livemode=False)).bearer_token


@pytest.fixture(scope="session")
def target(servers: Servers, tokens: list[str], page: IssuedPublicKey, sandbox_token: str) -> Iterator[Target]:
    """The same ASGI application in a process of its own, with its own loop and pool, as `dzbuild serve` runs it.

    Schemathesis calls synchronously. Its transport for ASGI would run the application on a loop of its own beside the
    session's, whose pool is the process's only one; so it comes in over a loopback socket instead.
    """
    with listen("127.0.0.1", 0) as listener, Gate() as gate:
        gate.open()
        inherited = (listener.fileno(), gate.side)
        command = [sys.executable, "-m", "app.supervisor.worker", "app.asgi:create_app", *map(str, inherited)]
        environment = os.environ | {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "DZBUILD_LOG_LEVEL": "error",
            "DZBUILD_APP_KEYS": APP_KEY,
            # The requests that schemathesis sends without a key come from one address.
            "DZBUILD_UNAUTHENTICATED_PER_MINUTE": "10000000",
        }
        with subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=inherited) as process:
            try:
                _wait_until_ready(base_url(listener), process)
                yield Target(base_url(listener), tokens, page, sandbox_token)
            finally:
                process.terminate()


def _wait_until_ready(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(f"{address}/readyz", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    pytest.fail(f"the server under test did not start (exit code {process.poll()})")
