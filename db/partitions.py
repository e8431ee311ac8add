"""Tables of which each month or day is a table of its own: made ahead, and dropped in one step."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from db.engine import engine

SCHEMA: Final = "tracking"
# Any constant does: it only has to be the same in every process.
PARTITIONS_LOCK: Final = 6_019_524
NAMES: Final = {"month": "%Y_%m", "day": "%Y_%m_%d"}
NUMBERS: Final = {"month": r"\d{4}_\d{2}", "day": r"\d{4}_\d{2}_\d{2}"}


def month_later(month: datetime, months: int) -> datetime:
    """Return the first moment of the month that is so many months later (earlier for less than 0)."""
    count = month.year * 12 + month.month - 1 + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)


def day_later(day: datetime, days: int) -> datetime:
    """Return the first moment of the day that is so many days later (earlier for less than 0)."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A partitioned table of `SCHEMA`, and how long a part of it is."""

    table: str
    part: Literal["month", "day"]

    def later(self, moment: datetime, parts: int) -> datetime:
        """Return the first moment of the part that is so many parts later."""
        return month_later(moment, parts) if self.part == "month" else day_later(moment, parts)

    def name(self, start: datetime) -> str:
        """Return the table of the part that begins at `start`."""
        return f"{SCHEMA}.{self.table}_{start.strftime(NAMES[self.part])}"

    async def make(self, first: datetime, count: int) -> None:
        """Make the tables of `count` parts from that of `first` on, where they are missing.

        It runs on the running transaction.
        """
        await engine.write("SELECT pg_advisory_xact_lock($1)", PARTITIONS_LOCK)
        there = await self._starts()
        for place in range(count):
            start, end = self.later(first, place), self.later(first, place + 1)
            if start not in there:
                await engine.write(
                    f"CREATE TABLE {self.name(start)} PARTITION OF {SCHEMA}.{self.table}"
                    f" FOR VALUES FROM ('{start:%Y-%m-%d} 00:00:00+00') TO ('{end:%Y-%m-%d} 00:00:00+00')"
                )

    async def drop(self, first: datetime) -> list[str]:
        """Drop the tables of all parts before that of `first`, on the running transaction, and return their names."""
        await engine.write("SELECT pg_advisory_xact_lock($1)", PARTITIONS_LOCK)
        names = [self.name(start) for start in sorted(await self._starts()) if start < self.later(first, 0)]
        for name in names:
            await engine.write(f"DROP TABLE {name}")
        return names

    async def _starts(self) -> set[datetime]:
        rows = await engine.fetch(
            "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = $1::text::regclass",
            f"{SCHEMA}.{self.table}",
        )
        pattern = re.compile(f"{self.table}_({NUMBERS[self.part]})")
        found = (pattern.fullmatch(row["name"]) for row in rows)
        return {datetime.strptime(match[1], NAMES[self.part]).replace(tzinfo=UTC) for match in found if match}


TRACKED: Final = Partitioned("events", "month")
REQUESTS: Final = Partitioned("request_log", "day")
