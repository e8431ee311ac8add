"""The chain itself, as both surfaces go through it: who asks, may it pass, was it answered before."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.chain import cache, idempotency, metrics
from app.chain.address import addresses
from app.chain.admission import gate, rated
from app.chain.credentials import authenticate
from app.chain.request import NOT_MODIFIED, Answer, Request
from app.workers.usage import recorder
from db.engine import spent
from graph.context import Context
from graph.errors import ApiError, Code

Read = Callable[[Context], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What an answer may be kept under, and whether this request may be given a kept one."""

    digest: str
    look_up: bool


async def identify(request: Request) -> Context:
    """Return who asks; a stranger is counted by its address.

    Raises:
        ApiError: `unauthorized`, or `rate_limited` for a stranger that asks too often.
    """
    request.address = addresses.of(request)
    spent.set(request.spent)
    try:
        context = await authenticate(request)
    except ApiError as error:
        if error.code is Code.UNAUTHORIZED:
            await gate.admit_stranger(request)
        raise
    request.context = context
    return context


async def let_stranger_in(request: Request) -> None:
    """Count a request that needs no key by its address.

    Raises:
        ApiError: `rate_limited`.
    """
    request.address = addresses.of(request)
    await gate.admit_stranger(request)


async def let_in(request: Request, context: Context, group: str, cost: int = 1) -> Context:
    """Count a request against its key's window and its store's month, and return the context with what is left.

    Raises:
        ApiError: `rate_limited` or `quota_exceeded`.
    """
    verdict = await gate.admit(request, gate.ask(request, context, cost, cacheable=False))
    _passed(request, context, group, cost)
    return rated(context, verdict)


async def read(request: Request, context: Context, group: str, kept: Kept, run: Read, cost: int = 1) -> bytes:
    """Let a cacheable read in and return its `data`: the kept one, or what `run` returns.

    Adds the headers of a cacheable answer to the request's.

    Raises:
        ApiError: a refusal, or what `run` raised; neither is kept.
    """
    ask = gate.ask(request, context, cost, kept.digest, look_up=kept.look_up, cacheable=True)
    verdict = await gate.admit(request, ask)
    _passed(request, context, group, cost)
    if verdict.answer is not None:
        metrics.CACHE.labels("hit").inc()
        data, result = verdict.answer, "HIT"
    elif verdict.generation:
        data, result = await cache.filled(ask, verdict.generation, lambda: run(rated(context, verdict))), "MISS"
    else:
        data, result = await run(rated(context, verdict)), "MISS"
    request.answer_headers.extend(cache.headers(data, result))
    return data


def not_modified(request: Request, data: bytes) -> Answer | None:
    """Return the 304 of a client that has this answer already, or None."""
    if request.method == "GET" and cache.matches(request.headers.get(b"if-none-match"), cache.etag(data)):
        return Answer(NOT_MODIFIED, b"")
    return None


def keeping(request: Request, context: Context, *parts: bytes) -> Kept:
    """Return what the answer to these parts of a request is kept under. `Cache-Control: no-cache` skips the look-up."""
    skip = context.key_type == "platform" and b"no-cache" in request.headers.get(b"cache-control", b"").lower()
    return Kept(cache.digest(context, *parts), not skip)


async def write(
    request: Request, context: Context, key: bytes, body: bytes, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Run a write once, or answer as the first time; either way no older answer is found in the cache afterwards."""
    answer = await idempotency.run_once(request, context, key, body, work)
    if request.replayed:
        metrics.REPLAYED.inc()
    if answer.status < 400:
        await cache.outdate(context.store_id, context.livemode)
    return answer


def _passed(request: Request, context: Context, group: str, cost: int) -> None:
    request.admitted = time.perf_counter()
    recorder.count(context, group, cost, request.address)
