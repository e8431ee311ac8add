"""The log of requests in GraphQL, and what it comes to."""

import strawberry

from graph import request_log, request_report
from graph.api.declare import listing, single, valued
from graph.api.inputs import checked
from graph.context import Context
from graph.request_log import LoggedRequest, RequestOutcome, RequestSurface
from graph.request_report import OperationTiming, Refusals
from graph.sources import Source


def _log(
    context: Context,
    key_id: str | None = None,
    outcome: RequestOutcome | None = None,
    surface: RequestSurface | None = None,
    operation: str | None = None,
    error_code: str | None = None,
) -> Source:
    texts = {"key_id": key_id, "operation": operation, "error_code": error_code}
    chosen = {"outcome": outcome and outcome.value, "surface": surface and surface.value}
    return request_log.request_log(context, **checked({**texts, **chosen}, request_log.FILTERS))


def _request(context: Context, request_id: str) -> Source:
    return request_log.request(context, request_id)


async def _refusals(context: Context, hours: int | None = None) -> list[Refusals]:
    return await request_report.usage_refusals(context, hours)


async def _operations(context: Context, hours: int | None = None) -> list[OperationTiming]:
    return await request_report.usage_operations(context, hours)


@strawberry.type
class RequestQueries:
    """What the store's keys asked for."""

    request_log = listing(
        LoggedRequest,
        _log,
        description="The requests of the store's keys, the latest first, kept for some days: all, or those of a key, "
        "an outcome, a surface, an operation or an error. Needs `usage:read`.",
        live=True,
    )
    request = single(
        LoggedRequest | None,
        _request,
        description="One request, by the id that its answer had in `meta.requestId`. Needs `usage:read`.",
        live=True,
    )

    usage_refusals = valued(
        list[Refusals],
        _refusals,
        description="How often requests of the last `hours` (24 by default, 168 at most) were refused, by reason. Needs"
        " `usage:read`.",
        live=True,
    )
    usage_operations = valued(
        list[OperationTiming],
        _operations,
        description="The slowest operations of the last `hours` (24 by default, 168 at most), by their 95th percentile."
        " Needs `usage:read`.",
        live=True,
    )
