"""Counts what was let through, in the process, and writes the sums to PostgreSQL every two seconds, and the log.

Each count is written once: where a connection breaks at the COMMIT, the server is asked later what became of it.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from app.workers.request_log import request_log
from db.engine import OUTAGES, engine
from graph.context import Context
from graph.usage import Bucket, keys_used, requests_add, transaction_id, transaction_kept

INTERVAL: Final = 2.0
HOUR: Final = 3600
log = structlog.get_logger("dzbuild")


# Store, mode, hour since 1970, group of endpoints, and whether by a public key.
Key = tuple[int, bool, int, str, bool]


@dataclass(slots=True)
class Batch:
    """What is being written, and in which transaction; none yet where that is not known."""

    counts: Counter[Key]
    seen: dict[int, tuple[float, str]]
    transaction: str | None = None


class Recorder:
    """One process's counts that are not written yet. What can't be written now is written later."""

    def __init__(self) -> None:
        # As plain numbers, as this is done for each request; they become times when they are written.
        self._counts: Counter[Key] = Counter()
        self._seen: dict[int, tuple[float, str]] = {}
        self._batch: Batch | None = None
        self._flushing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def count(self, context: Context, group: str, cost: int, address: str) -> None:
        """Count a request that was let through."""
        seconds = time.time()
        public = context.key_type == "public"
        self._counts[context.store_id, context.livemode, int(seconds) // HOUR, group, public] += cost
        self._seen[context.api_key_id] = (seconds, address)

    def start(self) -> None:
        """Begin to write in the background."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop, and write what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        await self.flush()
        await request_log.flush()

    async def flush(self) -> None:
        """Write what was counted since the last time, in one transaction."""
        async with self._flushing:
            try:
                if await self._settled() and self._counts:
                    await self._write()
            except OUTAGES as error:
                log.warning("usage is written later", error=type(error).__name__)
            except Exception as error:
                log.exception("usage is written later", error=type(error).__name__)

    async def _write(self) -> None:
        batch = self._batch = Batch(self._counts, self._seen)
        self._counts, self._seen = Counter(), {}
        async with engine.transaction():
            batch.transaction = await transaction_id()
            await requests_add({_bucket(*key): count for key, count in batch.counts.items()})
            await keys_used({key: (datetime.fromtimestamp(at, UTC), ip) for key, (at, ip) in batch.seen.items()})
        self._batch = None

    async def _settled(self) -> bool:
        """Tell whether it is known what became of the batch before; one that was not kept is counted again."""
        batch = self._batch
        if batch is None:
            return True
        kept = batch.transaction is not None and await transaction_kept(batch.transaction)
        if kept is None:
            return False
        if not kept:
            self._counts.update(batch.counts)
            self._seen = batch.seen | self._seen
        self._batch = None
        return True

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            # A task of its own: what a round leaves behind in its context ends with it.
            await asyncio.create_task(self.flush())
            await asyncio.create_task(request_log.flush())


def _bucket(store_id: int, livemode: bool, hour: int, group: str, public: bool) -> Bucket:
    return Bucket(store_id, livemode, datetime.fromtimestamp(hour * HOUR, UTC), group, public)


recorder = Recorder()
