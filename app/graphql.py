"""`/graphql`: GraphQL over HTTP, behind the same chain as `/v1`."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from litestar.handlers import ASGIRouteHandler, asgi
from litestar.types import Receive, Scope, Send

from app.chain import idempotency
from app.chain.body import decode_object, require_json
from app.chain.credentials import authenticate
from app.chain.errors import encode, from_exception, headers_of, log, method_not_allowed
from app.chain.request import JSON, Answer, Request, respond
from app.logs import request_of
from graph import operations
from graph.errors import ApiError, Code, bad_request
from rest_compat.status import STATUS

PATH = "/graphql"
GRAPHQL_JSON = b"application/graphql-response+json"
MEMBERS = frozenset({"query", "variables", "operationName", "extensions"})
# What keeps its status in either media type: it is about the request, before there was any GraphQL in it.
ABOUT_THE_REQUEST = frozenset(
    {
        Code.UNAUTHORIZED,
        Code.IDEMPOTENCY_KEY_REQUIRED,
        Code.IDEMPOTENCY_IN_PROGRESS,
        Code.IDEMPOTENCY_KEY_REUSED,
        Code.PAYLOAD_TOO_LARGE,
        Code.UNSUPPORTED_MEDIA_TYPE,
        Code.INTERNAL_ERROR,
        Code.UNAVAILABLE,
    }
)


async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one GraphQL request; nothing is raised out of it."""
    request = request_of(scope, receive)
    request.route = PATH
    if request.method not in ("GET", "POST"):
        await respond(send, request, method_not_allowed(request, "GET, POST"))
        return
    try:
        answer = await _answered(request)
    except idempotency.Undone as undone:
        answer = undone.answer
    except operations.InvalidDocument as invalid:
        answer = _response(request, {"errors": invalid.errors}, _status(request, Code.BAD_REQUEST))
    except Exception as error:  # noqa: BLE001 -- the last line of defence: every error has its form
        answer = failure(request, from_exception(request, error))
    await respond(send, request, answer)


def failure(request: Request, error: ApiError) -> Answer:
    """Return a well-formed GraphQL response of one error."""
    status = STATUS[error.code] if error.code in ABOUT_THE_REQUEST else _status(request, error.code)
    answer = _response(request, {"errors": [operations.error_members(error)]}, status)
    answer.headers.extend(headers_of(error))
    return answer


async def _answered(request: Request) -> Answer:
    context = request.context = await authenticate(request)
    raw = await request.body()
    given = _from_query(request) if request.method == "GET" else _from_body(request, raw)
    query, variables, name = _checked(given)
    operation = operations.prepare(query, name)

    async def work() -> Answer:
        outcome = await operations.run(operation, variables, context)
        for crash in outcome.crashes:
            log.error("crash", request_id=request.request_id, route=PATH, exc_info=crash)
        if operation.kind != "mutation" or outcome.code is None:
            return _outcome(request, outcome)
        # All mutations of one request are one transaction: the first error undoes all.
        raise idempotency.Undone(_outcome(request, operations.Outcome(None, outcome.errors, [])), outcome.code)

    if operation.kind == "query":
        return await work()
    if operation.kind != "mutation":
        raise bad_request("There are no subscriptions here: send a query or a mutation")
    if request.method == "GET":
        answer = method_not_allowed(request, "POST")
        return _response(
            request, {"errors": [_error("A mutation needs POST", Code.METHOD_NOT_ALLOWED)]}, 405, answer.headers
        )
    key = idempotency.required_key(request)
    replayable = await idempotency.run_once(request, context, key, raw, work)
    replayable.media_type = _media_type(request)
    return replayable


def _outcome(request: Request, outcome: operations.Outcome) -> Answer:
    result: dict[str, Any] = {"errors": outcome.errors} if outcome.errors else {}
    status = STATUS[outcome.code] if outcome.code in (Code.UNAVAILABLE, Code.INTERNAL_ERROR) else 200
    return _response(request, result | {"data": outcome.data}, status)


def _response(
    request: Request, result: Mapping[str, Any], status: int, headers: list[tuple[bytes, bytes]] | None = None
) -> Answer:
    body = encode({**result, "extensions": {"meta": request.meta()}})
    return Answer(status, body, _media_type(request), list(headers or ()))


def _media_type(request: Request) -> bytes:
    """Return what the client asked for: the newer type only where it names it."""
    accepted = GRAPHQL_JSON in request.headers.get(b"accept", b"").lower()
    return (GRAPHQL_JSON if accepted else JSON) + b"; charset=utf-8"


def _status(request: Request, code: Code) -> int:
    """Return the status of an error before execution: as `/v1` has it, or 200 where JSON is all the client knows."""
    return STATUS[code] if _media_type(request).startswith(GRAPHQL_JSON) else 200


def _error(message: str, code: Code) -> dict[str, Any]:
    return operations.error_members(ApiError(code, message))


def _from_body(request: Request, raw: bytes) -> dict[str, Any]:
    require_json(request)
    if raw.lstrip()[:1] == b"[":
        raise bad_request("Batches are not taken: send one operation a request")
    return decode_object(raw)


def _from_query(request: Request) -> dict[str, Any]:
    try:
        pairs = parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise bad_request("The query string must be percent-encoded UTF-8") from error
    given: dict[str, Any] = {name: value for name, value in pairs if name in MEMBERS}
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = decode_object(given[name].encode())
        else:
            given.pop(name, None)
    return given


def _checked(given: Mapping[str, Any]) -> tuple[str, dict[str, Any] | None, str | None]:
    """Return the document, the variables and the operation's name; each of its type or refused by name."""
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise _malformed("query must be a string with a GraphQL document in it")
    if variables is not None and not isinstance(variables, dict):
        raise _malformed("variables must be an object")
    if name is not None and not isinstance(name, str):
        raise _malformed("operationName must be a string")
    if given.get("extensions") is not None and not isinstance(given["extensions"], dict):
        raise _malformed("extensions must be an object")
    return query, variables, name or None


def _malformed(message: str) -> ApiError:
    return bad_request(message)


def handlers() -> list[ASGIRouteHandler]:
    """Return the Litestar handler of `/graphql`."""
    return [asgi(PATH, copy_scope=False)(endpoint)]
