"""The app is killed at each step of a write: the retry with the same key gives one row and one answer.

A trigger holds the write at its step, in the database and for real, until the process is dead.
"""

import os
import secrets
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.conftest import Instance
from tests.faults.database import STEPS, Database
from tests.waiting import until


@pytest.fixture
def database(instance: Instance) -> Iterator[Database]:
    opened = Database(instance.members["database_url"])
    yield opened
    opened.close()


@pytest.fixture
def store(instance: Instance) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {instance.members['unlimited_key']}", "Cache-Control": "no-cache"}
    with httpx.Client(base_url=instance.base_url, headers=headers, timeout=30) as client:
        yield client


class TestKilled:
    @pytest.mark.parametrize("surface", ["rest", "graphql"])
    @pytest.mark.parametrize("step", STEPS)
    def test_one_row_and_one_answer(
        self, instance: Instance, database: Database, store: httpx.Client, step: str, surface: str
    ) -> None:
        name = secrets.token_hex(8)
        with ThreadPoolExecutor(1) as pool, database.holding(step):
            first = pool.submit(self.write, store, surface, name)
            until(database.somebody_waits)
            killed = instance.pids()["app-1"]
            os.kill(killed, signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                first.result()
        answers: list[httpx.Response] = []

        def answered() -> bool:
            try:
                answers.append(self.write(store, surface, name))
            except httpx.TransportError:
                return False
            # A transaction whose client is gone may still be ending.
            return answers[-1].status_code in (200, 201)

        until(answered)
        assert instance.pids()["app-1"] != killed
        again = self.write(store, surface, name)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.content == answers[-1].content
        rows = store.get("/v1/products", params={"search": name}).json()["data"]["items"]
        assert [row["sku"] for row in rows] == [name]
        replayed = answers[-1].headers.get("idempotency-replayed") == "true"
        # What dies before its commit was never there; what dies within it was done.
        assert replayed == (step == "within the commit")

    def write(self, store: httpx.Client, surface: str, name: str) -> httpx.Response:
        headers = {"Idempotency-Key": name}
        if surface == "rest":
            body = {"name": f"Kill {name}", "price": 5, "sku": name}
            return store.post("/v1/products", json=body, headers=headers)
        query = "mutation ($i: ProductCreateInput!) { productCreate(input: $i) { product { databaseId } } }"
        body = {"query": query, "variables": {"i": {"name": f"Kill {name}", "price": 5, "sku": name}}}
        return store.post("/graphql", json=body, headers=headers)


class TestAtOnce:
    def test_one_hundred_identical_writes(self, instance: Instance, second_process: str, store: httpx.Client) -> None:
        name = secrets.token_hex(8)
        body = {"name": f"Once {name}", "price": 5, "sku": name}
        headers = {"Authorization": f"Bearer {instance.members['unlimited_key']}", "Idempotency-Key": name}

        def send(number: int) -> httpx.Response:
            base = instance.base_url if number % 2 else second_process
            return httpx.post(f"{base}/v1/products", json=body, headers=headers, timeout=30)

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(send, range(100)))
        done = [answer for answer in answers if answer.status_code == 201]
        busy = [answer for answer in answers if answer.status_code == 409]
        assert len(done) + len(busy) == 100
        assert {answer.json()["error"]["code"] for answer in busy} <= {"idempotency_in_progress"}
        assert {answer.json()["error"]["retry_after"] for answer in busy} <= {1}
        assert len([answer for answer in done if "idempotency-replayed" not in answer.headers]) == 1
        later = [send(number) for number in range(4)]
        assert {answer.content for answer in (*done, *later)} == {done[0].content}
        assert all(answer.headers["idempotency-replayed"] == "true" for answer in later)
        rows = store.get("/v1/products", params={"search": name}).json()["data"]["items"]
        assert len(rows) == 1
