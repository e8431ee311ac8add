"""`Idempotency-Key`: what it may be, what it is compared with, what is kept under it."""

from typing import Any

import httpx
import pytest

from app.chain.credentials import keys as key_cache
from db.engine import engine
from tests.chain.conftest import ledger
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import REQUEST_ID, given, refused

pytestmark = pytest.mark.anyio

BODY = {"name": "Thé", "price": 1}


async def names(shop: Shop) -> list[str]:
    return [row["name"] for row in given(await shop.get("/v1/products"))["items"]]


async def kept(shop: Shop) -> int:
    return len(await ledger(shop.token.split(".")[0]))


class TestRequired:
    @pytest.mark.parametrize(
        ("method", "path"),
        [("POST", "products"), ("POST", "categories"), ("PATCH", "products/1"), ("DELETE", "products/1")],
    )
    async def test_missing(self, shop: Shop, method: str, path: str) -> None:
        response = await shop.client.request(method, f"/v1/{path}", json=BODY)
        refused(response, 400, "idempotency_key_required")
        assert await names(shop) == []

    @pytest.mark.parametrize("key", [b"", b"x" * 256, b"a\x00", b"a\tb", b"\x1f", b"a\x7f", b"\r\n"])
    async def test_refused(self, shop: Shop, key: bytes) -> None:
        response = await shop.client.post("/v1/products", json=BODY, headers={b"Idempotency-Key": key})
        refused(response, 400, "idempotency_key_required")
        assert await names(shop) == []

    @pytest.mark.parametrize(
        "key", [b"x", b"x" * 255, b"a b", b'"; --', b"\xff\xfe\x80", "قميص 🧶".encode(), b"TS-COT-001", b"$1{}%s\\"]
    )
    async def test_taken_and_replayed(self, shop: Shop, key: bytes) -> None:
        answers = [
            await shop.client.post("/v1/products", json=BODY, headers={b"Idempotency-Key": key}) for _ in range(2)
        ]
        given(answers[0], 201)
        assert answers[1].content == answers[0].content
        assert await names(shop) == ["Thé"]

    async def test_read_needs_none(self, shop: Shop) -> None:
        given(await shop.get("/v1/products"))

    async def test_keys_are_compared_as_they_are(self, shop: Shop) -> None:
        for key in ("a", "A", "a ", "a%20"):
            given(await shop.write("POST", "/v1/products", BODY, key=key.replace(" ", "_")), 201)
        assert len(await names(shop)) == 4


class TestReplay:
    async def test_byte_for_byte(self, shop: Shop) -> None:
        first = await shop.write("POST", "/v1/products", BODY, key="k")
        again = await shop.write("POST", "/v1/products", BODY, key="k")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["x-request-id"] == first.headers["x-request-id"]
        assert "idempotency-replayed" not in first.headers
        same = ("content-type", "content-length")
        assert [again.headers[name] for name in same] == [first.headers[name] for name in same]
        assert await names(shop) == ["Thé"]

    async def test_shows_the_first_state(self, shop: Shop) -> None:
        product = await shop.create(stock_quantity=5)
        path = f"/v1/products/{product['id']}"
        first = await shop.write("PATCH", path, {"stock_delta": -2}, key="k")
        given(await shop.write("PATCH", path, {"stock_delta": -2}, key="other"))
        again = await shop.write("PATCH", path, {"stock_delta": -2}, key="k")
        assert again.content == first.content
        assert given(await shop.get(path))["inventory"]["stock_quantity"] == 1

    async def test_delete(self, shop: Shop) -> None:
        path = f"/v1/products/{(await shop.create())['id']}"
        first = await shop.write("DELETE", path, key="k")
        given(first)
        again = await shop.write("DELETE", path, key="k")
        assert (again.status_code, again.content) == (200, first.content)

    async def test_client_request_id_is_the_first_one(self, shop: Shop) -> None:
        answers = [
            await shop.client.post("/v1/products", json=BODY, headers={"Idempotency-Key": "k", "X-Request-Id": name})
            for name in ("one", "two")
        ]
        assert answers[1].content == answers[0].content
        assert answers[1].json()["meta"]["client_request_id"] == "one"

    async def test_ledger_holds_the_answer(self, shop: Shop) -> None:
        first = await shop.write("POST", "/v1/products", BODY, key="k")
        rows = await ledger(shop.token.split(".")[0])
        assert [(row["status"], row["body"], row["request_id"]) for row in rows] == [
            (201, first.content, first.headers["x-request-id"])
        ]


