"""What was used, by hour and group of endpoints."""

from piccolo.columns import BigInt, BigSerial, Boolean, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from db.tables.stores import Store


class UsageHour(Table, tablename="usage_hours"):
    """One hour's count of one kind of use, in one group of endpoints, by keys of one type."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    kind = Varchar(length=10)
    period_hour = Timestamptz()
    endpoint_group = Varchar(length=40)
    public = Boolean(default=False)
    # A table of Piccolo's has a method of this name.
    counted = BigInt(default=0, db_column_name="count")
    billable_count = BigInt(default=0)

    one_row_an_hour = Unique([store_id, livemode, kind, period_hour, endpoint_group, public])
    kind_known = Check("kind IN ('request', 'signup', 'event', 'webhook')")
    counts_not_negative = Check("count >= 0 AND billable_count >= 0")


class UsageHistory(Table, tablename="usage_history"):
    """A view: what was let through in an hour, whatever the type of key. Its text stands in a migration."""

    store_id = ForeignKey(Store, null=False)
    livemode = Boolean(default=True)
    period_hour = Timestamptz()
    endpoint_group = Varchar(length=40)
    counted = BigInt(default=0)
    billable_count = BigInt(default=0)
