"""The queue of deliveries: what is due, whose month is used up, and what came of each attempt (`contract.md §8`).

A worker leases what it sends. One that dies loses its leases by itself, and what it had is sent again.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

import asyncpg

from db.engine import engine
from graph.sealing import unseal
from graph.tiers import limit_sql
from graph.usage import Bucket, deliveries_add, month_of
from graph.webhook_deliveries import TEST_EVENT
from graph.webhook_due import Wanted, by_week, due_next, week_of
from graph.webhook_message import is_done, is_tried_again, message_body
from graph.webhooks import HOLD

# The pauses before the second attempt and those after it, and how much longer or shorter each may be.
SCHEDULE: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
SPREAD: Final = 0.1
LONGEST_WISH: Final = timedelta(hours=12)
DEAD_AFTER: Final = 5
BODY_KEPT: Final = 1024
ERROR_KEPT: Final = 500
GONE: Final = 410
# Any constant does: it keeps the months of stores from other locks.
QUOTA_LOCKS: Final = 7_604

Status = Literal["delivered", "retrying", "dead"]

# Of deliveries in one week.
_LEASE: Final = f"""
WITH chosen AS (
    SELECT d.id FROM {{week}} d WHERE d.id = ANY($1::bigint[]) AND d.due_at <= now() + $2::interval
    FOR UPDATE SKIP LOCKED
)
UPDATE {{week}} d SET due_at = now() + $2::interval + $3::interval
FROM chosen, webhooks w, stores t
WHERE d.id = chosen.id AND w.id = d.webhook_id AND t.id = d.store_id AND w.deleted_at IS NULL
    AND (w.status = 'active' OR d.event = '{TEST_EVENT}')
RETURNING d.id, d.store_id, d.livemode, d.webhook_id, d.event, d.data, d.created_at, d.attempts, d.counted, d.due_at,
    w.url, w.secret, CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END AS previous_secret,
    {limit_sql("webhooks_per_month")} AS monthly
"""
_REFUSED: Final = "UPDATE {week} SET status = 'over_quota', due_at = NULL, next_attempt_at = NULL WHERE id = ANY($1)"
_COUNTED: Final = "UPDATE {week} SET counted = true WHERE id = ANY($1)"
_USED: Final = (
    "SELECT given.store_id, coalesce(sum(h.billable_count), 0)::bigint AS used"
    " FROM unnest($1::bigint[]) AS given(store_id)"
    " LEFT JOIN usage_hours h ON h.store_id = given.store_id AND h.livemode AND h.kind = 'webhook'"
    " AND h.period_hour >= $2 AND h.period_hour < $3 GROUP BY given.store_id"
)
_END: Final = f"""
WITH ended AS (
    UPDATE {{week}} d SET status = $3::text, attempts = d.attempts + 1, response_status = $4::int,
        response_body = $5, duration_ms = $6, error = $7,
        next_attempt_at = CASE WHEN w.status = 'active' THEN now() + $8::interval + $9::interval END,
        due_at = CASE WHEN w.status = 'active' THEN now() + $8::interval + $9::interval END,
        delivered_at = CASE WHEN $3::text = 'delivered' THEN now() + $8::interval END
    FROM webhooks w WHERE w.id = d.webhook_id AND d.id = $1 AND d.due_at = $2
    RETURNING d.webhook_id, d.event
)
UPDATE webhooks w SET
    last_success_at = CASE WHEN $3::text = 'delivered' THEN now() + $8::interval ELSE w.last_success_at END,
    last_failure_at = CASE WHEN $3::text = 'delivered' THEN w.last_failure_at ELSE now() + $8::interval END,
    failure_count = CASE $3::text WHEN 'delivered' THEN 0 WHEN 'dead' THEN w.failure_count + 1 ELSE w.failure_count END,
    status = CASE
        WHEN $3::text <> 'dead' OR w.status <> 'active' THEN w.status
        WHEN $4::int = {GONE} THEN 'paused'
        WHEN w.failure_count + 1 >= {DEAD_AFTER} THEN 'dead'
        ELSE w.status END
FROM ended
WHERE w.id = ended.webhook_id AND ended.event <> '{TEST_EVENT}' AND (
    $3::text <> 'delivered' OR w.failure_count > 0 OR w.last_success_at IS NULL
    OR w.last_success_at < now() + $8::interval - interval '1 second')
RETURNING w.id, w.store_id, w.status
"""


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that this worker has until `lease`."""

    id: int
    created_at: datetime
    webhook_id: int
    event: str
    url: str
    body: bytes
    attempts: int
    lease: datetime
    sealed: tuple[bytes, ...]

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Return the secrets that are good, the newest first.

        Raises:
            Unsealable: they were sealed with a key that is not in use. It is of this delivery alone: others go on.
        """
        return tuple(unseal(each) for each in self.sealed)


class Taken(NamedTuple):
    """What a worker has taken from the queue, and how many were refused as their month is used up."""

    deliveries: Sequence[Leased]
    refused: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one: the answer's status, or why there was none; `wish` is its `Retry-After`."""

    status: int | None
    body: bytes = b""
    error: str | None = None
    duration_ms: int = 0
    wish: timedelta | None = None


