"""Valkey hangs, dies or forgets: requests go on, within their time, and the loss is counted."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import redis

from tests.conftest import Instance
from tests.waiting import until


@pytest.fixture
def store(instance: Instance) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {instance.members['unlimited_key']}"}
    with httpx.Client(base_url=instance.base_url, headers=headers, timeout=10) as client:
        yield client


def degraded(store: httpx.Client) -> float:
    return float(re.search(r"^dzbuild_degraded_total (\S+)", store.get("/metrics").text, re.MULTILINE)[1])


@contextmanager
def hanging(instance: Instance) -> Iterator[None]:
    """Stop Valkey where it is within the block: connections stand, and nothing answers."""
    pid = instance.pids()["valkey"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class TestHanging:
    def test_requests_go_on(self, instance: Instance, store: httpx.Client) -> None:
        before = degraded(store)
        with hanging(instance):
            for number in range(20):
                # One that waited for Valkey would meet the client's timeout.
                response = store.get("/v1/products?limit=3")
                assert response.status_code == 200
                assert response.headers["x-cache"] == "MISS"
                body = {"name": f"Hang {number}", "price": 1}
                made = store.post("/v1/products", json=body, headers={"Idempotency-Key": f"hang-{number}"})
                assert made.status_code == 201
                again = store.post("/v1/products", json=body, headers={"Idempotency-Key": f"hang-{number}"})
                assert again.headers["idempotency-replayed"] == "true"
            assert degraded(store) > before
        until(lambda: store.get("/v1/products?limit=3").headers["x-cache"] == "HIT")

    def test_limits_are_kept_by_each_process(self, instance: Instance) -> None:
        headers = {"Authorization": f"Bearer {instance.members['free_key']}"}
        with hanging(instance), httpx.Client(base_url=instance.base_url, headers=headers, timeout=10) as free:
            states = [free.get("/v1/whoami").status_code for _ in range(40)]
        assert states.count(200) <= 31
        assert states[-1] == 429


class TestForgetful:
    def test_scripts_are_loaded_again(self, instance: Instance, store: httpx.Client) -> None:
        """On a busy machine Valkey may not answer in time; else it is never done without."""
        until(lambda: self.forgotten(instance, store) == 0)

    def forgotten(self, instance: Instance, store: httpx.Client) -> float:
        """Let Valkey forget everything, five times, and return how often it was done without."""
        before = degraded(store)
        with redis.Redis.from_url(instance.members["redis_url"]) as client:
            for _ in range(5):
                client.script_flush()
                client.flushall()
                response = store.get("/v1/products?limit=4")
                assert response.status_code == 200
                assert "x-ratelimit-remaining" in response.headers
                until(lambda: store.get("/v1/products?limit=4").headers["x-cache"] == "HIT")
        return degraded(store) - before

    def test_a_full_valkey_is_none(self, instance: Instance, store: httpx.Client) -> None:
        with redis.Redis.from_url(instance.members["redis_url"]) as client:
            policy, memory = (client.config_get(name)[name] for name in ("maxmemory-policy", "maxmemory"))
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "1")
            try:
                for _ in range(5):
                    assert store.get("/v1/products?limit=7").status_code == 200
            finally:
                client.config_set("maxmemory", memory)
                client.config_set("maxmemory-policy", policy)
        until(lambda: store.get("/v1/products?limit=7").headers["x-cache"] == "HIT")
