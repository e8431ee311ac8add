"""The log of requests: what a store's keys asked for lately, and what became of it.

A row is there within seconds of its request, and leaves after some days. Of a key that sends hundreds of requests a
second, not each one is in it.
"""

import re
from enum import Enum
from typing import Final

import strawberry

from db import tables
from graph import rules
from graph.context import Context
from graph.errors import not_found
from graph.fields import column, entity, entity_of, expression, values_told
from graph.scalars import DateTime
from graph.sources import Order, Sort, Source

READ: Final = "usage:read"
LATEST: Final = Order((Sort("received_at", "time"), Sort("request_id", "text")), descending=True)
REQUEST_ID: Final = re.compile(r"req_[0-9a-f]{16}")


@values_told(
    succeeded="Answered without an error.",
    refused="Refused: the client can do something about it.",
    failed="Failed on our side.",
)
@strawberry.enum(description="How a request ended.")
class RequestOutcome(Enum):
    """`refused`: the request is at fault, and its answer has an error; `failed`: the service is."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    FAILED = "failed"


@values_told(rest="Over `/v1`.", graphql="Over `/graphql`.")
@strawberry.enum(description="The API that a request used.")
class RequestSurface(Enum):
    """The two ways into the service."""

    REST = "rest"
    GRAPHQL = "graphql"


@entity(tables.LoggedRequest)
class LoggedRequest:
    """A request made with one of the store's keys: no body, query string, address or personal data."""

    request_id: str = column(description="Its id, as in `meta.request_id` and `X-Request-Id`.")
    received_at: DateTime = column(description="When it arrived.")
    method: str = column(description="Its HTTP method.")
    operation: str = column(
        description="The operation: a route, such as `/v1/products/{product_id}`, or the kind and name of a GraphQL "
        "operation, such as `query Stock` (its root fields if it has no name)."
    )
    surface: RequestSurface = column(description="Which API it used.")
    status: int = column(description="The HTTP status of the response.")
    outcome: RequestOutcome = column(description="How it ended; a GraphQL response with errors counts as refused.")
    error_code: str | None = column(description="The code of the first error; null if there was none.")
    duration_ms: float = column(description="Milliseconds until the response began.")
    key_id: str | None = expression(
        "(SELECT k.key_id FROM api_keys k WHERE k.id = t.api_key_id)", description="The id of the key it was made with."
    )


FILTERS: Final[dict[str, rules.Rule]] = {
    "key_id": rules.text(1, 64),
    "outcome": rules.choice(*(each.value for each in RequestOutcome)),
    "surface": rules.choice(*(each.value for each in RequestSurface)),
    "operation": rules.text(1, 200),
    "error_code": rules.text(1, 64, "[A-Za-z_]+", "must be an error's code such as rate_limited"),
}


def request_log(context: Context, key_id: str | None = None, **filters: str | None) -> Source:
    """Return the requests of the store's keys in this mode, the latest first.

    Args:
        context: who asks; needs `usage:read`.
        key_id: those of one key alone; of one that is not the store's there are none.
        filters: columns that are to equal a value; None filters nothing.
    """
    context.require(READ)
    source = Source(entity_of(LoggedRequest), context, order=LATEST).filtered(**filters)
    if key_id is None:
        return source
    return source.where("t.api_key_id = (SELECT k.id FROM api_keys k WHERE k.key_id = {})", key_id)


def request(context: Context, request_id: str) -> Source:
    """Return one request by the id that its answer had; needs `usage:read`."""
    context.require(READ)
    source = Source(entity_of(LoggedRequest), context, missing=lambda: not_found("Request", request_id))
    return source.where("t.request_id = {}", request_id if REQUEST_ID.fullmatch(request_id) else "")
