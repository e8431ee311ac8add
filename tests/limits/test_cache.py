"""Answers that are kept, and that no write leaves behind (`contract.md §7`)."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Instance, Shop, ShopMaker, Statements

LIST = "/v1/products?limit=5"
QUERY = "{ products(first: 5) { nodes { databaseId name price } } }"
ROUNDS = 1_000


@pytest.fixture
async def shop(make_cached_shop: ShopMaker) -> Shop:
    return await make_cached_shop()


@pytest.fixture
async def other_shop(make_cached_shop: ShopMaker) -> Shop:
    return await make_cached_shop()


@pytest.mark.anyio
class TestKept:
    async def test_hit_costs_no_query(self, shop: Shop, statements: Statements) -> None:
        first = await shop.get(LIST)
        assert first.headers["x-cache"] == "MISS"
        with statements.counted() as sent:
            second = await shop.get(LIST)
        assert sent == []
        assert second.headers["x-cache"] == "HIT"
        assert second.json()["data"] == first.json()["data"]
        assert second.json()["meta"]["request_id"] == second.headers["x-request-id"] != first.headers["x-request-id"]
        assert second.headers["cache-control"] == "private, no-cache"
        assert second.headers["vary"] == "Authorization"
        assert second.headers["etag"] == first.headers["etag"]

    async def test_not_modified(self, shop: Shop) -> None:
        first = await shop.get(LIST)
        for tag in (first.headers["etag"], f"W/{first.headers['etag']}", f'"x", {first.headers["etag"]}', "*"):
            response = await shop.get(LIST, headers={"If-None-Match": tag})
            assert response.status_code == 304
            assert response.content == b""
            assert response.headers["etag"] == first.headers["etag"]
            assert "x-request-id" in response.headers
        assert (await shop.get(LIST, headers={"If-None-Match": '"other"'})).status_code == 200
        await shop.create()
        assert (await shop.get(LIST, headers={"If-None-Match": first.headers["etag"]})).status_code == 200

    async def test_no_cache_skips_the_look_up(self, shop: Shop, statements: Statements) -> None:
        await shop.get(LIST)
        for _ in range(2):
            with statements.counted() as sent:
                assert (await shop.get(LIST, headers={"Cache-Control": "no-cache"})).headers["x-cache"] == "MISS"
            assert len([sql for sql in sent if "FROM products" in sql]) == 1
        assert (await shop.get(LIST)).headers["x-cache"] == "HIT"

    async def test_by_url(self, shop: Shop) -> None:
        await shop.get(LIST)
        assert (await shop.get("/v1/products?limit=6")).headers["x-cache"] == "MISS"

    async def test_by_scopes(self, shop: Shop, make_cached_shop: ShopMaker) -> None:
        await shop.get(LIST)
        same = await make_cached_shop(store_id=shop.store_id)
        reader = await make_cached_shop(["products:read"], store_id=shop.store_id)
        stranger = await make_cached_shop(["store:read"], store_id=shop.store_id)
        sandbox = await make_cached_shop(store_id=shop.store_id, livemode=False)
        assert (await same.get(LIST)).headers["x-cache"] == "HIT"
        assert (await reader.get(LIST)).headers["x-cache"] == "MISS"
        assert (await stranger.get(LIST)).status_code == 403
        assert (await sandbox.get(LIST)).headers["x-cache"] == "MISS"

    async def test_errors_are_not_kept(self, shop: Shop) -> None:
        assert (await shop.get("/v1/products/999999")).status_code == 404
        assert "x-cache" not in (await shop.get("/v1/products/999999")).headers
        query = '{ product(id: "999999") { name } }'
        assert "errors" in await shop.graphql(query)
        assert "errors" in await shop.graphql(query)

    async def test_whoami_is_not_kept(self, shop: Shop) -> None:
        assert "x-cache" not in (await shop.get("/v1/whoami")).headers

    async def test_graphql(self, shop: Shop, statements: Statements) -> None:
        await shop.create()
        first = await shop.client.post("/graphql", json={"query": QUERY})
        with statements.counted() as sent:
            second = await shop.client.post("/graphql", json={"query": QUERY})
            got = await shop.client.get("/graphql", params={"query": QUERY})
        assert [each.headers["x-cache"] for each in (first, second, got)] == ["MISS", "HIT", "HIT"]
        assert sent == []
        assert first.json()["data"] == second.json()["data"] == got.json()["data"]
        other = await shop.client.post("/graphql", json={"query": QUERY, "variables": {"x": 1}})
        assert other.headers["x-cache"] == "MISS"

    async def test_a_stampede_is_one_query(self, shop: Shop, statements: Statements) -> None:
        await shop.get("/v1/whoami")
        with statements.counted() as sent:
            answers = await asyncio.gather(*(shop.get(LIST) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert len([sql for sql in sent if "FROM products" in sql]) == 1


@pytest.mark.anyio
class TestWritten:
    @pytest.mark.parametrize("surface", ["rest", "graphql"])
    async def test_a_write_is_seen_at_once(self, shop: Shop, surface: str) -> None:
        product = await shop.create()
        for price in range(1, 20):
            for _ in range(2):
                await shop.get(LIST)
                await shop.graphql(QUERY)
            if surface == "rest":
                await shop.write("PATCH", f"/v1/products/{product['id']}", {"price": price})
            else:
                change = 'mutation { productUpdate(id: "%d", input: { price: %d }) { product { price } } }'
                assert "errors" not in await shop.graphql(change % (product["id"], price))
            assert (await shop.get(LIST)).json()["data"]["items"][0]["price"] == price
            assert (await shop.graphql(QUERY))["data"]["products"]["nodes"][0]["price"] == price

    async def test_only_its_own_store(self, shop: Shop, other_shop: Shop) -> None:
        await other_shop.get(LIST)
        await shop.create()
        assert (await other_shop.get(LIST)).headers["x-cache"] == "HIT"


class TestTwoProcesses:
    def test_never_an_old_value(self, instance: Instance, second_process: str) -> None:
        headers = {"Authorization": f"Bearer {instance.members['unlimited_key']}"}
        one = httpx.Client(base_url=instance.base_url, headers=headers)
        two = httpx.Client(base_url=second_process, headers=headers)
        made = one.post("/v1/products", json={"name": "تخفيض", "price": 0}, headers={"Idempotency-Key": "rounds"})
        identifier = made.json()["data"]["id"]
        for number in range(1, ROUNDS + 1):
            writer, reader = (one, two) if number % 2 else (two, one)
            read = self.rest if number % 4 < 2 else self.graphql
            self.until_kept(lambda: read(reader, identifier)[1])  # noqa: B023 -- called at once
            self.write(writer, identifier, number, graphql=number % 3 == 0)
            assert read(reader, identifier)[0] == number
            assert read(writer, identifier)[0] == number

    def until_kept(self, hit: Callable[[], bool]) -> None:
        """Read until the answer comes from the cache: on a busy machine Valkey may be given up once in a while."""
        assert any(hit() for _ in range(1_000))

    def rest(self, client: httpx.Client, identifier: int) -> tuple[int, bool]:
        response = client.get(f"/v1/products/{identifier}")
        return response.json()["data"]["pricing"]["price"], response.headers["x-cache"] == "HIT"

    def graphql(self, client: httpx.Client, identifier: int) -> tuple[int, bool]:
        response = client.post("/graphql", json={"query": f'{{ product(id: "{identifier}") {{ price }} }}'})
        return response.json()["data"]["product"]["price"], response.headers["x-cache"] == "HIT"

    def write(self, client: httpx.Client, identifier: int, price: int, *, graphql: bool) -> None:
        headers = {"Idempotency-Key": f"round-{price}"}
        if graphql:
            query = "mutation ($p: Money!) { productUpdate(id: %d, input: { price: $p }) { product { price } } }"
            body: Any = {"query": query % identifier, "variables": {"p": price}}
            answer = client.post("/graphql", json=body, headers=headers)
            assert "errors" not in answer.json(), answer.text
        else:
            answer = client.patch(f"/v1/products/{identifier}", json={"price": price}, headers=headers)
        assert answer.status_code == 200, answer.text
