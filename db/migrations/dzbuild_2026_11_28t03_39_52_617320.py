from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Timestamptz

ID = "2026-11-28T03:39:52:617320"
VERSION = "1.38.0"
DESCRIPTION = "Age of deliveries"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="dzbuild", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="WebhookDelivery",
        tablename="webhook_deliveries",
        column_name="created_at",
        db_column_name="created_at",
        params={"index": False},
        old_params={"index": True},
        column_class=Timestamptz,
        old_column_class=Timestamptz,
        schema=None,
    )

    return manager
