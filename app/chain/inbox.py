"""Signed writes of many clients in one commit: the process's way into the inbox (`contract.md §8`).

A batch waits for nobody: it is what came while the last one was away. Whoever is told of success is in the database.
"""

import asyncio
from collections import deque
from collections.abc import Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from enum import Enum, auto

import asyncpg
import structlog

from app.chain.idempotency import key_reused
from db.engine import OUTAGES
from db.inbox import Row, nonce_use_up, requests_find, requests_forget, requests_store
from graph import context as identity
from graph.errors import unavailable
from graph.keys import unauthorized
from graph.signatures import Signature, nonce_used
from graph.tracking import Message

# How much goes in one statement, and how much may wait for its turn before requests are refused.
BATCH_ROWS = 500
WAITING_ROWS = 5_000
WAITING_CHARACTERS = 16 * 1024 * 1024
MOST_ATTEMPTS = 4

log = structlog.get_logger("dzbuild")


@dataclass(frozen=True, slots=True)
class Entry:
    """A signed request that wants to be kept. `repeats`: it was queued before, and only uses up its nonce."""

    message: Message
    nonce: bytes
    request_hash: bytes
    idempotency_key: bytes | None = None
    repeats: bool = False

    def row(self) -> Row:
        """Return it as the database takes it."""
        of = self.message
        signed = (of.api_key_id, self.nonce, self.idempotency_key, self.request_hash)
        return Row(*signed, self.repeats, of.store_id, of.livemode, of.kind, of.payload)

    def claims(self) -> set[Hashable]:
        """Return what no two entries of one batch may share."""
        key = self.message.api_key_id
        nonce: Hashable = (key, "nonce", self.nonce)
        return {nonce} if self.idempotency_key is None else {nonce, (key, "idempotency key", self.idempotency_key)}


class Outcome(Enum):
    """What became of an entry."""

    ACCEPTED = auto()
    NONCE_USED = auto()
    KEY_REUSED = auto()
    REPEATED = auto()
    EXPIRED = auto()


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    future: asyncio.Future[Outcome]
    attempts: int = 0


class Inbox:
    """Writes the entries of one process."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._characters = 0
        self._running: asyncio.Task[None] | None = None

    async def put(self, entry: Entry) -> None:
        """Keep a signed request; it is in the database when this returns, once.

        Raises:
            ApiError: `unauthorized` when its nonce was used or its key is gone, `idempotency_key_reused`,
                `unavailable` when the database is out of reach or too much waits for it.
        """
        if len(self._waiting) >= WAITING_ROWS or self._characters >= WAITING_CHARACTERS:
            raise unavailable()
        waiting = _Waiting(entry, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._characters += len(entry.message.payload)
        if self._running is None or self._running.done():
            # With a context of its own: it must not write on the transaction of whoever came first.
            self._running = asyncio.create_task(self._run(), context=Context())
        outcome = await waiting.future
        if outcome is Outcome.NONCE_USED:
            raise nonce_used()
        if outcome is Outcome.KEY_REUSED:
            raise key_reused()

    async def _run(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            try:
                await self._settle(batch)
            except BaseException:
                # Whatever else goes wrong here must not leave requests waiting.
                for waiting in (*batch, *self._waiting):
                    waiting.future.cancel()
                self._waiting.clear()
                self._characters = 0
                raise

    def _next_batch(self) -> list[_Waiting]:
        """Take what waited longest; of those that claim the same, the first: the others see what became of it."""
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        claimed: set[Hashable] = set()
        while self._waiting and len(batch) < BATCH_ROWS:
            waiting = self._waiting.popleft()
            if waiting.future.done():
                self._characters -= len(waiting.entry.message.payload)
                continue
            claims = waiting.entry.claims()
            if claimed.isdisjoint(claims):
                batch.append(waiting)
                self._characters -= len(waiting.entry.message.payload)
            else:
                later.append(waiting)
            claimed |= claims
        self._waiting.extendleft(reversed(later))
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Give each entry its outcome. One that can't be kept is found by halving, and fails alone."""
        try:
            outcomes = await _kept([waiting.entry for waiting in batch])
        except OUTAGES as error:
            log.warning("the inbox is out of reach", entries=len(batch), error=type(error).__name__)
            for waiting in batch:
                _fail(waiting, unavailable())
        except asyncpg.PostgresError as error:
            middle = len(batch) // 2
            if middle:
                await self._settle(batch[:middle])
                await self._settle(batch[middle:])
            else:
                gone = isinstance(error, asyncpg.ForeignKeyViolationError)
                _fail(batch[0], unauthorized("The key is not valid: it is there no more") if gone else error)
        else:
            for waiting, outcome in zip(batch, outcomes, strict=True):
                self._answer(waiting, outcome)

    def _answer(self, waiting: _Waiting, outcome: Outcome) -> None:
        if outcome not in (Outcome.REPEATED, Outcome.EXPIRED):
            if not waiting.future.done():
                waiting.future.set_result(outcome)
            return
        waiting.attempts += 1
        if waiting.attempts == MOST_ATTEMPTS:
            _fail(waiting, unavailable())
            return
        if outcome is Outcome.REPEATED:
            waiting.entry = replace(waiting.entry, idempotency_key=None, repeats=True)
        self._waiting.appendleft(waiting)
        self._characters += len(waiting.entry.message.payload)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.future.done():
        waiting.future.set_exception(error)


async def _kept(entries: Sequence[Entry]) -> list[Outcome]:
    """Put entries into the database, in one statement, and return what became of each."""
    rows = [entry.row() for entry in entries]
    outcomes = dict.fromkeys(await requests_store(rows), Outcome.ACCEPTED)
    refused = [place for place in range(len(entries)) if place not in outcomes]
    if refused:
        found = await requests_find([rows[place] for place in refused])
        outcomes.update(zip(refused, map(_outcome, found), strict=True))
        expired = [row[name] for row in found for name in ("used_id", "earlier_id") if row[name] is not None]
        if Outcome.EXPIRED in outcomes.values():
            await requests_forget(expired)
    return [outcomes[place] for place in range(len(entries))]


def _outcome(found: asyncpg.Record) -> Outcome:
    """Return what stands in an entry's way. What is older than its lifetime, and not yet cleared away, makes room."""
    if found["used"]:
        return Outcome.NONCE_USED
    if found["earlier"]:
        return Outcome.REPEATED if found["same"] else Outcome.KEY_REUSED
    return Outcome.EXPIRED


async def nonce_use(context: identity.Context, signature: Signature) -> None:
    """Use up the nonce of a signed write on the running transaction, which ends up good or undone with it.

    Raises:
        ApiError: `unauthorized` when it was used before.
    """
    if not await nonce_use_up(context.api_key_id, signature.nonce_bytes):
        raise nonce_used()


inbox = Inbox()
