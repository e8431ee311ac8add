"""`POST /v1/events`: who may, what is refused and why, and what is stored."""

import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.chain.credentials import keys as key_cache
from app.chain.valkey import valkey
from db.engine import engine
from graph.keys import key_revoke
from graph.store_admin import limits_override
from tests.conftest import Shop, ShopMaker, Statements
from tests.rest.answers import given, refused
from tests.signed.clients import BODY, EVENT, Page
from tests.signed.conftest import PageMaker, PublicKeyMaker

pytestmark = pytest.mark.anyio


async def assert_refused(page: Page, response: httpx.Response, status: int, code: str) -> str:
    """Check a refusal, and that nothing came of it; return its message."""
    error = refused(response, status, code)
    assert await page.key.inbox() == []
    assert await page.key.signed() == []
    return str(error["message"])


def encoded(**members: Any) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()


class TestAccepted:
    async def test_queued(self, page: Page) -> None:
        response = await page.track()
        data = given(response, 202)
        assert data == {"status": "queued", "kind": "event", "store_id": page.key.store_id}
        (row,) = await page.key.inbox()
        assert json.loads(row["payload"]) == EVENT
        assert (row["store_id"], row["livemode"], row["kind"]) == (page.key.store_id, True, "event")

    async def test_one_statement_once_the_key_is_known(self, page: Page, statements: Statements) -> None:
        await page.track()
        with statements.counted() as sent:
            given(await page.track(), 202)
        assert len(sent) == 1

    async def test_sandbox(self, make_page: PageMaker) -> None:
        page = await make_page(livemode=False)
        given(await page.track(), 202)
        assert [row["livemode"] for row in await page.key.inbox()] == [False]

    async def test_name_alone(self, page: Page) -> None:
        given(await page.track(encoded(name="x" * 64)), 202)
        assert json.loads((await page.key.inbox())[0]["payload"]) == {"name": "x" * 64, "properties": {}}

    async def test_nonce_in_the_body_too(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        given(await page.track(encoded(name="x", nonce=nonce), nonce=nonce), 202)
        assert json.loads((await page.key.inbox())[0]["payload"]) == {"name": "x", "properties": {}}

    @pytest.mark.parametrize("off", [-298, 298])
    async def test_clock_within_five_minutes(self, page: Page, off: int) -> None:
        given(await page.track(timestamp=int(time.time()) + off), 202)

    async def test_scheme_in_any_case(self, page: Page) -> None:
        given(await page.track(headers={"Authorization": f"dz-public  {page.key.key_id}"}), 202)

    async def test_largest_properties(self, page: Page) -> None:
        room = 16 * 1024 - len('{"text":""}')
        given(await page.track(encoded(name="x", properties={"text": "ق" * (room // 2)})), 202)
        response = await page.track(encoded(name="x", properties={"text": "ق" * (room // 2 + 1)}))
        assert refused(response, 400, "bad_request")["details"][0]["field"] == "properties"

    async def test_limit_headers_and_no_timing(self, page: Page) -> None:
        response = await page.track()
        assert response.headers["x-ratelimit-limit"] == "6000"
        assert response.headers["x-ratelimit-remaining"] == "5999"
        assert "server-timing" not in response.headers


class TestUnauthorized:
    @pytest.mark.parametrize("name", ["X-DZ-Timestamp", "X-DZ-Nonce", "X-DZ-Signature"])
    async def test_missing(self, page: Page, name: str) -> None:
        headers = page.key.headers(BODY)
        del headers[name]
        response = await page.client.post("/v1/events", content=BODY, headers=headers)
        assert await assert_refused(page, response, 401, "unauthorized") == (
            f"A write with a public key must be signed, and this one lacks {name}"
        )

    async def test_no_key(self, page: Page) -> None:
        headers = page.key.headers(BODY)
        del headers["Authorization"]
        response = await page.client.post("/v1/events", content=BODY, headers=headers)
        assert "no Authorization header" in await assert_refused(page, response, 401, "unauthorized")

    @pytest.mark.parametrize("off", [-302, 302, -86_400])
    async def test_clock_is_off(self, page: Page, off: int) -> None:
        response = await page.track(timestamp=int(time.time()) + off)
        assert "300 s away" in await assert_refused(page, response, 401, "unauthorized")

    async def test_body_changed(self, page: Page) -> None:
        headers = page.key.headers(BODY)
        response = await page.client.post("/v1/events", content=BODY + b" ", headers=headers)
        assert "signature is not valid" in await assert_refused(page, response, 401, "unauthorized")

    async def test_unknown_key_and_wrong_secret_are_told_alike(self, page: Page) -> None:
        wrong = await page.track(headers={"X-DZ-Signature": "0" * 64})
        unknown = await page.track(headers={"Authorization": "DZ-Public dzpub_live_0123456789abcdef"})
        messages = {await assert_refused(page, response, 401, "unauthorized") for response in (wrong, unknown)}
        assert len(messages) == 1

    async def test_secret_of_another_key(self, page: Page, make_key: PublicKeyMaker) -> None:
        other = await make_key(page.key.store_id)
        response = await page.track(headers={"Authorization": f"DZ-Public {other.key_id}"})
        assert "signature is not valid" in await assert_refused(page, response, 401, "unauthorized")

    async def test_nonce_used(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        given(await page.track(nonce=nonce), 202)
        again = await page.track(encoded(name="other"), nonce=nonce)
        assert "used before" in refused(again, 401, "unauthorized")["message"]
        assert "used before" in refused(await page.track(nonce=nonce.upper()), 401, "unauthorized")["message"]
        assert len(await page.key.inbox()) == 1

    async def test_refused_request_leaves_its_nonce_good(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        refused(await page.track(encoded(nome="x"), nonce=nonce), 400, "bad_request")
        given(await page.track(nonce=nonce), 202)

    async def test_revoked(self, page: Page) -> None:
        async with engine.transaction():
            await key_revoke(page.key.key_id)
        assert "revoked" in await assert_refused(page, await page.track(), 401, "unauthorized")

    async def test_revoked_within_a_second(self, page: Page) -> None:
        given(await page.track(), 202)
        async with engine.transaction():
            await key_revoke(page.key.key_id)
        since = time.monotonic()
        while (await page.track()).status_code == 202:
            assert time.monotonic() - since < 1

    async def test_expired(self, make_page: PageMaker) -> None:
        page = await make_page(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        assert "expired" in await assert_refused(page, await page.track(), 401, "unauthorized")

    async def test_store_deleted_since_the_key_was_read(self, page: Page) -> None:
        given(await page.track(), 202)
        async with engine.transaction():
            await engine.write("DELETE FROM stores WHERE id = $1", page.key.store_id)
        refused(await page.track(), 401, "unauthorized")

    async def test_counts_by_address(self, page: Page) -> None:
        for _ in range(60):
            refused(await page.track(headers={"X-DZ-Signature": "0" * 64}), 401, "unauthorized")
        refused(await page.track(headers={"X-DZ-Signature": "0" * 64}), 429, "rate_limited")
        # It used up nothing of the key.
        assert given(await page.track(), 202)["status"] == "queued"


class TestForbidden:
    async def test_platform_key(self, shop: Shop) -> None:
        response = await shop.write("POST", "/v1/events", {"name": "x"})
        assert "public key" in refused(response, 403, "forbidden")["message"]

    async def test_scope(self, make_page: PageMaker) -> None:
        page = await make_page(granted=["signups:write"])
        error = refused(await page.track(), 403, "forbidden")
        assert error["required_scope"] == "events:write"
        assert await page.key.inbox() == []

    @pytest.mark.parametrize("path", ["whoami", "store", "products", "products/1", "categories"])
    async def test_platform_reads(self, page: Page, path: str) -> None:
        response = await page.client.get(f"/v1/{path}", headers={"Authorization": f"DZ-Public {page.key.key_id}"})
        # A scope that no public key can have is not to be asked for.
        assert "platform key (dzpk_…)" in refused(response, 403, "forbidden")["message"]

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "products"), ("PATCH", "products/1"), ("DELETE", "products/1")]
    )
    async def test_platform_writes(self, page: Page, method: str, path: str) -> None:
        body = encoded(name="x", price=1)
        headers = page.key.headers(body, idempotency_key="k")
        refused(await page.client.request(method, f"/v1/{path}", content=body, headers=headers), 403, "forbidden")

    async def test_unsigned_platform_write(self, page: Page) -> None:
        headers = {"Authorization": f"DZ-Public {page.key.key_id}", "Idempotency-Key": "k"}
        response = await page.client.post("/v1/products", json={"name": "x", "price": 1}, headers=headers)
        refused(response, 403, "forbidden")

    async def test_nobody_elses_store(self, page: Page, shop: Shop) -> None:
        given(await page.track(encoded(name="x", properties={"store_id": shop.store_id})), 202)
        assert [row["store_id"] for row in await page.key.inbox()] == [page.key.store_id]


class TestBadRequest:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            (encoded(), "name"),
            (encoded(name=""), "name"),
            (encoded(name=" "), "name"),
            (encoded(name="x" * 65), "name"),
            (encoded(name=1), "name"),
            (encoded(name=None), "name"),
            (encoded(name="x", properties=[]), "properties"),
            (encoded(name="x", properties="{}"), "properties"),
            (encoded(name="x", properties=None), "properties"),
            (b'{"name": "x", "properties": {"a": "\\u0000"}}', "properties"),
            (b'{"name": "x", "properties": {"a": [{"b": "\\ud800"}]}}', "properties"),
            (b'{"name": "x", "properties": {"\\ud800": 1}}', "properties"),
            (b'{"name": "x", "properties": {"a": 1e400}}', "properties"),
            (encoded(name="x", properties={"text": "x" * 16_384}), "properties"),
            (encoded(name="x", color="red"), "color"),
            (encoded(name="x", nonce="0" * 32), "nonce"),
            (encoded(name="x", nonce=""), "nonce"),
            (encoded(name="x", nonce=None), "nonce"),
        ],
    )
    async def test_field(self, page: Page, body: bytes, field: str) -> None:
        response = await page.track(body)
        assert field in await assert_refused(page, response, 400, "bad_request")
        assert [detail["field"] for detail in response.json()["error"]["details"]] == [field]

    @pytest.mark.parametrize("nonce", ["", "abc", "0" * 33, "g" * 32])
    async def test_nonce_says_what_it_must_be(self, page: Page, nonce: str) -> None:
        details = refused(await page.track(encoded(name="x", nonce=nonce)), 400, "bad_request")["details"]
        assert details == [{"field": "nonce", "message": "must be 32 hexadecimal digits, the same as X-DZ-Nonce"}]

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"name": "x", "name": "y"}', b"[" * 5_000])
    async def test_no_object(self, page: Page, body: bytes) -> None:
        await assert_refused(page, await page.track(body), 400, "bad_request")

    async def test_media_type(self, page: Page) -> None:
        response = await page.track(headers={"Content-Type": "text/plain"})
        await assert_refused(page, response, 415, "unsupported_media_type")

    async def test_too_large(self, page: Page) -> None:
        response = await page.track(b" " * (1024 * 1024 + 1))
        await assert_refused(page, response, 413, "payload_too_large")

    async def test_method(self, page: Page) -> None:
        response = await page.client.get("/v1/events", headers={"Authorization": f"DZ-Public {page.key.key_id}"})
        refused(response, 405, "method_not_allowed")
        assert response.headers["allow"] == "POST"


class TestIdempotencyKey:
    async def test_signed_anew_it_counts_once(self, page: Page) -> None:
        for _ in range(3):
            given(await page.track(idempotency_key="k"), 202)
        assert len(await page.key.inbox()) == 1

    async def test_nonces_in_the_bodies_differ(self, page: Page) -> None:
        for _ in range(3):
            nonce = secrets.token_hex(16)
            given(await page.track(encoded(name="x", nonce=nonce), nonce=nonce, idempotency_key="k"), 202)
        assert len(await page.key.inbox()) == 1

    async def test_another_body(self, page: Page) -> None:
        given(await page.track(idempotency_key="k"), 202)
        refused(await page.track(encoded(name="other"), idempotency_key="k"), 422, "idempotency_key_reused")
        assert len(await page.key.inbox()) == 1

    async def test_another_query(self, page: Page) -> None:
        given(await page.track(idempotency_key="k"), 202)
        headers = page.key.headers(BODY, idempotency_key="k")
        response = await page.client.post("/v1/events?a=1", content=BODY, headers=headers)
        refused(response, 422, "idempotency_key_reused")

    @pytest.mark.parametrize("key", [b"", b"k" * 256, b"a\x01b"])
    async def test_one_that_cannot_be_compared(self, page: Page, key: bytes) -> None:
        headers = [(name.encode(), value.encode()) for name, value in page.key.headers(BODY).items()]
        response = await page.client.post("/v1/events", content=BODY, headers=[*headers, (b"Idempotency-Key", key)])
        await assert_refused(page, response, 400, "idempotency_key_required")


class TestLimits:
    async def test_sixty_a_minute_and_address(self, page: Page) -> None:
        for _ in range(60):
            given(await page.track(), 202)
        response = await page.track()
        assert "address" in refused(response, 429, "rate_limited")["message"]
        assert len(await page.key.inbox()) == 60
        page.move()
        given(await page.track(), 202)

    async def test_an_override_for_a_store(self, make_page: PageMaker, shop: Shop) -> None:
        async with engine.transaction():
            await limits_override(shop.store_id, {"requests_per_address": 3})
        page = await make_page(shop.store_id)
        for _ in range(3):
            given(await page.track(), 202)
        refused(await page.track(), 429, "rate_limited")

    async def test_four_fifths_of_the_month(self, make_page: PageMaker, make_shop: ShopMaker) -> None:
        shop = await make_shop()
        async with engine.transaction():
            await limits_override(shop.store_id, {"requests_per_month": 20})
        key_cache.clear()
        page, other = await make_page(shop.store_id), await make_page(shop.store_id)
        for sender in (page, other) * 8:
            given(await sender.track(), 202)
        for sender in (page, other):
            refused(await sender.track(), 429, "quota_exceeded")
        assert len(await page.key.inbox()) + len(await other.key.inbox()) == 16
        for _ in range(4):
            given(await shop.get("/v1/products"))
        refused(await shop.get("/v1/products"), 429, "quota_exceeded")

    async def test_without_valkey(self, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        nonce = secrets.token_hex(16)
        monkeypatch.setattr(valkey, "client", None)
        given(await page.track(nonce=nonce), 202)
        # A used nonce is refused as ever: it is not Valkey that knows it.
        refused(await page.track(nonce=nonce), 401, "unauthorized")
