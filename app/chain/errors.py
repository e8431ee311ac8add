"""The envelope, and every error of every layer in it (`contract.md §2`)."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

from app.chain.request import Answer, Request
from db.engine import OUTAGES
from graph.errors import ApiError, Code, unavailable
from rest_compat.status import STATUS

log = structlog.get_logger("dzbuild")
_encode = msgspec.json.Encoder().encode


def success(request: Request, data: bytes, status: int) -> Answer:
    """Return the envelope around the bytes of `data`."""
    return Answer(status, b'{"data":' + data + b',"meta":' + _encode(request.meta()) + b"}")


def failure(request: Request, error: ApiError) -> Answer:
    """Return the envelope of an error, with the headers that go with its code."""
    request.error_code = error.code.value
    members = {"code": error.code.value, "message": error.message, **error.members()}
    body = _encode({"error": members, "meta": request.meta()})
    return Answer(STATUS[error.code], body, headers=headers_of(error))


def headers_of(error: ApiError) -> list[tuple[bytes, bytes]]:
    """Return the headers that HTTP wants beside an error."""
    headers: list[tuple[bytes, bytes]] = []
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if error.code is Code.UNAUTHORIZED:
        headers.append((b"www-authenticate", b'Bearer realm="dzbuild"'))
    return headers


def from_exception(request: Request, error: Exception) -> ApiError:
    """Return the contract's error for anything that was raised; what is our fault is logged, and says nothing."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, OUTAGES):
        log.warning("unavailable", request_id=request.request_id, error=type(error).__name__)
        return unavailable()
    log_crash(request, error)
    return ApiError(Code.INTERNAL_ERROR, "Something went wrong on our side: it has been logged")


def log_crash(request: Request, error: BaseException) -> None:
    """Log what is our fault, without the row that PostgreSQL quotes in its detail: it holds what the client sent."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, asyncpg.PostgresError):
            cause.detail = None
        cause = cause.__cause__ or cause.__context__
    log.error("crash", request_id=request.request_id, route=request.route, exc_info=error)


def from_framework(request: Request, error: Exception) -> Answer:
    """Return the answer to what Litestar raised: an unknown route, a wrong method, a bad host, a crash."""
    if isinstance(error, NotFoundException):
        return no_such_route(request, request.scope["path"])
    if isinstance(error, MethodNotAllowedException):
        return method_not_allowed(request, (error.headers or {}).get("allow", ""))
    if isinstance(error, HTTPException) and error.status_code < 500:
        return failure(request, ApiError(Code.BAD_REQUEST, error.detail))
    return failure(request, from_exception(request, error))


def no_such_route(request: Request, path: str) -> Answer:
    """Return the 404 of a path that is none of ours."""
    return failure(request, ApiError(Code.NOT_FOUND, f"There is no {path}: see /api-docs/intro"))


def method_not_allowed(request: Request, allowed: str) -> Answer:
    """Return a 405 with its `Allow`."""
    message = f"{request.method} is not allowed here: use {allowed}"
    answer = failure(request, ApiError(Code.METHOD_NOT_ALLOWED, message))
    answer.headers.append((b"allow", allowed.encode()))
    return answer


def encode(value: Mapping[str, Any] | None) -> bytes:
    """Return a value as JSON."""
    return _encode(value)
