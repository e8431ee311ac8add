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
            "List requests",
            "Usage",
            "The log of requests made with the store's keys in this mode, newest first. A request appears within "
            "seconds and is kept for 7 days, unless the operator sets another number. Bodies, query strings and "
            "addresses are not logged. For a key that sends hundreds of requests a second, only some are.",
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
            "Get a request",
            "Usage",
            "Looks up one request by its id: the `meta.request_id` of its response, also in its `X-Request-Id` header.",
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
            f"How many requests of the last `hours` were refused, by error code, most frequent first. Looks at the "
            f"latest {MOST} refused requests at most.",
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
            "List the slowest operations",
            "Usage",
            f"The 20 slowest operations of the last `hours`, by 95th percentile. Looks at the latest {MOST} requests "
            "at most, without refused ones.",
            scope="usage:read",
            addition=True,
        ),
        listed=True,
        filters=request_report.SPAN,
    ),
)
