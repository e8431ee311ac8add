"""Tables of which each month, week or day is a table of its own: made ahead, and dropped in one step."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from db.engine import engine

SCHEMA: Final = "tracking"
# Any constant does: it only has to be the same in every process.
PARTITIONS_LOCK: Final = 6_019_524
# A week is named by its Monday.
NAMES: Final = {"month": "%Y_%m", "week": "%Y_%m_%d", "day": "%Y_%m_%d"}
NUMBERS: Final = {"month": r"\d{4}_\d{2}", "week": r"\d{4}_\d{2}_\d{2}", "day": r"\d{4}_\d{2}_\d{2}"}
# For how long those who use a table wait at most while its parts are made and dropped; less than the second after which
# PostgreSQL looks for deadlocks, so that none of them is ended for it.
LOCK_TIMEOUT: Final = "500ms"


def month_later(month: datetime, months: int) -> datetime:
    """Return the first moment of the month that is so many months later (earlier for less than 0)."""
    count = month.year * 12 + month.month - 1 + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)


def day_later(day: datetime, days: int) -> datetime:
    """Return the first moment of the day that is so many days later (earlier for less than 0)."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)


def week_later(week: datetime, weeks: int) -> datetime:
    """Return the first moment, on a Monday, of the week that is so many weeks later (earlier for less than 0)."""
    return day_later(week, 7 * weeks - week.weekday())


LATER: Final = {"month": month_later, "week": week_later, "day": day_later}


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A partitioned table, the parts of which stand in `SCHEMA`.

    Attributes:
        table: its name.
        part: how long a part of it is.
        schema: where it stands.
        settings: what each part is set to, as `ALTER TABLE` has it: PostgreSQL passes on none of the whole.
    """

    table: str
    part: Literal["month", "week", "day"]
    schema: str = SCHEMA
    settings: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Return the table's name with its schema's."""
        return f"{self.schema}.{self.table}"

    def later(self, moment: datetime, parts: int) -> datetime:
        """Return the first moment of the part that is so many parts later."""
        return LATER[self.part](moment, parts)

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
                    f"CREATE TABLE {self.name(start)} PARTITION OF {self.whole}"
                    f" FOR VALUES FROM ('{start:%Y-%m-%d} 00:00:00+00') TO ('{end:%Y-%m-%d} 00:00:00+00')"
                )
                if self.settings:
                    await engine.write(f"ALTER TABLE {self.name(start)} {', '.join(self.settings)}")

    async def drop(self, first: datetime) -> list[str]:
        """Drop the tables of all parts before that of `first`, on the running transaction, and return their names."""
        await engine.write("SELECT pg_advisory_xact_lock($1)", PARTITIONS_LOCK)
        names = [self.name(start) for start in sorted(await self._starts()) if start < self.later(first, 0)]
        for name in names:
            await engine.write(f"DROP TABLE {name}")
        return names

    async def look_after(self, ahead: int, oldest: datetime | None) -> list[str]:
        """Make what is missing of `ahead` parts from the running one on, and drop those before that of `oldest`.

        Args:
            ahead: how many parts are there in any case.
            oldest: a moment whose part stays; None drops none.

        Returns:
            The names of the tables that were dropped.

        Raises:
            asyncpg.LockNotAvailableError: somebody used the table for too long: this is to be done later.
        """
        async with engine.transaction():
            await engine.write(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await self.make(datetime.now(UTC), ahead)
        if oldest is None:
            return []
        async with engine.transaction():
            await engine.write(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            return await self.drop(oldest)

    async def _starts(self) -> set[datetime]:
        rows = await engine.fetch(
            "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = $1::text::regclass",
            self.whole,
        )
        pattern = re.compile(f"{self.table}_({NUMBERS[self.part]})")
        found = (pattern.fullmatch(row["name"]) for row in rows)
        return {datetime.strptime(match[1], NAMES[self.part]).replace(tzinfo=UTC) for match in found if match}


# How long deliveries are kept at least; they leave with their week.
DELIVERIES_KEPT: Final = timedelta(days=30)
DELIVERIES_AHEAD: Final = 5
# Why there are said to be few stores, the migration tells that first said so of all lists.
DELIVERIES: Final = Partitioned(
    "webhook_deliveries",
    "week",
    schema="public",
    settings=(
        "SET (autovacuum_vacuum_scale_factor = 0.02)",
        "ALTER COLUMN store_id SET STATISTICS 1",
        "ALTER COLUMN store_id SET (n_distinct = 3)",
    ),
)
TRACKED: Final = Partitioned("events", "month")
REQUESTS: Final = Partitioned("request_log", "day")


async def deliveries_look_after() -> list[str]:
    """Make the weeks of deliveries that come, drop those that are past their time, and return what was dropped.

    Raises:
        asyncpg.LockNotAvailableError: as `Partitioned.look_after`.
    """
    return await DELIVERIES.look_after(DELIVERIES_AHEAD, datetime.now(UTC) - DELIVERIES_KEPT)