class TestReused:
    async def reused(self, shop: Shop, method: str, path: str, content: bytes) -> httpx.Response:
        headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
        return await shop.client.request(method, path, content=content, headers=headers)

    @pytest.mark.parametrize(
        ("method", "path", "content"),
        [
            ("POST", "/v1/products", b'{"name":"a","price":2}'),
            ("POST", "/v1/products", b'{"name":"a", "price":1}'),
            ("POST", "/v1/products", b'{"price":1,"name":"a"}'),
            ("POST", "/v1/products?x=1", b'{"name":"a","price":1}'),
            ("POST", "/v1/products?", b'{"name":"b","price":1}'),
            ("POST", "/v1/categories", b'{"name":"a"}'),
            ("PATCH", "/v1/products/{id}", b'{"name":"a","price":1}'),
            ("DELETE", "/v1/products/{id}", b""),
        ],
    )
    async def test_other_request(self, shop: Shop, method: str, path: str, content: bytes) -> None:
        first = given(await self.reused(shop, "POST", "/v1/products", b'{"name":"a","price":1}'), 201)
        response = await self.reused(shop, method, path.format(id=first["id"]), content)
        error = refused(response, 422, "idempotency_key_reused")
        assert list(error) == ["code", "message"]
        assert given(await shop.get("/v1/products"))["items"][0]["name"] == "a"
        assert len(await names(shop)) == 1

    async def test_graphql(self, shop: Shop) -> None:
        given(await shop.write("POST", "/v1/products", BODY, key="k"), 201)
        response = await shop.client.post(
            "/graphql",
            json={"query": 'mutation { categoryCreate(input: {name: "x"}) { category { name } } }'},
            headers={"Idempotency-Key": "k"},
        )
        assert response.status_code == 422
        assert response.json()["errors"][0]["extensions"]["code"] == "idempotency_key_reused"

    async def test_first_answer_stays(self, shop: Shop) -> None:
        first = await shop.write("POST", "/v1/products", BODY, key="k")
        refused(await shop.write("POST", "/v1/products", BODY | {"price": 2}, key="k"), 422, "idempotency_key_reused")
        assert (await shop.write("POST", "/v1/products", BODY, key="k")).content == first.content


