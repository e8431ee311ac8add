"""`/v1/usage` and `/v1/quotas`."""

from datetime import datetime

import msgspec

from graph import usage_report
from graph.sources import fetch_all
from rest_compat.routing import Call, Documentation, Route, chosen, reporting
from rest_compat.shapes import shape

HOUR = shape(usage_report.UsageHour, "period_hour endpoint_group count billable_count")
SPAN = {"from": usage_report.day_or_moment(last=False), "to": usage_report.day_or_moment(last=True)}


async def _usage(call: Call) -> usage_report.Usage:
    return await usage_report.usage(call.context)


async def _quotas(call: Call) -> usage_report.Quotas:
    return await usage_report.quotas(call.context)


async def _history(call: Call) -> bytes:
    given = chosen(SPAN, call.query)
    first, last = usage_report.span(given.get("from"), given.get("to"))
    rows = await fetch_all(usage_report.usage_history(call.context, first, last), HOUR.plan)
    return msgspec.json.encode({"from": _written(first), "to": _written(last), "rows": rows})


def _written(moment: datetime) -> str:
    return moment.isoformat(" ", "seconds")[:19]


ROUTES = (
    reporting(
        "/usage",
        _usage,
        usage_report.Usage,
        Documentation(
            "getUsage",
            "Get this month's usage",
            "Usage",
            "What the store has used this month (UTC), in the mode of this key. Request counts may lag by 15 seconds.",
            scope="usage:read",
        ),
    ),
    Route(
        "GET",
        "/usage/history",
        _history,
        Documentation(
            "getUsageHistory",
            "Get usage history",
            "Usage",
            "Requests by hour and group of endpoints, oldest first. Covers the last 30 days by default and at most 90.",
            scope="usage:read",
        ),
        "history",
        shape=HOUR,
        filters=SPAN,
    ),
    reporting(
        "/quotas",
        _quotas,
        usage_report.Quotas,
        Documentation(
            "getQuotas",
            "Get quotas",
            "Usage",
            "The plan's limits, the overrides set for this store, the limits in force, and this month's usage.",
            scope="usage:read",
        ),
    ),
)
