"""The window, the month and the look-up of a cached answer: one round trip for all requests that wait (§4, §7)."""

import asyncio
import hashlib
import secrets
import struct
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import IntEnum
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from app.chain.alone import REMEMBERED, UNLIMITED, Alone
from app.chain.months import months
from app.chain.valkey import FAILURES, TURNS, valkey
from db.engine import OUTAGES
from graph.usage import month_count

SCRIPT = files("app.chain").joinpath("admit.lua").read_text()
# What the server knows the script by.
DIGEST = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
MONTH_LIFETIME = 40 * 86_400
# Scripts of one partition of stores have their keys in one slot of a cluster.
PARTITIONS = 64
# For how many seconds an answer is waited for that comes too late for its requests.
LATE = 1.0
TAGS = tuple(f"{{p{number}}}" for number in range(PARTITIONS))
NUMBERS = struct.Struct("<5qB")


class State(IntEnum):
    """What the script answers."""

    ADMITTED = 0
    WINDOW_FULL = 1
    ADDRESS_FULL = 2
    MONTH_FULL = 3
    UNSEEDED = 4


STATES = tuple(State)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request wants of the limits: who it is, what it costs, what it may."""

    subject: str
    store_id: int
    livemode: bool
    cost: int
    per_minute: int
    address: str = ""
    per_address: int = 0
    per_month: int = -1
    public: bool = False
    digest: str = ""
    look_up: bool = True
    cacheable: bool = False

    @property
    def limits(self) -> tuple[int, int, int]:
        """Return what it may."""
        return self.per_minute, self.per_address, self.per_month

    @property
    def tag(self) -> str:
        """Return the hash tag of the keys."""
        return TAGS[self.store_id % PARTITIONS]

    @property
    def window(self) -> str:
        """Return the key of its window."""
        return f"window:{self.tag}:{self.subject}"

    @property
    def month(self) -> tuple[int, bool, str]:
        """Return whose month it is, and its key without the month's number."""
        return self.store_id, self.livemode, f"month:{self.tag}:{self.store_id}:{_mode(self.livemode)}:"

    @property
    def generation(self) -> str:
        """Return the key of the generation of its store's cached answers."""
        return f"generation:{self.tag}:{self.store_id}:{_mode(self.livemode)}"

    def packed(self) -> bytes:
        """Return it as the script reads it."""
        numbers = NUMBERS.pack(
            self.cost,
            UNLIMITED if self.per_minute < 0 else self.per_minute,
            self.per_address,
            self.per_month,
            self.per_month * PUBLIC_SHARE // 100,
            self.public,
        )
        month = self.month[2] if self.per_month >= 0 else ""
        generation = self.generation if self.cacheable else ""
        digest = self.digest if self.look_up else ""
        return numbers + f"{self.window}\0{self.address}\0{month}\0{generation}\0{digest}\0".encode()


def _mode(livemode: bool) -> str:
    return "live" if livemode else "test"


