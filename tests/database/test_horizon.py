"""How far a list for syncing goes: what is before the horizon is all there is, however many write meanwhile."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.services import Servers
from graph.sources import HORIZON

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SECONDS = 3.0
WRITERS = 2
# Each has several connections, so that one of them is always about to begin.
WRITER = """
import asyncio, sys, time, asyncpg
async def write(until):
    connection = await asyncpg.connect(sys.argv[1])
    while time.time() < until:
        await connection.execute("INSERT INTO synced DEFAULT VALUES")
    await connection.close()
async def main():
    print("writing", flush=True)
    await asyncio.gather(*(write(time.time() + float(sys.argv[2])) for _ in range(6)))
asyncio.run(main())
"""
# Only what is recent is counted: it is what could still change.
COUNT = "SELECT count(*) FROM synced WHERE updated_at < $1 AND updated_at > $1 - interval '50 ms'"


@pytest.fixture
async def connection(servers: Servers, application: object) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection beside a table that holds nothing but times."""
    own = await asyncpg.connect(servers.database_url)
    await own.execute("CREATE UNLOGGED TABLE synced (updated_at timestamptz NOT NULL DEFAULT now())")
    await own.execute("CREATE INDEX ON synced (updated_at)")
    yield own
    await own.execute("DROP TABLE synced")
    await own.close()


async def test_nothing_comes_before_it_later(
    connection: "asyncpg.Connection[asyncpg.Record]", servers: Servers
) -> None:
    command = [sys.executable, "-c", WRITER, servers.database_url, str(SECONDS)]
    writers = [await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE) for _ in range(WRITERS)]
    for writer in writers:
        assert writer.stdout is not None
        await writer.stdout.readline()
    seen = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        horizon = await connection.fetchval(HORIZON)
        seen.append((horizon, await connection.fetchval(COUNT, horizon)))
    for writer in writers:
        await asyncio.wait_for(writer.wait(), 30)
    later = [(horizon, await connection.fetchval(COUNT, horizon)) for horizon, _ in seen]
    assert seen == later
    assert await connection.fetchval("SELECT count(*) FROM synced") > len(seen) > 100


async def test_goes_on_while_nobody_writes(connection: "asyncpg.Connection[asyncpg.Record]", servers: Servers) -> None:
    other = await asyncpg.connect(servers.database_url)
    await other.execute("SELECT 1")
    # Who has just been answered may not be waiting for the next message yet.
    async with asyncio.timeout(5):
        while not await connection.fetchval(f"SELECT ({HORIZON}) = now()"):
            pass
    await other.execute("BEGIN")
    began = await other.fetchval("SELECT now()")
    assert await connection.fetchval(HORIZON) == began
    await other.close()
