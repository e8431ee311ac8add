"""GraphQL over HTTP: methods, media types, statuses, and requests that are none."""

import asyncio
import json
import secrets
from typing import Any

import httpx
import pytest

from app.graphql import reading
from tests.conftest import Shop, ShopMaker, Statements
from tests.graphql.requests import GRAPHQL_JSON, post
from tests.rest.answers import given, refused_query

pytestmark = pytest.mark.anyio

QUERY = "{ store { currency } }"
CREATE = 'mutation { productCreate(input: {name: "x", price: 1}) { product { name } } }'
ACCEPT = [(None, "application/json"), ("application/json", "application/json"), ("*/*", "application/json")]
ACCEPT += [
    (GRAPHQL_JSON, GRAPHQL_JSON),
    ("Application/GraphQL-Response+JSON", GRAPHQL_JSON),
    (f"{GRAPHQL_JSON}, application/json;q=0.9", GRAPHQL_JSON),
    (f"application/json;q=0.9, {GRAPHQL_JSON};q=0.8", "application/json"),
    (f"{GRAPHQL_JSON}, application/json", GRAPHQL_JSON),
    (f"application/json, {GRAPHQL_JSON}", GRAPHQL_JSON),
    (f"{GRAPHQL_JSON};charset=utf-8 ; q=1.0", GRAPHQL_JSON),
    (f"*/*;q=0.8, {GRAPHQL_JSON};q=0.9", GRAPHQL_JSON),
    (f"*/*, {GRAPHQL_JSON};q=0.5", "application/json"),
    ("application/*", "application/json"),
    ("application/*, application/json;q=0", GRAPHQL_JSON),
    (f"{GRAPHQL_JSON};q=0, */*", "application/json"),
    (f"{GRAPHQL_JSON};q=0", "application/json"),
    (f"{GRAPHQL_JSON};q=5", "application/json"),
    ("text/event-stream, */*", "application/json"),
    # Nothing that there is: disregarded.
    ("image/png", "application/json"),
    ("text/html", "application/json"),
    ("", "application/json"),
    (";,q=;;/", "application/json"),
]
# What can be seen to be wrong before anything runs.
INVALID: dict[str, dict[str, Any]] = {
    "syntax": {"query": "{"},
    "no document": {"query": "# nothing"},
    "unknown field": {"query": "{ nothing }"},
    "no selection": {"query": "{ store }"},
    "selection of a leaf": {"query": "{ store { name { x } } }"},
    "unknown argument": {"query": "{ products(colour: RED) { nodes { id } } }"},
    "wrong literal": {"query": '{ products(first: "5") { nodes { id } } }'},
    "unknown operation": {"query": "query A { store { name } }", "operationName": "B"},
    "missing variable": {"query": "query($id: ID!) { product(id: $id) { name } }"},
    "wrong variable": {
        "query": "query($n: Int) { products(first: $n) { nodes { id } } }",
        "variables": {"n": "5"},
    },
    "unknown input member": {
        "query": "mutation($i: ProductCreateInput!) { productCreate(input: $i) { product { id } } }",
        "variables": {"i": {"name": "x", "price": 1, "colour": "red"}},
    },
    "subscription": {"query": "subscription { x }"},
}
MALFORMED: dict[str, Any] = {
    "nothing": {},
    "query is null": {"query": None},
    "query is a number": {"query": 5},
    "query is blank": {"query": " "},
    "variables are a list": {"query": QUERY, "variables": []},
    "variables are text": {"query": QUERY, "variables": "{}"},
    "operationName is a number": {"query": QUERY, "operationName": 5},
    "extensions are a list": {"query": QUERY, "extensions": []},
    "batch": [{"query": QUERY}],
    "empty batch": [],
    "text": "x",
    "number": 5,
    "null": None,
}


