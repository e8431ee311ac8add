"""Signed writes on a whole instance: races, flipped bits, and what was acknowledged through the kill of any process."""

import asyncio
import json
import os
import secrets
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from tests.conftest import Instance
from tests.signed.clients import BODY, PublicKey, fresh_address, send_raw

pytestmark = pytest.mark.anyio

PATIENCE = 20.0


@pytest.fixture
def page(instance: Instance) -> PublicKey:
    """The page of the demo shop."""
    return key_of(instance, "public", "store_id")


@pytest.fixture
def busy(instance: Instance) -> PublicKey:
    """The page for load tests, which no limit stops."""
    return key_of(instance, "load_public", None)


def key_of(instance: Instance, beginning: str, store: str | None) -> PublicKey:
    members = instance.members
    store_id = members[store] if store else 0
    return PublicKey(store_id, 0, members[f"{beginning}_key_id"], members[f"{beginning}_signing_secret"])


@pytest.fixture
async def client(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A client at an address of its own."""
    async with elsewhere(instance) as own:
        yield own


def local() -> str:
    """Return a loopback address that nobody has had."""
    return "127." + fresh_address().partition(".")[2]


def elsewhere(instance: Instance) -> httpx.AsyncClient:
    """Return a client at another address."""
    transport = httpx.AsyncHTTPTransport(local_address=local(), retries=0)
    return httpx.AsyncClient(base_url=instance.base_url, transport=transport, timeout=20)


async def degraded(instance: Instance) -> float:
    """Return how often the instance had to do without Valkey."""
    async with httpx.AsyncClient(base_url=instance.base_url) as client:
        shown = (await client.get("/metrics")).text
    return float(next(line.split()[1] for line in shown.splitlines() if line.startswith("dzbuild_degraded_total")))


async def track(client: httpx.AsyncClient, key: PublicKey, name: str, **signing: str) -> httpx.Response:
    body = json.dumps({"name": name}).encode()
    return await client.post("/v1/events", content=body, headers=key.headers(body, **signing))


async def stored(instance: Instance, beginning: str) -> Counter[str]:
    """Return how often each event is there, waiting or taken in: in one statement, so none is in between."""
    while True:
        try:
            connection = await asyncpg.connect(instance.members["database_url"])
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.1)
            continue
        rows = await connection.fetch(
            "SELECT payload->>'name' AS name FROM inbox WHERE starts_with(payload->>'name', $1)"
            " UNION ALL SELECT name FROM tracking.events WHERE starts_with(name, $1)",
            beginning,
        )
        await connection.close()
        return Counter(row["name"] for row in rows)


class TestNonce:
    async def test_fifty_at_once(self, instance: Instance, client: httpx.AsyncClient, busy: PublicKey) -> None:
        nonce, name = secrets.token_hex(16), secrets.token_hex(4)
        answers = await asyncio.gather(*(track(client, busy, name, nonce=nonce) for _ in range(50)))
        assert Counter(answer.status_code for answer in answers) == {202: 1, 401: 49}
        assert await stored(instance, name) == {name: 1}

    async def test_in_two_processes(
        self, instance: Instance, client: httpx.AsyncClient, second_process: str, busy: PublicKey
    ) -> None:
        nonce, name = secrets.token_hex(16), secrets.token_hex(4)
        async with httpx.AsyncClient(base_url=second_process, timeout=20) as other:
            answers = await asyncio.gather(*(track(each, busy, name, nonce=nonce) for each in (client, other) * 25))
        assert Counter(answer.status_code for answer in answers) == {202: 1, 401: 49}
        assert await stored(instance, name) == {name: 1}


class TestFlipped:
    @pytest.mark.parametrize("part", ["X-DZ-Signature", "X-DZ-Timestamp", "X-DZ-Nonce", "body"])
    async def test_every_bit(self, instance: Instance, busy: PublicKey, part: str) -> None:
        name = secrets.token_hex(4)
        body = json.dumps({"name": name}).encode()
        head = {each: value.encode() for each, value in busy.headers(body).items()}
        raw = body if part == "body" else head[part]

        async def flipped(bit: int) -> int:
            changed = bytearray(raw)
            changed[bit // 8] ^= 1 << bit % 8
            sent = head if part == "body" else head | {part: bytes(changed)}
            answer = await send_raw(instance.base_url, sent, bytes(changed) if part == "body" else body, local())
            return answer.status

        statuses = Counter([await flipped(bit) for bit in range(len(raw) * 8)])
        # A header with a control character in it is no HTTP.
        assert set(statuses) <= {400, 401}
        assert statuses[401] > len(raw) * 6
        assert await stored(instance, name) == {}
        # Nothing of it used up the nonce.
        assert (await send_raw(instance.base_url, head, body, local())).status == 202


class TestAddress:
    async def test_sixty_a_minute(self, instance: Instance, page: PublicKey) -> None:
        name, answers = await self.seventy(instance, page)
        assert Counter(answer.status_code for answer in answers) == {202: 60, 429: 10}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert int(refused.headers["retry-after"]) <= 61
        assert (await stored(instance, name)).total() == 60
        async with elsewhere(instance) as other:
            assert (await track(other, page, f"{name}-x")).status_code == 202

    async def seventy(self, instance: Instance, page: PublicKey) -> tuple[str, list[httpx.Response]]:
        """Send 70 events from one address while Valkey answers in time: on a busy machine it may not at once."""
        for _ in range(10):
            name, before = secrets.token_hex(4), await degraded(instance)
            async with elsewhere(instance) as client:
                sent = (track(client, page, f"{name}-{number}") for number in range(70))
                answers = await asyncio.gather(*sent)
            if await degraded(instance) == before:
                return name, answers
        raise AssertionError("Valkey is too slow here to count by it")


class TestKilled:
    """A 202 is a promise; a client that saw none signs anew under the same Idempotency-Key, and it counts once."""

    async def test_right_after_the_answer(self, instance: Instance, client: httpx.AsyncClient, busy: PublicKey) -> None:
        name = secrets.token_hex(4)
        killed = instance.pids()["app-1"]
        response = await track(client, busy, name, idempotency_key=name)
        os.kill(killed, signal.SIGKILL)
        assert response.status_code == 202
        assert await stored(instance, name) == {name: 1}
        assert await until_accepted(client, busy, name) == 202
        assert await stored(instance, name) == {name: 1}

    @pytest.mark.parametrize("victim", ["app-1", "postgres", "valkey"])
    async def test_under_load(
        self, instance: Instance, client: httpx.AsyncClient, busy: PublicKey, victim: str
    ) -> None:
        name, numbers = secrets.token_hex(4), iter(range(1_500))
        acknowledged: list[str] = []

        async def visitor() -> None:
            for number in numbers:
                assert await until_accepted(client, busy, f"{name}-{number}") == 202
                acknowledged.append(f"{name}-{number}")

        visitors = [asyncio.create_task(visitor()) for _ in range(16)]
        while len(acknowledged) < 200:  # noqa: ASYNC110 -- it is their number that matters
            await asyncio.sleep(0.001)
        killed = instance.pids()[victim]
        os.kill(killed, signal.SIGKILL)
        await asyncio.gather(*visitors)
        assert await stored(instance, name) == dict.fromkeys(acknowledged, 1)
        assert len(acknowledged) == 1_500
        assert instance.pids()[victim] != killed

    async def test_postgres_away_is_a_503_at_once(
        self, instance: Instance, client: httpx.AsyncClient, busy: PublicKey
    ) -> None:
        name = secrets.token_hex(4)
        assert (await track(client, busy, f"{name}-before")).status_code == 202
        killed = instance.pids()["postgres"]
        os.kill(killed, signal.SIGKILL)
        refused = 0
        deadline = time.monotonic() + PATIENCE
        while True:
            asked = time.monotonic()
            response = await track(client, busy, f"{name}-{refused}")
            assert time.monotonic() - asked < 2
            if response.status_code == 202:
                if refused:
                    break
                continue
            assert (response.status_code, response.json()["error"]["code"]) == (503, "unavailable")
            assert response.headers["retry-after"] == "1"
            refused += 1
            assert time.monotonic() < deadline
        assert max((await stored(instance, name)).values()) == 1


class TestLogs:
    async def test_no_secret_and_nothing_of_a_body(
        self, instance: Instance, client: httpx.AsyncClient, busy: PublicKey, page: PublicKey
    ) -> None:
        headers = busy.headers(BODY)
        assert (await client.post("/v1/events", content=BODY, headers=headers)).status_code == 202
        headers["X-DZ-Signature"] = "0" * 64
        assert (await client.post("/v1/events", content=BODY, headers=headers)).status_code == 401
        logged = "".join(path.read_text(errors="replace") for path in instance.data_dir.glob("*.log"))
        assert busy.key_id in logged
        app_key = (instance.data_dir / "app.key").read_text().strip()
        for secret in (busy.signing_secret, page.signing_secret, app_key, "قميص", "page_view"):
            assert secret not in logged


async def until_accepted(client: httpx.AsyncClient, key: PublicKey, name: str) -> int:
    """Send an event, signed anew each time, until there is an answer that is none of an outage."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            response = await track(client, key, name, idempotency_key=name)
        except httpx.TransportError:
            continue
        if response.status_code != 503:
            return response.status_code
        await asyncio.sleep(0.02)
    return 0
