"""Valkey is emptied, or dies with all it held: no nonce works twice, and no quota starts anew."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.conftest import Instance
from tests.faults.database import Database
from tests.faults.test_valkey_away import degraded, hanging
from tests.signed.clients import PublicKey
from tests.waiting import until

ROOT = Path(__file__).parents[2]
MONTH, SIGNUPS = 60, 5
LIMITS = {
    "requests_per_month": MONTH,
    "signups_per_month": SIGNUPS,
    "requests_per_minute": 100_000,
    "requests_per_address": 100_000,
}


@pytest.fixture(scope="module")
def database(instance: Instance) -> Iterator[Database]:
    opened = Database(instance.members["database_url"])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def limited(instance: Instance, database: Database) -> dict[str, Any]:
    """A store of one's own with a small month: its id, a platform key, and a page's key."""

    def dzbuild(*arguments: str) -> str:
        environment = os.environ | {"DATABASE_URL": instance.members["database_url"]}
        command = [sys.executable, "-m", "app.cli", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, text=True, check=True, capture_output=True).stdout

    store = dzbuild("stores", "create", "Forgotten", "--subdomain", f"forgotten-{secrets.token_hex(4)}").strip()
    database.run("UPDATE stores SET limit_overrides = $2::jsonb WHERE id = $1", int(store), json.dumps(LIMITS))
    token = dzbuild("keys", "create", store, "--name", "test").split()[-1]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(8)}
    body = {"type": "public", "name": "page"}
    made = httpx.post(f"{instance.base_url}/v1/keys", json=body, headers=headers).json()["data"]
    page = PublicKey(int(store), 0, made["key_id"], made["signing_secret"])
    return {"store_id": int(store), "token": token, "page": page}


def emptied(instance: Instance) -> None:
    """Let Valkey forget everything."""
    with redis.Redis.from_url(instance.members["redis_url"]) as client:
        client.flushall()


def restarted(instance: Instance) -> None:
    """Let Valkey die, and wait for the one after it, which knows nothing."""
    killed = instance.pids()["valkey"]
    os.kill(killed, signal.SIGKILL)

    def back() -> bool:
        if instance.pids().get("valkey") in (None, killed):
            return False
        try:
            with redis.Redis.from_url(instance.members["redis_url"]) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    until(back)


@pytest.mark.parametrize("forget", [emptied, restarted])
def test_no_nonce_works_twice(instance: Instance, second_process: str, forget: Callable[[Instance], None]) -> None:
    members = instance.members
    key = PublicKey(0, 0, members["load_public_key_id"], members["load_public_signing_secret"])
    body = json.dumps({"name": "once"}).encode()
    headers = key.headers(body)
    assert httpx.post(f"{instance.base_url}/v1/events", content=body, headers=headers).status_code == 202
    forget(instance)
    for address in (instance.base_url, second_process) * 2:
        refused = httpx.post(f"{address}/v1/events", content=body, headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unauthorized")


def test_signups_of_the_month(instance: Instance, second_process: str, limited: dict[str, Any]) -> None:
    def sign_up(address: str) -> httpx.Response:
        body = json.dumps({"external_user_id": secrets.token_hex(8)}).encode()
        return httpx.post(f"{address}/v1/signups", content=body, headers=limited["page"].headers(body))

    for _ in range(SIGNUPS):
        assert sign_up(instance.base_url).status_code == 202
    until(lambda: sign_up(instance.base_url).status_code == 429)
    for forget in (emptied, restarted):
        forget(instance)
        for address in (instance.base_url, second_process):
            assert sign_up(address).json()["error"]["code"] == "quota_exceeded"


def test_requests_of_the_month(
    instance: Instance, second_process: str, limited: dict[str, Any], database: Database
) -> None:
    headers = {"Authorization": f"Bearer {limited['token']}"}

    def ask(address: str) -> str:
        answer = httpx.get(f"{address}/v1/whoami", headers=headers)
        return "let through" if answer.status_code == 200 else answer.json()["error"]["code"]

    def counted() -> int:
        (row,) = database.run(
            "SELECT sum(count)::int AS n FROM usage_hours WHERE store_id = $1 AND kind = 'request'", limited["store_id"]
        )
        return int(row["n"] or 0)

    def months() -> set[int]:
        with redis.Redis.from_url(instance.members["redis_url"]) as client:
            return {int(client.hget(key, "all")) for key in client.scan_iter(f"month:*:{limited['store_id']}:live:*")}

    with httpx.Client(base_url=instance.base_url) as metrics:
        before = degraded(metrics)
        with hanging(instance):
            for _ in range(5):
                assert ask(instance.base_url) == "let through"
        # What passed without Valkey, or when it had just forgotten all, is counted there in the end.
        until(lambda: months() == {counted()})
        emptied(instance)
        while (told := ask(instance.base_url)) == "let through":
            assert counted() <= MONTH + degraded(metrics) - before
        assert told == "quota_exceeded"
        # Where Valkey is too slow to be asked, a request passes without it, and counts.
        until(lambda: MONTH <= counted() <= MONTH + degraded(metrics) - before)
    restarted(instance)
    # This process has not refused anything yet: it has to ask.
    until(lambda: ask(second_process) == "quota_exceeded")
    assert months() == {counted()}
