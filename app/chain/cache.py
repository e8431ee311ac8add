"""Answers to reads, kept in Valkey for 30 seconds or until their store changes (`contract.md §7`).

An answer is kept under the store's generation as it was before its rows were read, so one that a write has overtaken
can never be found: a write takes another generation, and nothing has to be deleted.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import NamedTuple

from app.chain import metrics
from app.chain.limits import Ask
from app.chain.outdating import LIFETIME, outdater
from app.chain.valkey import valkey
from graph.context import Context
from rest_compat.etags import ETAG_LENGTH, etag

LARGEST = 256 * 1024
HEAD = b"cache-control: private, no-cache\r\nvary: Authorization\r\netag: %s\r\nx-cache: %s\r\n"


def digest(context: Context, *parts: bytes) -> str:
    """Return what an answer is kept under: who may see it, and what was asked."""
    hashed = _seen_by(context.scopes, context.key_type).copy()
    for part in parts:
        hashed.update(b"\0" + len(part).to_bytes(4, "big") + part)
    return hashed.hexdigest()


@lru_cache(maxsize=1024)
def _seen_by(scopes: frozenset[str], key_type: str) -> "hashlib.blake2b":
    """Return a hash of who may see an answer, to go on from in a copy."""
    return hashlib.blake2b(f"{','.join(sorted(scopes))}{key_type}".encode(), digest_size=16)


class Kept(NamedTuple):
    """An answer's `data`, and its entity tag."""

    tag: str
    data: bytes


class Flights:
    """Reads under way in this process: an equal one waits for the first instead of asking the database too."""

    def __init__(self) -> None:
        self._flying: dict[str, asyncio.Task[Kept]] = {}

    async def fly(self, name: str, read: Callable[[], Awaitable[Kept]]) -> Kept:
        """Return what `read` returns, run once for all who ask for `name` at the same time."""
        task = self._flying.get(name)
        if task is None:
            task = self._flying[name] = asyncio.create_task(_awaited(read))
            task.add_done_callback(lambda _: self._flying.pop(name, None))
        # Shielded: one client that goes away takes nothing from the others.
        return await asyncio.shield(task)


async def _awaited(read: Callable[[], Awaitable[Kept]]) -> Kept:
    return await read()


flights = Flights()
# The event loop holds its tasks weakly: these are under way.
keeping: set[asyncio.Task[None]] = set()


def found(stored: bytes) -> Kept:
    """Return a kept answer as it was kept."""
    return Kept(stored[:ETAG_LENGTH].decode(), stored[ETAG_LENGTH:])


async def filled(ask: Ask, generation: str, read: Callable[[], Awaitable[bytes]]) -> Kept:
    """Return what `read` returns and keep it, as of a generation that was read before.

    A request that may not be given a kept answer is not given one that is being read for another, either, and keeps
    none.
    """
    name = f"{ask.generation}:{generation}:{ask.digest}"

    async def read_and_keep() -> Kept:
        data = await read()
        kept = Kept(etag(data), data)
        if len(data) <= LARGEST and valkey.usable:
            keeping.add(task := asyncio.create_task(_keep(name, kept)))
            task.add_done_callback(keeping.discard)
        return kept

    metrics.MISS.inc()
    if not ask.look_up:
        data = await read()
        return Kept(etag(data), data)
    return await flights.fly(name, read_and_keep)


async def _keep(name: str, kept: Kept) -> None:
    """Keep an answer, while it is on its way already."""
    await valkey.attempt(valkey.call("SET", name, kept.tag.encode() + kept.data, "EX", LIFETIME))


async def outdate(store_id: int, livemode: bool) -> None:
    """Make every kept answer of a store and mode unreachable; called after a commit, before its answer leaves.

    A live write also outdates the sandbox's answers, which show the same store; a test one leaves the live ones alone.
    Where Valkey can't be reached just now, other processes may give those answers for the rest of their 30 seconds.
    """
    await outdater.outdate(*((store_id, mode) for mode in ((True, False) if livemode else (False,))))


def head(kept: Kept, result: bytes) -> bytes:
    """Return what a cacheable answer says of itself."""
    return HEAD % (kept.tag.encode(), result)
