"""`/v1/request-log`, and what it comes to."""

from typing import Any

from graph import request_log, request_report
from graph.sources import Source
from rest_compat.routing import Call, Documentation, chosen, listing, reading, reporting
from rest_compat.shapes import shape

ROW = shape(
    request_log.LoggedRequest,
    "request_id received_at method operation surface status outcome error_code duration_ms key_id",
)

MOST = f"{request_report.ROWS_MAXIMUM:,}"


def _request(call: Call) -> Source:
    return request_log.request(call.context, call.path["request_id"])


async def _refusals(call: Call) -> object:
    call.context.require(request_log.READ)
    return _whole(await request_report.usage_refusals(call.context, **chosen(request_report.SPAN, call.query)))


async def _operations(call: Call) -> object:
    call.context.require(request_log.READ)
    return _whole(await request_report.usage_operations(call.context, **chosen(request_report.SPAN, call.query)))


def _whole(items: list[Any]) -> object:
    return {"items": items, "next_cursor": None, "has_more": False}


ROUTES = (
    listing(
        "/request-log",
        request_log.request_log,
        ROW,
        Documentation(
            "listRequests",
            "Read the log of requests",
            "Usage",
            "The requests of the store's keys in this mode, the latest first, by cursor; there within seconds, and "
            "kept for some days (7 unless the operator says otherwise). No bodies, query strings or addresses. Of a "
            "key that sends hundreds a second, not each one is in it.",
            scope="usage:read",
            addition=True,
        ),
        request_log.FILTERS,
        cached=False,
    ),
    reading(
        "/request-log/{request_id}",
        _request,
        ROW,
        Documentation(
            "getRequest",
            "Find a request by its id",
            "Usage",
            "By the `request_id` of its answer's `meta`.",
            scope="usage:read",
            codes=("not_found",),
            addition=True,
        ),
        cached=False,
    ),
    reporting(
        "/usage/refusals",
        _refusals,
        request_report.Refusals,
        Documentation(
            "listRefusals",
            "Count refusals by reason",
            "Usage",
            f"Of the last `hours`, the most frequent first; of the latest {MOST} refused requests at most.",
            scope="usage:read",
            addition=True,
        ),
        listed=True,
        filters=request_report.SPAN,
    ),
    reporting(
        "/usage/operations",
        _operations,
        request_report.OperationTiming,
        Documentation(
            "listOperations",
            "Time operations",
            "Usage",
            f"The 20 slowest operations of the last `hours`, by their 95th percentile; of the latest {MOST} requests "
            "at most, those that were refused left out.",
            scope="usage:read",
            addition=True,
        ),
        listed=True,
        filters=request_report.SPAN,
    ),
)
