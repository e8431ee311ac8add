"""Deliveries by week, so that those past their time leave in one step."""

from datetime import UTC, datetime

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine
from db.partitions import DELIVERIES, DELIVERIES_AHEAD, DELIVERIES_KEPT

ID = "2026-11-28T04:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Deliveries by week"

MAKE = (
    "ALTER TABLE webhook_deliveries RENAME TO webhook_deliveries_whole",
    "CREATE TABLE webhook_deliveries (LIKE webhook_deliveries_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
    " PARTITION BY RANGE (created_at)",
    "ALTER SEQUENCE webhook_deliveries_id_seq OWNED BY webhook_deliveries.id",
)
FILL = "INSERT INTO webhook_deliveries SELECT * FROM webhook_deliveries_whole WHERE created_at >= $1"
# The indexes come last, as their names are those of the table before. PostgreSQL wants the week's column in every
# unique key: an id comes from one sequence, so it can't be there twice all the same.
END = (
    "DROP TABLE webhook_deliveries_whole",
    "ALTER TABLE webhook_deliveries ADD PRIMARY KEY (id, created_at)",
    "ALTER TABLE webhook_deliveries ADD FOREIGN KEY (webhook_id) REFERENCES webhooks"
    " ON UPDATE CASCADE ON DELETE CASCADE",
    "CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, (id + 0) DESC)",
    "CREATE INDEX webhook_deliveries_by_status ON webhook_deliveries (webhook_id, status, (id + 0) DESC)",
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in MAKE:
            await engine.write(statement)
        now = datetime.now(UTC)
        first, week = DELIVERIES.later(now - DELIVERIES_KEPT, 0), 1
        while DELIVERIES.later(first, week) <= now:
            week += 1
        await DELIVERIES.make(first, week - 1 + DELIVERIES_AHEAD)
        await engine.write(FILL, first)
        for statement in END:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
