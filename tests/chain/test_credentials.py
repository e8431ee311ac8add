"""Who asks: every 401 and its cause."""

import asyncio
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from db.engine import engine
from graph.keys import key_revoke, platform_key_create
from tests.conftest import Shop
from tests.rest.answers import given, refused, refused_query

pytestmark = pytest.mark.anyio

KEY_ID = "dzpk_live_0123456789abcdef"
SECRET = "0" * 64


async def refusal(client: httpx.AsyncClient, header: str | bytes) -> str:
    """Return the message of the 401 that an Authorization header gets."""
    response = await client.get("/v1/whoami", headers={b"Authorization": header})
    error = refused(response, 401, "unauthorized")
    assert list(error) == ["code", "message"]
    assert response.headers["www-authenticate"].startswith("Bearer")
    return str(error["message"])


class TestMissing:
    @pytest.mark.parametrize("path", ["whoami", "store", "products", "products/1", "categories"])
    async def test_get(self, anonymous: httpx.AsyncClient, path: str) -> None:
        response = await anonymous.get(f"/v1/{path}")
        assert "no Authorization header" in refused(response, 401, "unauthorized")["message"]

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "products"), ("PATCH", "products/1"), ("DELETE", "products/1")]
    )
    async def test_write(self, anonymous: httpx.AsyncClient, method: str, path: str) -> None:
        refused(await anonymous.request(method, f"/v1/{path}", content=b"{"), 401, "unauthorized")

    async def test_graphql(self, anonymous: httpx.AsyncClient) -> None:
        response = await anonymous.post("/graphql", json={"query": "{ viewer { name } }"})
        assert response.status_code == 401
        refused_query(response.json(), "unauthorized")


class TestMalformed:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            KEY_ID,
            f"{KEY_ID}.{SECRET}",
            f"Basic {KEY_ID}.{SECRET}",
            f"Bearer {KEY_ID}",
            f"Bearer {KEY_ID}.",
            f"Bearer .{SECRET}",
            f"Bearer {KEY_ID}.{SECRET} x",
            f"Bearer {KEY_ID} .{SECRET}",
            f"Bearer sk_live_0123.{SECRET}",
            f"Bearer dzpk_prod_0123.{SECRET}",
            f"Bearer {KEY_ID}.{'0' * 5_000}",
            f"Bearer {KEY_ID}{'0' * 5_000}.{SECRET}",
            f"Bearer {KEY_ID}.{SECRET}\x00",
            f"Bearer {KEY_ID}.\u202e{SECRET}".encode(),
            b"Bearer \xff\xfe.\xff",
            f"Bearer {KEY_ID}.{SECRET}, Bearer {KEY_ID}.{SECRET}",
            f"Bearer {KEY_ID}' OR 1=1 --.{SECRET}",
        ],
    )
    async def test_get(self, anonymous: httpx.AsyncClient, header: str | bytes) -> None:
        assert "malformed" in await refusal(anonymous, header)


