"""What a `/v1` operation is: its address, its input, the resolver it stands for and the shape of its answer.

A route is data: the server runs it, and `rest_compat.openapi` describes it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from graph.context import Context
from graph.creations import Creation
from graph.errors import Detail, invalid_fields
from graph.rules import Form, Rule, integer
from graph.sources import DEFAULT_LIMIT, MAXIMUM_LIMIT, Issued, Page, Source, fetch_one, fetch_page
from graph.tracking import Message, message_queue, queued
from rest_compat.shapes import Shape

ID = re.compile(r"[1-9][0-9]{0,15}")
LIMIT = integer(1, MAXIMUM_LIMIT)

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a route sees it: who asks, what was given, and how a message gets into the inbox."""

    context: Context
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    queue: Callable[[Message], Awaitable[None]] = message_queue
    if_match: bytes | None = None

    def id(self, name: str) -> int | None:
        """Return an id of the path, or None for what can't be one: no row has it."""
        given = self.path[name]
        return int(given) if ID.fullmatch(given) and int(given) < 2**53 else None


@dataclass(frozen=True, slots=True)
class Documentation:
    """What `openapi.yaml` says of a route beyond what the route itself shows."""

    operation_id: str
    summary: str
    tag: str
    description: str = ""
    scope: str | None = None
    codes: tuple[str, ...] = ()
    addition: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of `/v1`. `run` returns the bytes of `data`. A `signed` one is for public keys alone.

    An answer with neither row nor shape is a `report`: a value of this GraphQL type, or a whole list of them. One that
    is `lasting` changes with the program alone, and a client may use it for so many seconds without asking again.

    `secrets` are members of its answer that are shown this once, each with its description. A body that is not
    `body_required` may be left out.

    A `guarded` one heeds `If-Match` (`rest_compat.preconditions`).
    """

    method: str
    path: str
    run: Callable[[Call], Awaitable[bytes]]
    documentation: Documentation
    kind: str
    status: int = 200
    needs_key: bool = True
    body: Form | None = None
    shape: Shape | None = None
    filters: Mapping[str, Rule] = field(default_factory=dict)
    cached: bool = False
    signed: bool = False
    report: type | None = None
    lasting: int = 0
    secrets: Mapping[str, str] = field(default_factory=dict)
    body_required: bool = True
    guarded: bool = False

    def takes_body(self, raw: bytes) -> bool:
        """Tell whether these bytes are to be read as its body."""
        return self.body is not None and (self.body_required or raw != b"")

    @property
    def group(self) -> str:
        """Return the name that its use is counted under: its resource's."""
        return self.path.split("/")[1]

    @property
    def writes(self) -> bool:
        """Tell whether it changes something, and so needs an `Idempotency-Key`."""
        return self.method != "GET"


def listing(
    path: str,
    source: Callable[..., Source],
    shape: Shape,
    documentation: Documentation,
    filters: Mapping[str, Rule] | None = None,
    *,
    cached: bool = True,
) -> Route:
    """Return the route of a list: `source(context, **filters)`, one page of it."""
    known = filters or {}

    async def run(call: Call) -> bytes:
        # A missing scope is told before a mistake in the page that is asked for.
        found = source(call.context, **chosen(known, call.query))
        limit, cursor = limit_of(call.query), call.query.get("cursor")
        return page_of(await fetch_page(found, shape.plan, limit, cursor))

    return Route("GET", path, run, documentation, "list", shape=shape, filters=known, cached=cached)


def reading(
    path: str,
    source: Callable[[Call], Source],
    shape: Shape,
    documentation: Documentation,
    *,
    cached: bool = True,
) -> Route:
    """Return the route of one object: the row of `source(call)`; not cached where it shows more than stored rows."""

    async def run(call: Call) -> bytes:
        return _encoder.encode(await fetch_one(source(call), shape.plan))

    return Route("GET", path, run, documentation, "one", shape=shape, cached=cached)


def writing(
    method: str,
    path: str,
    write: Callable[[Call], Awaitable[Source | Creation]],
    shape: Shape,
    body: Form,
    documentation: Documentation,
) -> Route:
    """Return the route of a create or update: what `write(call)` creates, or changed and is read back."""

    async def run(call: Call) -> bytes:
        return _encoder.encode(await fetch_one(await write(call), shape.plan))

    status = 201 if method == "POST" else 200
    return Route(method, path, run, documentation, "one", status, body=body, shape=shape)


