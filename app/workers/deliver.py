"""Sends webhook deliveries that are due (`contract.md §8`).

Each receiver has a few attempts at once, and one that is slow a single one. An attempt that takes long is counted among
those that linger, of which there may be many more: what others wait for is never behind them.
"""

import asyncio
import resource
import time
from collections import Counter
from contextlib import suppress
from contextvars import Context
from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple

import asyncpg
import httpx
import structlog

from app.chain import metrics
from app.settings import Settings
from app.workers.answers import NO_ANSWER, complaint, reason, wish
from app.workers.connections import Connections
from app.workers.waking import DELIVER, woken
from db.engine import OUTAGES
from graph.sealing import Unsealable
from graph.webhook_due import Room, Wanted, oldest_due
from graph.webhook_message import HEADERS
from graph.webhook_queue import BODY_KEPT, Attempt, Leased, attempt_end, deliveries_lease
from graph.webhook_signing import signed_headers
from graph.webhook_targets import targets

# Attempts under way: those that have just begun, all together, and those at receivers that were slow the last time.
QUICK: Final = 512
ALL: Final = 4_096
SLOW: Final = 1_024
# Of one webhook, and of one that was slow.
EACH: Final = 8
EACH_SLOW: Final = 1
LINGERING_SECONDS: Final = 0.5
# From which part of the time that a receiver has it is slow, and how many such are remembered.
SLOW_PART: Final = 0.3
SLOW_KNOWN: Final = 20_000
# How often it looks: at most, however much ends and is said; and at least.
REST: Final = 0.02
POLL: Final = 0.5
# Files that the process has open beside connections to receivers.
OTHER_FILES: Final = 128
# What may take long of a request, as the connections have it.
PHASES: Final = ("connect", "read", "write", "pool")
MEASURE_EVERY: Final = 15.0
# How long what is under way is waited for at the end; less than the supervisor's patience.
DRAIN: Final = 7.0
NOTE_AGAIN: Final = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
UNAUTHORIZED: Final = frozenset({401, 403})

log = structlog.get_logger("dzbuild")


async def run(used: Settings, stopping: asyncio.Event) -> None:
    """Send what is due until the process is to stop."""
    targets.allow(used.webhook_ports, private_networks=used.webhook_private_networks)
    most = min(ALL, files_allowed(ALL + OTHER_FILES) - OTHER_FILES)
    async with Connections(targets.policy) as connections:
        await Deliverer(connections, used.webhook_timeout, most=most).work(stopping)


