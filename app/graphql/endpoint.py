"""One request to `/graphql`: through the chain, to its operation, to an answer of GraphQL over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from litestar.handlers import ASGIRouteHandler, asgi
from litestar.types import Receive, Scope, Send

from app.chain import conduct, cors, idempotency, metrics
from app.chain.answering import respond
from app.chain.errors import encode, from_exception, headers_of, log_crash
from app.chain.request import Answer, Request
from app.chain.tries import trying
from app.graphql import persisted
from app.graphql.accept import GRAPHQL_JSON, media_type, wants_page
from app.graphql.reading import Given, Malformed, has_query, read
from app.logs import request_of
from app.web.graphql_page import page
from graph import operations
from graph.canonical import canonical
from graph.context import Context
from graph.costs import MAXIMUM_COST, units
from graph.errors import ApiError, Code, bad_request
from graph.schema import Audience
from rest_compat.status import STATUS

PATH = "/graphql"
GROUP = "graphql"
METHODS = ("GET", "POST")
# What keeps its status in either media type: it is about the request, before there was any GraphQL in it.
ABOUT_THE_REQUEST = frozenset(
    {
        Code.UNAUTHORIZED,
        Code.FORBIDDEN,
        Code.IDEMPOTENCY_KEY_REQUIRED,
        Code.IDEMPOTENCY_IN_PROGRESS,
        Code.IDEMPOTENCY_KEY_REUSED,
        Code.PAYLOAD_TOO_LARGE,
        Code.UNSUPPORTED_MEDIA_TYPE,
        Code.METHOD_NOT_ALLOWED,
        Code.RATE_LIMITED,
        Code.QUOTA_EXCEEDED,
        Code.INTERNAL_ERROR,
        Code.UNAVAILABLE,
    }
)


EXECUTED = {how: metrics.EXECUTED.labels(how) for how in ("plan", "executor")}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that can be run: its operation, what that was made of, and what it costs."""

    operation: operations.Operation
    document: persisted.Document
    given: Given
    cost: int

    @property
    def variables(self) -> Mapping[str, Any] | None:
        """Return the variables, None when there are none."""
        return self.given.variables


class Failed(Exception):
    """A query that has errors, and so is not kept."""

    def __init__(self, outcome: operations.Outcome) -> None:
        super().__init__("a query failed")
        self.outcome = outcome


