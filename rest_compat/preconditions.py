"""`If-Match`: a write that happens only while the row is as its client saw it (`contract.md §2`).

Every PATCH and DELETE of an address whose GET answers one row heeds it; no handler knows of it.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import msgspec

from graph.errors import ApiError, Code
from graph.sources import Source, fetch_one, row_hold
from rest_compat.etags import etag, matches
from rest_compat.routing import Call, Route
from rest_compat.shapes import Shape

PARAMETER = re.compile(r"\{(\w+)\}$")
# What a client learns who goes by an older row: that it is older comes first.
OUTDATED = frozenset({Code.CONFLICT, Code.INVALID_TRANSITION, Code.INSUFFICIENT_STOCK})

_encode = msgspec.json.Encoder().encode


def guarded(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Return the routes, those that change a row whose detail can be read with its guard before them."""
    known = tuple(routes)
    details = {route.path: route.shape for route in known if route.method == "GET" and route.kind == "one"}
    return tuple(_guarded(route, details.get(route.path)) for route in known)


def _guarded(route: Route, detail: Shape | None) -> Route:
    parameter = PARAMETER.search(route.path)
    if route.method not in ("PATCH", "DELETE") or detail is None:
        return route
    run = _checking(route.run, detail, parameter[1] if parameter else None)
    return replace(route, run=run, guarded=True)


def _checking(
    run: Callable[[Call], Awaitable[bytes]], detail: Shape, parameter: str | None
) -> Callable[[Call], Awaitable[bytes]]:
    """Return what runs a route, and refuses what it did where the row was another than the client saw.

    What the route itself refuses (a scope that is missing, a row that is not there) is refused as ever.
    """

    async def checked(call: Call) -> bytes:
        if call.if_match is None:
            return await run(call)
        changed = await _changed(call, detail, parameter)
        try:
            answer = await run(call)
        except ApiError as error:
            if changed and error.code in OUTDATED:
                raise _failed() from error
            raise
        if changed:
            raise _failed()
        return answer

    return checked


async def _changed(call: Call, detail: Shape, parameter: str | None) -> bool:
    """Hold the row, so that nothing changes it from here on, and tell whether its detail is none of those named."""
    source = Source(detail.entity, call.context)
    if parameter is not None:
        source = source.where("t.id = {}", call.id(parameter))
    if not await row_hold(source):
        return False
    data = _encode(await fetch_one(source, detail.plan))
    return not matches(call.if_match, etag(data), strong=True)


def _failed() -> ApiError:
    return ApiError(
        Code.PRECONDITION_FAILED,
        "The row is not the one that If-Match names: read it again, and send the ETag that it has now",
    )
