"""Webhooks, and what is sent to them: queue, log and outbox in one table."""

from piccolo.columns import (
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from db.tables.stores import Store


class Webhook(Table, tablename="webhooks"):
    """An address that is told of a store's events. Its secrets are sealed with the app's key (`contract.md §8`)."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    url = Varchar(length=500)
    events = Array(Varchar(), default=list)
    status = Varchar(length=10, default="active")
    secret = Bytea()
    previous_secret = Bytea(null=True, default=None)
    previous_secret_until = Timestamptz(null=True, default=None)
    last_success_at = Timestamptz(null=True, default=None)
    last_failure_at = Timestamptz(null=True, default=None)
    # Dead letters in a row.
    failure_count = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())
    deleted_at = Timestamptz(null=True, default=None)

    status_known = Check("status IN ('active', 'paused', 'dead')")
    previous_secret_ends = Check("(previous_secret IS NULL) = (previous_secret_until IS NULL)")
    failures_not_negative = Check("failure_count >= 0")


class WebhookDelivery(Table, tablename="webhook_deliveries"):
    """One event for one webhook, from when it happened until it leaves, with its week, after 30 days.

    Each week of `created_at` is a table of its own (`db.partitions`), which Piccolo does not know, nor that the primary
    key has `created_at` in it: a migration makes them.

    `due_at` is when a worker may take it: at `next_attempt_at`, or once the lease of one that has it ends; null where
    it is to wait for its webhook, or needs no attempt any more. `counted`: its first attempt counts in the month.
    """

    id = BigSerial(primary_key=True)
    store_id = BigInt()
    livemode = Boolean(default=True)
    webhook_id = ForeignKey(Webhook, null=False, on_delete=OnDelete.cascade)
    event = Varchar(length=40)
    # A JSON object, as text: its members stay in their order.
    data = Text()
    status = Varchar(length=10, default="pending")
    attempts = SmallInt(default=0)
    counted = Boolean(default=False)
    due_at = Timestamptz(null=True, default=None)
    next_attempt_at = Timestamptz(null=True, default=None)
    response_status = SmallInt(null=True, default=None)
    response_body = Text(null=True, default=None)
    duration_ms = Integer(null=True, default=None)
    error = Text(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    delivered_at = Timestamptz(null=True, default=None)

    status_known = Check("status IN ('pending', 'delivered', 'retrying', 'dead', 'over_quota')")
    over_needs_nothing = Check("status IN ('pending', 'retrying') OR (due_at IS NULL AND next_attempt_at IS NULL)")
