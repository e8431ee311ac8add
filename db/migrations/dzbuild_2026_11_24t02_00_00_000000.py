from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.base import OnUpdate
from piccolo.columns.column_types import BigInt
from piccolo.columns.column_types import BigSerial
from piccolo.columns.column_types import Boolean
from piccolo.columns.column_types import ForeignKey
from piccolo.columns.column_types import SmallInt
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check
from piccolo.constraints import Unique
from piccolo.table import Table


class Store(Table, tablename="stores", schema=None):
    id = BigSerial(
        null=False,
        primary_key=True,
        unique=False,
        index=False,
        index_method=IndexMethod.btree,
        choices=None,
        db_column_name=None,
        secret=False,
    )


ID = "2026-11-24T02:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Delivery rates"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="dzbuild", description=DESCRIPTION
    )

    manager.add_table(
        class_name="DeliveryRate",
        tablename="delivery_rates",
        schema=None,
        columns=None,
    )

    manager.add_column(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        column_name="id",
        db_column_name="id",
        column_class_name="BigSerial",
        column_class=BigSerial,
        params={
            "null": False,
            "primary_key": True,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        column_name="store_id",
        db_column_name="store_id",
        column_class_name="ForeignKey",
        column_class=ForeignKey,
        params={
            "references": Store,
            "on_delete": OnDelete.cascade,
            "on_update": OnUpdate.cascade,
            "target_column": None,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        column_name="livemode",
        db_column_name="livemode",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": True,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        column_name="wilaya_id",
        db_column_name="wilaya_id",
        column_class_name="SmallInt",
        column_class=SmallInt,
        params={
            "default": 0,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        column_name="home",
        db_column_name="home",
        column_class_name="BigInt",
        column_class=BigInt,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_column(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        column_name="desk",
        db_column_name="desk",
        column_class_name="BigInt",
        column_class=BigInt,
        params={
            "default": None,
            "null": True,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        constraint_name="one_rate_a_wilaya",
        constraint_class=Unique,
        params={
            "columns": ["store_id", "livemode", "wilaya_id"],
            "nulls_distinct": True,
        },
        schema=None,
    )

    manager.add_constraint(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        constraint_name="wilaya_positive",
        constraint_class=Check,
        params={"condition": "wilaya_id > 0"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        constraint_name="home_range",
        constraint_class=Check,
        params={"condition": "home BETWEEN 0 AND 1000000000000"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="DeliveryRate",
        tablename="delivery_rates",
        constraint_name="desk_range",
        constraint_class=Check,
        params={"condition": "desk BETWEEN 0 AND 1000000000000"},
        schema=None,
    )

    return manager
