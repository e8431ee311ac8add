"""The log of requests."""

from piccolo.columns import Boolean, DoublePrecision, ForeignKey, SmallInt, Timestamptz, Varchar
from piccolo.table import Table

from db.tables.keys import ApiKey
from db.tables.stores import Store


class LoggedRequest(Table, tablename="request_log", schema="tracking"):
    """A request of a key, as its merchant sees it: no body, no query string, nothing of a person.

    Each day is a table of its own (`db.partitions`), which Piccolo does not know: a migration makes them. There are no
    foreign keys, so that a row costs as little as it can; the rows of a store that is gone leave with their day.
    """

    request_id = Varchar(length=64, primary_key=True)
    store_id = ForeignKey(Store, null=False)
    livemode = Boolean()
    api_key_id = ForeignKey(ApiKey, null=False)
    received_at = Timestamptz()
    method = Varchar(length=10)
    operation = Varchar(length=200)
    surface = Varchar(length=10)
    status = SmallInt()
    outcome = Varchar(length=10)
    error_code = Varchar(length=64, null=True, default=None)
    duration_ms = DoublePrecision()