async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one GraphQL request; nothing is raised out of it."""
    request = request_of(scope, receive)
    request.route = PATH
    if cors.is_preflight(request):
        await respond(send, request, cors.preflight(METHODS))
        return
    if request.method == "GET" and wants_page(request) and not has_query(request):
        await respond(send, request, page.answer(request))
        return
    request.answer_head.append(cors.head(request))
    try:
        answer = await _answered(request)
    except idempotency.Undone as undone:
        answer = undone.answer
    except operations.InvalidDocument as invalid:
        answer = _refused(request, invalid.errors, _status(request, Code.BAD_REQUEST))
    except Malformed as malformed:
        answer = failure(request, malformed.error, always=True)
    except Exception as error:  # noqa: BLE001 -- the last line of defence: every error has its form
        answer = failure(request, from_exception(request, error))
    await respond(send, request, answer)


def failure(request: Request, error: ApiError, *, always: bool = False) -> Answer:
    """Return a well-formed GraphQL response of one error.

    Args:
        request: what came.
        error: what is wrong with it.
        always: whether the status is the error's in every media type.
    """
    about_the_request = always or error.code in ABOUT_THE_REQUEST
    status = STATUS[error.code] if about_the_request else _status(request, error.code)
    answer = _refused(request, [operations.error_members(error)], status)
    answer.headers.extend(headers_of(error))
    if error.code is Code.METHOD_NOT_ALLOWED:
        # A method that may be used for queries was used for a mutation.
        allowed = "POST" if request.method in METHODS else ", ".join(METHODS)
        answer.headers.append((b"allow", allowed.encode()))
    return answer


async def _answered(request: Request) -> Answer:
    if request.method not in METHODS:
        raise ApiError(Code.METHOD_NOT_ALLOWED, f"{request.method} is not allowed here: use {', '.join(METHODS)}")
    context = await conduct.identify(request)
    conduct.refuse_known(request, context)
    try:
        asked = await _asked(request, context)
        request.operation = asked.operation.label
    except (ApiError, Malformed, operations.InvalidDocument):
        # What can't be run counts one, as any other request.
        await conduct.let_in(request, context, GROUP)
        raise
    answer = await _run_as_kind(request, context, asked)
    await persisted.keep(context, asked.document)
    return answer


async def _run_as_kind(request: Request, context: Context, asked: Asked) -> Answer:
    if asked.operation.cacheable:
        return await _read(request, context, asked)
    if asked.operation.kind == "mutation":
        await conduct.require_signature(request, context)
    context = await conduct.let_look(request, context, GROUP, units(asked.cost))
    if asked.operation.kind == "query":
        return _answer(request, asked, await _run(request, context, asked))
    return await _write(request, context, asked)


async def _asked(request: Request, context: Context) -> Asked:
    """Return what a request asks for, read and weighed."""
    given = await read(request)
    document = await persisted.document(given, context)
    operation = operations.prepare(document.text, given.name, audience_of(context))
    if operation.kind not in ("query", "mutation"):
        raise bad_request("There are no subscriptions here: send a query or a mutation")
    if operation.kind == "mutation" and request.method == "GET":
        raise ApiError(Code.METHOD_NOT_ALLOWED, "A mutation needs POST")
    return Asked(operation, document, given, operations.cost(operation, given.variables))


def audience_of(context: Context) -> Audience:
    """Return whose schema a key sees."""
    return "storefront" if context.key_type == "public" else "office"


async def _read(request: Request, context: Context, asked: Asked) -> Answer:
    """Answer a query that may be kept: with the kept data, or with what it reads now; errors are never kept."""
    ran: dict[str, str] = {}

    async def run() -> bytes:
        outcome = await _run(request, context, asked)
        if outcome.errors:
            raise Failed(outcome)
        ran["as"] = outcome.executed_as
        return outcome.data

    variables = canonical(asked.variables) if asked.variables else b""
    try:
        place = conduct.keeping(request, context, b"graphql", asked.operation.identity, variables)
        kept = await conduct.read(request, context, GROUP, place, run, units(asked.cost))
    except Failed as failed:
        return _answer(request, asked, failed.outcome)
    return conduct.not_modified(request, kept) or _with_data(request, asked, kept.data, ran.get("as", "cache"))


async def _write(request: Request, context: Context, asked: Asked) -> Answer:
    """Run a mutation once; all mutations of one request are one transaction, and the first error undoes all."""

    async def work() -> Answer:
        outcome = await _run(request, context, asked)
        if outcome.code is None:
            answer = _answer(request, asked, outcome)
            answer.secret = asked.operation.answers_secret
            return answer
        raise idempotency.Undone(_answer(request, asked, replace(outcome, data=b"null")), outcome.code)

    told = asked.document.identity(asked.given)
    answer = await conduct.write(request, context, idempotency.required_key(request), told, work)
    answer.media_type = _media_type(request)
    return answer


async def _run(request: Request, context: Context, asked: Asked) -> operations.Outcome:
    outcome = await operations.run(asked.operation, asked.variables, trying(request, context))
    EXECUTED[outcome.executed_as].inc()
    for crash in outcome.crashes:
        if isinstance(crash, idempotency.COLLISIONS):
            raise crash
        log_crash(request, crash)
    return outcome


def _answer(request: Request, asked: Asked, outcome: operations.Outcome) -> Answer:
    if not outcome.errors:
        return _with_data(request, asked, outcome.data, outcome.executed_as)
    request.error_code = outcome.errors[0]["extensions"]["code"]
    status = STATUS[outcome.code] if outcome.code in (Code.UNAVAILABLE, Code.INTERNAL_ERROR) else 200
    extensions = _extensions(request, asked, outcome.executed_as)
    result = {"errors": outcome.errors, "data": msgspec.Raw(outcome.data), "extensions": extensions}
    return Answer(status, encode(result), _media_type(request))


def _with_data(request: Request, asked: Asked, data: bytes, executed_as: str) -> Answer:
    extensions = encode(_extensions(request, asked, executed_as))
    return Answer(200, b'{"data":' + data + b',"extensions":' + extensions + b"}", _media_type(request))


def _extensions(request: Request, asked: Asked, executed_as: str) -> dict[str, Any]:
    cost: dict[str, Any] = {"requested": asked.cost, "limit": MAXIMUM_COST, "units": units(asked.cost)}
    if request.context is not None and request.context.key_type == "platform":
        cost["executedAs"] = executed_as
    return {"cost": cost, "meta": request.meta()}


def _refused(request: Request, errors: list[dict[str, Any]], status: int) -> Answer:
    request.error_code = errors[0]["extensions"]["code"]
    body = encode({"errors": errors, "extensions": {"meta": request.meta()}})
    return Answer(status, body, _media_type(request))


def _media_type(request: Request) -> bytes:
    return media_type(request) + b"; charset=utf-8"


def _status(request: Request, code: Code) -> int:
    """Return the status of an error before execution: as `/v1` has it, or 200 where JSON is all the client knows."""
    return STATUS[code] if media_type(request) == GRAPHQL_JSON else 200


def handlers() -> list[ASGIRouteHandler]:
    """Return the Litestar handler of `/graphql`."""
    return [asgi(PATH, copy_scope=False)(endpoint)]
