"""Deletes what is past its lifetime, a batch at a time, along an index of its age (`contract.md §5`, §12)."""

from typing import Final, NamedTuple

from db.engine import engine
from db.ledger import LIFETIME

BATCH: Final = 1_000
EVENTS_KEPT: Final = "30 days"


class Age(NamedTuple):
    """The column that says how old a row is, with an index of its own, and how old it gets."""

    column: str
    lifetime: str


TABLES: Final = {
    "idempotency_keys": Age("created_at", LIFETIME),
    "signed_requests": Age("created_at", LIFETIME),
    "member_writes": Age("created_at", LIFETIME),
    "product_uploads": Age("created_at", "1 hour"),
    "sessions": Age("expires_at", "0 hours"),
    "events": Age("occurred_at", EVENTS_KEPT),
    # Once the last of its deliveries has left, with its week (`db.partitions`).
    "webhooks": Age("deleted_at", "38 days"),
}
# Any constant does: it only has to be the same in every process that cleans.
CLEANING_LOCK: Final = 6_019_523


def delete_sql(table: str) -> str:
    """Return the statement that deletes one batch of a table, oldest first, and tells how many there were."""
    column, lifetime = TABLES[table]
    return (
        f"WITH gone AS (DELETE FROM {table} WHERE id = ANY(ARRAY(SELECT id FROM {table}"
        f" WHERE {column} <= now() - interval '{lifetime}' ORDER BY {column} LIMIT {BATCH}"
        " FOR UPDATE SKIP LOCKED)) RETURNING 1) SELECT count(*) AS gone FROM gone"
    )


async def batch_delete(table: str) -> int:
    """Delete one batch in a transaction of its own and return how many rows; 0 when another process is at it."""
    async with engine.transaction():
        locked = await engine.fetch_row("SELECT pg_try_advisory_xact_lock($1) AS locked", CLEANING_LOCK)
        if locked is None or not locked["locked"]:
            return 0
        rows = await engine.write(delete_sql(table))
        return int(rows[0]["gone"])
