"""Counts what was let through, in the process, and writes the sums to PostgreSQL every two seconds."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Final

import structlog

from db.engine import OUTAGES, engine
from graph.context import Context
from graph.usage import Bucket, keys_used, requests_add

INTERVAL: Final = 2.0
HOUR: Final = 3600
log = structlog.get_logger("dzbuild")


class Recorder:
    """One process's counts that are not written yet. What can't be written now is written later."""

    def __init__(self) -> None:
        # As plain numbers, as this is done for each request; they become times when they are written.
        self._counts: Counter[tuple[int, bool, int, str, bool]] = Counter()
        self._seen: dict[int, tuple[float, str]] = {}
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

    async def flush(self) -> None:
        """Write what was counted since the last time, in one transaction."""
        counts, self._counts = self._counts, Counter()
        seen, self._seen = self._seen, {}
        if not counts:
            return
        try:
            async with engine.transaction():
                await requests_add({_bucket(*key): count for key, count in counts.items()})
                await keys_used({key: (datetime.fromtimestamp(at, UTC), ip) for key, (at, ip) in seen.items()})
        except OUTAGES as error:
            self._counts.update(counts)
            self._seen = seen | self._seen
            log.warning("usage is written later", error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            # A task of its own: what a round leaves behind in its context ends with it.
            await asyncio.create_task(self.flush())


def _bucket(store_id: int, livemode: bool, hour: int, group: str, public: bool) -> Bucket:
    return Bucket(store_id, livemode, datetime.fromtimestamp(hour * HOUR, UTC), group, public)


recorder = Recorder()
