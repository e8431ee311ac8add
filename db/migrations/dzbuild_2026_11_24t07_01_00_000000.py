"""The indexes of webhooks: their list, those of an event, their deliveries, and what of them is due."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T07:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of webhooks and their deliveries"

STATEMENTS = (
    "CREATE INDEX webhooks_of_store ON webhooks (store_id)",
    "CREATE INDEX webhooks_list ON webhooks (store_id, livemode, (id + 0) DESC) WHERE deleted_at IS NULL",
    "CREATE INDEX webhooks_gone ON webhooks (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, (id + 0) DESC)",
    "CREATE INDEX webhook_deliveries_by_status ON webhook_deliveries (webhook_id, status, (id + 0) DESC)",
    # The queue: which webhooks have something waiting, and of each what is due first.
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at) WHERE due_at IS NOT NULL",
    "ALTER TABLE webhook_deliveries SET (autovacuum_vacuum_scale_factor = 0.02)",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
