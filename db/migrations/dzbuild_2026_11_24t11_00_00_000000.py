"""The log of requests, by day."""

from datetime import UTC, datetime

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine
from db.partitions import REQUESTS

ID = "2026-11-24T11:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Log of requests"
# The worker makes more.
AHEAD = 3

# Unlogged tables would be cheaper, and empty after a crash: just when somebody wants to look.
TABLE = """
    CREATE TABLE tracking.request_log (
        request_id varchar(64) NOT NULL,
        store_id bigint NOT NULL,
        livemode boolean NOT NULL,
        api_key_id bigint NOT NULL,
        received_at timestamptz NOT NULL,
        method varchar(10) NOT NULL,
        operation varchar(200) NOT NULL,
        surface varchar(10) NOT NULL CHECK (surface IN ('rest', 'graphql')),
        status smallint NOT NULL,
        outcome varchar(10) NOT NULL CHECK (outcome IN ('succeeded', 'refused', 'failed')),
        error_code varchar(64),
        duration_ms double precision NOT NULL CHECK (duration_ms >= 0),
        PRIMARY KEY (request_id, received_at)
    ) PARTITION BY RANGE (received_at)
"""
# A list is sorted by `received_at`, whose parts PostgreSQL walks one after the other, and then by `request_id`.
FILTERS = {"list": "", "by_key": "api_key_id", "by_outcome": "outcome", "by_operation": "operation"}
FILTERS |= {"by_surface": "surface", "by_error": "error_code"}


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        await engine.write(TABLE)
        for name, column in FILTERS.items():
            columns = ", ".join(filter(None, ("store_id", "livemode", column, "received_at", "request_id")))
            partial = " WHERE error_code IS NOT NULL" if column == "error_code" else ""
            await engine.write(f"CREATE INDEX request_log_{name} ON tracking.request_log ({columns}){partial}")
        await REQUESTS.make(datetime.now(UTC), AHEAD)

    manager.add_raw(run)
    return manager
