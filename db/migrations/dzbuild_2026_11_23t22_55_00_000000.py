"""A lock that is held or refused at once, so that it can stand in the same round trip as the BEGIN before it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-23T22:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Lock of an idempotency key"

FUNCTION = """
CREATE FUNCTION idempotency_lock(key bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(key) THEN
        RAISE lock_not_available USING MESSAGE = 'the idempotency key is being used';
    END IF;
END
$$
"""


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        await engine.write(FUNCTION)

    manager.add_raw(run)
    return manager