class TestMediaType:
    @pytest.mark.parametrize(("accept", "media_type"), ACCEPT, ids=str)
    async def test_success(self, shop: Shop, accept: str | None, media_type: str) -> None:
        response = await post(shop, {"query": QUERY}, **({"Accept": accept} if accept else {}))
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert response.json()["data"] == {"store": {"currency": "DZD"}}

    @pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
    async def test_invalid_as_json(self, shop: Shop, body: dict[str, Any]) -> None:
        response = await post(shop, body, Accept="application/json")
        assert response.status_code == 200
        refused_query(response.json(), "bad_request")
        assert "data" not in response.json()

    @pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
    async def test_invalid_as_graphql_response(self, shop: Shop, body: dict[str, Any]) -> None:
        response = await post(shop, body, Accept=GRAPHQL_JSON)
        assert response.status_code == 400
        assert response.headers["content-type"].startswith(GRAPHQL_JSON)
        refused_query(response.json(), "bad_request")
        assert "data" not in response.json()

    async def test_error_of_a_field_is_200_in_both(self, shop: Shop) -> None:
        for accept in ("application/json", GRAPHQL_JSON):
            response = await post(shop, {"query": '{ product(id: "0") { name } }'}, Accept=accept)
            assert response.status_code == 200
            refused_query(response.json(), "not_found")
            assert response.json()["data"] == {"product": None}

    async def test_members_in_order(self, shop: Shop) -> None:
        answer = (await post(shop, {"query": '{ product(id: "0") { name } }'})).json()
        assert list(answer) == ["errors", "data", "extensions"]
        assert list(answer["errors"][0]) == ["message", "locations", "path", "extensions"]
        assert list(answer["extensions"]["meta"]) == ["request_id", "api_version"]

    async def test_invalid_mutation_is_not_kept(self, shop: Shop) -> None:
        body = INVALID["unknown input member"]
        await post(shop, body, **{"Idempotency-Key": "k"})
        body = body | {"variables": {"i": {"name": "x", "price": 1}}}
        assert "errors" not in (await post(shop, body, **{"Idempotency-Key": "k"})).json()


class TestMalformed:
    @pytest.mark.parametrize("accept", ["application/json", GRAPHQL_JSON])
    @pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
    async def test_post(self, shop: Shop, body: Any, accept: str) -> None:
        response = await post(shop, body, Accept=accept)
        assert response.status_code == 400
        refused_query(response.json(), "bad_request")

    async def test_batch_says_so(self, shop: Shop) -> None:
        response = await post(shop, [{"query": QUERY}, {"query": QUERY}])
        assert "Batches" in response.json()["errors"][0]["message"]

    @pytest.mark.parametrize("media_type", [None, "text/plain", "application/graphql", "multipart/form-data"])
    async def test_content_type(self, shop: Shop, media_type: str | None) -> None:
        headers = {} if media_type is None else {"Content-Type": media_type}
        response = await shop.client.post("/graphql", content=json.dumps({"query": QUERY}), headers=headers)
        assert response.status_code == 415
        refused_query(response.json(), "unsupported_media_type")

    @pytest.mark.parametrize("size", [1024 * 1024, 1024 * 1024 + 1])
    async def test_size(self, shop: Shop, size: int) -> None:
        body = json.dumps({"query": QUERY}).encode()
        response = await post(shop, body + b" " * (size - len(body)))
        assert response.status_code == (200 if size == 1024 * 1024 else 413)
        if response.status_code == 413:
            refused_query(response.json(), "payload_too_large")


class TestMethod:
    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY"])
    async def test_not_allowed(self, shop: Shop, method: str) -> None:
        response = await shop.client.request(method, "/graphql", headers={"Accept": GRAPHQL_JSON})
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, POST"
        assert response.headers["content-type"].startswith(GRAPHQL_JSON)
        if method != "HEAD":
            refused_query(response.json(), "method_not_allowed")


class TestBodies:
    async def test_a_write_leaves_none_behind(self, shop: Shop) -> None:
        """What people send is not kept in the process; a page's query, which comes again, is."""
        before = len(reading._kept)
        name = secrets.token_hex(8)
        await shop.graphql(f'mutation {{ categoryCreate(input: {{ name: "{name}" }}) {{ category {{ id }} }} }}')
        assert len(reading._kept) == before
        for _ in range(2):
            await shop.client.post("/graphql", json={"query": f"# {name}\n{{ store {{ name }} }}"})
        assert len(reading._kept) == before + 1


