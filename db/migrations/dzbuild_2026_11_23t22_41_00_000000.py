"""What Piccolo's tables can't say of signed requests: an idempotency key stands once, and most have none."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-23T22:41:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "One signed request an idempotency key"

STATEMENTS = (
    "CREATE UNIQUE INDEX signed_requests_idempotency_key ON signed_requests (api_key_id, idempotency_key)"
    " WHERE idempotency_key IS NOT NULL",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
