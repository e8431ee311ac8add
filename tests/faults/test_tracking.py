"""A 202 is a promise: through kills of the app, the worker and PostgreSQL each message is taken in and counts once.

The moments are of a fixed seed: after how many acknowledgements, and who.
"""

import asyncio
import json
import os
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from tests.conftest import Instance
from tests.signed.clients import PublicKey

pytestmark = pytest.mark.anyio

SEED = 20_261_124
MESSAGES = 1_000
PERSONS = 150
VICTIMS = ("ingest", "app-1", "postgres", "ingest", "app-1", "ingest", "postgres")
PATIENCE = 40.0


@pytest.fixture
async def client(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=instance.base_url, timeout=20) as own:
        yield own


async def asked(instance: Instance, sql: str, *values: object) -> list[asyncpg.Record]:
    """Ask the database as soon as it answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                connection = await asyncpg.connect(instance.members["database_url"])
                try:
                    return await connection.fetch(sql, *values)
                finally:
                    await connection.close()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.05)


async def used(instance: Instance, store_id: int) -> Counter[str]:
    rows = await asked(
        instance,
        "SELECT kind, sum(count)::int AS total, sum(billable_count)::int AS billable FROM usage_hours"
        " WHERE store_id = $1 AND kind IN ('signup', 'event') GROUP BY kind",
        store_id,
    )
    found: Counter[str] = Counter()
    for row in rows:
        found[f"{row['kind']} total"] = row["total"]
        found[f"{row['kind']} billable"] = row["billable"]
    return found


async def drained(instance: Instance) -> None:
    """Wait until nothing waits any more."""
    async with asyncio.timeout(PATIENCE):
        while (await asked(instance, "SELECT count(*) AS left FROM inbox"))[0]["left"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def until_accepted(client: httpx.AsyncClient, key: PublicKey, path: str, body: dict[str, Any], name: str) -> None:
    """Send a message, signed anew each time under its one Idempotency-Key, until it is acknowledged."""
    raw = json.dumps(body).encode()
    deadline = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < deadline
        try:
            response = await client.post(f"/v1/{path}", content=raw, headers=key.headers(raw, idempotency_key=name))
        except httpx.TransportError:
            await asyncio.sleep(0.01)
            continue
        if response.status_code == 202:
            return
        assert response.status_code == 503, response.text
        await asyncio.sleep(0.02)


async def test_each_once(instance: Instance, client: httpx.AsyncClient) -> None:
    chance, run = random.Random(SEED), secrets.token_hex(4)
    members = instance.members
    key = PublicKey(0, 0, members["load_public_key_id"], members["load_public_signing_secret"])
    rows = await asked(instance, "SELECT store_id FROM api_keys WHERE key_id = $1", key.key_id)
    store_id = rows[0]["store_id"]
    await drained(instance)
    before = await used(instance, store_id)
    kinds = [chance.choice(("signup", "event")) for _ in range(MESSAGES)]
    persons = [f"{run}-{chance.randrange(PERSONS)}" for _ in range(MESSAGES)]
    moments = iter(sorted(chance.sample(range(50, MESSAGES - 50), len(VICTIMS))))
    due = dict(zip(moments, chance.sample(VICTIMS, len(VICTIMS)), strict=True))
    numbers, acknowledged, killed = iter(range(MESSAGES)), 0, []

    async def visitor() -> None:
        nonlocal acknowledged
        for number in numbers:
            name = f"{run}-{number}"
            if kinds[number] == "event":
                await until_accepted(client, key, "events", {"name": name}, name)
            else:
                body = {"external_user_id": persons[number], "email": f"{persons[number]}@example.dz", "source": name}
                await until_accepted(client, key, "signups", body, name)
            acknowledged += 1
            victim = due.pop(acknowledged, None)
            if victim is not None:
                process = instance.pids().get(victim)
                if process is not None:
                    killed.append(victim)
                    os.kill(process, signal.SIGKILL)

    await asyncio.gather(*(asyncio.create_task(visitor()) for _ in range(8)))
    assert len(killed) >= 3
    await drained(instance)
    events = await asked(instance, "SELECT name FROM tracking.events WHERE starts_with(name, $1)", run)
    signups = await asked(instance, "SELECT source, counted FROM signups WHERE starts_with(source, $1)", run)
    sent = {kind: {f"{run}-{number}" for number in range(MESSAGES) if kinds[number] == kind} for kind in set(kinds)}
    assert Counter(row["name"] for row in events) == dict.fromkeys(sent["event"], 1)
    assert Counter(row["source"] for row in signups) == dict.fromkeys(sent["signup"], 1)
    known = {persons[number] for number in range(MESSAGES) if kinds[number] == "signup"}
    assert sum(row["counted"] for row in signups) == len(known)
    told = await asked(
        instance,
        "SELECT count(*)::int AS told FROM events WHERE name = 'signup.counted' AND starts_with(data->>'source', $1)",
        run,
    )
    assert told[0]["told"] == len(known)
    after = await used(instance, store_id)
    after.subtract(before)
    assert after == {
        "event total": len(sent["event"]),
        "event billable": len(sent["event"]),
        "signup total": len(sent["signup"]),
        "signup billable": len(known),
    }
    assert await asked(instance, "SELECT FROM inbox_dead") == []
