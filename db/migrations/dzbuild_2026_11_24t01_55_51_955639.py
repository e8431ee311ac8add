from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import ForeignKey

ID = "2026-11-24T01:55:51:955639"
VERSION = "1.38.0"
DESCRIPTION = "Keys are found by the index of their list"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="dzbuild", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="ApiKey",
        tablename="api_keys",
        column_name="store_id",
        db_column_name="store_id",
        params={"index": False},
        old_params={"index": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    return manager
