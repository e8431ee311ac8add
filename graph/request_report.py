"""What the log of requests comes to: refusals by reason, and the slowest operations, of the last hours.

Each reads so many rows at most, the latest, so that a store with any number of requests has its answer in moments.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import strawberry

from db.engine import engine
from graph import rules
from graph.context import Context
from graph.errors import Detail, invalid_fields
from graph.request_log import READ
from graph.scalars import BigInt

HOURS: Final = 24
HOURS_MAXIMUM: Final = 168
ROWS_MAXIMUM: Final = 20_000
OPERATIONS_MAXIMUM: Final = 20
SPAN: Final[dict[str, rules.Rule]] = {"hours": rules.integer(1, HOURS_MAXIMUM)}


@strawberry.type(description="Requests refused for one reason.")
class Refusals:
    """Of the last hours."""

    error_code: str = strawberry.field(description="The code of the error.")
    count: BigInt = strawberry.field(description="Requests refused for this reason.")


@strawberry.type(description="The timings of one operation.")
class OperationTiming:
    """Of the last hours; requests that were refused are left out."""

    operation: str = strawberry.field(description="The operation, as in the request log.")
    method: str = strawberry.field(description="Its HTTP method.")
    count: BigInt = strawberry.field(description="The number of requests.")
    failed: BigInt = strawberry.field(description="Requests that failed with a server error.")
    p50_ms: float = strawberry.field(description="Median duration, in milliseconds.")
    p95_ms: float = strawberry.field(description="95th percentile of the duration, in milliseconds.")


RECENT = (
    "SELECT {columns} FROM tracking.request_log t WHERE t.store_id = $1 AND t.livemode = $2 AND t.received_at >= $3"
    " {condition} ORDER BY t.received_at DESC, t.request_id DESC"
    f" LIMIT {ROWS_MAXIMUM}"
)
REFUSED = (
    "SELECT error_code, count(*) AS count FROM ("
    + RECENT.format(columns="t.error_code", condition="AND t.outcome = 'refused'")
    + ") recent WHERE error_code IS NOT NULL GROUP BY error_code ORDER BY count DESC, error_code"
)
SLOWEST = (
    "SELECT * FROM (SELECT operation, method, count(*) AS count, count(*) FILTER (WHERE outcome = 'failed') AS failed,"
    " percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY duration_ms) AS percentiles FROM ("
    + RECENT.format(columns="t.operation, t.method, t.outcome, t.duration_ms", condition="")
    + ") recent WHERE outcome <> 'refused' GROUP BY operation, method"
    f") timed ORDER BY percentiles[2] DESC, operation LIMIT {OPERATIONS_MAXIMUM}"
)


async def usage_refusals(context: Context, hours: int | None = None) -> list[Refusals]:
    """Return how often requests were refused for which reason, the most frequent one first; needs `usage:read`.

    Raises:
        ApiError: `bad_request` for hours that are too many or too few.
    """
    context.require(READ)
    rows = await engine.fetch(REFUSED, context.store_id, context.livemode, _since(hours))
    return [Refusals(error_code=row["error_code"], count=row["count"]) for row in rows]


async def usage_operations(context: Context, hours: int | None = None) -> list[OperationTiming]:
    """Return how long operations took, the slowest ones, by their 95th percentile; needs `usage:read`.

    Raises:
        ApiError: `bad_request` for hours that are too many or too few.
    """
    context.require(READ)
    rows = await engine.fetch(SLOWEST, context.store_id, context.livemode, _since(hours))
    return [
        OperationTiming(
            operation=row["operation"],
            method=row["method"],
            count=row["count"],
            failed=row["failed"],
            p50_ms=round(row["percentiles"][0], 2),
            p95_ms=round(row["percentiles"][1], 2),
        )
        for row in rows
    ]


def _since(hours: int | None) -> datetime:
    try:
        checked = SPAN["hours"].check(HOURS if hours is None else hours)
    except ValueError as error:
        raise invalid_fields([Detail("hours", str(error))]) from error
    return datetime.now(UTC) - timedelta(hours=checked)
