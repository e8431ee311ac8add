"""Clears away what is past its time: answers and signed requests that nobody can repeat any more, and old events.

Each process tries, and one works: who gets the lock deletes a batch.
"""

import asyncio
from contextvars import Context
from typing import Final

import asyncpg
import structlog

from db.cleaning import BATCH, TABLES, batch_delete
from db.engine import OUTAGES

INTERVAL: Final = 60.0

log = structlog.get_logger("dzbuild")


class Cleaner:
    """One process's part in the cleaning."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to clean in the background."""
        self._task = asyncio.create_task(self._run(), context=Context())

    async def stop(self) -> None:
        """Stop; a batch under way is undone."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def clean(self) -> int:
        """Delete all that is past its time, unless another process is at it, and return how many rows that was."""
        return sum([await self._clean_table(table) for table in TABLES])

    async def _clean_table(self, table: str) -> int:
        total = 0
        while True:
            gone = await batch_delete(table)
            total += gone
            if gone < BATCH:
                return total

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                # A task of its own: what a round leaves behind in its context ends with it.
                await asyncio.create_task(self.clean())
            except (*OUTAGES, asyncpg.PostgresError) as error:
                log.warning("cleaning is done later", error=type(error).__name__)


cleaner = Cleaner()
