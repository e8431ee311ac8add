"""The ledger's look-up with the BEGIN, and its row with the COMMIT: functions that stand in one message with these."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-28T03:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Functions of the ledger of writes"

TABLES = (("idempotency_keys", "api_key_id"), ("member_writes", "member_id"))

# Each statement of a function sees what was committed before it began: the look-up has a later snapshot than the lock.
BEGIN = """
CREATE FUNCTION {table}_begin(lock bigint, writer bigint, key bytea, lifetime interval) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM idempotency_lock($1);
    IF EXISTS (SELECT FROM {table} WHERE {writer} = $2 AND idempotency_key = $3 AND created_at > now() - $4) THEN
        RAISE SQLSTATE 'DZ001' USING MESSAGE = 'the idempotency key has an answer';
    END IF;
END
$$
"""
# A row that is older than its lifetime, and not yet cleared away, makes room.
KEEP = """
CREATE FUNCTION {table}_keep(bigint, bytea, bytea, integer, text, bytea, boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {table} ({writer}, idempotency_key, request_hash, status, request_id, body, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT ({writer}, idempotency_key) DO UPDATE SET created_at = now(), request_hash = excluded.request_hash,
        status = excluded.status, request_id = excluded.request_id, body = excluded.body, sealed = excluded.sealed;
END
$$
"""


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for table, writer in TABLES:
            for function in (BEGIN, KEEP):
                await engine.write(function.format(table=table, writer=writer))

    manager.add_raw(run)
    return manager
