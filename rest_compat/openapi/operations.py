"""Each route of `/v1` as an OpenAPI operation."""

import re
from typing import Any

from graph.api_keys import KEY_ID
from graph.request_log import REQUEST_ID
from graph.sources import CURSOR_LENGTH, DEFAULT_LIMIT
from rest_compat.openapi import texts
from rest_compat.openapi.examples import EXAMPLES, meta
from rest_compat.openapi.request_samples import REQUEST_ID as SAMPLE_REQUEST_ID
from rest_compat.openapi.responses import refusals, success_headers
from rest_compat.openapi.schemas import ADDED_FIELDS, ID, Schema, Schemas, object_of, ref
from rest_compat.routes import ROUTES
from rest_compat.routing import LIMIT, Route

PATH_PARAMETER = re.compile(r"\{(\w+)\}")
# Something besides blanks, which HTTP drops at a value's ends; all bytes from 0x80 on may be part of a letter.
IDEMPOTENCY_KEY = r"^[ -~\u0080-\u00ff]*[!-~\u0080-\u00ff][ -~\u0080-\u00ff]*$"

PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": texts.IDEMPOTENCY_KEY,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": IDEMPOTENCY_KEY},
        "example": "0b9f1c1e-5f0a-4c53-9a56-2f6f6f1f7d11",
    },
    "OptionalIdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": texts.OPTIONAL_IDEMPOTENCY_KEY,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": IDEMPOTENCY_KEY},
        "example": "5b1f54c0-9a38-4a57-8d2e-7c0f3f2f0e42",
    },
    "Timestamp": {
        "name": "X-DZ-Timestamp",
        "in": "header",
        "required": True,
        "description": texts.TIMESTAMP,
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
        "example": "1777558930",
    },
    "Nonce": {
        "name": "X-DZ-Nonce",
        "in": "header",
        "required": True,
        "description": texts.NONCE,
        "schema": {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"},
        "example": "6f1d2c9b0a8e4f7d93b5c1e07a24d8f6",
    },
    "Signature": {
        "name": "X-DZ-Signature",
        "in": "header",
        "required": True,
        "description": texts.SIGNATURE,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "example": "9c4f0f3f5d1c6a08e2b7a4d953c1e86f7b20a9d4c8e1f35b6d7a092c4e8f1b3a",
    },
    "ClientRequestId": {
        "name": "X-Request-Id",
        "in": "header",
        "description": texts.CLIENT_REQUEST_ID,
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": texts.IF_NONE_MATCH,
        "schema": {"type": "string"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": texts.IF_MATCH,
        "schema": {"type": "string"},
    },
    "Limit": {
        "name": "limit",
        "in": "query",
        "description": texts.LIMIT,
        "schema": {**LIMIT.schema, "default": DEFAULT_LIMIT},
    },
    "Cursor": {
        "name": "cursor",
        "in": "query",
        "description": texts.CURSOR,
        "schema": {"type": "string", "minLength": 8, "maxLength": CURSOR_LENGTH, "pattern": "^[A-Za-z0-9_-]+$"},
    },
}
# What a parameter of a path is, where it is not a row's number.
NUMBER: Schema = {"schema": ID, "example": 42}
PATHS: dict[str, Schema] = {
    "key_id": {"schema": {"type": "string", "pattern": f"^{KEY_ID.pattern}$"}, "example": "dzpk_live_3f9a61c2d07be845"},
    "request_id": {"schema": {"type": "string", "pattern": f"^{REQUEST_ID.pattern}$"}, "example": SAMPLE_REQUEST_ID},
}
# What a row is called by, where that is not its `id`.
CALLED_BY = {"key_id": "key_id", "request_id": "request_id"}
# What an operation answers that shows no row.
PLAIN_ANSWERS = {"ping": "Pong", "deleted": "Deleted", "queued": "Queued", "revoked": "Revoked", "reset": "Reset"}
SUCCESSES = {
    "ping": "The API is up.",
    "one": "Its present state.",
    "list": "One page of the list.",
    "whole": "The whole list.",
    "history": "The history.",
    "report": "The present figures.",
    "deleted": "Deleted.",
    "issued": "It has a new secret.",
    "reset": "The sandbox is empty.",
    "revoked": "Revoked: it stops working within a second.",
    "sent": "The delivery is on its way.",
    "queued": "Stored, and processed within seconds.",
}


def operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    """Return what OpenAPI says of a route; its schemas are added to `schemas`."""
    told = route.documentation
    sentences = [told.description, f"Needs the scope `{told.scope}`." if told.scope else ""]
    described: dict[str, Any] = {
        "operationId": told.operation_id,
        "tags": [told.tag],
        "summary": told.summary,
        "description": " ".join(filter(None, sentences)),
    }
    if told.addition:
        described["x-addition"] = True
    if told.scope is not None:
        described["x-required-scope"] = told.scope
    scheme = "publicKey" if route.signed else "platformKey"
    described["security"] = [{scheme: []}] if route.needs_key else []
    described["parameters"] = _parameters(route)
    if route.body is not None:
        described["requestBody"] = {
            "required": route.body_required,
            "content": _content(schemas.body(route), _bodies(route)),
        }
    described["responses"] = {str(route.status): _success(route, schemas), **refusals(route)}
    return described


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "description": texts.PATHS[name], **PATHS.get(name, NUMBER)}
        for name in PATH_PARAMETER.findall(route.path)
    ]
    if route.kind == "list":
        found += [ref("Limit", "parameters"), ref("Cursor", "parameters")]
    for name, rule in route.filters.items():
        added = {"x-addition": True} if name in ADDED_FIELDS else {}
        told = {"name": name, "in": "query", "description": texts.FILTERS[name]}
        found.append({**told, **added, "schema": dict(rule.schema)})
    if route.signed:
        found += [ref(name, "parameters") for name in ("Timestamp", "Nonce", "Signature", "OptionalIdempotencyKey")]
    elif route.writes:
        found.append(ref("IdempotencyKey", "parameters"))
    if route.cached or route.lasting:
        found.append(ref("IfNoneMatch", "parameters"))
    if route.guarded:
        found.append(ref("IfMatch", "parameters"))
    return [*found, ref("ClientRequestId", "parameters")]


