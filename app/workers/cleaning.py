"""Clears away what is past its time: answers and signed requests that nobody can repeat any more, and old events.

Each process tries, and one works: who gets the lock deletes a batch. Deliveries leave by the week, and the weeks that
come are made here, by who writes into them: at the start of each process, and then far ahead.
"""

from typing import Final

import asyncpg
import structlog

from app.workers.rounds import Rounds
from db.cleaning import BATCH, TABLES, batch_delete
from db.partitions import deliveries_look_after

INTERVAL: Final = 60.0

log = structlog.get_logger("dzbuild")


async def clean() -> int:
    """Delete all that is past its time, unless another process is at it, and return how many rows that was.

    Weeks of deliveries that are dropped have their rows uncounted.
    """
    await _weeks()
    return sum([await _clean_table(table) for table in TABLES])


async def _weeks() -> None:
    try:
        dropped = await deliveries_look_after()
    except asyncpg.LockNotAvailableError:
        log.warning("weeks of deliveries are made and dropped later: the table is in use")
    else:
        for name in dropped:
            log.info("dropped, past its time", table=name)


async def _clean_table(table: str) -> int:
    total = 0
    while True:
        gone = await batch_delete(table)
        total += gone
        if gone < BATCH:
            return total


cleaner = Rounds(clean, INTERVAL, at_once=True)
