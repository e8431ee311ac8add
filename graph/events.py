"""What happens in a store and is told of: by webhooks and by the event log (`contract.md §8`).

An event is a row that is written on the transaction of the change, and so is a delivery for each webhook that is told
of it: none is without the other. How they are sent is not known here.
"""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

import msgspec

from db.engine import engine
from graph.context import Context

# The names of `contract.md §8`, and the members of their data.
EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "order.created": ("order_id", "order_number", "customer_phone", "total", "payment_method"),
    "order.confirmed": ("order_id", "old_status", "new_status"),
    "order.shipped": ("order_id", "old_status", "new_status"),
    "order.delivered": ("order_id", "old_status", "new_status"),
    "order.cancelled": ("order_id", "old_status", "new_status"),
    "order.returned": ("order_id", "old_status", "new_status"),
    "payment.received": ("order_id", "amount", "method", "reference"),
    "product.stock_low": ("product_id", "name", "sku", "stock_quantity", "low_stock_alert"),
    "signup.counted": ("key_id", "source", "country"),
}

# Whether the running task has written deliveries: once they are committed, it may wake who sends them.
deliveries_written: ContextVar[bool] = ContextVar("deliveries_written", default=False)

_DELIVERIES: Final = """
    INSERT INTO webhook_deliveries (store_id, livemode, webhook_id, event, data, due_at, next_attempt_at)
    SELECT $1, $2, w.id, given.name, given.data, now(), now()
    FROM given JOIN webhooks w ON w.store_id = $1 AND w.livemode = $2 AND w.deleted_at IS NULL
        AND w.status = 'active' AND given.name = ANY(w.events)
    ORDER BY given.place, w.id
    RETURNING id
"""


def recording(names: str, data: str, made: str = "") -> str:
    """Return the `WITH` queries that record events in the store `$1` and its mode `$2`.

    `deliveries` are the deliveries that they have written.

    Args:
        names: the place of the events' names.
        data: the place of what `encoded` returns of each.
        made: the query of the same statement without whose row nothing happened.
    """
    return f"""
        given AS MATERIALIZED (
            SELECT given.name, given.data, given.place
            FROM {made and f"{made}, "}unnest({names}::text[], {data}::text[])
                WITH ORDINALITY AS given(name, data, place)
        ), recorded AS (
            INSERT INTO events (store_id, livemode, name, data)
            SELECT $1, $2, name, data::jsonb FROM given ORDER BY place
        ), deliveries AS ({_DELIVERIES})
    """


RECORD: Final = f"WITH {recording('$3', '$4')} SELECT id FROM deliveries"


async def event_record(context: Context, name: str, data: Mapping[str, Any]) -> None:
    """Record that something happened, on the running transaction.

    Args:
        context: in which store and mode.
        name: a key of `EVENTS`.
        data: its members, in any order.

    Raises:
        ValueError: there is no such event, or its data has other members.
    """
    await events_record(context, [(name, data)])


async def events_record(context: Context, happened: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Record several events in their order, and their deliveries, by one statement on the running transaction.

    None are recorded by no statement.

    Raises:
        ValueError: as `event_record`.
    """
    if not happened:
        return
    written = await engine.write(
        RECORD,
        context.store_id,
        context.livemode,
        [name for name, _ in happened],
        [encoded(name, data) for name, data in happened],
    )
    if written:
        deliveries_written.set(True)


def encoded(name: str, data: Mapping[str, Any]) -> str:
    """Return an event's data as it is told.

    Raises:
        ValueError: as `event_record`.
    """
    members = EVENTS.get(name)
    if members is None or set(members) != set(data):
        raise ValueError(f"{name} with {', '.join(data)} is no event of the contract")
    return msgspec.json.encode({member: data[member] for member in members}).decode()
