"""The months of `tracking.events`, each a table of its own: made ahead, and dropped in one step."""

import re
from datetime import UTC, datetime
from typing import Final

from db.engine import engine

SCHEMA: Final = "tracking"
# Any constant does: it only has to be the same in every process.
PARTITIONS_LOCK: Final = 6_019_524
MONTH: Final = re.compile(r"events_(\d{4})_(\d{2})")


def month_later(month: datetime, months: int) -> datetime:
    """Return the first moment of the month that is so many months later (earlier for less than 0)."""
    count = month.year * 12 + month.month - 1 + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)


async def months_make(first: datetime, count: int) -> None:
    """Make the tables of `count` months from that of `first` on, where they are missing, on the running transaction."""
    await engine.write("SELECT pg_advisory_xact_lock($1)", PARTITIONS_LOCK)
    there = await _months()
    for place in range(count):
        start, end = month_later(first, place), month_later(first, place + 1)
        if start not in there:
            await engine.write(
                f"CREATE TABLE {SCHEMA}.events_{start:%Y_%m} PARTITION OF {SCHEMA}.events"
                f" FOR VALUES FROM ('{start:%Y-%m-%d} 00:00:00+00') TO ('{end:%Y-%m-%d} 00:00:00+00')"
            )


async def months_drop(first: datetime) -> list[str]:
    """Drop the tables of all months before that of `first`, on the running transaction, and return their names."""
    await engine.write("SELECT pg_advisory_xact_lock($1)", PARTITIONS_LOCK)
    old = sorted(month for month in await _months() if month < month_later(first, 0))
    names = [f"{SCHEMA}.events_{month:%Y_%m}" for month in old]
    for name in names:
        await engine.write(f"DROP TABLE {name}")
    return names


async def _months() -> set[datetime]:
    rows = await engine.fetch(
        "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'tracking.events'::regclass"
    )
    found = (MONTH.fullmatch(row["name"]) for row in rows)
    return {datetime(int(match[1]), int(match[2]), 1, tzinfo=UTC) for match in found if match}
