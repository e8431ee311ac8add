"""The month's signups: how many count, and the refusal of more (`contract.md §4`).

The worker that takes signups in never counts more than the quota (`graph.ingest`); a refusal here comes from what it
has counted. What was acknowledged before is kept and adds to the total.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from db.engine import engine
from graph.context import Context
from graph.errors import ApiError, Code
from graph.kept import Kept
from graph.usage import month_of

# While more than this is left, what was counted a second ago is good enough.
PLENTY: Final = 200
REMEMBERED_FOR: Final = 1.0

COUNTED: Final = (
    "SELECT given.store_id, given.start, coalesce(sum(h.billable_count), 0)::bigint AS billable"
    " FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS given(store_id, start, ends)"
    " LEFT JOIN usage_hours h ON h.store_id = given.store_id AND h.livemode AND h.kind = 'signup'"
    " AND h.period_hour >= given.start AND h.period_hour < given.ends GROUP BY 1, 2"
)


class Month(NamedTuple):
    """One store's month, from its first moment to the next one's."""

    store_id: int
    start: datetime
    end: datetime


def month_at(store_id: int, moment: datetime) -> Month:
    """Return the month that a moment is in."""
    return Month(store_id, *month_of(moment.year, moment.month))


async def months_counted(months: Sequence[Month]) -> dict[tuple[int, datetime], int]:
    """Return how many signups count already, by store and first moment of the month."""
    if not months:
        return {}
    columns = ([month[place] for month in months] for place in range(3))
    rows = await engine.fetch(COUNTED, *columns)
    return {(row["store_id"], row["start"]): row["billable"] for row in rows}


_seen: Kept[tuple[int, datetime], tuple[float, int]] = Kept(count=10_000, weight=10_000)


async def require_quota(context: Context) -> None:
    """Let a signup pass, unless the month's are used up.

    A store that has used up its quota, or is far from it, costs a query a second; one in between a query a signup.

    Raises:
        ApiError: `quota_exceeded`, until the 1st.
    """
    quota = context.limits.signups_per_month
    if quota < 0 or not context.livemode:
        return
    now = datetime.now(UTC)
    month = month_at(context.store_id, now)
    key = (month.store_id, month.start)
    at, counted = _seen.get(key) or (0.0, 0)
    usable = counted >= quota or quota - counted > PLENTY
    if not usable or time.monotonic() - at > REMEMBERED_FOR:
        counted = (await months_counted([month]))[key]
        _seen.put(key, (time.monotonic(), counted), 1)
    if counted >= quota:
        raise ApiError(
            Code.QUOTA_EXCEEDED,
            "The month's signups are used up: wait for the 1st, or take a larger plan",
            retry_after=max(1, int((month.end - now).total_seconds()) + 1),
        )
