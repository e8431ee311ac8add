"""What happened in a store, in the order in which it was committed."""

from piccolo.columns import JSONB, BigSerial, Boolean, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from db.columns import TransactionId
from db.tables.stores import Store


class Event(Table, tablename="events"):
    """Something that webhooks and the event log tell of (`contract.md §8`).

    A reader that stays below `pg_snapshot_xmin(pg_current_snapshot())` and goes by `transaction_id` and id misses none:
    ids alone are given before a transaction commits, and one that is still open may yet show smaller ones.
    """

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    name = Varchar(length=40)
    data = JSONB(default="{}")
    occurred_at = Timestamptz(default=TimestamptzNow())
    transaction_id = TransactionId()

    name_given = Check("name <> ''")
    data_object = Check("jsonb_typeof(data) = 'object'")