def _success(route: Route, schemas: Schemas) -> dict[str, Any]:
    answer = object_of({"data": _data(route, schemas), "meta": ref("Meta")})
    described: dict[str, Any] = {
        "description": "Created." if route.status == 201 else SUCCESSES[route.kind],
        "headers": success_headers(
            needs_key=route.needs_key,
            cached=route.cached,
            lasting=route.lasting > 0,
            writes=route.writes,
            signed=route.signed,
        ),
        "content": _content(answer, _answers(route)),
    }
    links = _links(route)
    return described | ({"links": links} if links else {})


def _data(route: Route, schemas: Schemas) -> Schema:
    if route.kind == "list":
        return schemas.page(route)
    if route.kind in PLAIN_ANSWERS:
        return ref(PLAIN_ANSWERS[route.kind])
    if route.kind == "history":
        return schemas.history(route)
    if route.report is not None:
        return schemas.whole(route.report) if route.kind == "whole" else schemas.report(route.report)
    if route.shape is None:
        raise ValueError(f"{route.path} has no shape")
    if route.secrets:
        return schemas.issued(route.shape.entity, route.shape.selection, route.secrets)
    return schemas.answer(route.shape.entity, route.shape.selection)


def _content(schema: Schema, examples: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema, "examples": examples}}


def _bodies(route: Route) -> dict[str, Any]:
    examples = EXAMPLES[route.documentation.operation_id]
    return {name: {"summary": each.summary, "value": each.body} for name, each in examples.items()}


def _answers(route: Route) -> dict[str, Any]:
    examples = EXAMPLES[route.documentation.operation_id]
    return {
        name: {"summary": _summary(each.summary, each.query), "value": {"data": each.data, "meta": meta()}}
        for name, each in examples.items()
    }


def _summary(summary: str, query: dict[str, str]) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{summary} (?{asked})" if asked else summary


def _links(route: Route) -> dict[str, Any]:
    """Return what can be done next: with the row that came, with the first of a list, or the next page of it."""
    if route.kind == "deleted" or route.shape is None:
        return {}
    listed = route.kind == "list"
    place = "$response.body#/data/items/0/" if listed else "$response.body#/data/"
    base = route.path.split("/{", maxsplit=1)[0]
    # Rows below a row have ids of their own.
    below = route.kind == "sent" or (listed and base != route.path)
    links = {
        other.documentation.operation_id: {
            "operationId": other.documentation.operation_id,
            "parameters": {(name := PATH_PARAMETER.findall(other.path)[0]): place + CALLED_BY.get(name, "id")},
            "description": f"{other.documentation.summary}: {'the first of the page' if listed else 'this one'}.",
        }
        for other in ROUTES
        if other.path.startswith(f"{base}/{{") and len(PATH_PARAMETER.findall(other.path)) == 1 and not below
    }
    if listed:
        links["nextPage"] = {
            "operationId": route.documentation.operation_id,
            "parameters": {"cursor": "$response.body#/data/next_cursor"},
            "description": "The next page, with the same filters, while `has_more` is true.",
        }
    return links
