"""`/v1`: the chain in front of each route of `rest_compat`."""

from collections import defaultdict
from urllib.parse import parse_qsl

from litestar.handlers import ASGIRouteHandler, asgi
from litestar.types import Receive, Scope, Send

from app.chain import idempotency
from app.chain.body import decode_object, require_json
from app.chain.credentials import authenticate
from app.chain.errors import failure, from_exception, method_not_allowed, success
from app.chain.request import Answer, Request, respond
from app.logs import request_of
from graph.errors import Detail, invalid_fields
from rest_compat.routes import PREFIX, ROUTES
from rest_compat.routing import Call, Route


class Endpoint:
    """The operations of one path, as an ASGI application: Litestar finds it, and it finds the method."""

    def __init__(self, routes: dict[str, Route]) -> None:
        self.routes = routes
        self.allowed = ", ".join(sorted(routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised out of it."""
        request = request_of(scope, receive)
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
        return success(request, await route.run(None), route.status)  # type: ignore[arg-type]
    context = request.context = await authenticate(request)
    raw = await request.body() if route.writes else b""
    body = {}
    if route.body is not None:
        require_json(request)
    key = idempotency.required_key(request) if route.writes else b""
    if route.body is not None:
        body = decode_object(raw)
    call = Call(context, request.scope.get("path_params", {}), _query(request), body)

    async def work() -> Answer:
        return success(request, await route.run(call), route.status)

    if not route.writes:
        return await work()
    return await idempotency.run_once(request, context, key, raw, work)


def _query(request: Request) -> dict[str, str]:
    """Return the query parameters; of one that comes twice, the last."""
    query = request.scope["query_string"]
    if not query:
        return {}
    try:
        return dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError as error:
        raise invalid_fields([Detail("query", "must be percent-encoded UTF-8")]) from error


def handlers() -> list[ASGIRouteHandler]:
    """Return a Litestar handler for each path of `/v1`."""
    paths: dict[str, dict[str, Route]] = defaultdict(dict)
    for route in ROUTES:
        paths[route.path][route.method] = route
    return [
        asgi(PREFIX + path.replace("_id}", "_id:str}"), copy_scope=False)(Endpoint(routes))
        for path, routes in paths.items()
    ]
