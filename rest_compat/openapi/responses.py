"""What many operations share: `meta`, headers, and an answer for each error of `contract.md §2`."""

from collections import defaultdict
from typing import Any, get_args

from graph.errors import Code
from graph.tracking import Kind
from rest_compat.openapi.examples import ERRORS, meta
from rest_compat.openapi.schemas import ID, Schema, object_of, ref
from rest_compat.routes import PREFIX
from rest_compat.routing import Route
from rest_compat.status import STATUS

API_VERSION = PREFIX.removeprefix("/")
REQUEST_ID = {"type": "string", "pattern": "^req_[0-9a-f]{16}$"}
SECONDS = {"type": "integer", "minimum": 1}

SCHEMAS: dict[str, Schema] = {
    "Meta": object_of(
        {
            "request_id": {**REQUEST_ID, "description": "This request's id, as in `X-Request-Id`."},
            "api_version": {"type": "string", "const": API_VERSION},
        },
        "About the request itself. A replay keeps the first response's.",
    ),
    "Deleted": object_of(
        {"id": {**ID, "description": "The id of what was deleted."}, "deleted": {"type": "boolean", "const": True}},
        "The result of a deletion.",
    ),
    "Reset": object_of(
        {
            "reset": {"type": "boolean", "const": True},
            "deleted": {"type": "integer", "minimum": 0, "description": "How many rows were deleted."},
        },
        "The result of a reset.",
    ),
    "Revoked": object_of(
        {
            "key_id": {"type": "string", "description": "The id of the revoked key."},
            "revoked": {"type": "boolean", "const": True},
        },
        "The result of a revocation.",
    ),
    "Queued": object_of(
        {
            "status": {"type": "string", "const": "queued"},
            "kind": {"type": "string", "enum": list(get_args(Kind)), "description": "What was queued."},
            "store_id": {**ID, "description": "The id of the key's store."},
        },
        "The acknowledgement of a signup or event that has been stored.",
    ),
    "Pong": object_of(
        {
            "pong": {"type": "boolean", "const": True},
            "time": {"type": "string", "format": "date-time", "pattern": "Z$", "description": "The server's clock."},
            "edge": {"type": "boolean", "description": "Whether an edge node answered."},
        },
        "The result of a ping.",
    ),
    "Error": object_of(
        {
            "error": object_of(
                {
                    "code": {
                        "type": "string",
                        "enum": [code.value for code in Code],
                        "description": "What went wrong, for programs.",
                    },
                    "message": {"type": "string", "description": "What went wrong and what to change, for people."},
                },
                "What went wrong.",
            ),
            "meta": ref("Meta"),
        },
        "The form of every error.",
    ),
}
SCHEMAS["Meta"]["properties"]["client_request_id"] = {
    "type": "string",
    "pattern": r"^[A-Za-z0-9._-]{1,128}$",
    "description": "The `X-Request-Id` that came with the request, if any.",
}
SCHEMAS["Error"]["properties"]["error"]["properties"] |= {
    "retry_after": {**SECONDS, "description": "Seconds to wait, as in `Retry-After`."},
    "details": {
        "type": "array",
        "items": object_of(
            {
                "field": {"type": "string", "description": "The field's name, such as `items.0.quantity`."},
                "message": {"type": "string", "description": "What is wrong with it, and what it takes."},
            }
        ),
        "description": "Each field that is wrong, and what to change.",
    },
    "required_scope": {"type": "string", "description": "The scope that the key lacks."},
}

