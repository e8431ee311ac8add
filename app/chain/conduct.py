"""The chain itself, as both surfaces go through it: who asks, may it pass, was it answered before."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.chain import cache, idempotency, metrics
from app.chain.address import addresses
from app.chain.admission import gate, rated
from app.chain.cache import Kept
from app.chain.credentials import authenticate, prove
from app.chain.inbox import Entry, inbox, nonce_use
from app.chain.limits import Verdict
from app.chain.outdating import outdater
from app.chain.request import NOT_MODIFIED, Answer, Request
from app.workers.usage import recorder
from app.workers.waking import wake_for_deliveries
from db.engine import spent
from graph.context import Context
from graph.errors import ApiError, Code
from graph.events import deliveries_written
from graph.identity import identity_secret
from graph.signatures import require_same_nonce
from graph.tracking import Message
from rest_compat import etags

# What is read is made of stored rows: it shows nothing of what is left of a limit.
Read = Callable[[], Awaitable[bytes]]
# Refusals of who has shown no right to ask: they count by address.
STRANGE = frozenset({Code.UNAUTHORIZED, Code.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Place:
    """What an answer may be kept under, and whether this request may be given a kept one."""

    digest: str
    look_up: bool


async def identify(request: Request, *, signed: bool = False) -> Context:
    """Return who asks; a stranger is counted by its address.

    Args:
        request: what came.
        signed: whether a public key must have signed it.

    Raises:
        ApiError: `unauthorized`, `forbidden` from an origin that the key doesn't allow, or `rate_limited` for a
            stranger that asks too often.
    """
    request.address = addresses.of(request)
    spent.set(request.spent)
    try:
        context = await authenticate(request, signed=signed)
    except ApiError as error:
        await _count_if_strange(request, error)
        raise
    request.context = context
    return context


async def require_signature(request: Request, context: Context) -> None:
    """Let a write pass that a platform key sends, or that its public key has signed.

    Raises:
        ApiError: `unauthorized`, or `rate_limited` for a stranger that asks too often.
    """
    if context.key_type == "platform":
        return
    try:
        await prove(request, context.key_id)
    except ApiError as error:
        await _count_if_strange(request, error)
        raise


async def _count_if_strange(request: Request, error: ApiError) -> None:
    if error.code in STRANGE:
        await gate.admit_stranger(request)


async def let_stranger_in(request: Request) -> None:
    """Count a request that needs no key by its address.

    Raises:
        ApiError: `rate_limited`.
    """
    request.address = addresses.of(request)
    await gate.admit_stranger(request)


def refuse_known(request: Request, context: Context) -> None:
    """Let a request pass whose key isn't known to have used up its limits; it is counted later, by what it costs.

    Raises:
        ApiError: `rate_limited` or `quota_exceeded`.
    """
    gate.refuse_known(request, context)


async def let_in(request: Request, context: Context, group: str, cost: int = 1) -> Verdict:
    """Count a request against its key's window and its store's month.

    Raises:
        ApiError: `rate_limited` or `quota_exceeded`.
    """
    verdict = await gate.admit(request, gate.ask(request, context, cost, cacheable=False))
    _passed(request, context, group, cost)
    return verdict


async def let_look(request: Request, context: Context, group: str, cost: int = 1) -> Context:
    """Do as `let_in`, and return the context with what is left, for who is told of it."""
    return rated(context, await let_in(request, context, group, cost))


async def read(request: Request, context: Context, group: str, place: Place, run: Read, cost: int = 1) -> Kept:
    """Let a cacheable read in and return its answer: the kept one, or what `run` returns.

    Adds the headers of a cacheable answer to the request's.

    Raises:
        ApiError: a refusal, or what `run` raised; neither is kept.
    """
    ask = gate.ask(request, context, cost, place.digest, look_up=place.look_up, cacheable=True)
    verdict = await gate.admit(request, ask)
    _passed(request, context, group, cost)
    if verdict.answer is not None:
        metrics.HIT.inc()
        kept, result = cache.found(verdict.answer), b"HIT"
    elif verdict.generation:
        kept, result = await cache.filled(ask, verdict.generation, run), b"MISS"
    else:
        data = await run()
        kept, result = Kept(etags.etag(data), data), b"MISS"
    request.answer_head.append(cache.head(kept, result))
    return kept


def not_modified(request: Request, kept: Kept) -> Answer | None:
    """Return the 304 of a client that has this answer already, or None."""
    if request.method == "GET" and etags.matches(request.headers.get(b"if-none-match"), kept.tag):
        return Answer(NOT_MODIFIED, b"")
    return None


def keeping(request: Request, context: Context, *parts: bytes) -> Place:
    """Return what the answer to these parts of a request is kept under. `Cache-Control: no-cache` skips the look-up."""
    skip = context.key_type == "platform" and b"no-cache" in request.headers.get(b"cache-control", b"").lower()
    skip = skip or outdater.is_pending(context.store_id, context.livemode)
    return Place(cache.digest(context, *parts), not skip)


async def write(
    request: Request, context: Context, key: bytes, body: bytes, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Run a write once, or answer as the first time; either way no older answer is found in the cache afterwards."""
    signature = request.signature
    begin = None if signature is None else partial(nonce_use, context, signature)
    deliveries_written.set(False)
    # A page's writes have its visitors' data in them.
    secret = b"" if signature is None else await identity_secret(context.store_id)
    answer = await idempotency.run_once(request, context, key, body, work, begin, secret)
    if request.replayed:
        metrics.REPLAYED.inc()
    if answer.status < 400:
        await cache.outdate(context.store_id, context.livemode)
    await wake_for_deliveries()
    return answer


async def keep(request: Request, key: bytes | None, body: Mapping[str, Any], message: Message) -> None:
    """Put a signed request's message into the inbox, once; it is in the database when this returns.

    Args:
        request: signed; its nonce is used up.
        key: the `Idempotency-Key`, if it has one.
        body: what it asks for, which another request under that key must equal but for its nonce.
        message: what is queued.

    Raises:
        ApiError: `bad_request` where the body has another nonce, or what `Inbox.put` raises.
    """
    signature = request.signature
    if signature is None:
        raise RuntimeError("only what is signed is kept")
    require_same_nonce(signature, body)
    secret = await identity_secret(message.store_id)
    request_hash = idempotency.hash_without_nonce(request, body, secret)
    await inbox.put(Entry(message, signature.nonce_bytes, request_hash, key))


def _passed(request: Request, context: Context, group: str, cost: int) -> None:
    request.admitted = time.perf_counter()
    recorder.count(context, group, cost, request.address)
