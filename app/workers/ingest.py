"""The worker that takes in signups and events: a batch after the other, and a look at the clock between them.

What it does with a batch is `graph.ingest`'s; here is when. A process that is killed at any moment leaves the inbox as
it was or the batch done.
"""

import asyncio
import time
from contextlib import suppress
from contextvars import Context
from datetime import UTC, datetime
from typing import Final

import asyncpg
import structlog

from app.chain import metrics
from app.settings import Settings
from app.workers.waking import wake_for_deliveries
from db import inbox
from db.engine import OUTAGES
from db.partitions import REQUESTS, TRACKED, Partitioned
from graph.events import deliveries_written
from graph.ingest import PASSING, batch_take_in

BATCH: Final = 1_000
# How long it waits when there is nothing to do, and at most after a failure.
INTERVAL: Final = 0.2
LONGEST_WAIT: Final = 5.0
# How often it looks after months and days, and how many it makes ahead.
PARTS_INTERVAL: Final = 3_600.0
AHEAD: Final = 3
LAG_INTERVAL: Final = 1.0

log = structlog.get_logger("dzbuild")


class Ingest:
    """One worker."""

    def __init__(self, limit: int, months_kept: int, days_kept: int, batch: int = BATCH) -> None:
        """Take in `batch` messages at once, and look after the tables that are kept by months and days.

        Args:
            limit: the most that may wait.
            months_kept: tracked events of the running month and so many before it stay; for 0 all.
            days_kept: the request log of so many days stays, today's among them.
            batch: how many messages are taken in at once.
        """
        self._limit = limit
        self._months_kept = months_kept
        self._days_kept = days_kept
        self._batch = batch
        self._parts_due = 0.0
        self._lag_due = 0.0

    async def round(self) -> int:
        """Take in one batch, and return how many messages that was.

        Raises:
            OSError: the database is out of reach; or one of `db.engine.OUTAGES`.
        """
        now = time.monotonic()
        if now >= self._parts_due:
            today = datetime.now(UTC)
            await _look_after(TRACKED, TRACKED.later(today, -self._months_kept) if self._months_kept else None)
            await _look_after(REQUESTS, REQUESTS.later(today, -max(self._days_kept - 1, 0)))
            self._parts_due = now + PARTS_INTERVAL
        deliveries_written.set(False)
        taken = await batch_take_in(self._batch)
        await wake_for_deliveries()
        metrics.TAKEN_IN.inc(taken)
        if now >= self._lag_due:
            metrics.INBOX_WAITING.set(await inbox.waiting(self._limit))
            metrics.INBOX_LAG.set(await inbox.lag())
            self._lag_due = now + LAG_INTERVAL
        return taken

    async def work(self, stopping: asyncio.Event) -> None:
        """Take in what comes until told to stop; an outage only delays it."""
        failures = 0
        while not stopping.is_set():
            try:
                # A task of its own: what a round leaves behind in its context ends with it.
                taken = await asyncio.create_task(self.round(), context=Context())
            except (*OUTAGES, *PASSING) as error:
                failures += 1
                log.warning("signups and events are taken in later", error=type(error).__name__)
            except Exception as error:
                failures += 1
                log.exception("signups and events are taken in later", error=type(error).__name__)
            else:
                failures = 0
                if taken == self._batch:
                    continue
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), min(INTERVAL * 2**failures, LONGEST_WAIT))


async def _look_after(table: Partitioned, oldest: datetime | None) -> None:
    """Make the parts that come, and drop those before that of `oldest`; None keeps all."""
    try:
        dropped = await table.look_after(AHEAD, oldest)
    except asyncpg.LockNotAvailableError:
        log.warning("parts are made and dropped later: the table is in use", table=table.whole)
    else:
        for name in dropped:
            log.info("dropped, past its time", table=name)


async def run(used: Settings, stopping: asyncio.Event) -> None:
    """Work until told to stop, on open connections."""
    await Ingest(used.inbox_limit, used.tracked_months, used.request_log_days).work(stopping)