HEADERS: dict[str, dict[str, Any]] = {
    "RequestId": {
        "description": "The request's id, also in `meta.request_id`. Quote it when you ask for help.",
        "required": True,
        "schema": REQUEST_ID,
    },
    "IdempotencyReplayed": {
        "description": "`true` when this is the first response again, byte for byte.",
        "schema": {"type": "string", "const": "true"},
    },
    "RetryAfter": {"description": "Seconds to wait before trying again.", "required": True, "schema": SECONDS},
    "Allow": {
        "description": "The methods that the path supports.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Z]+(, [A-Z]+)*$"},
    },
    "RateLimitLimit": {
        "description": "Requests the key may make in any 60 seconds.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimitRemaining": {
        "description": "Requests left.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimitReset": {
        "description": "Seconds until more are available.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimitPolicy": {
        "description": "The limit, in the form of the IETF draft.",
        "schema": {"type": "string", "pattern": r'^"minute";q=\d+;w=60$'},
    },
    "RateLimit": {
        "description": "What is left, in the form of the IETF draft.",
        "schema": {"type": "string", "pattern": r'^"minute";r=\d+;t=\d+$'},
    },
    "ETag": {
        "description": "Identifies this `data`: send it as `If-None-Match` to get a 304 while nothing has changed.",
        "schema": {"type": "string", "pattern": '^"[0-9a-f]+"$'},
    },
    "CacheControl": {
        "description": "Responses belong to one key, and must be revalidated.",
        "schema": {"type": "string", "const": "private, no-cache"},
    },
    "LastingCacheControl": {
        "description": "How long the response may be reused without asking again.",
        "schema": {"type": "string", "pattern": r"^private, max-age=\d+$"},
    },
    "Vary": {"description": "What the response depends on.", "schema": {"type": "string", "const": "Authorization"}},
    "XCache": {
        "description": "Whether it came from the cache (30 seconds at most, and never past a change to the store).",
        "schema": {"type": "string", "enum": ["HIT", "MISS"]},
    },
    "ServerTiming": {
        "description": "Where the time went, in milliseconds: admission, database, total.",
        "schema": {"type": "string"},
    },
    "Authenticate": {
        "description": "How to authenticate.",
        "required": True,
        "schema": {"type": "string", "const": 'Bearer realm="dzbuild"'},
    },
}

LIMIT_HEADERS = {
    "X-RateLimit-Limit": "RateLimitLimit",
    "X-RateLimit-Remaining": "RateLimitRemaining",
    "X-RateLimit-Reset": "RateLimitReset",
    "RateLimit-Policy": "RateLimitPolicy",
    "RateLimit": "RateLimit",
}
CACHE_HEADERS = {"ETag": "ETag", "Cache-Control": "CacheControl", "Vary": "Vary", "X-Cache": "XCache"}

LASTING_HEADERS = {"ETag": "ETag", "Cache-Control": "LastingCacheControl", "Vary": "Vary"}

# The answers with one status, told apart by the codes that an operation can have with it.
NAMES: dict[tuple[Code, ...], str] = {
    (Code.BAD_REQUEST,): "BadRequest",
    (Code.BAD_REQUEST, Code.IDEMPOTENCY_KEY_REQUIRED): "BadWrite",
    (Code.UNAUTHORIZED,): "Unauthorized",
    (Code.FORBIDDEN,): "Forbidden",
    (Code.NOT_FOUND,): "NotFound",
    (Code.METHOD_NOT_ALLOWED,): "MethodNotAllowed",
    (Code.CONFLICT, Code.IDEMPOTENCY_IN_PROGRESS): "Conflict",
    (
        Code.CONFLICT,
        Code.INVALID_TRANSITION,
        Code.INSUFFICIENT_STOCK,
        Code.IDEMPOTENCY_IN_PROGRESS,
    ): "OrderConflict",
    (Code.IDEMPOTENCY_IN_PROGRESS,): "InProgress",
    (Code.PRECONDITION_FAILED,): "PreconditionFailed",
    (Code.PAYLOAD_TOO_LARGE,): "PayloadTooLarge",
    (Code.UNSUPPORTED_MEDIA_TYPE,): "UnsupportedMediaType",
    (Code.IDEMPOTENCY_KEY_REUSED,): "IdempotencyKeyReused",
    (Code.RATE_LIMITED,): "RateLimited",
    (Code.RATE_LIMITED, Code.QUOTA_EXCEEDED): "LimitReached",
    (Code.INTERNAL_ERROR,): "InternalError",
    (Code.UNAVAILABLE,): "Unavailable",
}
TEXTS = {
    "BadRequest": "The request is malformed or a field is invalid; `details` names each field.",
    "BadWrite": "The request is malformed, a field is invalid (`details` names each) or `Idempotency-Key` is missing.",
    "Unauthorized": "The key is missing, malformed, unknown, revoked or expired, or the signature is not valid.",
    "Forbidden": "The key may not do this: `required_scope` names the scope it lacks, or its type or mode is wrong.",
    "NotFound": "There is no such row in this store. Rows of other stores look the same as none.",
    "MethodNotAllowed": "The path does not support this method.",
    "Conflict": "A value is already taken, a limit is reached, or the same `Idempotency-Key` is still being processed.",
    "OrderConflict": "The order's status does not allow it, stock is insufficient (`details` names each line), "
    "a value is already taken, or the same `Idempotency-Key` is still being processed.",
    "PreconditionFailed": "The row has changed since the `ETag` in `If-Match`.",
    "InProgress": "The same `Idempotency-Key` is still being processed.",
    "PayloadTooLarge": "The body is larger than 1 MiB.",
    "UnsupportedMediaType": "The body is not `application/json` in UTF-8.",
    "IdempotencyKeyReused": "The same `Idempotency-Key` was used before with another method, path or body.",
    "RateLimited": "Too many requests from this address.",
    "LimitReached": "Too many requests with this key in 60 seconds, or the month's requests are used up.",
    "InternalError": "A bug on our side, which has been logged.",
    "Unavailable": "The service is temporarily unavailable. Try again after `retry_after` seconds.",
}
# Codes whose answer is kept under the `Idempotency-Key`, and so can be a replay.
REPLAYED = {Code.NOT_FOUND, Code.CONFLICT, Code.INVALID_TRANSITION, Code.INSUFFICIENT_STOCK}
# Codes that say when to try again, and those that come before a key's limits are looked at.
WAITING = {Code.IDEMPOTENCY_IN_PROGRESS, Code.RATE_LIMITED, Code.QUOTA_EXCEEDED, Code.UNAVAILABLE}
UNLIMITED = {Code.UNAUTHORIZED, Code.METHOD_NOT_ALLOWED, Code.INTERNAL_ERROR, Code.UNAVAILABLE}


def refusals(route: Route) -> dict[str, dict[str, str]]:
    """Return a route's answers without data by status: references to what `components` returns."""
    codes = [Code.INTERNAL_ERROR, Code.RATE_LIMITED]
    if route.needs_key:
        codes += [Code.BAD_REQUEST, Code.UNAUTHORIZED, Code.QUOTA_EXCEEDED, Code.UNAVAILABLE]
    if route.documentation.scope is not None:
        codes.append(Code.FORBIDDEN)
    if route.writes:
        codes += [Code.IDEMPOTENCY_KEY_REQUIRED, Code.IDEMPOTENCY_KEY_REUSED, Code.PAYLOAD_TOO_LARGE]
        codes += [] if route.signed else [Code.IDEMPOTENCY_IN_PROGRESS]
    if route.guarded:
        codes.append(Code.PRECONDITION_FAILED)
    if route.body is not None:
        codes.append(Code.UNSUPPORTED_MEDIA_TYPE)
    codes += [Code(code) for code in route.documentation.codes]
    by_status = defaultdict(list)
    for code in Code:
        if code in codes:
            by_status[STATUS[code]].append(code)
    answers = {str(status): ref(NAMES[tuple(by_status[status])], "responses") for status in sorted(by_status)}
    if route.cached or route.lasting:
        name = "NotModified" if route.cached else "LastingNotModified"
        return {"304": ref(name, "responses"), **answers}
    return answers


def components() -> dict[str, dict[str, Any]]:
    """Return every answer without data, by its name."""
    told = "The `If-None-Match` names what there is: nothing has changed."
    not_modified = {
        "NotModified": {"description": told, "headers": success_headers(needs_key=True, cached=True)},
        "LastingNotModified": {"description": told, "headers": success_headers(needs_key=True, lasting=True)},
    }
    return {**not_modified, **{name: _response(name, codes) for codes, name in NAMES.items()}}


def success_headers(
    *, needs_key: bool, cached: bool = False, lasting: bool = False, writes: bool = False, signed: bool = False
) -> dict[str, dict[str, str]]:
    """Return references to the headers that come with what an operation answers."""
    names = {"X-Request-Id": "RequestId"}
    if writes and not signed:
        names["Idempotency-Replayed"] = "IdempotencyReplayed"
    if cached:
        names |= CACHE_HEADERS
    if lasting:
        names |= LASTING_HEADERS
    if needs_key:
        names |= LIMIT_HEADERS
    if needs_key and not signed:
        names["Server-Timing"] = "ServerTiming"
    return {header: ref(name, "headers") for header, name in names.items()}


def _error_headers(codes: tuple[Code, ...]) -> dict[str, dict[str, Any]]:
    names = {"X-Request-Id": "RequestId"}
    if Code.UNAUTHORIZED in codes:
        names["WWW-Authenticate"] = "Authenticate"
    if Code.METHOD_NOT_ALLOWED in codes:
        names["Allow"] = "Allow"
    if set(codes) <= WAITING:
        names["Retry-After"] = "RetryAfter"
    if not REPLAYED.isdisjoint(codes):
        names["Idempotency-Replayed"] = "IdempotencyReplayed"
    if UNLIMITED.isdisjoint(codes):
        names |= LIMIT_HEADERS
    headers: dict[str, dict[str, Any]] = {header: ref(name, "headers") for header, name in names.items()}
    if not WAITING.isdisjoint(codes) and "Retry-After" not in headers:
        headers["Retry-After"] = {**HEADERS["RetryAfter"], "required": False}
    return headers


def _response(name: str, codes: tuple[Code, ...]) -> dict[str, Any]:
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": [code.value for code in codes]}}}}}
    examples = {code.value: {"value": {"error": ERRORS[code], "meta": meta()}} for code in codes}
    return {
        "description": TEXTS[name],
        "headers": _error_headers(codes),
        "content": {"application/json": {"schema": {"allOf": [ref("Error"), narrowed]}, "examples": examples}},
    }
