"""The one Piccolo application: every table of `db.tables`, with the migrations beside it."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from db.tables import TABLES

APP_NAME = "dzbuild"

APP_CONFIG = AppConfig(
    app_name=APP_NAME,
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=list(TABLES),
    migration_dependencies=[],
    commands=[],
)
