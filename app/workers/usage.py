"""Counts what was let through, in the process, and writes the sums to PostgreSQL every two seconds."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Final

import structlog

from db.engine import OUTAGES, engine
from graph.context import Context
from graph.usage import Bucket, keys_used, requests_add

INTERVAL: Final = 2.0
log = structlog.get_logger("dzbuild")


class Recorder:
    """One process's counts that are not written yet. What can't be written now is written later."""

    def __init__(self) -> None:
        self._counts: Counter[Bucket] = Counter()
        self._seen: dict[int, tuple[datetime, str]] = {}
        self._task: asyncio.Task[None] | None = None

    def count(self, context: Context, group: str, cost: int, address: str) -> None:
        """Count a request that was let through."""
        now = datetime.now(UTC)
        hour = now.replace(minute=0, second=0, microsecond=0)
        public = context.key_type == "public"
        self._counts[Bucket(context.store_id, context.livemode, hour, group, public)] += cost
        self._seen[context.api_key_id] = (now, address)

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
                await requests_add(counts)
                await keys_used(seen)
        except OUTAGES as error:
            self._counts.update(counts)
            self._seen = seen | self._seen
            log.warning("usage is written later", error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            # A task of its own: what a round leaves behind in its context ends with it.
            await asyncio.create_task(self.flush())


recorder = Recorder()
