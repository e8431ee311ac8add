"""The committed contract, and a real server that has to keep it."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
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
from graph.keys import platform_key_create
from graph.store_admin import limits_override, store_create

ROOT = Path(__file__).parents[2]
START_TIMEOUT = 30.0
STORES = 250
UNLIMITED = {"requests_per_minute": 10_000_000}


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """`openapi.yaml` as it is committed."""
    return yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))


class Target:
    """A server to be tested, and stores there."""

    def __init__(self, base_url: str, tokens: list[str]) -> None:
        self.base_url = base_url
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
        return {"base_url": self.base_url, "session": session, "headers": headers}


@pytest.fixture(scope="session")
async def tokens(application: Application) -> AsyncIterator[list[str]]:
    """Keys with every default scope, each of a store of its own that no limit stops."""
    made = []
    async with engine.transaction():
        for number in range(STORES):
            subdomain = f"contract-{number}"
            store_id = await store_create({"name": "دار العقد", "subdomain": subdomain, "tier": "enterprise"})
            await limits_override(store_id, UNLIMITED)
            made.append((await platform_key_create(store_id, "contract tests")).bearer_token)
    yield made


@pytest.fixture(scope="session")
def target(servers: Servers, tokens: list[str]) -> Iterator[Target]:
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
            # The requests that schemathesis sends without a key come from one address.
            "DZBUILD_UNAUTHENTICATED_PER_MINUTE": "10000000",
        }
        with subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=inherited) as process:
            try:
                _wait_until_ready(base_url(listener), process)
                yield Target(base_url(listener), tokens)
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
