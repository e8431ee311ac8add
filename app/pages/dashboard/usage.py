"""What the store has used of its plan, when and of what, why requests were refused, and which operations are slow."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get

from app.pages.asking import ask
from app.pages.signed_in import Member, the_member
from app.pages.site import render
from graph.geography import ALGIERS
from graph.usage_series import UsagePeriod, UsageStep, usage_series

HOURS: Final = 48
DAYS: Final = 30
# As many groups have a colour of their own in a chart; the rest share the last one.
COLOURS: Final = 5
OTHERS: Final = ""
QUERY: Final = """
query Usage {
  usage {
    period tier
    usage { request { total billable } signup { total billable } event { total } webhook { total billable } }
    limits { requestsPerMonth signupsPerMonth webhooksPerMonth requestsPerMinute }
  }
  usageRefusals { errorCode count }
  usageOperations { operation method count failed p50Ms p95Ms }
}
"""
KINDS: Final = (("request", "requestsPerMonth"), ("signup", "signupsPerMonth"), ("webhook", "webhooksPerMonth"))


class Chart(NamedTuple):
    """A table of counts, and so a chart: a line a period with a count for each group."""

    groups: list[str]
    lines: list[tuple[datetime, list[int]]]

    @property
    def total(self) -> int:
        """Return the sum of it all."""
        return sum(sum(counts) for _, counts in self.lines)


@get("/dashboard/usage", include_in_schema=False)
async def usage(request: Request[Any, Any, Any]) -> Response[str]:
    """Show this month, and the last days and hours."""
    member = the_member(request)
    now = datetime.now(UTC)
    hours = [now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=ago) for ago in range(HOURS)][::-1]
    days = [datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=ago) for ago in range(DAYS)][::-1]
    data = await ask(member, QUERY)
    # Hundreds of points, which the resolver has as they are wanted here.
    by_hour = await usage_series(member.context, UsageStep.HOUR, hours[0], None)
    by_day = await usage_series(member.context, UsageStep.DAY, days[0], None)
    used = data["usage"]
    return render(
        request,
        "dashboard/usage.html",
        section="usage",
        period=used["period"],
        tier=used["tier"],
        per_minute=used["limits"]["requestsPerMinute"],
        events=used["usage"]["event"]["total"],
        quotas=[(kind, _counted(member, used["usage"][kind]), used["limits"][limit]) for kind, limit in KINDS],
        hours=chart(by_hour, hours),
        days=chart(by_day, days),
        endpoints=by_group(by_day),
        algiers=ALGIERS,
        refusals=data["usageRefusals"],
        operations=data["usageOperations"],
    )


def _counted(member: Member, count: dict[str, int]) -> int:
    """Return what counts against a limit: of the sandbox all, as nothing of it is billed."""
    return count["billable" if member.context.livemode else "total"]


def chart(points: Sequence[UsagePeriod], periods: Sequence[datetime]) -> Chart:
    """Return the counts of every period, those without any among them; the largest groups first, the rest as one."""
    largest = [name for name, _ in by_group(points)]
    named = largest if len(largest) <= COLOURS else largest[: COLOURS - 1]
    groups = named if len(named) == len(largest) else [*named, OTHERS]
    counts: dict[tuple[datetime, str], int] = defaultdict(int)
    for point in points:
        group = point.endpoint_group if point.endpoint_group in named else OTHERS
        counts[datetime.fromisoformat(str(point.period_start)), group] += point.count
    return Chart(groups, [(period, [counts[period, group] for group in groups]) for period in periods])


def by_group(points: Sequence[UsagePeriod]) -> list[tuple[str, int]]:
    """Return how many requests each group had, the largest first."""
    counts: dict[str, int] = defaultdict(int)
    for point in points:
        counts[point.endpoint_group] += point.count
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


handlers: Final = [usage]
