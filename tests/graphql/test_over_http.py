"""The audits of GraphQL over HTTP that npm's graphql-http 1.22 ships (`auditServer`), by their ids, without Node.

All 61 pass there too: MUST, SHOULD and MAY.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Shop
from tests.graphql.requests import GRAPHQL_JSON

pytestmark = pytest.mark.anyio

JSON = "application/json"
TYPENAME = "{ __typename }"
BY_NAME = "query Type($name: String!) { __type(name: $name) { name } }"
RUNNING = '{ __type(name: "Run🏃Swim🏊") { name } }'
UNKNOWN_FIELD = "{ 8f31403dfe404bccbb0e835f2629c6a7 }"
COERCE_FAILURE = {"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": None}}
NOT_JSON = '{ "not a JSON'
SUCCESS, REFUSED, FAILED = range(200, 201), range(400, 500), range(400, 600)


@dataclass(frozen=True)
class Audit:
    """What is sent, and what has to come back."""

    id: str
    expected: range
    body: Any = None
    accept: str | None = None
    content_type: str | None = JSON
    params: Mapping[str, str] | None = None
    media_type: str | None = None
    lacks: tuple[str, ...] = ()


def only(status: int) -> range:
    return range(status, status + 1)


def typed(prefix: str, member: str, invalid: list[Any]) -> list[Audit]:
    """Return the audits of a member that has a wrong type."""
    return [
        Audit(f"{prefix}{number}", only(400), {"query": TYPENAME} | {member: value})
        for number, value in enumerate(invalid)
    ]


OTHER_THAN_TEXT: list[Any] = [{"obj": "ect"}, 0, False, ["array"]]
OTHER_THAN_MAP: list[Any] = ["string", 0, False, ["array"]]
AUDITS = [
    Audit("22EB", SUCCESS, {"query": TYPENAME}, GRAPHQL_JSON, media_type=GRAPHQL_JSON),
    Audit("4655", SUCCESS, {"query": TYPENAME}, JSON, media_type=JSON),
    Audit("47DE", SUCCESS, {"query": TYPENAME}, "*/*", media_type=JSON),
    Audit("80D8", SUCCESS, {"query": TYPENAME}, media_type=JSON),
    Audit("82A3", SUCCESS, {"query": TYPENAME}),
    Audit(
        "BF61", SUCCESS, {"query": '{ __type(name: "Run🏃Swim🏊") { name } }'}, content_type=f"{JSON}; charset=utf-8"
    ),
    Audit("78D5", SUCCESS, {"query": TYPENAME}),
    Audit("2C94", SUCCESS, {"query": TYPENAME}),
    Audit("5A70", SUCCESS, params={"query": TYPENAME}),
    Audit("9C48", REFUSED, params={"query": "mutation { __typename }"}, accept=GRAPHQL_JSON),
    Audit("9ABE", REFUSED, {"query": TYPENAME}, content_type=None),
    Audit("03D4", SUCCESS, {"query": TYPENAME}),
    Audit("A5BF", only(400), b""),
    Audit("423L", only(400), {"notquery": TYPENAME}, GRAPHQL_JSON),
    *typed("LKJ", "query", OTHER_THAN_TEXT),
    Audit("34A2", SUCCESS, {"query": TYPENAME}, GRAPHQL_JSON),
    Audit("13EE", SUCCESS, {"query": TYPENAME}, JSON, lacks=("errors",)),
    *typed("6C0", "operationName", OTHER_THAN_TEXT),
    Audit("8161", SUCCESS, {"operationName": "Query", "query": "query Query { __typename }"}, GRAPHQL_JSON),
    Audit("B8B3", SUCCESS, {"operationName": "Query", "query": "query Query { __typename }"}, JSON, lacks=("errors",)),
    *(
        Audit(f"{prefix}{number}", SUCCESS, {"query": TYPENAME, member: None}, accept, lacks=("errors",))
        for number, member in enumerate(("variables", "operationName", "extensions"))
        for prefix, accept in (("94B", GRAPHQL_JSON), ("022", JSON))
    ),
    *typed("476", "variables", OTHER_THAN_MAP),
    Audit("2EA1", SUCCESS, {"query": BY_NAME, "variables": {"name": "sometype"}}, GRAPHQL_JSON),
    Audit("28B9", SUCCESS, {"query": BY_NAME, "variables": {"name": "sometype"}}, JSON, lacks=("errors",)),
    *(
        Audit(
            id_,
            SUCCESS,
            params={"query": BY_NAME, "variables": json.dumps({"name": "sometype"})},
            accept=accept,
            lacks=("errors",),
        )
        for id_, accept in (("D6D5", GRAPHQL_JSON), ("6A70", JSON))
    ),
    *typed("58B", "extensions", OTHER_THAN_MAP),
    Audit("428F", SUCCESS, {"query": TYPENAME, "extensions": {"some": "value"}}, GRAPHQL_JSON),
    Audit("1B7A", SUCCESS, {"query": TYPENAME, "extensions": {"some": "value"}}, JSON, lacks=("errors",)),
    Audit("B6DC", only(400), NOT_JSON, JSON),
    Audit("BCF8", only(400), NOT_JSON, JSON),
    Audit("B7N8", only(400), NOT_JSON, GRAPHQL_JSON),
    Audit("8764", FAILED, {"qeury": TYPENAME}),
    Audit("3E3A", only(400), {"qeury": TYPENAME}),
    Audit("572B", SUCCESS, {"query": "{"}, JSON),
    Audit("FDE2", SUCCESS, {"query": UNKNOWN_FIELD}, JSON),
    Audit("7B9B", SUCCESS, COERCE_FAILURE, JSON),
    Audit("865D", FAILED, {"query": "{"}, GRAPHQL_JSON),
    Audit("556A", only(400), {"query": "{"}, GRAPHQL_JSON),
    Audit("D586", FAILED, {"query": "{"}, GRAPHQL_JSON, lacks=("data",)),
    Audit("51FE", FAILED, {"query": UNKNOWN_FIELD}, GRAPHQL_JSON),
    Audit("74FF", only(400), {"query": UNKNOWN_FIELD}, GRAPHQL_JSON),
    Audit("5E5B", FAILED, {"query": UNKNOWN_FIELD}, GRAPHQL_JSON, lacks=("data",)),
    Audit("86EE", only(400), COERCE_FAILURE, GRAPHQL_JSON),
]


def test_every_audit_is_here() -> None:
    assert len({audit.id for audit in AUDITS}) == len(AUDITS) == 61


@pytest.mark.parametrize("audit", AUDITS, ids=lambda audit: audit.id)
async def test_audit(shop: Shop, audit: Audit) -> None:
    # A client of httpx says that it accepts anything, unless told to say nothing.
    del shop.client.headers["Accept"]
    headers = {} if audit.accept is None else {"Accept": audit.accept}
    if audit.params is not None:
        response = await shop.client.get("/graphql", params=dict(audit.params), headers=headers)
    else:
        if audit.content_type is not None:
            headers["Content-Type"] = audit.content_type
        raw = audit.body if isinstance(audit.body, bytes | str) else json.dumps(audit.body)
        response = await shop.client.post("/graphql", content=raw, headers=headers)
    assert response.status_code in audit.expected, response.text
    media_type, _, charset = response.headers["content-type"].partition(";")
    assert media_type in ([audit.media_type] if audit.media_type else [JSON, GRAPHQL_JSON])
    assert charset.strip() == "charset=utf-8"
    answer = json.loads(response.content.decode("utf-8"))
    assert "errors" in answer or "data" in answer
    assert not set(audit.lacks) & set(answer)
