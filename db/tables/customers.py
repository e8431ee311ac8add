"""Customers: who ordered, one row a phone number."""

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, ForeignKey, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from db.tables.stores import Store


class Customer(Table, tablename="customers"):
    """Somebody who ordered; one a store, mode and phone. `phone` is empty once the personal data are erased."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    phone = Varchar(length=10)
    first_name = Varchar(length=255)
    last_name = Varchar(length=255)
    email = Varchar(length=254, null=True, default=None)
    wilaya_id = SmallInt(null=True, default=None)
    commune = Varchar(length=100, null=True, default=None)
    address = Varchar(length=500, null=True, default=None)
    notes = Text(null=True, default=None)
    fraud_score = SmallInt(default=0)
    is_banned = Boolean(default=False)
    total_orders = Integer(default=0)
    total_spent = BigInt(default=0)
    metadata = JSONB(default="{}")
    external_id = Varchar(length=255, null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    phone_form = Check("phone ~ '^(0[0-9]{9})?$'")
    totals_not_negative = Check("total_orders >= 0 AND total_spent >= 0")
    fraud_score_range = Check("fraud_score BETWEEN 0 AND 100")
    metadata_object = Check("jsonb_typeof(metadata) = 'object'")
