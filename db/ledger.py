"""The ledger of writes: who wrote under which key, what was asked, and what was answered (`contract.md §5`).

Table names and columns are those of `tables.IdempotencyKey`, and of `tables.MemberWrite`, which is the same for the
forms of the dashboard. What a write needs of it goes with its BEGIN and its COMMIT, as statements without parameters:
functions of the database, which keep their plans.
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


class AnsweredBefore(asyncpg.PostgresError):
    """There is an answer under this key, within its lifetime. asyncpg raises it for its code."""

    sqlstate = "DZ001"


_TABLES: Final = ("idempotency_keys", "member_writes")
_WRITERS: Final = ("api_key_id", "member_id")
_FIND: Final = tuple(
    f"SELECT request_hash, status, request_id, body, sealed FROM {table}"
    f" WHERE {writer} = $1 AND idempotency_key = $2 AND created_at > now() - interval '{LIFETIME}'"
    for table, writer in zip(_TABLES, _WRITERS, strict=True)
)


def begin_statement(writer: Writer, key: bytes) -> str:
    """Return the statement that holds one key of a writer for a transaction, as `Engine.transaction` takes it first.

    It raises `asyncpg.LockNotAvailableError` where another transaction holds it, as nobody waits; and `AnsweredBefore`.
    """
    person = (writer.id + (writer.is_member << 64)).to_bytes(16, "big")
    digest = hashlib.blake2b(key, digest_size=8, person=person).digest()
    lock = int.from_bytes(digest, "big", signed=True)
    return f"SELECT {_TABLES[writer.is_member]}_begin({lock}, {writer.id}, {_literal(key)}, '{LIFETIME}')"


def keep_statement(
    writer: Writer, key: bytes, request_hash: bytes, status: int, request_id: str, body: bytes, *, sealed: bool
) -> str:
    """Return the statement that keeps what is answered under a key, as `Transaction.last` takes it.

    Args:
        writer: whose key it is.
        key: the `Idempotency-Key`.
        request_hash: of what was asked.
        status: the answer's.
        request_id: the answer's, of our own making: it is written into the statement.
        body: the answer's.
        sealed: whether the body is sealed.
    """
    values = f"{writer.id}, {_literal(key)}, {_literal(request_hash)}, {status}, '{request_id}', {_literal(body)}"
    return f"SELECT {_TABLES[writer.is_member]}_keep({values}, {sealed})"


async def answer_find(writer: Writer, key: bytes) -> asyncpg.Record | None:
    """Return what was answered under a key within its lifetime, and the hash of what was asked; or None."""
    return await engine.fetch_row(_FIND[writer.is_member], writer.id, key)


def _literal(value: bytes) -> str:
    return f"'\\x{value.hex()}'"
