"""A write happens once: its first answer is kept in the transaction that did the work (`contract.md §5`)."""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg

from app.chain.errors import failure
from app.chain.request import Answer, Request
from db.engine import engine
from graph.context import Context
from graph.errors import ApiError, Code

KEY_LENGTH = 255
HEADER = b"idempotency-key"
LIFETIME = "24 hours"

# Errors about a row, which a retry would meet again. Every other one says that nothing was tried: the retry runs.
KEPT = frozenset({Code.NOT_FOUND, Code.CONFLICT})
COLUMNS = ("api_key_id", "idempotency_key", "request_hash", "status", "request_id", "body")
# What PostgreSQL undoes so that another transaction can go on: nothing was done, and the next attempt may well do it.
COLLISIONS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
ATTEMPTS = 3
# A row that is older than its lifetime, and not yet cleared away, makes room.
INSERT = (
    f"INSERT INTO idempotency_keys ({', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (api_key_id, idempotency_key) DO UPDATE SET created_at = now(), "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
)


class Undone(Exception):
    """Work that answered, and of which nothing may stay."""

    def __init__(self, answer: Answer, code: Code) -> None:
        super().__init__(code)
        self.answer = answer
        self.code = code


def required_key(request: Request) -> bytes:
    """Return the request's `Idempotency-Key`.

    Raises:
        ApiError: `idempotency_key_required` when there is none, or none that can be compared.
    """
    key = request.headers.get(HEADER)
    if key is None or not 1 <= len(key) <= KEY_LENGTH or any(byte < 0x20 or byte == 0x7F for byte in key):
        raise ApiError(
            Code.IDEMPOTENCY_KEY_REQUIRED,
            f"A write needs an Idempotency-Key header of 1 to {KEY_LENGTH} bytes without control characters: "
            "send a new UUID for each new request, and the same one when you retry",
        )
    return key


async def run_once(
    request: Request, context: Context, key: bytes, body: bytes, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Run `work` in a transaction together with the ledger, or answer as the first time.

    Args:
        request: its method, path with query and body must be those of the first request with this key.
        context: keys are per API key.
        key: the `Idempotency-Key`.
        body: the raw body.
        work: what happens; an `Undone` or `ApiError` from it rolls back all that it did.

    Raises:
        ApiError: `idempotency_in_progress`, `idempotency_key_reused`, or what `work` raised and is not kept.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(*COLLISIONS):
            return await _run(request, context, key, body, work)
    return await _run(request, context, key, body, work)


async def _run(
    request: Request, context: Context, key: bytes, body: bytes, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    request_hash = hashlib.sha256(b"\n".join((request.method.encode(), request.target, body))).digest()
    async with engine.transaction():
        await _lock(context, key)
        first = await _first_answer(context, key, request_hash)
        if first is not None:
            request.replayed = True
            return first
        answer = await _attempt(request, work)
        values = (context.api_key_id, key, request_hash, answer.status, request.request_id, answer.body)
        await engine.write(INSERT, *values)
        return answer


async def _attempt(request: Request, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return what `work` answers; an error that is kept undoes its work alone, another one the whole transaction."""
    try:
        async with engine.transaction():
            return await work()
    except Undone as undone:
        if undone.code not in KEPT:
            raise
        return undone.answer
    except ApiError as error:
        if error.code not in KEPT:
            raise
        return failure(request, error)


async def _lock(context: Context, key: bytes) -> None:
    """Hold this key until the transaction ends. Two requests with one key never wait for each other."""
    digest = hashlib.blake2b(key, digest_size=8, person=context.api_key_id.to_bytes(16, "big")).digest()
    rows = await engine.write(
        "SELECT pg_try_advisory_xact_lock($1) AS locked", int.from_bytes(digest, "big", signed=True)
    )
    if not rows[0]["locked"]:
        raise ApiError(
            Code.IDEMPOTENCY_IN_PROGRESS,
            "The same Idempotency-Key is being processed right now: retry in a second",
            retry_after=1,
        )


async def _first_answer(context: Context, key: bytes, request_hash: bytes) -> Answer | None:
    """Return what was answered under this key before. Read after the lock, in a statement with a later snapshot."""
    row = await engine.fetch_row(
        "SELECT request_hash, status, request_id, body FROM idempotency_keys"
        f" WHERE api_key_id = $1 AND idempotency_key = $2 AND created_at > now() - interval '{LIFETIME}'",
        context.api_key_id,
        key,
    )
    if row is None:
        return None
    if row["request_hash"] != request_hash:
        raise ApiError(
            Code.IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key came before with another method, path or body: use a new key for a new request",
        )
    headers = [(b"idempotency-replayed", b"true")]
    return Answer(row["status"], row["body"], headers=headers, request_id=row["request_id"])
