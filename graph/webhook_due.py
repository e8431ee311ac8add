"""Which deliveries a worker takes next: what is due longest, a few of each webhook (`contract.md §8`).

Nobody waits behind others' queues: not behind a long one, nor behind those of receivers that are slow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from db.engine import engine
from db.partitions import DELIVERIES
from graph.webhook_deliveries import TEST_EVENT

# How many of those that are due longest are looked at first. Where the queues of a few webhooks are all that there is
# to be seen among them, and have no room, the webhooks are gone through one by one.
WINDOW: Final = 2_000


class Room(NamedTuple):
    """How many deliveries of a webhook may be taken, and whether its receiver was slow the last time."""

    most: int
    slow: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a worker has room for.

    Attributes:
        quick: how many deliveries of all webhooks, but for those in `known` that are slow.
        slow: how many of these.
        each: how many of one webhook.
        known: how many of some webhooks instead.
        ahead: how much later than the database's clock it is.
    """

    quick: int
    slow: int
    each: int
    known: Mapping[int, Room] = field(default_factory=dict)
    ahead: timedelta = timedelta()


# Which webhooks have something waiting is found by hopping from one to the next along the queue's index.
_WAITING: Final = """
WITH RECURSIVE waiting AS (
    (SELECT webhook_id FROM webhook_deliveries WHERE due_at IS NOT NULL ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.webhook_id FROM webhook_deliveries d
        WHERE d.due_at IS NOT NULL AND d.webhook_id > waiting.webhook_id ORDER BY d.webhook_id LIMIT 1)
    FROM waiting WHERE waiting.webhook_id IS NOT NULL
)"""
_NEAR: Final = f"""
WITH near AS MATERIALIZED (
    SELECT d.id, d.created_at, d.webhook_id, d.due_at, d.event FROM webhook_deliveries d
    WHERE d.due_at IS NOT NULL AND d.due_at <= now() + $1::interval ORDER BY d.due_at LIMIT {WINDOW}
)"""
_OF_EACH: Final = f"""{_WAITING}, near AS MATERIALIZED (
    SELECT due.* FROM waiting CROSS JOIN LATERAL (
        SELECT d.id, d.created_at, d.webhook_id, d.due_at, d.event FROM webhook_deliveries d
        WHERE d.webhook_id = waiting.webhook_id AND d.due_at IS NOT NULL AND d.due_at <= now() + $1::interval
        ORDER BY d.due_at LIMIT $2::int
    ) due
)"""
# LIMIT keeps a webhook's row from being looked for among all of them, however few the planner thinks there are.
_CHOICE: Final = f""", queued AS (
    SELECT n.id, n.created_at, n.due_at, coalesce(known.slow, false) AS slow, coalesce(known.room, $2::int) AS room,
        row_number() OVER (PARTITION BY n.webhook_id ORDER BY n.due_at, n.id) AS place
    FROM near n CROSS JOIN LATERAL (
        SELECT FROM webhooks w WHERE w.id = n.webhook_id AND w.deleted_at IS NULL
            AND (w.status = 'active' OR n.event = '{TEST_EVENT}') LIMIT 1
    ) sent_to
    LEFT JOIN unnest($3::bigint[], $4::int[], $5::bool[]) AS known(webhook_id, room, slow) USING (webhook_id)
), ranked AS (
    SELECT id, created_at, slow, row_number() OVER (PARTITION BY slow ORDER BY due_at, id) AS rank
    FROM queued WHERE place <= room
)
SELECT coalesce(array_agg(id), '{{}}') AS ids, coalesce(array_agg(created_at), '{{}}') AS moments,
    (SELECT count(*) FROM near) AS seen
FROM ranked WHERE rank <= CASE WHEN slow THEN $6::int ELSE $7::int END
"""
_OLDEST: Final = f"""{_WAITING}
SELECT coalesce(greatest(extract(epoch FROM now() - min(first.due_at)), 0), 0)::float8 AS seconds
FROM waiting JOIN webhooks w ON w.id = waiting.webhook_id AND w.status = 'active' AND w.deleted_at IS NULL
CROSS JOIN LATERAL (SELECT d.due_at FROM webhook_deliveries d
    WHERE d.webhook_id = w.id AND d.due_at IS NOT NULL ORDER BY d.due_at LIMIT 1) first
"""


# Deliveries by the table of their week. Who names it spares PostgreSQL the others, and the plan is that of one table.
ByWeek = dict[str, list[int]]


async def due_next(wanted: Wanted) -> ByWeek:
    """Return the ids of what is to be taken next; somebody else may take them first."""
    found, seen = await _chosen(_NEAR, wanted)
    if seen == WINDOW and len(found) < wanted.quick:
        found, _ = await _chosen(_OF_EACH, wanted)
    return by_week(found)


def by_week(deliveries: Iterable[tuple[int, datetime]]) -> ByWeek:
    """Return deliveries, given by their ids and the times at which they were created, by the table of their week."""
    weeks: ByWeek = {}
    for identifier, created_at in deliveries:
        weeks.setdefault(week_of(created_at), []).append(identifier)
    return weeks


def week_of(created_at: datetime) -> str:
    """Return the table that has the deliveries of this time."""
    return DELIVERIES.name(DELIVERIES.later(created_at, 0))


async def oldest_due() -> float:
    """Return for how many seconds the delivery that is due longest has been."""
    row = await engine.fetch_row(_OLDEST)
    return float(row["seconds"]) if row else 0.0


async def _chosen(near: str, wanted: Wanted) -> tuple[list[tuple[int, datetime]], int]:
    rooms = wanted.known.values()
    row = await engine.fetch_row(
        near + _CHOICE,
        wanted.ahead,
        wanted.each,
        list(wanted.known),
        [room.most for room in rooms],
        [room.slow for room in rooms],
        wanted.slow,
        wanted.quick,
    )
    if row is None:
        return [], 0
    return list(zip(row["ids"], row["moments"], strict=True)), int(row["seen"])