class Turned(NamedTuple):
    """A webhook that an attempt has paused or declared dead."""

    webhook_id: int
    store_id: int
    status: str


async def deliveries_lease(wanted: Wanted, lease: timedelta) -> Taken:
    """Lease what is due, in a transaction of its own, and count first attempts in their stores' month.

    Args:
        wanted: what there is room for.
        lease: for how long they are the caller's; longer than an attempt takes.
    """
    due = await due_next(wanted)
    if not due:
        return Taken((), 0)
    rows: list[asyncpg.Record] = []
    async with engine.transaction():
        for week, ids in sorted(due.items()):
            rows += await engine.write(_LEASE.format(week=week), ids, wanted.ahead, lease)
        refused = await _count(rows, wanted.ahead)
    return Taken([_leased(row) for row in rows if row["id"] not in refused], len(refused))


async def attempt_end(leased: Leased, attempt: Attempt, ahead: timedelta) -> tuple[Status, Turned | None]:
    """Note what came of an attempt and when the next one is, in one transaction; nothing if the lease has ended.

    Returns:
        How the delivery stands, and the webhook if it was turned off by that.
    """
    status, pause = verdict(leased, attempt)
    async with engine.transaction():
        rows = await engine.write(
            _END.format(week=week_of(leased.created_at)),
            leased.id,
            leased.lease,
            status,
            attempt.status,
            attempt.body[:BODY_KEPT].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}") or None,
            attempt.duration_ms,
            attempt.error and attempt.error[:ERROR_KEPT],
            ahead,
            pause,
        )
        if status == "dead" and rows and rows[0]["status"] != "active":
            await engine.write(HOLD, leased.webhook_id)
            return status, Turned(*rows[0])
    return status, None


def verdict(leased: Leased, attempt: Attempt) -> tuple[Status, timedelta | None]:
    """Return how a delivery stands after an attempt, and how long it waits for the next one, if there is to be one."""
    answered = attempt.status
    if is_done(answered):
        return "delivered", None
    if not is_tried_again(answered) or leased.attempts >= len(SCHEDULE) or leased.event == TEST_EVENT:
        return "dead", None
    pause = SCHEDULE[leased.attempts] * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  it only spreads
    wish = min(attempt.wish or timedelta(), LONGEST_WISH)
    return "retrying", max(pause, wish)


async def _count(rows: Sequence[asyncpg.Record], ahead: timedelta) -> set[int]:
    """Count first attempts, and return the ids of those deliveries that the month has no room for."""
    first = sorted(
        (row for row in rows if not row["counted"] and row["event"] != TEST_EVENT), key=lambda row: row["id"]
    )
    if not first:
        return set()
    limited = {row["store_id"]: row["monthly"] for row in first if row["livemode"] and row["monthly"] >= 0}
    now = datetime.now(UTC) + ahead
    left = await _left(limited, now)
    counts: Counter[Bucket] = Counter()
    sent, refused = [], []
    hour = now.replace(minute=0, second=0, microsecond=0)
    for row in first:
        store = row["store_id"]
        if row["livemode"] and store in left:
            if left[store] <= 0:
                refused.append(row)
                continue
            left[store] -= 1
        sent.append(row)
        counts[Bucket(store, row["livemode"], hour, "webhooks", False)] += 1
    await deliveries_add(counts)
    await _mark(_COUNTED, sent)
    await _mark(_REFUSED, refused)
    return {row["id"] for row in refused}


async def _mark(sql: str, rows: Sequence[asyncpg.Record]) -> None:
    for week, ids in sorted(by_week((row["id"], row["created_at"]) for row in rows).items()):
        await engine.write(sql.format(week=week), ids)


async def _left(limited: Mapping[int, int], now: datetime) -> dict[int, int]:
    """Return what is left of the month of each store; no other worker counts for them before this one commits."""
    if not limited:
        return {}
    stores = sorted(limited)
    await engine.write(
        f"SELECT pg_advisory_xact_lock({QUOTA_LOCKS}, (id % 2147483647)::int) FROM unnest($1::bigint[]) WITH ORDINALITY"
        " AS given(id, place) ORDER BY place",
        stores,
    )
    # A later statement than the lock: it sees what was committed before that.
    rows = await engine.fetch(_USED, stores, *month_of(now.year, now.month))
    return {row["store_id"]: limited[row["store_id"]] - row["used"] for row in rows}


def _leased(row: asyncpg.Record) -> Leased:
    body = message_body(
        event=row["event"],
        store_id=row["store_id"],
        occurred_at=row["created_at"],
        data=row["data"].encode(),
        delivery_id=row["id"],
        livemode=row["livemode"],
    )
    return Leased(
        id=row["id"],
        created_at=row["created_at"],
        webhook_id=row["webhook_id"],
        event=row["event"],
        url=row["url"],
        body=body,
        attempts=row["attempts"],
        lease=row["due_at"],
        sealed=tuple(each for each in (row["secret"], row["previous_secret"]) if each),
    )
