"""Every error of every layer is in the envelope, and every answer has its request id."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from db.engine import engine
from tests.conftest import Shop
from tests.rest.answers import REQUEST_ID, given, refused, refused_query

pytestmark = pytest.mark.anyio


class TestUnknownRoute:
    @pytest.mark.parametrize(
        "path",
        [
            "/v1",
            "/v1/",
            "/v1/nothing",
            "/v1/products/1/nothing",
            "/v2/products",
            "/v1/Products",
            "/nothing",
            "/v1x",
        ],
    )
    async def test_anonymous(self, anonymous: httpx.AsyncClient, path: str) -> None:
        error = refused(await anonymous.get(path), 404, "not_found")
        assert list(error) == ["code", "message"]

    async def test_with_a_key(self, shop: Shop) -> None:
        refused(await shop.write("POST", "/v1/nothing", {}), 404, "not_found")

    async def test_path_is_not_markup(self, anonymous: httpx.AsyncClient) -> None:
        response = await anonymous.get("/v1/<script>")
        refused(response, 404, "not_found")

    async def test_trailing_slash_is_the_same(self, shop: Shop) -> None:
        assert given(await shop.get("/v1/products/")) == given(await shop.get("/v1/products"))


class TestMethodNotAllowed:
    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("POST", "/v1/ping", "GET"),
            ("PUT", "/v1/products", "GET, POST"),
            ("DELETE", "/v1/products", "GET, POST"),
            ("PUT", "/v1/products/1", "DELETE, GET, PATCH"),
            ("POST", "/v1/products/1", "DELETE, GET, PATCH"),
            ("OPTIONS", "/v1/store", "GET"),
            ("TRACE", "/v1/whoami", "GET"),
            ("QUERY", "/v1/categories", "GET, POST"),
            ("POST", "/healthz", "GET"),
        ],
    )
    async def test_anonymous(self, anonymous: httpx.AsyncClient, method: str, path: str, allowed: str) -> None:
        response = await anonymous.request(method, path)
        refused(response, 405, "method_not_allowed")
        assert set(allowed.split(", ")) <= set(re.split(r",\s*", response.headers["allow"]))


class TestCrash:
    """A column that is missing makes any operation on products fail inside, as a bug would."""

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        await self.rename("price", "price_gone")
        try:
            yield
        finally:
            await self.rename("price_gone", "price")

    async def rename(self, old: str, new: str) -> None:
        async with engine.transaction():
            await engine.write(f"ALTER TABLE products RENAME COLUMN {old} TO {new}")

    async def test_read(self, shop: Shop) -> None:
        async with self.broken():
            self.assert_silent(await shop.get("/v1/products"))
        given(await shop.get("/v1/products"))

    async def test_write(self, shop: Shop) -> None:
        body = {"name": "x", "price": 5}
        async with self.broken():
            self.assert_silent(await shop.write("POST", "/v1/products", body, key="k"))
        again = await shop.write("POST", "/v1/products", body, key="k")
        given(again, 201)
        assert "idempotency-replayed" not in again.headers

    async def test_query(self, shop: Shop) -> None:
        query = "{ products { nodes { price } } }"
        async with self.broken():
            response = await shop.client.post("/graphql", json={"query": query})
        assert response.status_code == 500
        error = refused_query(response.json(), "internal_error")
        self.assert_says_nothing(response.text.replace('"path":["products"]', ""))
        assert error["message"]
        assert response.json()["data"] is None

    async def test_mutation(self, shop: Shop) -> None:
        mutation = 'mutation { productCreate(input: {name: "x", price: 1}) { product { name } } }'
        async with self.broken():
            answer = await shop.graphql(mutation, key="k")
        refused_query(answer, "internal_error")
        assert answer["data"] is None
        assert (await shop.graphql(mutation, key="k"))["data"]["productCreate"]["product"] == {"name": "x"}

    def assert_silent(self, response: httpx.Response) -> None:
        error = refused(response, 500, "internal_error")
        assert list(error) == ["code", "message"]
        self.assert_says_nothing(response.text)

    def assert_says_nothing(self, text: str) -> None:
        for inside in ("price", "does not exist", "SELECT", "INSERT", "asyncpg", "Undefined", "Traceback", ".py"):
            assert inside not in text


class TestRequestId:
    async def test_every_answer_has_its_own(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        answers = [
            await shop.get("/v1/ping"),
            await shop.get("/v1/ping"),
            await shop.get("/v1/products"),
            await shop.get("/v1/products/0"),
            await anonymous.get("/v1/store"),
            await anonymous.get("/nothing"),
            await anonymous.put("/v1/store"),
            await shop.client.post("/graphql", json={"query": "{ __typename }"}),
            await shop.client.post("/graphql", json={"query": "{"}),
        ]
        ids = [answer.headers["x-request-id"] for answer in answers]
        assert len(set(ids)) == len(ids)
        for answer, identifier in zip(answers, ids, strict=True):
            assert REQUEST_ID.fullmatch(identifier)
            body = answer.json()
            assert (body.get("meta") or body["extensions"]["meta"])["request_id"] == identifier

    async def test_health_has_one_too(self, anonymous: httpx.AsyncClient) -> None:
        assert REQUEST_ID.fullmatch((await anonymous.get("/healthz")).headers["x-request-id"])


class TestClientRequestId:
    @pytest.mark.parametrize("sent", ["a", "A-b_c.9", "x" * 128, "550e8400-e29b-41d4-a716-446655440000"])
    async def test_kept(self, shop: Shop, sent: str) -> None:
        response = await shop.get("/v1/ping", headers={"X-Request-Id": sent})
        given(response)
        meta = response.json()["meta"]
        assert list(meta) == ["request_id", "api_version", "client_request_id"]
        assert meta["client_request_id"] == sent
        assert response.headers["x-request-id"] != sent

    @pytest.mark.parametrize("sent", [b"", b"x" * 129, b"a b", b"a/b", b"\xc3\xa9", b"\xff", b"a\x01", b"{}", b"a\tb"])
    async def test_dropped(self, shop: Shop, sent: bytes) -> None:
        response = await shop.get("/v1/ping", headers={b"X-Request-Id": sent})
        given(response)
        assert list(response.json()["meta"]) == ["request_id", "api_version"]

    async def test_in_errors_and_graphql(self, shop: Shop) -> None:
        headers = {"X-Request-Id": "mine"}
        response = await shop.get("/v1/nothing", headers=headers)
        refused(response, 404, "not_found")
        assert response.json()["meta"]["client_request_id"] == "mine"
        answer = await shop.client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert answer.json()["extensions"]["meta"]["client_request_id"] == "mine"
