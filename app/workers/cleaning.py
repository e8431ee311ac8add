"""Clears away what is past its time: answers and signed requests that nobody can repeat any more (`contract.md §5`).

Each process tries, and one works: who gets the lock deletes a batch, in a transaction of its own, along the index of
`created_at`.
"""

import asyncio
from contextvars import Context
from typing import Final

import asyncpg
import structlog

from app.chain.idempotency import LIFETIME
from db.engine import OUTAGES, engine

INTERVAL: Final = 60.0
BATCH: Final = 1_000
TABLES: Final = ("idempotency_keys", "signed_requests")
# Any constant does: it only has to be the same in every process that cleans.
CLEANING_LOCK: Final = 6_019_523

log = structlog.get_logger("dzbuild")


def delete_sql(table: str) -> str:
    """Return the statement that deletes one batch of a table, oldest first, and tells how many there were."""
    return (
        f"WITH gone AS (DELETE FROM {table} WHERE id = ANY(ARRAY(SELECT id FROM {table}"
        f" WHERE created_at <= now() - interval '{LIFETIME}' ORDER BY created_at LIMIT {BATCH}"
        " FOR UPDATE SKIP LOCKED)) RETURNING 1) SELECT count(*) AS gone FROM gone"
    )


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
            gone = await _delete_batch(table)
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


async def _delete_batch(table: str) -> int:
    """Delete one batch; 0 when another process is at it."""
    async with engine.transaction():
        locked = await engine.fetch_row("SELECT pg_try_advisory_xact_lock($1) AS locked", CLEANING_LOCK)
        if locked is None or not locked["locked"]:
            return 0
        rows = await engine.write(delete_sql(table))
        return int(rows[0]["gone"])


cleaner = Cleaner()
