"""How a key of `/v1/keys` ends: revoked, rotated, expired (`contract.md §3`, §8)."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.asgi import Application
from app.chain.credentials import keys as key_cache
from db.engine import engine
from graph.api_keys import GRACE_MAXIMUM
from graph.keys import platform_key_create
from tests.conftest import Shop
from tests.rest.answers import given, refused, refused_fields
from tests.rest.keys import PUBLIC, ROW, ask, create, listed, own_id, set_times, time_of
from tests.signed.clients import Page, PublicKey

__all__ = ["ask"]

pytestmark = pytest.mark.anyio


class TestRevoke:
    async def test_stops_at_once_and_for_good(self, shop: Shop, ask: Any) -> None:
        key = await create(shop)
        given(await ask(key["bearer_token"]))
        path = f"/v1/keys/{key['key_id']}"
        assert given(await shop.write("DELETE", path)) == {"key_id": key["key_id"], "revoked": True}
        key_cache.clear()
        assert "revoked" in refused(await ask(key["bearer_token"]), 401, "unauthorized")["message"]
        for method, action in (("DELETE", ""), ("POST", "/rotate")):
            refused(await shop.write(method, path + action), 404, "not_found")

    async def test_itself(self, shop: Shop) -> None:
        assert given(await shop.write("DELETE", f"/v1/keys/{own_id(shop)}"))["revoked"] is True
        key_cache.clear()
        refused(await shop.get("/v1/whoami"), 401, "unauthorized")

    @pytest.mark.parametrize(("method", "action"), [("POST", "/rotate"), ("DELETE", "")])
    async def test_of_another_store(self, shop: Shop, other_shop: Shop, ask: Any, method: str, action: str) -> None:
        key_id = own_id(other_shop)
        nobody = f"dzpk_live_{'0' * 16}"
        messages = []
        for each in (key_id, nobody):
            error = refused(await shop.write(method, f"/v1/keys/{each}{action}"), 404, "not_found")
            messages.append(error["message"].replace(each, "ID"))
        assert messages[0] == messages[1] == "Key with ID ID not found"
        given(await ask(other_shop.token))

    @pytest.mark.parametrize(
        "name", ["1", "x", "%00", "dzpk_live_%00", "dzpk_live_", "قميص", "dzpk_live_" + "a" * 300, "%27%20OR%201"]
    )
    async def test_no_key(self, shop: Shop, name: str) -> None:
        for method, action in (("POST", "/rotate"), ("DELETE", "")):
            refused(await shop.write(method, f"/v1/keys/{name}{action}"), 404, "not_found")


class TestRotate:
    async def test_new_one_at_once_old_one_for_the_grace(self, shop: Shop, ask: Any) -> None:
        key = await create(shop)
        # It is in the cache with its first secret.
        given(await ask(key["bearer_token"]))
        path = f"/v1/keys/{key['key_id']}/rotate"
        rotated = given(await shop.write("POST", path, {"grace_seconds": 60}))
        assert list(rotated) == [*ROW, "bearer_token"]
        assert {name: rotated[name] for name in ROW} == {name: key[name] for name in ROW}
        assert rotated["bearer_token"] != key["bearer_token"]
        for token in (rotated["bearer_token"], key["bearer_token"]):
            given(await ask(token))
        rows = await engine.fetch(
            "SELECT previous_secret_until - now() AS left FROM api_keys WHERE key_id = $1", key["key_id"]
        )
        assert timedelta(seconds=30) < rows[0]["left"] <= timedelta(seconds=60)
        await set_times(key["key_id"], previous_secret_until=datetime.now(UTC))
        refused(await ask(key["bearer_token"]), 401, "unauthorized")
        given(await ask(rotated["bearer_token"]))

    async def test_no_grace(self, shop: Shop, ask: Any) -> None:
        key = await create(shop)
        rotated = given(await shop.write("POST", f"/v1/keys/{key['key_id']}/rotate", {"grace_seconds": 0}))
        key_cache.clear()
        refused(await ask(key["bearer_token"]), 401, "unauthorized")
        given(await ask(rotated["bearer_token"]))

    @pytest.mark.parametrize("body", [None, {}])
    async def test_a_day_by_default(self, shop: Shop, body: Any) -> None:
        key = await create(shop)
        given(await shop.write("POST", f"/v1/keys/{key['key_id']}/rotate", body))
        rows = await engine.fetch(
            "SELECT previous_secret_until - now() AS left FROM api_keys WHERE key_id = $1", key["key_id"]
        )
        assert timedelta(hours=23) < rows[0]["left"] <= timedelta(seconds=GRACE_MAXIMUM)

    async def test_twice_in_the_grace(self, shop: Shop, ask: Any) -> None:
        """One old secret works beside the new one, not more."""
        key = await create(shop)
        path = f"/v1/keys/{key['key_id']}/rotate"
        second, third = [given(await shop.write("POST", path)) for _ in range(2)]
        key_cache.clear()
        refused(await ask(key["bearer_token"]), 401, "unauthorized")
        for each in (second, third):
            given(await ask(each["bearer_token"]))

    async def test_itself(self, shop: Shop, ask: Any) -> None:
        path = f"/v1/keys/{own_id(shop)}/rotate"
        first, again = [await shop.write("POST", path, {"grace_seconds": 60}, key="k") for _ in range(2)]
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        given(await ask(given(first)["bearer_token"]))

    async def test_public_key(self, shop: Shop, application: Application) -> None:
        key = given(await shop.write("POST", "/v1/keys", PUBLIC), 201)
        path = f"/v1/keys/{key['key_id']}/rotate"
        pages = [Page(application, PublicKey(shop.store_id, 0, key["key_id"], key["signing_secret"]))]
        assert (await pages[0].track()).status_code == 202
        rotated = given(await shop.write("POST", path, {"grace_seconds": 60}))
        assert list(rotated) == [*ROW, "signing_secret"]
        pages.append(Page(application, PublicKey(shop.store_id, 0, key["key_id"], rotated["signing_secret"])))
        assert [(await page.track()).status_code for page in pages[::-1]] == [202, 202]
        await set_times(key["key_id"], previous_secret_until=datetime.now(UTC))
        assert [(await page.track()).status_code for page in pages] == [401, 202]
        given(await shop.write("POST", path, {"grace_seconds": 0}))
        key_cache.clear()
        assert (await pages[1].track()).status_code == 401

    @pytest.mark.parametrize("value", [-1, GRACE_MAXIMUM + 1, "60", 1.5, None, True])
    async def test_refused(self, shop: Shop, value: object) -> None:
        response = await shop.write("POST", f"/v1/keys/{own_id(shop)}/rotate", {"grace_seconds": value})
        assert refused_fields(response) == ["grace_seconds"]

    @pytest.mark.parametrize(("content", "status"), [(b"[]", 400), (b"{", 400), (b" ", 400)])
    async def test_body_that_is_none(self, shop: Shop, content: bytes, status: int) -> None:
        headers = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
        path = f"/v1/keys/{own_id(shop)}/rotate"
        response = await shop.client.post(path, content=content, headers=headers)
        refused(response, status, "bad_request")


class TestExpiry:
    async def test_stops_at_its_time(self, shop: Shop, ask: Any) -> None:
        key = await create(shop, expires_at=time_of(datetime.now(UTC) + timedelta(hours=1)))
        given(await ask(key["bearer_token"]))
        await set_times(key["key_id"], expires_at=datetime.now(UTC))
        assert "expired" in refused(await ask(key["bearer_token"]), 401, "unauthorized")["message"]

    async def test_expired_key_can_be_revoked(self, shop: Shop) -> None:
        async with engine.transaction():
            key = await platform_key_create(shop.store_id, "old", expires_at=datetime.now(UTC) - timedelta(days=1))
        given(await shop.write("DELETE", f"/v1/keys/{key.key_id}"))
        assert await listed(shop) == [own_id(shop)]
