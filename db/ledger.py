"""The ledger of writes: who wrote under which key, what was asked, and what was answered (`contract.md §5`).

Table names and columns are those of `tables.IdempotencyKey`, and of `tables.MemberWrite`, which is the same for the
forms of the dashboard. Every statement runs on the caller's transaction.
"""

import hashlib
from typing import Final, NamedTuple

import asyncpg

from db.engine import engine

# How long an answer stands, and with it the requests that were signed.
LIFETIME: Final = "24 hours"


class Writer(NamedTuple):
    """Whose writes are kept apart from all others': an API key's or a member's."""

    id: int
    is_member: bool = False


_COLUMNS = ("idempotency_key", "request_hash", "status", "request_id", "body", "sealed")


def _find_sql(table: str, writer: str) -> str:
    return (
        f"SELECT request_hash, status, request_id, body, sealed FROM {table}"
        f" WHERE {writer} = $1 AND idempotency_key = $2 AND created_at > now() - interval '{LIFETIME}'"
    )


def _keep_sql(table: str, writer: str) -> str:
    """Return what keeps an answer. A row that is older than its lifetime, and not yet cleared away, makes room."""
    return (
        f"INSERT INTO {table} ({writer}, {', '.join(_COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        f" ON CONFLICT ({writer}, idempotency_key) DO UPDATE SET created_at = now(), "
        + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
    )


_PLACES: Final = (("idempotency_keys", "api_key_id"), ("member_writes", "member_id"))
_FIND: Final = tuple(_find_sql(*place) for place in _PLACES)
_KEEP: Final = tuple(_keep_sql(*place) for place in _PLACES)


def lock_statement(writer: Writer, key: bytes) -> str:
    """Return the statement that holds one key of a writer for a transaction, as `Engine.transaction` takes it first.

    It raises `asyncpg.LockNotAvailableError` where another transaction holds it: nobody waits.
    """
    person = (writer.id + (writer.is_member << 64)).to_bytes(16, "big")
    digest = hashlib.blake2b(key, digest_size=8, person=person).digest()
    return f"SELECT idempotency_lock({int.from_bytes(digest, 'big', signed=True)})"


async def answer_find(writer: Writer, key: bytes) -> asyncpg.Record | None:
    """Return what was answered under a key within its lifetime, and the hash of what was asked; or None."""
    return await engine.fetch_row(_FIND[writer.is_member], writer.id, key)


async def answer_keep(
    writer: Writer, key: bytes, request_hash: bytes, status: int, request_id: str, body: bytes, *, sealed: bool
) -> None:
    """Keep what was answered under a key."""
    values = (writer.id, key, request_hash, status, request_id, body, sealed)
    await engine.write(_KEEP[writer.is_member], *values)
