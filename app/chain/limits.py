"""The window, the month and the look-up of a cached answer: one round trip for all requests that wait (§4, §7)."""

import asyncio
import hashlib
import secrets
import struct
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from app.chain.months import months
from app.chain.valkey import FAILURES, valkey
from app.chain.window import Window
from db.engine import OUTAGES
from graph.usage import month_count

SCRIPT = files("app.chain").joinpath("admit.lua").read_text()
# What the server knows the script by.
DIGEST = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
MONTH_LIFETIME = 40 * 86_400
UNLIMITED = 2**53
# Scripts of one partition of stores have their keys in one slot of a cluster.
PARTITIONS = 64
REMEMBERED = 10_000
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
    """What became of it. Times are in seconds; `generation` is empty when nothing can be cached."""

    state: State
    remaining: int
    reset: float
    retry_after: float
    generation: str = ""
    answer: bytes | None = None
    month: int = 0


class Limiter:
    """Asks Valkey for many requests at once: those that came while the last call was away."""

    def __init__(self) -> None:
        self.workers = 1
        self._waiting: list[tuple[Ask, asyncio.Future[Verdict]]] = []
        self._running: asyncio.Task[None] | None = None
        self._full: OrderedDict[tuple[str, str], tuple[float, Ask, Verdict]] = OrderedDict()
        self._fallback: OrderedDict[tuple[str, str], Window] = OrderedDict()

    async def admit(self, ask: Ask) -> Verdict:
        """Let a request through and count it, or refuse it and count nothing."""
        known = self.known_full(ask)
        if known is not None:
            return known
        if not valkey.usable:
            return self._alone(ask)
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        verdict = await future
        if verdict.state is State.UNSEEDED:
            verdict = await self._seeded(ask, verdict)
        if verdict.state in (State.WINDOW_FULL, State.ADDRESS_FULL, State.MONTH_FULL):
            self._remember(ask, verdict)
        return verdict

    async def _run(self) -> None:
        """Send what waits until nothing does. A batch waits for nobody."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                verdicts = await self._judged([ask for ask, _ in batch])
            except BaseException:
                # Whatever goes wrong here must not leave requests waiting.
                for _, future in batch:
                    future.cancel()
                raise
            for (_, future), verdict in zip(batch, verdicts, strict=True):
                if not future.done():
                    future.set_result(verdict)

    async def _judged(self, asks: list[Ask]) -> list[Verdict]:
        """Return the server's verdicts, or this process's own where it does not answer in time."""
        if not valkey.usable:
            return [self._alone(ask) for ask in asks]
        try:
            async with asyncio.timeout(valkey.patience):
                return await self._called(asks)
        except FAILURES as error:
            valkey.failed(error)
            return [self._alone(ask) for ask in asks]

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
        client = valkey.required()
        arguments = (1, asks[0].tag, secrets.token_hex(8), b"".join([ask.packed() for ask in asks]))
        try:
            answers = await client.evalsha(DIGEST, *arguments)
        except NoScriptError:
            answers = await client.eval(SCRIPT, *arguments)
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
        again = (await self._judged([ask]))[0]
        return self._alone(ask) if again.state is State.UNSEEDED else again

    def _alone(self, ask: Ask) -> Verdict:
        """Judge by this process's own windows, with its share of the limits: as the script, count in both or none."""
        now = time.time()
        limit = UNLIMITED if ask.per_minute < 0 else max(1, ask.per_minute // self.workers)
        own = self._window((ask.subject, ""))
        windows = [(State.WINDOW_FULL, own, limit)]
        if ask.address:
            share = max(1, ask.per_address // self.workers)
            windows.append((State.ADDRESS_FULL, self._window((ask.subject, ask.address)), share))
        for state, window, most in windows:
            if not window.has_room(now, ask.cost, most):
                return Verdict(state, max(limit - own.total, 0), 1.0, window.wait_for_room(now, ask.cost, most))
        for _, window, _ in windows:
            window.add(now, ask.cost)
        if ask.per_month >= 0:
            months.doubt(*ask.month)
        return Verdict(State.ADMITTED, limit - own.total, 1.0, 0.0)

    def _window(self, subject: tuple[str, str]) -> Window:
        window = self._fallback.get(subject)
        if window is None:
            window = self._fallback[subject] = Window()
            if len(self._fallback) > REMEMBERED:
                self._fallback.popitem(last=False)
        return window

    def _remember(self, ask: Ask, verdict: Verdict) -> None:
        """Keep a refusal: until its time comes nothing can make room, so the server need not be asked again."""
        subject = (ask.subject, ask.address if verdict.state is State.ADDRESS_FULL else "")
        self._full[subject] = (time.monotonic() + verdict.retry_after, ask, verdict)
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
