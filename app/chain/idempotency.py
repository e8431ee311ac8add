"""A write happens once: its first answer is kept in the transaction that did the work (`contract.md §5`)."""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from app.chain.errors import failure
from app.chain.request import Answer, Request
from db.engine import Transaction, engine
from db.ledger import AnsweredBefore, Writer, answer_find, begin_statement, keep_statement
from graph.canonical import canonical
from graph.context import Context
from graph.errors import ApiError, Code, unavailable
from graph.sealing import seal, unseal

KEY_LENGTH = 255
HEADER = b"idempotency-key"

# Errors about a row, which a retry would meet again. Every other one says that nothing was tried: the retry runs.
KEPT = frozenset({Code.NOT_FOUND, Code.CONFLICT, Code.INVALID_TRANSITION, Code.INSUFFICIENT_STOCK})
# What PostgreSQL undoes so that another transaction can go on: nothing was done, and the next attempt may well do it.
COLLISIONS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
ATTEMPTS = 3
ERROR_CODE = re.compile(rb'"code":"([a-z_]+)"')


class Undone(Exception):
    """Work that answered, and of which nothing may stay."""

    def __init__(self, answer: Answer, code: Code) -> None:
        super().__init__(code)
        self.answer = answer
        self.code = code


def optional_key(request: Request) -> bytes | None:
    """Return the request's `Idempotency-Key`, None when it has none.

    Raises:
        ApiError: `idempotency_key_required` when it has one that can't be compared.
    """
    return required_key(request) if HEADER in request.headers else None


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


def key_reused() -> ApiError:
    """Return the 422 of a key that another request came with."""
    return ApiError(
        Code.IDEMPOTENCY_KEY_REUSED,
        "This Idempotency-Key came before with another method, path or body: use a new key for a new request",
    )


def hash_without_nonce(request: Request, body: Mapping[str, Any], secret: bytes) -> bytes:
    """Return what two requests have in common that ask for the same, each signed with a nonce of its own."""
    same = {name: value for name, value in body.items() if name != "nonce"}
    return _request_hash(request, canonical(same), secret)


async def run_once(
    request: Request,
    context: Context,
    key: bytes,
    body: bytes,
    work: Callable[[], Awaitable[Answer]],
    begin: Callable[[], Awaitable[None]] | None,
    secret: bytes = b"",
) -> Answer:
    """Run `work` in a transaction together with the ledger, or answer as the first time.

    Args:
        request: its method, path with query and body must be those of the first request with this key.
        context: keys are per API key, or per member.
        key: the `Idempotency-Key`.
        body: the raw body.
        work: what happens; an `Undone` or `ApiError` from it rolls back all that it did.
        begin: what happens before it in the same transaction, whether or not the work is undone, and before a first
            answer is given again.
        secret: what the request is hashed under, where its body may have personal data in it: a bare hash of a phone
            number is undone in seconds.

    Raises:
        ApiError: `idempotency_in_progress`, `idempotency_key_reused`, what `begin` raised, or what `work` raised and is
            not kept; `unavailable` when others were in the way each time.
    """
    request_hash = _request_hash(request, body, secret)
    for _ in range(ATTEMPTS):
        with suppress(*COLLISIONS):
            try:
                return await _run(request, context, key, request_hash, work, begin)
            except AnsweredBefore:
                first = await _first_answer(context, key, request_hash, begin)
            # It has got too old, and was cleared away, since it was seen.
            if first is not None:
                request.replayed = True
                request.error_code = _code_of(first.body)
                return first
    raise unavailable("Other writes to the same rows were in the way each time: retry in a second")


async def _run(
    request: Request,
    context: Context,
    key: bytes,
    request_hash: bytes,
    work: Callable[[], Awaitable[Answer]],
    begin: Callable[[], Awaitable[None]] | None,
) -> Answer:
    """Return what the first request with a key is answered.

    Raises:
        AnsweredBefore: it is not the first one; nothing was done.
    """
    # The savepoint of the work is set at once, unless something comes before the work that has to outlast it.
    async with _locked(context, key, savepoint=begin is None) as transaction:
        if begin is not None:
            await begin()
        answer = await _attempt(request, work)
        kept = seal(answer.body) if answer.secret else answer.body
        of_whom = (_writer(context), key, request_hash)
        transaction.last = keep_statement(*of_whom, answer.status, request.request_id, kept, sealed=answer.secret)
        return answer


def _writer(context: Context) -> Writer:
    if context.member_id is not None:
        return Writer(context.member_id, is_member=True)
    return Writer(context.api_key_id)


def _code_of(body: bytes) -> str | None:
    """Return the code of an answer that is an error, of either surface."""
    found = ERROR_CODE.search(body) if body.startswith(b'{"error') else None
    return found[1].decode() if found else None


def _request_hash(request: Request, body: bytes, secret: bytes) -> bytes:
    asked = b"\n".join((request.method.encode(), request.target, body))
    return hmac.digest(secret, asked, "sha256") if secret else hashlib.sha256(asked).digest()


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


@asynccontextmanager
async def _locked(context: Context, key: bytes, *, savepoint: bool = False) -> AsyncIterator[Transaction]:
    """Hold this key, which has no answer yet, for a transaction. Two requests with one key never wait for each other.

    Raises:
        ApiError: `idempotency_in_progress`.
        AnsweredBefore: it has an answer.
    """
    try:
        first = begin_statement(_writer(context), key)
        async with engine.transaction(first=first, savepoint=savepoint) as transaction:
            yield transaction
    except asyncpg.LockNotAvailableError as error:
        raise ApiError(
            Code.IDEMPOTENCY_IN_PROGRESS,
            "The same Idempotency-Key is being processed right now: retry in a second",
            retry_after=1,
        ) from error


async def _first_answer(
    context: Context, key: bytes, request_hash: bytes, begin: Callable[[], Awaitable[None]] | None
) -> Answer | None:
    """Return what was answered under this key before, once `begin` has happened; None, if it is there no more.

    Raises:
        ApiError: `idempotency_key_reused`, or what `begin` raised.
    """
    if begin is None:
        return _as_first(await answer_find(_writer(context), key), request_hash)
    async with engine.transaction():
        row = await answer_find(_writer(context), key)
        if row is not None:
            await begin()
        return _as_first(row, request_hash)


def _as_first(row: asyncpg.Record | None, request_hash: bytes) -> Answer | None:
    if row is None:
        return None
    if row["request_hash"] != request_hash:
        raise key_reused()
    headers = [(b"idempotency-replayed", b"true")]
    body = unseal(row["body"]) if row["sealed"] else row["body"]
    return Answer(row["status"], body, headers=headers, request_id=row["request_id"])
