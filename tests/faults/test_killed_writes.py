"""The app is killed at each step of a write: the retry with the same key gives one row and one answer.

A trigger holds the write at its step, in the database and for real, until the process is dead. Once it is committed the
process is stopped where it is, so that its answer doesn't leave.
"""

import os
import secrets
import signal
from collections.abc import Callable, Iterator
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


AFTER_THE_COMMIT = "after the commit"


class TestKilled:
    @pytest.mark.parametrize("surface", ["rest", "graphql"])
    @pytest.mark.parametrize("step", [*STEPS, AFTER_THE_COMMIT])
    def test_one_row_and_one_answer(
        self, instance: Instance, database: Database, store: httpx.Client, step: str, surface: str
    ) -> None:
        name = secrets.token_hex(8)
        shown = {"params": {"search": name}, "headers": {"Cache-Control": "max-age=0"}}
        # It is kept that there is no such row.
        until(lambda: store.get("/v1/products", **shown).headers["x-cache"] == "HIT")
        killed = self.killed_at(step, instance, database, lambda: self.write(store, surface, name), name)
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
        # What was kept before is outdated by the first answer that leaves, be it a replay.
        rows = store.get("/v1/products", **shown).json()["data"]["items"]
        assert [row["sku"] for row in rows] == [name]
        again = self.write(store, surface, name)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.content == answers[-1].content
        rows = store.get("/v1/products", params={"search": name}).json()["data"]["items"]
        assert [row["sku"] for row in rows] == [name]
        replayed = answers[-1].headers.get("idempotency-replayed") == "true"
        # What dies before its COMMIT is sent was never there. The ledger row goes with it: from there on it was done.
        assert replayed == (step != "after the product")

    def killed_at(
        self, step: str, instance: Instance, database: Database, write: Callable[[], httpx.Response], name: str
    ) -> int:
        """Kill the app when a write has come to a step, and return the process that it was."""
        killed = instance.pids()["app-1"]
        with ThreadPoolExecutor(1) as pool:
            with database.holding("within the commit" if step == AFTER_THE_COMMIT else step):
                first = pool.submit(write)
                until(database.somebody_waits)
                os.kill(killed, signal.SIGSTOP if step == AFTER_THE_COMMIT else signal.SIGKILL)
            if step == AFTER_THE_COMMIT:
                until(lambda: bool(database.run("SELECT FROM products WHERE sku = $1", name)))
                os.kill(killed, signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                first.result()
        return killed

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

        bases = (second_process, instance.base_url)
        clients = [httpx.Client(base_url=base, headers=headers, timeout=30) for base in bases]

        def send(number: int) -> httpx.Response:
            return clients[number % 2].post("/v1/products", json=body)

        with ThreadPoolExecutor(100) as pool:
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