class TestUnknownKeyAndWrongSecret:
    async def test_are_told_alike(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        key_id, secret = shop.token.split(".")
        unknown = await refusal(anonymous, f"Bearer {KEY_ID}.{secret}")
        wrong = await refusal(anonymous, f"Bearer {key_id}.{SECRET}")
        cut = await refusal(anonymous, f"Bearer {key_id}.{secret[:-1]}")
        assert unknown == wrong == cut

    async def test_secret_of_another_key(self, shop: Shop, other_shop: Shop, anonymous: httpx.AsyncClient) -> None:
        mixed = f"{shop.token.split('.')[0]}.{other_shop.token.split('.')[1]}"
        assert "not valid" in await refusal(anonymous, f"Bearer {mixed}")

    async def test_mode_in_the_id_counts(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        token = shop.token.replace("_live_", "_test_")
        assert "not valid" in await refusal(anonymous, f"Bearer {token}")

    async def test_revoked_key_with_a_wrong_secret(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        key_id = shop.token.split(".")[0]
        async with engine.transaction():
            await key_revoke(key_id)
        assert "not valid" in await refusal(anonymous, f"Bearer {key_id}.{SECRET}")

    async def test_public_key_is_no_platform_key(self, anonymous: httpx.AsyncClient) -> None:
        await refusal(anonymous, f"Bearer dzpub_live_0123.{SECRET}")


class TestScheme:
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
    async def test_any_case(self, shop: Shop, anonymous: httpx.AsyncClient, scheme: str) -> None:
        given(await anonymous.get("/v1/whoami", headers={"Authorization": f"{scheme} {shop.token}"}))


class TestRevoked:
    async def test_stops_within_a_second(self, shop: Shop) -> None:
        given(await shop.get("/v1/whoami"))
        async with engine.transaction():
            assert await key_revoke(shop.token.split(".")[0])
        # What counts is when it was asked: a busy machine may answer later.
        since = asked = time.monotonic()
        while (response := await shop.get("/v1/whoami")).status_code == 200:
            assert asked - since < 1.0
            await asyncio.sleep(0.02)
            asked = time.monotonic()
        assert "revoked" in refused(response, 401, "unauthorized")["message"]

    async def test_other_keys_stay(self, shop: Shop) -> None:
        async with engine.transaction():
            other = await platform_key_create(shop.store_id, "other")
            await key_revoke(other.key_id)
        given(await shop.get("/v1/whoami"))


class TestExpiry:
    async def whoami(self, shop: Shop, anonymous: httpx.AsyncClient, **age: Any) -> httpx.Response:
        async with engine.transaction():
            key = await platform_key_create(shop.store_id, "short", expires_at=datetime.now(UTC) + timedelta(**age))
        return await anonymous.get("/v1/whoami", headers={"Authorization": f"Bearer {key.bearer_token}"})

    async def test_past(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        response = await self.whoami(shop, anonymous, seconds=-1)
        assert "expired" in refused(response, 401, "unauthorized")["message"]

    async def test_future(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        given(await self.whoami(shop, anonymous, hours=1))

    async def test_ends_while_in_use(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        async with engine.transaction():
            end = datetime.now(UTC) + timedelta(seconds=0.3)
            key = await platform_key_create(shop.store_id, "short", expires_at=end)
        headers = {"Authorization": f"Bearer {key.bearer_token}"}
        given(await anonymous.get("/v1/whoami", headers=headers))
        asked = datetime.now(UTC)
        while (response := await anonymous.get("/v1/whoami", headers=headers)).status_code == 200:
            assert asked < end
            await asyncio.sleep(0.01)
            asked = datetime.now(UTC)
        assert datetime.now(UTC) >= end
        assert "expired" in refused(response, 401, "unauthorized")["message"]


class TestRotated:
    async def rotate(self, shop: Shop, until: timedelta) -> str:
        """Give the key a new secret, the old one good for so long; return the new token."""
        key_id, old = shop.token.split(".")
        new = secrets.token_hex(32)
        async with engine.transaction():
            await engine.write(
                "UPDATE api_keys SET previous_secret_hash = secret_hash, secret_hash = sha256($2::bytea),"
                " previous_secret_until = $3 WHERE key_id = $1",
                key_id,
                new.encode(),
                datetime.now(UTC) + until,
            )
        assert old
        return f"{key_id}.{new}"

    async def test_both_in_the_grace(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        for token in (await self.rotate(shop, timedelta(hours=1)), shop.token):
            given(await anonymous.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"}))

    async def test_old_one_after_it(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        await self.rotate(shop, timedelta(seconds=-1))
        assert "not valid" in await refusal(anonymous, f"Bearer {shop.token}")

    async def test_old_one_stops_within_a_second(self, shop: Shop) -> None:
        """Though the process remembers the key as it was."""
        given(await shop.get("/v1/whoami"))
        await self.rotate(shop, timedelta(seconds=-1))
        since = asked = time.monotonic()
        while (response := await shop.get("/v1/whoami")).status_code == 200:
            assert asked - since < 1.0
            await asyncio.sleep(0.02)
            asked = time.monotonic()
        refused(response, 401, "unauthorized")

    async def test_new_one_works_at_once(self, shop: Shop, anonymous: httpx.AsyncClient) -> None:
        """Though the process remembers the key as it was."""
        given(await shop.get("/v1/whoami"))
        token = await self.rotate(shop, timedelta(hours=1))
        given(await anonymous.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"}))


class TestStoredSecret:
    async def test_is_a_hash(self, shop: Shop) -> None:
        key_id, secret = shop.token.split(".")
        rows = await engine.fetch("SELECT api_keys::text AS stored FROM api_keys WHERE key_id = $1", key_id)
        assert len(bytes.fromhex(secret)) * 8 >= 256
        assert secret not in rows[0]["stored"]
        assert secret.encode().hex() not in rows[0]["stored"]
