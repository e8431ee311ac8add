"""A server is killed under the running app: a 503 in the envelope, or none at all, and service by itself afterwards."""

import os
import signal
import time

import httpx
import pytest

from tests.conftest import Instance
from tests.waiting import until

# Long before a statement would be given up.
ANSWER_WITHIN = 8.0


@pytest.fixture
def store(instance: Instance) -> httpx.Client:
    # What is asked for must come from the database.
    headers = {"Authorization": f"Bearer {instance.members['platform_key']}", "Cache-Control": "no-cache"}
    return httpx.Client(base_url=instance.base_url, headers=headers, timeout=10)


def kill(instance: Instance, name: str) -> int:
    pid = instance.pids()[name]
    os.kill(pid, signal.SIGKILL)
    return pid


class TestPostgresKilled:
    def test_503_then_service(self, instance: Instance, store: httpx.Client) -> None:
        assert store.get("/v1/products").status_code == 200
        killed = kill(instance, "postgres")
        seen: list[httpx.Response] = []

        def back() -> bool:
            asked = time.monotonic()
            seen.append(store.get("/v1/products"))
            assert time.monotonic() - asked < ANSWER_WITHIN
            return seen[-1].status_code == 200 and instance.pids().get("postgres") not in (None, killed)

        until(back)
        refused = [answer for answer in seen if answer.status_code != 200]
        assert refused, "the outage was not seen"
        for answer in refused:
            assert answer.status_code == 503
            assert answer.json()["error"]["code"] == "unavailable"
            assert answer.json()["error"]["retry_after"] == 1
            assert answer.headers["retry-after"] == "1"
            assert answer.json()["meta"]["request_id"] == answer.headers["x-request-id"]

    def test_a_write_is_done_once(self, instance: Instance, store: httpx.Client) -> None:
        headers = {"Idempotency-Key": "outage-1"}
        body = {"name": "قبل الانقطاع", "price": 900, "sku": "OUT-1"}
        killed = kill(instance, "postgres")
        until(lambda: store.post("/v1/products", json=body, headers=headers).status_code == 201)
        assert instance.pids()["postgres"] != killed
        again = store.post("/v1/products", json=body, headers=headers)
        assert again.headers["idempotency-replayed"] == "true"
        assert len(store.get("/v1/products", params={"search": "OUT-1"}).json()["data"]["items"]) == 1

    def test_graphql_says_so_too(self, instance: Instance, store: httpx.Client) -> None:
        kill(instance, "postgres")
        answers: list[httpx.Response] = []

        def back() -> bool:
            answers.append(store.post("/graphql", json={"query": "{ store { name } }"}))
            return answers[-1].status_code == 200

        until(back)
        for answer in answers[:-1]:
            assert answer.status_code == 503
            assert answer.json()["errors"][0]["extensions"]["code"] == "unavailable"


class TestValkeyKilled:
    def test_service_goes_on(self, instance: Instance, store: httpx.Client) -> None:
        killed = kill(instance, "valkey")

        def back() -> bool:
            assert store.get("/v1/products").status_code == 200
            return instance.pids().get("valkey") not in (None, killed) and store.get("/readyz").status_code == 200

        until(back)
