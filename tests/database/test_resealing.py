"""`dzbuild keys reseal`: all that is sealed comes under the app's new key, wherever it was stopped before."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from graph.resealing import PLACES
from graph.sealing import Sealer, Unsealable
from tests.database.conftest import DatabaseMaker

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
OLD, NEW, GONE = "o" * 32, "n" * 32, "g" * 32
SEED = """
WITH store AS (
    INSERT INTO stores (name, slug, subdomain, identity_secret) VALUES ('a', 'a', 'a', $1) RETURNING id
), key AS (
    INSERT INTO api_keys
        (store_id, key_id, type, name, signing_secret, previous_signing_secret, previous_secret_until)
    SELECT id, 'dzpub_live_' || n, 'public', 'page', $2, $3, now() FROM store, generate_series(1, 700) n RETURNING id
), hook AS (
    INSERT INTO webhooks (store_id, url, events, secret, previous_secret, previous_secret_until)
    SELECT id, 'https://a.example', '{}', $4, $5, now() FROM store RETURNING id
), answer AS (
    INSERT INTO idempotency_keys (api_key_id, idempotency_key, request_hash, status, request_id, body, sealed)
    SELECT min(id), 'k'::bytea, 'h'::bytea, 201::smallint, 'r', $6::bytea, true FROM key
    UNION ALL SELECT min(id), 'l', 'h', 201, 'r', 'plain'::bytea, false FROM key
)
INSERT INTO member_writes (member_id, idempotency_key, request_hash, status, request_id, body, sealed)
SELECT 1, 'k', 'h', 201, 'r', $7::bytea, true FROM store
"""


async def started(dsn: str, keys: str, *command: str) -> Process:
    """Start the command, or another one, with these app keys."""
    environment = os.environ | {"DATABASE_URL": dsn, "DZBUILD_APP_KEYS": keys}
    run = (sys.executable, "-m", "app.cli", *(command or ("keys", "reseal")))
    return await asyncio.create_subprocess_exec(*run, env=environment, cwd=ROOT, stdout=PIPE, stderr=PIPE)


async def reseal(dsn: str, keys: str) -> tuple[int, str, str]:
    """Run the command and return its exit code, and what it printed and complained of."""
    process = await started(dsn, keys)
    printed, complaints = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode(), complaints.decode()


async def plain(database: Any, key: str) -> list[bytes]:
    """Return everything that is sealed, opened with one key alone."""
    sealer = Sealer([key])
    rows = [row for place in PLACES for row in await database.fetch(place.read_sql().partition(" LIMIT ")[0], 0)]
    return sorted({sealer.unseal(row["sealed"]) for row in rows})


async def test_everything_comes_under_the_new_key(make_database: DatabaseMaker) -> None:
    dsn = await make_database()
    migration = await started(dsn, OLD, "migrate")
    await migration.communicate()
    assert migration.returncode == 0
    database = await asyncpg.connect(dsn)
    before = Sealer([OLD])
    secrets = sorted(b"secret %d" % number for number in range(1, 8))
    await database.execute(SEED, *map(before.seal, secrets))
    assert await plain(database, OLD) == secrets

    # Another writer holds a row, and the command is killed in the middle of its work.
    other = await asyncpg.connect(dsn)
    await other.execute("BEGIN")
    await other.execute("SELECT FROM webhooks FOR UPDATE")
    process = await started(dsn, f"{NEW},{OLD}")
    async with asyncio.timeout(60):
        while not await database.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    process.kill()
    await process.wait()
    await other.execute("ROLLBACK")
    for key in (NEW, OLD):
        with pytest.raises(Unsealable):
            await plain(database, key)

    told = "Of 1405 sealed secrets"
    code, printed, complaints = await reseal(dsn, f"{NEW},{OLD}")
    assert (code, told in printed) == (0, True), complaints
    assert await plain(database, NEW) == secrets
    assert await database.fetchval("SELECT body FROM idempotency_keys WHERE NOT sealed") == b"plain"
    assert (await reseal(dsn, NEW))[:2] == (0, f"{told} 0 were sealed anew.\n")

    code, printed, complaints = await reseal(dsn, GONE)
    assert (code, printed) == (1, f"{told} 0 were sealed anew.\n")
    assert "1405 can't be opened: put the key" in complaints
    assert await plain(database, NEW) == secrets
    await database.close()
    await other.close()
