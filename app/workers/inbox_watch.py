"""Looks how much waits in the inbox, so that requests needn't (`graph.backlog`): once a second in each process."""

import asyncio
from contextvars import Context
from typing import Final

import asyncpg
import structlog

from db.engine import OUTAGES
from graph.backlog import backlog

INTERVAL: Final = 1.0
log = structlog.get_logger("dzbuild")


class Watch:
    """One process's look at the inbox."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look in the background."""
        self._task = asyncio.create_task(self._run(), context=Context())

    async def stop(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                # A task of its own: what a round leaves behind in its context ends with it.
                await asyncio.create_task(backlog.look())
            except (*OUTAGES, asyncpg.PostgresError) as error:
                log.warning("the inbox is looked at later", error=type(error).__name__)
            await asyncio.sleep(INTERVAL)


watch = Watch()
