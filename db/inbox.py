"""The inbox, and the signed requests that used up a nonce or a key on the way into it (`contract.md §3`, §5, §8)."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from db.engine import engine
from db.ledger import LIFETIME

_STORE = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(
        $1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bool[],
        $6::bigint[], $7::bool[], $8::text[], $9::jsonb[]
    ) WITH ORDINALITY
    AS given(api_key_id, nonce, idempotency_key, request_hash, repeats, store_id, livemode, kind, payload, place)
), signed AS (
    INSERT INTO signed_requests (api_key_id, nonce, idempotency_key, request_hash)
    SELECT api_key_id, nonce, idempotency_key, request_hash FROM given ORDER BY api_key_id, nonce
    ON CONFLICT DO NOTHING RETURNING api_key_id, nonce
), queued AS (
    INSERT INTO inbox (store_id, livemode, api_key_id, kind, payload)
    SELECT store_id, livemode, api_key_id, kind, payload FROM given JOIN signed USING (api_key_id, nonce)
    WHERE NOT repeats ORDER BY place
)
SELECT place FROM given JOIN signed USING (api_key_id, nonce)
"""
_FIND = f"""
SELECT used.id AS used_id, used.created_at > now() - interval '{LIFETIME}' AS used,
    earlier.id AS earlier_id, earlier.created_at > now() - interval '{LIFETIME}' AS earlier,
    earlier.request_hash = given.request_hash AS same
FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[]) WITH ORDINALITY
    AS given(api_key_id, nonce, idempotency_key, request_hash, place)
LEFT JOIN signed_requests used ON used.api_key_id = given.api_key_id AND used.nonce = given.nonce
LEFT JOIN signed_requests earlier
    ON earlier.api_key_id = given.api_key_id AND earlier.idempotency_key = given.idempotency_key
ORDER BY given.place
"""
_USE_UP = (
    "INSERT INTO signed_requests (api_key_id, nonce, request_hash) VALUES ($1, $2, '')"
    " ON CONFLICT (api_key_id, nonce) DO UPDATE SET created_at = now(), idempotency_key = NULL, request_hash = ''"
    f" WHERE signed_requests.created_at <= now() - interval '{LIFETIME}' RETURNING id"
)
_FORGET = f"DELETE FROM signed_requests WHERE id = ANY($1::bigint[]) AND created_at <= now() - interval '{LIFETIME}'"
_MEMBERS = "id, store_id, livemode, api_key_id, kind, payload, received_at"
_TAKE = (
    "WITH taken AS (DELETE FROM inbox WHERE id = ANY(ARRAY(SELECT id FROM inbox"
    " {condition} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))"
    f" RETURNING {_MEMBERS}) SELECT {_MEMBERS} FROM taken ORDER BY id"
)
_TAKE_NEXT, _TAKE_ONE = _TAKE.format(condition=""), _TAKE.format(condition="WHERE id = $2")
_NEXT = "SELECT id FROM inbox ORDER BY id LIMIT $1"
_BURY = (
    "WITH gone AS (DELETE FROM inbox WHERE id = ANY(ARRAY(SELECT id FROM inbox WHERE id = $1 FOR UPDATE SKIP LOCKED))"
    f" RETURNING {_MEMBERS})"
    f" INSERT INTO inbox_dead ({_MEMBERS}, reason) SELECT {_MEMBERS}, $2 FROM gone RETURNING id"
)
_REVIVE = (
    f"WITH gone AS (DELETE FROM inbox_dead WHERE $1::bigint[] IS NULL OR id = ANY($1) RETURNING {_MEMBERS})"
    f" INSERT INTO inbox ({_MEMBERS}) SELECT {_MEMBERS} FROM gone ORDER BY id RETURNING id"
)
_DEAD = f"SELECT {_MEMBERS}, reason, died_at FROM inbox_dead ORDER BY id DESC LIMIT $1"
_OLDEST = (
    "SELECT extract(epoch FROM clock_timestamp() - min(received_at))::float8 AS seconds"
    " FROM (SELECT received_at FROM inbox ORDER BY id LIMIT 1) oldest"
)
_WAITING = "SELECT count(*) AS waiting FROM (SELECT FROM inbox LIMIT $1::bigint) found"


class Row(NamedTuple):
    """A signed request, and what it puts into the inbox unless it `repeats` an earlier one."""

    api_key_id: int
    nonce: bytes
    idempotency_key: bytes | None
    request_hash: bytes
    repeats: bool
    store_id: int
    livemode: bool
    kind: str
    payload: str


# What of a row `_FIND` is given.
_SIGNED = len(("api_key_id", "nonce", "idempotency_key", "request_hash"))


async def requests_store(rows: Sequence[Row]) -> set[int]:
    """Store those requests whose nonce and key are free, in one statement that commits; return their places.

    No two may share a nonce or a key. In the database when this returns.
    """
    stored = await engine.write_alone(_STORE, *_columns(rows))
    return {row["place"] - 1 for row in stored}


async def requests_find(rows: Sequence[Row]) -> list[asyncpg.Record]:
    """Return what stands in the way of each request, in their order.

    `used`: its nonce was used; `earlier`: another request had its key, which was the `same` one. Each is false for what
    is past its lifetime and null for what isn't there, and has its row's id beside it.
    """
    return await engine.fetch(_FIND, *_columns(rows)[:_SIGNED])


async def requests_forget(identifiers: Sequence[int]) -> None:
    """Delete those requests that are past their lifetime, in one statement that commits."""
    await engine.write_alone(_FORGET, identifiers)


async def nonce_use_up(api_key_id: int, nonce: bytes) -> bool:
    """Use up a nonce on the running transaction; false when it was used before."""
    return bool(await engine.write(_USE_UP, api_key_id, nonce))


def _columns(rows: Sequence[Row]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def waiting(most: int) -> int:
    """Return how many messages wait for their worker; `most` where there are more."""
    row = await engine.fetch_row(_WAITING, most)
    return int(row["waiting"]) if row else 0


async def lag() -> float:
    """Return for how many seconds the oldest message has waited."""
    row = await engine.fetch_row(_OLDEST)
    return float(row["seconds"] or 0.0) if row else 0.0


async def take(most: int) -> list[asyncpg.Record]:
    """Take the oldest messages that nobody else is taking out of the inbox, on the running transaction."""
    return await engine.write(_TAKE_NEXT, most)


async def take_one(identifier: int) -> list[asyncpg.Record]:
    """Take this message out of the inbox, if it is there and nobody else is taking it."""
    return await engine.write(_TAKE_ONE, 1, identifier)


async def next_ones(most: int) -> list[int]:
    """Return the ids of the oldest messages."""
    return [row["id"] for row in await engine.fetch(_NEXT, most)]


async def bury(identifier: int, reason: str) -> bool:
    """Move a message to the dead ones, on the running transaction; false where it is gone or being taken."""
    return bool(await engine.write(_BURY, identifier, reason))


async def revive(identifiers: Sequence[int] | None) -> int:
    """Put dead messages back into the inbox, all of them for None, and return how many."""
    return len(await engine.write(_REVIVE, None if identifiers is None else list(identifiers)))


async def dead(most: int) -> list[asyncpg.Record]:
    """Return the dead messages, newest first."""
    return await engine.fetch(_DEAD, most)
