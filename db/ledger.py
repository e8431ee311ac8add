"""The ledger of writes: who wrote under which key, what was asked, and what was answered (`contract.md §5`).

Table names and columns are those of `tables.IdempotencyKey`. Every statement runs on the caller's transaction.
"""

import hashlib
from typing import Final

import asyncpg

from db.engine import engine

# How long an answer stands, and with it the requests that were signed.
LIFETIME: Final = "24 hours"

_COLUMNS = ("api_key_id", "idempotency_key", "request_hash", "status", "request_id", "body", "sealed")
_FIND = (
    "SELECT request_hash, status, request_id, body, sealed FROM idempotency_keys"
    f" WHERE api_key_id = $1 AND idempotency_key = $2 AND created_at > now() - interval '{LIFETIME}'"
)
# A row that is older than its lifetime, and not yet cleared away, makes room.
_KEEP = (
    f"INSERT INTO idempotency_keys ({', '.join(_COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (api_key_id, idempotency_key) DO UPDATE SET created_at = now(), "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
)


def lock_statement(api_key_id: int, key: bytes) -> str:
    """Return the statement that holds one key of an API key for a transaction, as `Engine.transaction` takes it first.

    It raises `asyncpg.LockNotAvailableError` where another transaction holds it: nobody waits.
    """
    digest = hashlib.blake2b(key, digest_size=8, person=api_key_id.to_bytes(16, "big")).digest()
    return f"SELECT idempotency_lock({int.from_bytes(digest, 'big', signed=True)})"


async def answer_find(api_key_id: int, key: bytes) -> asyncpg.Record | None:
    """Return what was answered under a key within its lifetime, and the hash of what was asked; or None."""
    return await engine.fetch_row(_FIND, api_key_id, key)


async def answer_keep(
    api_key_id: int, key: bytes, request_hash: bytes, status: int, request_id: str, body: bytes, *, sealed: bool
) -> None:
    """Keep what was answered under a key."""
    await engine.write(_KEEP, api_key_id, key, request_hash, status, request_id, body, sealed)
