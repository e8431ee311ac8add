"""The sandbox of a store: emptied on request, so that a test can begin from nothing (`contract.md §12`)."""

import asyncpg

from db import tables
from db.engine import engine
from graph.context import Context
from graph.errors import ApiError, Code, unavailable

# What stays: keys and what they used, what was acknowledged and is yet to be taken in, and the store's own settings.
KEPT = frozenset({tables.ApiKey, tables.UsageHour, tables.Inbox, tables.DeadMessage, tables.DeliveryRate})
# A table of no model's, as it is partitioned.
TRACKED = "tracking.events"
# How long one lock is waited for, so that a reset never holds up those who wait for it.
LOCK_TIMEOUT = "2s"
# Rows that come between the locks and the deletes may point at locked ones, and their writers wait for others of those.
BUSY = (asyncpg.LockNotAvailableError, asyncpg.ForeignKeyViolationError, asyncpg.DeadlockDetectedError)


# Rows that others lock as well, in the order of `CONTRIBUTING.md`: an order, its products, their variants, its
# customers. What else there is comes after them.
LOCKED_FIRST = (tables.Order, tables.Product, tables.ProductVariant, tables.Customer)


def locked_tables() -> tuple[str, ...]:
    """Return the tables that a reset empties, in the order in which it locks their rows."""
    first = tuple(table._meta.tablename for table in LOCKED_FIRST)  # noqa: SLF001
    return (*first, *(name for name in emptied_tables() if name not in first))


def emptied_tables() -> tuple[str, ...]:
    """Return the tables that a reset empties, those that others point at first."""
    named = tuple(
        table._meta.tablename  # noqa: SLF001
        for table in tables.TABLES
        if table not in KEPT and {"store_id", "livemode"} <= {column._meta.name for column in table._meta.columns}  # noqa: SLF001
    )
    return (*named, TRACKED)


async def reset(context: Context) -> int:
    """Delete every test row of the store on the running transaction, and return how many that were.

    Keys, usage counts and the store itself stay. Rows are locked before the first is deleted, in the order in which all
    others lock them, so that a reset and a write that meet wait for each other and don't deadlock.

    Args:
        context: who asks: a platform key of the sandbox.

    Raises:
        ApiError: `forbidden` for a live key; `unavailable` when others hold rows for too long.
    """
    context.require_platform()
    if context.livemode:
        raise ApiError(Code.FORBIDDEN, "This empties a sandbox and needs a test key (dzpk_test_…): live rows stay")
    names = emptied_tables()
    try:
        async with engine.transaction():
            await engine.write(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            for name in locked_tables():
                await engine.write(
                    f"SELECT count(*) FROM (SELECT FROM {name} WHERE store_id = $1 AND NOT livemode"
                    " ORDER BY id FOR UPDATE) locked",
                    context.store_id,
                )
            deleted = [await _emptied(name, context.store_id) for name in reversed(names)]
            await engine.write("SET LOCAL lock_timeout = DEFAULT")
    except BUSY as error:
        raise unavailable("The sandbox is being written to: retry") from error
    return sum(deleted)


async def _emptied(table: str, store_id: int) -> int:
    rows = await engine.write(
        f"WITH gone AS (DELETE FROM {table} WHERE store_id = $1 AND NOT livemode RETURNING 1)"
        " SELECT count(*) AS count FROM gone",
        store_id,
    )
    return int(rows[0]["count"])
