"""Usage and limits in GraphQL."""

from typing import Annotated

import strawberry

from graph import usage_report
from graph.api.declare import listing, valued
from graph.context import Context
from graph.scalars import DateTime
from graph.sources import Source
from graph.usage_report import Quotas, Usage, UsageHour
from graph.usage_series import UsagePeriod, UsageStep, usage_series


def _history(
    context: Context,
    start: Annotated[
        DateTime | None,
        strawberry.argument(name="from", description="Its first moment; 30 days before `to` by default."),
    ] = None,
    end: Annotated[
        DateTime | None, strawberry.argument(name="to", description="Its end; now by default. At most 90 days later.")
    ] = None,
) -> Source:
    return usage_report.usage_history(context, start, end)


async def _series(
    context: Context,
    step: UsageStep,
    start: Annotated[DateTime | None, strawberry.argument(name="from", description="Its first moment.")] = None,
    end: Annotated[DateTime | None, strawberry.argument(name="to", description="Its end; now by default.")] = None,
) -> list[UsagePeriod]:
    return await usage_series(context, step, start, end)


@strawberry.type
class UsageQueries:
    """What was used of what may be."""

    usage = valued(Usage, usage_report.usage, description="This month's usage. Needs `usage:read`.", live=True)

    usage_history = listing(
        UsageHour,
        _history,
        description="The store's requests by hour and group of endpoints, oldest first. Needs `usage:read`.",
        live=True,
    )

    usage_series = valued(
        list[UsagePeriod],
        _series,
        description="The store's requests by hour or day and group of endpoints, oldest first: of the last 30 days"
        " unless it says otherwise, of 90 at most; by the hour of 7. Needs `usage:read`.",
        live=True,
    )
    quotas = valued(
        Quotas,
        usage_report.quotas,
        description="The store's limits, and how much of them is used. Needs `usage:read`.",
        live=True,
    )