def issuing(
    path: str,
    issue: Callable[[Call], Awaitable[Issued]],
    shape: Shape,
    body: Form,
    documentation: Documentation,
    *,
    secrets: Mapping[str, str],
    status: int = 201,
    body_required: bool = True,
) -> Route:
    """Return the route of a write that shows secrets this once: `issue(call)` returns a row and some of `secrets`."""

    async def run(call: Call) -> bytes:
        issued = await issue(call)
        row = msgspec.to_builtins(await fetch_one(issued.source, shape.plan))
        return _encoder.encode({**row, **issued.secrets})

    return Route(
        "POST",
        path,
        run,
        documentation,
        "issued",
        status,
        body=body,
        shape=shape,
        secrets=secrets,
        body_required=body_required,
    )


def deleting(path: str, delete: Callable[[Call], Awaitable[int]], documentation: Documentation) -> Route:
    """Return the route of a delete, which answers the id of what is gone."""

    async def run(call: Call) -> bytes:
        return _encoder.encode({"id": await delete(call), "deleted": True})

    return Route("DELETE", path, run, documentation, "deleted")


def reporting(
    path: str,
    read: Callable[[Call], Awaitable[object]],
    type_: type,
    documentation: Documentation,
    *,
    method: str = "GET",
    body: Form | None = None,
    listed: bool = False,
    cached: bool = False,
    lasting: int = 0,
    filters: Mapping[str, Rule] | None = None,
) -> Route:
    """Return the route of what `read(call)` returns: a value of a GraphQL type that no table's row stands for.

    Args:
        path: where it is.
        read: reads it, after having written it where the method does.
        type_: what its members are; `openapi.yaml` tells them from it.
        documentation: what else there is to say.
        method: `PUT` replaces it.
        body: what a write takes.
        listed: it is a whole list of them, on one page.
        cached: it is made of stored rows alone, so that it may be kept until one changes.
        lasting: how many seconds a client may go on using it.
        filters: what its query may say.
    """

    async def run(call: Call) -> bytes:
        return _encoder.encode(await read(call))

    kind = "whole" if listed else "report"
    return Route(
        method,
        path,
        run,
        documentation,
        kind,
        body=body,
        cached=cached,
        report=type_,
        lasting=lasting,
        filters=filters or {},
    )


def tracking(
    path: str,
    track: Callable[[Context, Mapping[str, Any]], Awaitable[Message]],
    body: Form,
    documentation: Documentation,
) -> Route:
    """Return the route of a signed write that is acknowledged at once: what `track(context, body)` says is queued."""

    async def run(call: Call) -> bytes:
        message = await track(call.context, call.body)
        await call.queue(message)
        return _encoder.encode(queued(message)._asdict())

    return Route("POST", path, run, documentation, "queued", 202, body=body, signed=True)


def page_of(page: Page[Any]) -> bytes:
    """Return the bytes of a list's page."""
    return _encoder.encode({"items": page.rows, "next_cursor": page.next_cursor, "has_more": page.has_more})


def limit_of(query: Mapping[str, str]) -> int:
    """Return how many rows a page is to have; raises `bad_request` where that can't be."""
    given = query.get("limit")
    if given is None:
        return DEFAULT_LIMIT
    try:
        return int(LIMIT.from_text(given)) if LIMIT.from_text else DEFAULT_LIMIT
    except ValueError as error:
        raise invalid_fields([Detail("limit", str(error))]) from error


def chosen(known: Mapping[str, Rule], query: Mapping[str, str]) -> dict[str, Any]:
    """Return the filters given, as their rules read them from text; unknown parameters are ignored."""
    values: dict[str, Any] = {}
    details: list[Detail] = []
    for name, rule in known.items():
        if name not in query or rule.from_text is None:
            continue
        try:
            values[name] = rule.from_text(query[name])
        except ValueError as error:
            details.append(Detail(name, str(error)))
    if details:
        raise invalid_fields(details)
    return values