def files_allowed(wanted: int) -> int:
    """Let this process have so many files open, if the system allows it, and return how many it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted and soft != resource.RLIM_INFINITY:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft


class UnderWay(NamedTuple):
    """An attempt: whose, and since when."""

    webhook_id: int
    begun: float


class Deliverer:
    """One process's part in the sending."""

    def __init__(self, connections: httpx.AsyncBaseTransport, timeout: float = 10.0, *, most: int = ALL) -> None:
        """Send by these connections, `most` deliveries at once, and wait for each answer for `timeout` seconds."""
        self.timeout = timeout
        # How much later than the database's clock it is taken to be.
        self.ahead = timedelta()
        self._connections = connections
        self._most = most
        self._sending: dict[asyncio.Task[None], UnderWay] = {}
        # Webhooks whose receivers were slow the last time, the latest last.
        self._slow: dict[int, None] = {}
        # There may be something to take: a change was committed, or a receiver has room again.
        self._look = asyncio.Event()

    async def work(self, stopping: asyncio.Event) -> None:
        """Send until told to stop; then let end what is under way, and leave the rest to others."""
        beside = [asyncio.create_task(each, context=Context()) for each in (self._listen(), self._measure())]
        stopped = asyncio.create_task(stopping.wait())
        while not stopping.is_set():
            await asyncio.sleep(REST)
            self._look.clear()
            # A task of its own: what a round leaves behind in its context ends with it.
            if not await asyncio.create_task(self._round(), context=Context()):
                look = asyncio.create_task(self._look.wait())
                await asyncio.wait((stopped, look), timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
                look.cancel()
        for task in (*beside, stopped):
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending, timeout=DRAIN)
        for task in self._sending:
            task.cancel()

    async def settle(self) -> int:
        """Send all that is due, wait for it, and return how many that was."""
        total = 0
        while started := await asyncio.create_task(self.begin(), context=Context()):
            total += started
            if self._sending:
                await asyncio.wait(self._sending)
        return total

    async def begin(self) -> int:
        """Take what is due and there is room for, begin to send it, and return how much that is."""
        wanted = self._wanted()
        if wanted is None:
            return 0
        # An attempt may be two, as one is made again at once with the secret before; and it has to be noted.
        taken = await deliveries_lease(wanted, timedelta(seconds=self.timeout * 3))
        metrics.DELIVERIES.labels("over_quota").inc(taken.refused)
        for leased in taken.deliveries:
            task = asyncio.create_task(self._deliver(leased), context=Context())
            self._sending[task] = UnderWay(leased.webhook_id, time.monotonic())
            task.add_done_callback(self._over)
        return len(taken.deliveries) + taken.refused

    def _wanted(self) -> Wanted | None:
        """Return what there is room for; None for nothing."""
        old = time.monotonic() - LINGERING_SECONDS
        begun = sum(each.begun > old and each.webhook_id not in self._slow for each in self._sending.values())
        under_way = Counter(each.webhook_id for each in self._sending.values())
        left = self._most - len(self._sending)
        quick = min(QUICK - begun, left)
        slow = min(SLOW - sum(under_way[each] for each in under_way.keys() & self._slow.keys()), left - max(quick, 0))
        if quick <= 0 and slow <= 0:
            return None
        known = {
            each: Room(max(0, (EACH_SLOW if each in self._slow else EACH) - under_way[each]), each in self._slow)
            for each in under_way.keys() | self._slow.keys()
        }
        return Wanted(max(quick, 0), max(slow, 0), EACH, known, self.ahead)

    async def _round(self) -> int:
        try:
            return await self.begin()
        except (*OUTAGES, asyncpg.PostgresError) as error:
            log.warning("deliveries wait for the database", error=type(error).__name__)
            return 0

    def _over(self, task: asyncio.Task[None]) -> None:
        self._sending.pop(task, None)
        self._look.set()

    async def _deliver(self, leased: Leased) -> None:
        begun = time.monotonic()
        try:
            attempt = await self._tried(leased)
        except Unsealable:
            log.warning("a webhook's secret is sealed with an unknown app key", webhook_id=leased.webhook_id)
            attempt = Attempt(None, error="its secret can't be opened on the platform's side")
        except Exception as error:
            log.exception("a delivery could not be tried", delivery_id=leased.id, error=type(error).__name__)
            attempt = Attempt(None, error="it could not be tried")
        seconds = time.monotonic() - begun
        self._remember(leased.webhook_id, slow=seconds > self.timeout * SLOW_PART)
        await self._note(leased, replace(attempt, duration_ms=round(seconds * 1000)))

    def _remember(self, webhook_id: int, *, slow: bool) -> None:
        self._slow.pop(webhook_id, None)
        if slow:
            self._slow[webhook_id] = None
            if len(self._slow) > SLOW_KNOWN:
                del self._slow[next(iter(self._slow))]

    async def _tried(self, leased: Leased) -> Attempt:
        """Make an attempt; one that the newest secret is refused at is made again at once with the one before it."""
        keys = leased.keys
        attempt = await self._post(leased, keys)
        if attempt.status in UNAUTHORIZED and len(keys) > 1:
            return await self._post(leased, keys[::-1])
        return attempt

    async def _post(self, leased: Leased, keys: tuple[bytes, ...]) -> Attempt:
        signed = signed_headers(
            keys, delivery_id=leased.id, event=leased.event, timestamp=int(time.time()), body=leased.body
        )
        answered: Attempt | None = None
        try:
            request = httpx.Request(
                "POST", leased.url, content=leased.body, headers=HEADERS | signed, extensions=self._patience()
            )
            async with asyncio.timeout(self.timeout):
                # What a client would add (cookies, redirects, credentials of a URL) is nothing that is wanted here.
                response = await self._connections.handle_async_request(request)
                try:
                    answered = Attempt(response.status_code, error=complaint(response), wish=wish(response))
                    return replace(answered, body=await _beginning(response))
                finally:
                    await response.aclose()
        except TimeoutError:
            return answered or Attempt(None, error=f"no answer within {self.timeout:g} s")
        except NO_ANSWER as error:
            # What came after the status changes nothing.
            return answered or Attempt(None, error=reason(error, self.timeout))

    def _patience(self) -> dict[str, dict[str, float]]:
        """Return how long each phase of a request may take: no longer than the whole."""
        return {"timeout": dict.fromkeys(PHASES, self.timeout)}

    async def _note(self, leased: Leased, attempt: Attempt) -> None:
        """Write what came of an attempt; where that can't be done before the lease ends, it is made again."""
        for pause in (*NOTE_AGAIN, None):
            try:
                status, turned = await attempt_end(leased, attempt, self.ahead)
            except (*OUTAGES, asyncpg.PostgresError) as error:
                if pause is None:
                    log.warning("a delivery is made again", delivery_id=leased.id, error=type(error).__name__)
                    return
                await asyncio.sleep(pause)
                continue
            metrics.DELIVERIES.labels(status).inc()
            if turned is not None:
                log.warning("a webhook is turned off", **turned._asdict())
            return

    async def _listen(self) -> None:
        """Look as soon as somebody says that there is something; the poll finds what nobody said."""
        while True:
            if await woken(DELIVER):
                self._look.set()

    async def _measure(self) -> None:
        while True:
            with suppress(*OUTAGES, asyncpg.PostgresError):
                metrics.OLDEST_DUE.set(await asyncio.create_task(oldest_due(), context=Context()))
            await asyncio.sleep(MEASURE_EVERY)


async def _beginning(response: httpx.Response) -> bytes:
    """Return the first bytes of an answer's body, however long it is; what comes later is never read."""
    kept = b""
    with suppress(httpx.HTTPError):
        async for part in response.aiter_raw(BODY_KEPT):
            kept += part
            if len(kept) >= BODY_KEPT:
                break
    return kept[:BODY_KEPT]
