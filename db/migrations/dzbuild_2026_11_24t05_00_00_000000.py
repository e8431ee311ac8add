"""The indexes of the storefront's filters."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T05:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Products by category, and those that are featured"

INDEXES = (
    "CREATE INDEX products_by_category ON products (store_id, livemode, category_id, status, (id + 0) DESC)"
    " WHERE deleted_at IS NULL AND category_id IS NOT NULL",
    "CREATE INDEX products_featured ON products (store_id, livemode, status, (id + 0) DESC)"
    " WHERE deleted_at IS NULL AND featured",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for index in INDEXES:
            await engine.write(index)

    manager.add_raw(run)
    return manager
