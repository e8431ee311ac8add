"""`/v1`: the chain in front of each route of `rest_compat`."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl

from litestar.handlers import ASGIRouteHandler, asgi
from litestar.types import Receive, Scope, Send

from app.chain import conduct, cors, idempotency
from app.chain.answering import respond
from app.chain.body import decode_object, require_json
from app.chain.cache import Kept
from app.chain.errors import failure, from_exception, method_not_allowed, no_such_route, success
from app.chain.request import Answer, Request, head_lines
from app.logs import request_of
from graph.context import Context
from graph.errors import Detail, invalid_fields
from graph.tracking import Message
from rest_compat.etags import etag
from rest_compat.routes import PREFIX, ROUTES
from rest_compat.routing import Call, Route

# A list for syncing is read anew each time: how far it goes depends on the transactions that are open.
FRESH = b"updated_since="
# Queries that come again and again are short.
LONGEST_KEPT = 256
PARAMETER = re.compile(r"\{(\w+)\}")


class Endpoint:
    """The operations of one path, as an ASGI application: `Router` finds it, and it finds the method."""

    def __init__(self, routes: dict[str, Route]) -> None:
        self.routes = routes
        self.allowed = ", ".join(sorted(routes))
        self.for_pages = any(route.signed for route in routes.values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised out of it."""
        request = request_of(scope, receive)
        if self.for_pages:
            if cors.is_preflight(request):
                await respond(send, request, cors.preflight(sorted(self.routes)))
                return
            request.answer_head.append(cors.head(request))
        route = self.routes.get(request.method)
        if route is None:
            await respond(send, request, method_not_allowed(request, self.allowed))
            return
        request.route = f"{PREFIX}{route.path}"
        try:
            answer = await answer_route(request, route)
        except idempotency.Undone as undone:
            answer = undone.answer
        except Exception as error:  # noqa: BLE001 -- the last line of defence: every error has its envelope
            answer = failure(request, from_exception(request, error))
        await respond(send, request, answer)


async def answer_route(request: Request, route: Route) -> Answer:
    """Take a request through the chain to its route and return the answer; errors are raised as they come."""
    if not route.needs_key:
        await conduct.let_stranger_in(request)
        return success(request, await route.run(None), route.status)  # type: ignore[arg-type]
    context = await conduct.identify(request, signed=route.signed)
    if route.signed:
        return await _kept(request, route, context)
    if route.cached and FRESH not in request.scope["query_string"]:
        return await _cached(request, route, context)
    if route.writes:
        await conduct.let_in(request, context, route.group)
    else:
        context = await conduct.let_look(request, context, route.group)
    if route.lasting:
        return await _lasting(request, route, context)
    raw = await request.body() if route.writes else b""
    body = {}
    if route.takes_body(raw):
        require_json(request)
    key = idempotency.required_key(request) if route.writes else b""
    if route.takes_body(raw):
        body = decode_object(raw)
    if_match = request.headers.get(b"if-match") if route.guarded else None
    call = Call(context, request.scope.get("path_params", {}), _query(request), body, if_match=if_match)

    async def work() -> Answer:
        answer = success(request, await route.run(call), route.status)
        answer.secret = bool(route.secrets)
        return answer

    if not route.writes:
        return await work()
    return await conduct.write(request, context, key, raw, work)


async def _kept(request: Request, route: Route, context: Context) -> Answer:
    """Acknowledge a signed write once what it says is in the inbox."""
    await conduct.let_in(request, context, route.group)
    context.require_public()
    require_json(request)
    key = idempotency.optional_key(request)
    body = decode_object(await request.body())

    async def queue(message: Message) -> None:
        await conduct.keep(request, key, body, message)

    call = Call(context, request.scope.get("path_params", {}), {}, body, queue)
    return success(request, await route.run(call), route.status)


async def _cached(request: Request, route: Route, context: Context) -> Answer:
    """Answer a read that may be kept: with the kept answer, with 304, or with what the route reads now."""

    async def run() -> bytes:
        return await route.run(Call(context, request.scope.get("path_params", {}), _query(request), {}))

    place = conduct.keeping(request, context, request.target)
    kept = await conduct.read(request, context, route.group, place, run)
    return conduct.not_modified(request, kept) or success(request, kept.data, route.status)


async def _lasting(request: Request, route: Route, context: Context) -> Answer:
    """Answer a read that a client may go on using for a while, or with 304 if it has it already."""
    data = await route.run(Call(context, request.scope.get("path_params", {}), _query(request), {}))
    kept = Kept(etag(data), data)
    lasting = b"private, max-age=%d" % route.lasting
    headers = [(b"cache-control", lasting), (b"vary", b"Authorization"), (b"etag", kept.tag.encode())]
    request.answer_head.append(head_lines(headers))
    return conduct.not_modified(request, kept) or success(request, kept.data, route.status)


def _query(request: Request) -> Mapping[str, str]:
    """Return the query parameters; of one that comes twice, the last."""
    query = request.scope["query_string"]
    return _parameters(query) if len(query) <= LONGEST_KEPT else _parsed(query)


def _parsed(query: bytes) -> Mapping[str, str]:
    try:
        return MappingProxyType(dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")))
    except ValueError as error:
        raise invalid_fields([Detail("query", "must be percent-encoded UTF-8")]) from error


_parameters = lru_cache(maxsize=1024)(_parsed)


class Router:
    """Everything under `/v1`: a path finds its endpoint. Litestar gives parameters of a path to no ASGI handler."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self.plain = {path: endpoint for path, endpoint in endpoints.items() if "{" not in path}
        self.patterns = [
            (re.compile(PARAMETER.sub(r"(?P<\1>[^/]+)", path)), endpoint)
            for path, endpoint in endpoints.items()
            if path not in self.plain
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised out of it."""
        path = scope["path"].rstrip("/")
        endpoint = self.plain.get(path) or self._matched(path, scope)
        if endpoint is None:
            request = request_of(scope, receive)
            await respond(send, request, no_such_route(request, PREFIX + path))
            return
        await endpoint(scope, receive, send)

    def _matched(self, path: str, scope: Scope) -> Endpoint | None:
        for pattern, endpoint in self.patterns:
            match = pattern.fullmatch(path)
            if match is not None:
                scope["path_params"] = match.groupdict()
                return endpoint
        return None


def handlers() -> list[ASGIRouteHandler]:
    """Return the Litestar handler of `/v1`."""
    paths: dict[str, dict[str, Route]] = defaultdict(dict)
    for route in ROUTES:
        paths[route.path][route.method] = route
    router = Router({path: Endpoint(routes) for path, routes in paths.items()})
    return [asgi(PREFIX, is_mount=True, copy_scope=False)(router.__call__)]
