"""The event log: a store's events in commit order, for a reader that comes back with its cursor (`contract.md §12`).

Why such a reader misses nothing, and sees nothing twice:

- Rows are ordered by the transaction that wrote them, then by id. Ids alone would not do: they are given before a
  commit, and a transaction that is still open may yet show smaller ones than a reader has seen.
- Shown is what is below the oldest transaction that is still running, as this statement's own snapshot has it
  (`pg_snapshot_xmin(pg_current_snapshot())`). Every transaction below has ended, and all that it committed is in that
  snapshot.
- Transaction ids are given once and in order. So whatever commits later is at or above that line, and comes after every
  row that was shown: a cursor leaves nothing behind.

So a change shows once all transactions that began to write before it have ended: a long one holds back the log of every
store, and nothing else. Ids are those of one database server: a log that is restored from a dump into a new server
shows its old rows once the new one's ids are past theirs.
"""

from enum import Enum
from typing import Any, Final

import strawberry

from db import tables
from graph.context import Context
from graph.events import EVENTS
from graph.fields import column, entity, entity_of, values_told
from graph.rules import Rule, choice
from graph.scalars import BigInt, DateTime, JsonObject
from graph.sources import Order, Sort, Source

READ: Final = "webhooks:read"
IN_COMMIT_ORDER: Final = Order((Sort("transaction_id", "transaction"), Sort("id")))
SETTLED: Final = "t.transaction_id < pg_snapshot_xmin(pg_current_snapshot())"
# After all that is shown now, and before all that is shown later.
NOW: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot()), 0::bigint"


@entity(tables.Event)
class LoggedEvent:
    """An event of the store, as webhooks send it."""

    database_id: BigInt = column("id", description="The event's id. Ids do not give the order.")
    event: str = column("name", description="The event's name, such as `order.created`.")
    occurred_at: DateTime = column(description="When it happened.")
    data: JsonObject = column(description="The event's data, as in the webhook.")


def names() -> Rule:
    """Return the rule of names of events: a list, or in a query parameter separated by commas."""

    def check(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or any(name not in EVENTS for name in value):
            raise ValueError(f"must be one or more of {', '.join(EVENTS)}")
        return tuple(sorted(set(value)))

    one = "|".join(EVENTS).replace(".", "\\.")
    schema = {"type": "string", "pattern": f"^({one})(,({one}))*$"}
    return Rule(check, schema, from_text=lambda text: check(text.split(",")))


@values_told(now="With what happens from now on.")
@strawberry.enum(description="Where to start reading the event log.")
class EventLogStart(Enum):
    """NOW: with what happens from now on."""

    NOW = "now"


FILTERS: Final = {"types": names(), "start": choice(*(each.value for each in EventLogStart))}


def event_log(context: Context, types: tuple[str, ...] | None = None, start: str | None = None) -> Source:
    """Return the store's events, oldest first.

    Args:
        context: who asks; needs `webhooks:read`.
        types: only those of these names.
        start: `now`: the first page is empty, and its cursor leads to what happens from now on.
    """
    context.require(READ)
    begins = None if start is None else NOW
    source = Source(entity_of(LoggedEvent), context, order=IN_COMMIT_ORDER, endless=True, begins=begins).where(SETTLED)
    return source if types is None else source.where("t.name = ANY({})", types)
