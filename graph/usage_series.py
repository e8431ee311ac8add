"""Requests by hour or by day, as charts show them: `usage_report`'s hours, summed."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import strawberry

from db.engine import engine
from graph.context import Context
from graph.errors import Detail, invalid_fields
from graph.fields import values_told
from graph.plans import RFC_3339
from graph.scalars import BigInt, DateTime
from graph.usage_report import span

HOURS_LONGEST: Final = timedelta(days=7)


@values_told(hour="By the hour.", day="By the day, in UTC.")
@strawberry.enum(description="The interval of a series.")
class UsageStep(Enum):
    """In UTC."""

    HOUR = "hour"
    DAY = "day"


@strawberry.type(description="The requests of one hour or day in one group of endpoints.")
class UsagePeriod:
    """A point of a chart."""

    period_start: DateTime = strawberry.field(description="The start of the hour or day.")
    endpoint_group: str = strawberry.field(description="A group of endpoints: `products`, `orders`, … or `graphql`.")
    count: BigInt = strawberry.field(description="Requests let through.")


SERIES = (
    f"SELECT to_char(period, '{RFC_3339}') AS period_start, endpoint_group, count FROM ("
    "SELECT date_trunc($5, t.period_hour, 'UTC') AS period, t.endpoint_group, sum(t.count)::bigint AS count"
    " FROM usage_hours t WHERE t.store_id = $1 AND t.livemode = $2 AND t.kind = 'request' AND t.period_hour >= $3"
    " AND t.period_hour < $4 GROUP BY 1, 2) summed ORDER BY period, endpoint_group"
)


async def usage_series(
    context: Context, step: UsageStep, start: datetime | None, end: datetime | None
) -> list[UsagePeriod]:
    """Return the requests from `start` on and before `end` by hour or day and group, oldest first.

    Args:
        context: who asks; needs `usage:read`.
        step: how long each part is; one with no requests is left out.
        start: where it begins; 30 days before its end by default.
        end: now by default.

    Raises:
        ApiError: `bad_request` for more than 90 days, or 7 by the hour.
    """
    context.require("usage:read")
    first, last = span(start, end)
    if step is UsageStep.HOUR and last - first > HOURS_LONGEST:
        raise invalid_fields([Detail("to", f"must be at most {HOURS_LONGEST.days} days after from, by the hour")])
    rows = await engine.fetch(SERIES, context.store_id, context.livemode, first, last, step.value)
    return [UsagePeriod(**row) for row in rows]
