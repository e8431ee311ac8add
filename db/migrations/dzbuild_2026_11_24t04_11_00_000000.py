"""Indexes of the lists of landing pages, and the one by which a slug is unique."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T04:11:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of landing pages"

STATEMENTS = (
    "CREATE UNIQUE INDEX landing_pages_slug ON landing_pages (store_id, livemode, slug)",
    "CREATE INDEX landing_pages_list ON landing_pages (store_id, livemode, (id + 0) DESC)",
    "CREATE INDEX landing_pages_by_status ON landing_pages (store_id, livemode, status, (id + 0) DESC)",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
