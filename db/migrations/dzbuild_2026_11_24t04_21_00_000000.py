"""The index of a store's list of keys."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T04:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Index of keys"

STATEMENTS = ("CREATE INDEX api_keys_list ON api_keys (store_id, livemode, status, (id + 0) DESC)",)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
