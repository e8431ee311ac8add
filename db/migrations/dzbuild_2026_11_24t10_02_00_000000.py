"""The index of products that run out."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T10:02:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Products whose stock is low"

# As the list goes, through those alone that run out.
INDEX = (
    "CREATE INDEX products_low_stock ON products (store_id, livemode, (id + 0) DESC)"
    " WHERE deleted_at IS NULL AND track_stock AND stock_quantity < low_stock_alert"
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        await engine.write(INDEX)

    manager.add_raw(run)
    return manager