class TestInFlight:
    async def test_equal_ones_share_one_run(self, make_cached_shop: ShopMaker, statements: Statements) -> None:
        shop = await make_cached_shop()
        await shop.get("/v1/whoami")
        body = {"query": "query($n: Int) { products(first: $n) { nodes { name } } }", "variables": {"n": 7}}
        with statements.counted() as sent:
            answers = await asyncio.gather(*(post(shop, body) for _ in range(2)))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json()["data"] == answers[1].json()["data"]
        assert answers[0].headers["x-request-id"] != answers[1].headers["x-request-id"]
        assert len([sql for sql in sent if "FROM products" in sql]) == 1

    async def test_failures_are_shared_as_well(self, make_cached_shop: ShopMaker, statements: Statements) -> None:
        shop = await make_cached_shop()
        await shop.get("/v1/whoami")
        with statements.counted() as sent:
            answers = await asyncio.gather(*(post(shop, {"query": '{ product(id: "0") { name } }'}) for _ in range(2)))
        for answer in answers:
            refused_query(answer.json(), "not_found")
        assert len([sql for sql in sent if "FROM products" in sql]) == 1

    async def test_others_do_not(self, make_cached_shop: ShopMaker, statements: Statements) -> None:
        shop, other = await make_cached_shop(), await make_cached_shop()
        await asyncio.gather(shop.get("/v1/whoami"), other.get("/v1/whoami"))
        body = {"query": "{ products(first: 3) { nodes { name } } }"}
        with statements.counted() as sent:
            await asyncio.gather(post(shop, body), post(other, body), post(shop, body | {"variables": {"x": 1}}))
        assert len([sql for sql in sent if "FROM products" in sql]) == 3


class TestGet:
    async def get(self, shop: Shop, **query: str) -> httpx.Response:
        return await shop.client.get("/graphql", params=query, headers={"Accept": GRAPHQL_JSON})

    async def test_query(self, shop: Shop) -> None:
        response = await self.get(shop, query=QUERY)
        assert (response.status_code, response.json()["data"]) == (200, {"store": {"currency": "DZD"}})

    async def test_variables_and_operation_name(self, shop: Shop) -> None:
        product = await shop.create(name="قميص")
        response = await self.get(
            shop,
            query="query A($id: ID!) { product(id: $id) { name } } query B { store { name } }",
            variables=json.dumps({"id": product["id"]}),
            operationName="A",
        )
        assert response.json()["data"] == {"product": {"name": "قميص"}}

    async def test_mutation(self, shop: Shop) -> None:
        response = await self.get(shop, query=CREATE)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
        refused_query(response.json(), "method_not_allowed")
        assert given(await shop.get("/v1/products"))["items"] == []

    async def test_mutation_beside_a_query(self, shop: Shop) -> None:
        document = (
            'query Q { store { currency } } mutation M { productCreate(input: {name: "x", price: 1}) { __typename } }'
        )
        assert (await self.get(shop, query=document, operationName="Q")).status_code == 200
        assert (await self.get(shop, query=document, operationName="M")).status_code == 405

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"query": ""},
            {"query": "{"},
            {"query": QUERY, "variables": "{"},
            {"query": QUERY, "variables": "[]"},
            {"query": QUERY, "variables": "5"},
            {"query": QUERY, "extensions": "[]"},
            {"query": "{ nothing }"},
            {"query": "subscription { x }"},
        ],
        ids=str,
    )
    async def test_malformed(self, shop: Shop, query: dict[str, str]) -> None:
        response = await self.get(shop, **query)
        assert response.status_code == 400
        refused_query(response.json(), "bad_request")

    async def test_not_utf_8(self, shop: Shop) -> None:
        response = await shop.client.get("/graphql?query=%ff", headers={"Accept": GRAPHQL_JSON})
        assert response.status_code == 400
        refused_query(response.json(), "bad_request")
