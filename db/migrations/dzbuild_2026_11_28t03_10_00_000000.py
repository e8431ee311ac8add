"""Indexes of what most rows have none of hold those that have it alone: the others' inserts don't pay for them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-28T03:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Partial indexes of external ids and e-mail addresses"

STATEMENTS = (
    "DROP INDEX products_external_id",
    "CREATE UNIQUE INDEX products_external_id ON products (store_id, livemode, external_id)"
    " WHERE deleted_at IS NULL AND external_id IS NOT NULL",
    "DROP INDEX orders_external_id",
    "CREATE UNIQUE INDEX orders_external_id ON orders (store_id, livemode, external_id) WHERE external_id IS NOT NULL",
    "DROP INDEX customers_external_id",
    "CREATE UNIQUE INDEX customers_external_id ON customers (store_id, livemode, external_id)"
    " WHERE external_id IS NOT NULL",
    "DROP INDEX customers_by_email",
    "CREATE INDEX customers_by_email ON customers (store_id, livemode, lower(email), (id + 0) DESC)"
    " WHERE email IS NOT NULL",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
