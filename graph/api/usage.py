"""Usage and limits in GraphQL."""

from typing import Annotated

import strawberry

from graph import usage_report
from graph.api.declare import LIVE, Info, listing
from graph.context import Context
from graph.scalars import DateTime
from graph.sources import Source
from graph.usage_report import Quotas, Usage, UsageHour
from graph.usage_series import UsagePeriod, UsageStep
from graph.usage_series import usage_series as series


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


@strawberry.type
class UsageQueries:
    """What was used of what may be."""

    @strawberry.field(description="This month's usage. Needs `usage:read`.", metadata={LIVE: True})
    async def usage(self, info: Info) -> Usage:
        return await usage_report.usage(info.context)

    usage_history = listing(
        UsageHour,
        _history,
        description="The store's requests by hour and group of endpoints, oldest first. Needs `usage:read`.",
        live=True,
    )

    @strawberry.field(
        description="The store's requests by hour or day and group of endpoints, oldest first: of the last 30 days"
        " unless it says otherwise, of 90 at most; by the hour of 7. Needs `usage:read`.",
        metadata={LIVE: True},
    )
    async def usage_series(
        self,
        info: Info,
        step: UsageStep,
        start: Annotated[DateTime | None, strawberry.argument(name="from", description="Its first moment.")] = None,
        end: Annotated[DateTime | None, strawberry.argument(name="to", description="Its end; now by default.")] = None,
    ) -> list[UsagePeriod]:
        return await series(info.context, step, start, end)

    @strawberry.field(
        description="The store's limits, and how much of them is used. Needs `usage:read`.", metadata={LIVE: True}
    )
    async def quotas(self, info: Info) -> Quotas:
        return await usage_report.quotas(info.context)
