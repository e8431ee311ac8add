"""What was tracked, by month, and the indexes of signups and of the event log."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T08:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Tracked events by month, indexes of signups and of the event log"

# A month is a table of its own, which `db.partitions` makes ahead and drops in one step. All of them stand in a schema
# of their own, beside the tables that Piccolo knows. PostgreSQL wants the month's column in every unique key: a message
# always comes with the time at which it was received, so its id can't be there twice all the same.
STATEMENTS = (
    "CREATE SCHEMA tracking",
    """
    CREATE TABLE tracking.events (
        id bigint NOT NULL,
        store_id bigint NOT NULL REFERENCES stores ON DELETE CASCADE,
        livemode boolean NOT NULL,
        api_key_id bigint NOT NULL,
        name varchar(64) NOT NULL CHECK (name <> ''),
        properties jsonb NOT NULL CHECK (jsonb_typeof(properties) = 'object'),
        received_at timestamptz NOT NULL,
        PRIMARY KEY (id, received_at)
    ) PARTITION BY RANGE (received_at)
    """,
    "CREATE INDEX tracked_events_list ON tracking.events (store_id, livemode, received_at)",
    "CREATE INDEX signups_list ON signups (store_id, livemode, (id + 0) DESC)",
    "DROP INDEX events_log",
    # The name stands in it too, so that who asks for some names reads no row of another.
    "CREATE INDEX events_log ON events (store_id, livemode, transaction_id, id, name)",
    "CREATE INDEX events_by_age ON events (occurred_at)",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
