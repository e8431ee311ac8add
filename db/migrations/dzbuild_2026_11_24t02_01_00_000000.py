"""Stores that were there before delivery rates get the fees that a new one starts with."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T02:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Delivery rates of the stores that are there"

FILL = """
    INSERT INTO delivery_rates (store_id, livemode, wilaya_id, home, desk)
    SELECT s.id, mode.livemode, wilaya.id, zone.home, zone.desk
    FROM stores s, (VALUES (true), (false)) AS mode(livemode), (VALUES
        (400, 250, ARRAY[16]),
        (600, 400, ARRAY[9, 35, 42]),
        (750, 450, ARRAY[2, 6, 10, 13, 15, 18, 19, 21, 22, 23, 24, 25, 26, 27, 29, 31, 34, 36, 38, 41, 43, 44, 46, 48]),
        (850, 500, ARRAY[4, 5, 12, 14, 17, 20, 28, 40, 60, 62, 63, 64, 65, 67, 68]),
        (1000, 600, ARRAY[3, 7, 8, 30, 32, 39, 45, 47, 51, 55, 57, 58, 59, 61, 66, 69]),
        (1400, 900, ARRAY[1, 11, 33, 37, 49, 50, 52, 53, 54, 56])
    ) AS zone(home, desk, wilayas), unnest(zone.wilayas) AS wilaya(id)
    ON CONFLICT DO NOTHING
"""


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        await engine.write(FILL)

    manager.add_raw(run)
    return manager