# The part of a month's requests, in hundredths, that public keys may use: a crawler can't shut out the back end.
PUBLIC_SHARE = 80


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of it. Times are in seconds; `generation` is empty when nothing can be cached.

    `alone`: this process said so by itself.
    """

    state: State
    remaining: int
    reset: float
    retry_after: float
    generation: str = ""
    answer: bytes | None = None
    month: int = 0
    alone: bool = False


Waiting = tuple[Ask, asyncio.Future[Verdict]]
REFUSED = (State.WINDOW_FULL, State.ADDRESS_FULL, State.MONTH_FULL)
ADMITTED = State.ADMITTED
FULL = {"": ADMITTED, "window": State.WINDOW_FULL, "address": State.ADDRESS_FULL}


class Limiter:
    """Asks Valkey for many requests at once: those that came while the last call was away."""

    def __init__(self) -> None:
        self.workers = 1
        self.alone = Alone()
        self._waiting: list[Waiting] = []
        self._running: asyncio.Task[None] | None = None
        # The batch whose answer is waited for though it comes too late.
        self._late: list[Waiting] | None = None
        self._full: OrderedDict[tuple[str, str], tuple[float, Ask, Verdict]] = OrderedDict()

    @property
    def is_late(self) -> bool:
        """Tell whether the server owes an answer for longer than a request waits: it answers nobody else either."""
        return self._late is not None

    async def admit(self, ask: Ask) -> Verdict:
        """Let a request through and count it, or refuse it and count nothing."""
        known = self.known_full(ask)
        if known is not None:
            return known
        begun = time.monotonic()
        verdict = await self._asked(ask)
        if verdict.state is State.UNSEEDED:
            verdict = await self._seeded(ask, verdict)
        if verdict.state in REFUSED and not verdict.alone:
            # From when it was asked: the server has answered since, so it surely has room by then.
            self._remember(ask, verdict, begun + verdict.retry_after)
        return verdict

    async def _asked(self, ask: Ask) -> Verdict:
        """Return the server's verdict, or this process's own where it does not answer in time."""
        if self._late is not None or not valkey.usable:
            return self._alone(ask)
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        """Send what waits until nothing does. A batch waits for nobody."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            timer = asyncio.get_running_loop().call_later(valkey.patience, self._overdue, batch, TURNS)
            try:
                verdicts = await self._called([self._reduced(ask) for ask, _ in batch])
            except FAILURES as error:
                valkey.failed(error)
                self._judge_alone(batch)
            except BaseException:
                # Whatever goes wrong here must not leave requests waiting.
                for _, future in batch:
                    future.cancel()
                raise
            else:
                self._settle(batch, verdicts)
            finally:
                timer.cancel()
                self._late = None

    def _reduced(self, ask: Ask) -> Ask:
        """Return what the server is asked: with limits less what this process has let through by itself."""
        passed = self.alone.passed(ask.subject)
        of_address = self.alone.passed(ask.subject, ask.address) if ask.address else 0
        if not (passed or of_address):
            return ask
        per_minute = ask.per_minute if ask.per_minute < 0 else max(ask.per_minute - passed, 0)
        return replace(ask, per_minute=per_minute, per_address=max(ask.per_address - of_address, 0))

    def _settle(self, batch: list[Waiting], verdicts: list[Verdict]) -> None:
        """Tell each request its verdict. One that was let through alone meanwhile is counted where it was late."""
        if self._late is not None:
            valkey.recovered()
        for (ask, future), verdict in zip(batch, verdicts, strict=True):
            admitted = verdict.state is ADMITTED
            if admitted and ask.per_minute >= 0:
                self.alone.told(ask.subject, ask.per_minute - self.alone.passed(ask.subject) - verdict.remaining)
            if not future.done():
                future.set_result(verdict if admitted else self._with_own(ask, verdict))
            elif admitted and not future.cancelled() and future.result().state is ADMITTED:
                self.alone.take_back(ask)

    def _with_own(self, ask: Ask, verdict: Verdict) -> Verdict:
        """Return a refusal that lasts no longer than what this process has let through itself is counted."""
        address = ask.address if verdict.state is State.ADDRESS_FULL else ""
        if verdict.state not in (State.WINDOW_FULL, State.ADDRESS_FULL) or not self.alone.passed(ask.subject, address):
            return verdict
        own = self.alone.reset(ask.subject, address)
        return replace(verdict, retry_after=min(verdict.retry_after or own, own))

    def _overdue(self, batch: list[Waiting], turns: int) -> None:
        """Judge alone what has waited as long as a request may; the answer is waited for a while, to count by it."""
        if all(future.done() for _, future in batch):
            return
        if turns:
            asyncio.get_running_loop().call_soon(self._overdue, batch, turns - 1)
            return
        self._late = batch
        valkey.failed(TimeoutError("no answer in time"))
        waiting, self._waiting = self._waiting, []
        self._judge_alone([*batch, *waiting])
        if self._running is not None:
            asyncio.get_running_loop().call_later(LATE, self._give_up, self._running, batch)

    def _give_up(self, running: asyncio.Task[None], batch: list[Waiting]) -> None:
        """Wait no more for the answer to a batch."""
        if self._late is batch:
            running.cancel()

    def _judge_alone(self, batch: list[Waiting]) -> None:
        for ask, future in batch:
            if not future.done():
                future.set_result(self._alone(ask))

    async def _called(self, asks: list[Ask]) -> list[Verdict]:
        """Run the script for these requests: at once, or on a cluster one call for each partition."""
        if not valkey.clustered:
            return await self._call(asks)
        places: dict[str, list[int]] = {}
        for place, ask in enumerate(asks):
            places.setdefault(ask.tag, []).append(place)
        groups = list(places.values())
        answers = await asyncio.gather(*(self._call([asks[place] for place in group]) for group in groups))
        by_place: dict[int, Verdict] = {}
        for group, given in zip(groups, answers, strict=True):
            by_place.update(zip(group, given, strict=True))
        return [by_place[place] for place in range(len(asks))]

    async def _call(self, asks: list[Ask]) -> list[Verdict]:
        """Run the script once; load it where the server forgot it."""
        arguments = (1, asks[0].tag, secrets.token_hex(8), b"".join([ask.packed() for ask in asks]))
        try:
            answers = await valkey.call("EVALSHA", DIGEST, *arguments)
        except NoScriptError:
            answers = await valkey.call("EVAL", SCRIPT, *arguments)
        return [_verdict(answer, answers) for answer in answers]

    async def _seeded(self, ask: Ask, verdict: Verdict) -> Verdict:
        """Give a month that Valkey does not know what PostgreSQL has counted, and ask again."""
        try:
            total, public = await month_count(ask.store_id, ask.livemode, verdict.month // 12, verdict.month % 12 + 1)
        except OUTAGES:
            return self._alone(ask)
        # What other processes have let through and not written yet is missing.
        months.doubt(*ask.month)
        key = f"{ask.month[2]}{verdict.month}"

        async def seed() -> None:
            client = valkey.required()
            # The total last: with it the month is known.
            await client.hsetnx(key, "public", str(public))
            await client.expire(key, MONTH_LIFETIME)
            await client.hsetnx(key, "all", str(total))

        await valkey.attempt(seed())
        again = await self._asked(ask)
        return self._alone(ask) if again.state is State.UNSEEDED else again

    def _alone(self, ask: Ask) -> Verdict:
        """Judge by this process's own windows, with its share of the limits, and by what is written of the month."""
        if ask.per_month >= 0:
            months.doubt(*ask.month)
            public = ask.per_month * PUBLIC_SHARE // 100 if ask.public else None
            wait = months.full(ask.month, ask.cost, ask.per_month, public)
            if wait:
                return Verdict(State.MONTH_FULL, 0, self.alone.reset(ask.subject), wait, alone=True)
        full, remaining, reset, wait = self.alone.judge(ask, self.workers)
        return Verdict(FULL[full], remaining, reset, wait, alone=True)

    def _remember(self, ask: Ask, verdict: Verdict, until: float) -> None:
        """Keep a refusal: until its time comes nothing can make room, so the server need not be asked again."""
        subject = (ask.subject, ask.address if verdict.state is State.ADDRESS_FULL else "")
        self._full[subject] = (until, ask, verdict)
        if len(self._full) > REMEMBERED:
            self._full.popitem(last=False)

    def known_full(self, ask: Ask) -> Verdict | None:
        """Return the refusal that this request is sure to get, without asking anybody; None where it isn't sure."""
        if not self._full:
            return None
        now = time.monotonic()
        for subject in ((ask.subject, ""), (ask.subject, ask.address)):
            known = self._full.get(subject)
            if known is None:
                continue
            until, refused, verdict = known
            if until <= now:
                del self._full[subject]
            # A cheaper request may still have room, and so may one whose limits were raised meanwhile.
            elif ask.cost >= refused.cost and ask.limits == refused.limits:
                return Verdict(verdict.state, verdict.remaining, verdict.reset, until - now)
        return None


def _verdict(answer: list[Any], answers: list[list[Any]]) -> Verdict:
    state, remaining, reset, retry, generation, cached, month, _ = answer
    if isinstance(cached, int):
        cached = answers[cached - 1][5]
    token = generation.decode() if generation else ""
    return Verdict(STATES[state], remaining, reset / 1000, retry / 1000, token, cached, month)


limiter = Limiter()