class TestKeysArePerApiKey:
    async def test_other_key_of_the_store(self, shop: Shop, make_shop: ShopMaker) -> None:
        colleague = await make_shop(store_id=shop.store_id)
        for each in (shop, colleague):
            response = await each.write("POST", "/v1/products", BODY, key="k")
            given(response, 201)
            assert "idempotency-replayed" not in response.headers
        assert await names(shop) == ["Thé", "Thé"]

    async def test_other_store_and_mode(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        for each in (shop, other_shop, sandbox):
            given(await each.write("POST", "/v1/products", BODY, key="k"), 201)
            assert await names(each) == ["Thé"]


class TestNotKept:
    """Answers that say that nothing was tried: the same key may be used for the request put right."""

    @pytest.mark.parametrize(
        ("headers", "content", "status"),
        [
            ({}, b"{", 400),
            ({}, b'{"name": "x"}', 400),
            ({}, b'{"name": "x", "price": 1, "category_id": 999999999}', 400),
            ({"Content-Type": "text/plain"}, b"{}", 415),
            ({"Authorization": "Bearer x"}, b"{}", 401),
            ({}, b" " * (1024 * 1024 + 1), 413),
        ],
    )
    async def test_retry_runs(self, shop: Shop, headers: dict[str, str], content: bytes, status: int) -> None:
        sent = {"Idempotency-Key": "k", "Content-Type": "application/json", **headers}
        response = await shop.client.post("/v1/products", content=content, headers=sent)
        assert response.status_code == status
        assert await kept(shop) == 0
        again = await shop.write("POST", "/v1/products", BODY, key="k")
        given(again, 201)
        assert "idempotency-replayed" not in again.headers

    async def test_forbidden(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read"])
        refused(await shop.write("POST", "/v1/products", BODY, key="k"), 403, "forbidden")
        assert await kept(shop) == 0
        async with engine.transaction():
            await engine.write(
                "UPDATE api_keys SET scopes = scopes || '{products:write}' WHERE store_id = $1", shop.store_id
            )
        key_cache.clear()
        given(await shop.write("POST", "/v1/products", BODY, key="k"), 201)

    async def test_unknown_route(self, shop: Shop) -> None:
        refused(await shop.write("POST", "/v1/nothing", BODY, key="k"), 404, "not_found")
        assert await kept(shop) == 0

    async def test_error_after_a_change(self, shop: Shop) -> None:
        """A bad category is seen after the images were replaced: neither stays."""
        product = await shop.create(images=[{"url": "https://x.dz/1"}])
        wrong = {"images": [], "category_id": 999_999_999}
        path = f"/v1/products/{product['id']}"
        refused(await shop.write("PATCH", path, wrong), 400, "bad_request")
        assert given(await shop.get(path)) == product


class TestKept:
    async def test_not_found_on_a_row(self, shop: Shop) -> None:
        await self.assert_kept(shop, "PATCH", "/v1/products/999999999", {"price": 1}, 404)
        await self.assert_kept(shop, "DELETE", "/v1/products/999999999", None, 404)

    async def test_conflict(self, shop: Shop) -> None:
        product = await shop.create(sku="A")
        await self.assert_kept(shop, "POST", "/v1/products", BODY | {"sku": "A"}, 409)
        given(await shop.write("DELETE", f"/v1/products/{product['id']}"))
        again = await shop.write("POST", "/v1/products", BODY | {"sku": "A"}, key="POST")
        assert (again.status_code, again.headers["idempotency-replayed"]) == (409, "true")

    async def test_conflict_undoes_all_else(self, shop: Shop) -> None:
        await shop.create(sku="A")
        product = await shop.create(images=[{"url": "https://x.dz/1"}])
        path = f"/v1/products/{product['id']}"
        response = await shop.write("PATCH", path, {"images": [], "sku": "A"})
        refused(response, 409, "conflict")
        assert given(await shop.get(path)) == product

    async def assert_kept(self, shop: Shop, method: str, path: str, body: Any, status: int) -> None:
        first = await shop.write(method, path, body, key=method)
        again = await shop.write(method, path, body, key=method)
        assert (first.status_code, again.status_code) == (status, status)
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["x-request-id"] == first.headers["x-request-id"]
        assert REQUEST_ID.fullmatch(first.headers["x-request-id"])


class TestLifetime:
    async def age(self, shop: Shop, interval: str) -> None:
        async with engine.transaction():
            await engine.write(
                f"UPDATE idempotency_keys SET created_at = now() - interval '{interval}'"
                " WHERE api_key_id IN (SELECT id FROM api_keys WHERE store_id = $1)",
                shop.store_id,
            )

    async def test_within_a_day(self, shop: Shop) -> None:
        first = await shop.write("POST", "/v1/products", BODY, key="k")
        await self.age(shop, "23 hours 59 minutes")
        assert (await shop.write("POST", "/v1/products", BODY, key="k")).content == first.content

    async def test_older_runs_anew(self, shop: Shop) -> None:
        given(await shop.write("POST", "/v1/products", BODY, key="k"), 201)
        await self.age(shop, "24 hours 1 second")
        other = BODY | {"name": "Café"}
        second = await shop.write("POST", "/v1/products", other, key="k")
        given(second, 201)
        assert await names(shop) == ["Café", "Thé"]
        assert (await shop.write("POST", "/v1/products", other, key="k")).content == second.content
        assert await kept(shop) == 1
