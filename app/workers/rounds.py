"""Work that a process does in the background, again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Final

import asyncpg
import structlog

from db.engine import OUTAGES

log: Final = structlog.get_logger("dzbuild")


class Rounds:
    """Runs something every few seconds, from `start` until `stop`; what an outage hinders is done in a later round."""

    def __init__(self, work: Callable[[], Awaitable[object]], interval: float, *, at_once: bool = False) -> None:
        """Run `work` every `interval` seconds: the first time `at_once`, or after the first interval."""
        self._work = work
        self._interval = interval
        self._at_once = at_once
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), context=Context())

    async def stop(self) -> None:
        """End; a round under way is cancelled, and what it has not committed undone."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _run(self) -> None:
        if not self._at_once:
            await asyncio.sleep(self._interval)
        while True:
            try:
                # A task of its own: what a round leaves behind in its context ends with it.
                await asyncio.create_task(self._round())
            except (*OUTAGES, asyncpg.PostgresError) as error:
                log.warning("done later", what=self._work.__qualname__, error=type(error).__name__)
            await asyncio.sleep(self._interval)

    async def _round(self) -> None:
        await self._work()
