"""The hours of a store's requests as its merchant sees them: keys of both types together.

Its conditions reach the unique index of `usage_hours`, which also has the order of its groups: a page of it is read
along the index, and no further.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T02:02:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "History of requests"

MODE = """
    SELECT store_id, {mode} AS livemode, period_hour, endpoint_group,
           sum(count)::bigint AS counted, sum(billable_count)::bigint AS billable_count
    FROM usage_hours WHERE kind = 'request' AND livemode IS {mode}
    GROUP BY store_id, period_hour, endpoint_group
"""
# Grouped by a boolean, PostgreSQL would take `livemode = true` for no order, and sort.
VIEW = f"CREATE VIEW usage_history AS {MODE.format(mode='true')} UNION ALL {MODE.format(mode='false')}"


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        await engine.write(VIEW)

    manager.add_raw(run)
    return manager
