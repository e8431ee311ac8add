"""Lists are planned for large stores, however small the average store is."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T09:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Lists are planned for large stores"

# A prepared statement is planned once, for any store. Among thousands of small stores PostgreSQL takes the one that
# asks for small too, and reads and sorts all of its rows: for a large store a thousand times the rows of a page. Told
# that there are few stores, it takes each for large, and walks the list's index as far as the page goes, which costs a
# small store nothing. A sample of 300 rows keeps what it knows of the most frequent store from saying otherwise.
LISTED = (
    "products",
    "categories",
    "landing_pages",
    "orders",
    "customers",
    "stock_movements",
    "api_keys",
    "events",
    "signups",
    "webhooks",
    "webhook_deliveries",
)
STATEMENTS = tuple(
    f"ALTER TABLE {table} ALTER COLUMN store_id SET STATISTICS 1, ALTER COLUMN store_id SET (n_distinct = 3)"
    for table in LISTED
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
