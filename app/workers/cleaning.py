"""Clears away what is past its time: answers and signed requests that nobody can repeat any more, and old events.

Each process tries, and one works: who gets the lock deletes a batch.
"""

from typing import Final

from app.workers.rounds import Rounds
from db.cleaning import BATCH, TABLES, batch_delete

INTERVAL: Final = 60.0


async def clean() -> int:
    """Delete all that is past its time, unless another process is at it, and return how many rows that was."""
    return sum([await _clean_table(table) for table in TABLES])


async def _clean_table(table: str) -> int:
    total = 0
    while True:
        gone = await batch_delete(table)
        total += gone
        if gone < BATCH:
            return total


cleaner = Rounds(clean, INTERVAL)
