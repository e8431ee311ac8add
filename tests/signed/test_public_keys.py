"""Public keys: what is stored of them, which scopes and origins they may have, and who they prove a client to be."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.engine import engine
from graph import sealing
from graph.errors import ApiError, Code
from graph.keys import authenticated, find_key, key_revoke
from graph.public_keys import named, origins, require_origin, signed_by
from graph.signatures import Signature, sign
from tests.conftest import APP_KEY, Shop
from tests.signed.clients import PublicKey
from tests.signed.conftest import PublicKeyMaker

pytestmark = pytest.mark.anyio

NONCE = "0f" * 16


def signature(key: PublicKey, body: bytes, secret: str | None = None) -> Signature:
    timestamp = str(int(time.time()))
    signed = sign((secret or key.signing_secret).encode(), key.key_id, NONCE, timestamp, body)
    return Signature(timestamp, NONCE, signed)


async def refusal(key: PublicKey, key_id: str | None = None, secret: str | None = None) -> str:
    """Return the message of the 401 that a signed request of this key gets."""
    found = await find_key(key.key_id if key_id is None else key_id)
    with pytest.raises(ApiError) as caught:
        signed_by(found, key.key_id, signature(key, b"{}", secret), b"{}")
    assert caught.value.code is Code.UNAUTHORIZED
    return caught.value.message


class TestCreate:
    async def test_what_it_is(self, make_key: PublicKeyMaker) -> None:
        for livemode, prefix in ((True, "dzpub_live_"), (False, "dzpub_test_")):
            key = await make_key(livemode=livemode)
            assert key.key_id.startswith(prefix)
            assert len(bytes.fromhex(key.signing_secret)) == 32
            stored = await find_key(key.key_id)
            assert stored is not None
            assert stored.context.key_type == "public"
            assert stored.context.livemode is livemode
            assert stored.context.scopes == {"signups:write", "events:write"}

    async def test_its_secret_is_sealed(self, key: PublicKey) -> None:
        rows = await engine.fetch(
            "SELECT api_keys::text AS shown, signing_secret FROM api_keys WHERE id = $1", key.row_id
        )
        assert key.signing_secret not in rows[0]["shown"]
        assert key.signing_secret.encode().hex() not in rows[0]["shown"]
        assert bytes.fromhex(key.signing_secret).hex() not in rows[0]["shown"]
        assert sealing.unseal(rows[0]["signing_secret"]) == key.signing_secret.encode()

    async def test_storefront_scopes(self, make_key: PublicKeyMaker) -> None:
        key = await make_key(granted=["storefront:read", "checkout:write"])
        stored = await find_key(key.key_id)
        assert stored is not None
        assert stored.context.scopes == {"storefront:read", "checkout:write"}

    @pytest.mark.parametrize("scope", ["products:read", "orders:write", "everything", ""])
    async def test_other_scopes(self, shop: Shop, make_key: PublicKeyMaker, scope: str) -> None:
        with pytest.raises(ApiError) as caught:
            await make_key(shop.store_id, granted=["events:write", scope])
        assert caught.value.code is Code.BAD_REQUEST
        rows = await engine.fetch("SELECT 1 FROM api_keys WHERE store_id = $1 AND type = 'public'", shop.store_id)
        assert rows == []

    async def test_the_database_wants_a_signing_secret(self, key: PublicKey, shop: Shop) -> None:
        with pytest.raises(Exception, match="signing_secret_fits_type"):
            async with engine.transaction():
                await engine.write("UPDATE api_keys SET signing_secret = NULL WHERE id = $1", key.row_id)
        with pytest.raises(Exception, match="signing_secret_fits_type"):
            async with engine.transaction():
                await engine.write("UPDATE api_keys SET signing_secret = 'x' WHERE store_id = $1", shop.store_id)


class TestSigned:
    async def test_right(self, key: PublicKey) -> None:
        context = signed_by(await find_key(key.key_id), key.key_id, signature(key, b"{}"), b"{}")
        assert (context.store_id, context.api_key_id) == (key.store_id, key.row_id)

    async def test_wrong_secret_and_unknown_key_are_told_alike(self, key: PublicKey, make_key: PublicKeyMaker) -> None:
        other = await make_key()
        wrong = await refusal(key, secret=other.signing_secret)
        unknown = await refusal(key, key_id="dzpub_live_0000000000000000")
        assert wrong == unknown

    async def test_platform_key_signs_nothing(self, shop: Shop, key: PublicKey) -> None:
        assert "not valid" in await refusal(key, key_id=shop.token.partition(".")[0])

    async def test_public_key_is_no_bearer(self, key: PublicKey) -> None:
        with pytest.raises(ApiError, match="not valid"):
            authenticated(await find_key(key.key_id), key.signing_secret)

    async def test_revoked(self, key: PublicKey) -> None:
        async with engine.transaction():
            assert await key_revoke(key.key_id)
        assert "revoked" in await refusal(key)
        assert "not valid" in await refusal(key, secret="0" * 64)

    async def test_expired(self, make_key: PublicKeyMaker) -> None:
        key = await make_key(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        assert "expired" in await refusal(key)

    async def test_after_a_rotation_of_the_app_key(self, key: PublicKey) -> None:
        sealing.use(f"{'n' * 32},{APP_KEY}")
        signed_by(await find_key(key.key_id), key.key_id, signature(key, b"{}"), b"{}")

    async def test_without_its_app_key_it_is_our_fault(self, key: PublicKey) -> None:
        sealing.use("n" * 32)
        found = await find_key(key.key_id)
        with pytest.raises(sealing.Unsealable):
            signed_by(found, key.key_id, signature(key, b"{}"), b"{}")


class TestNamed:
    async def test_right(self, key: PublicKey) -> None:
        assert named(await find_key(key.key_id)).store_id == key.store_id

    async def test_unknown(self) -> None:
        with pytest.raises(ApiError, match="no such public key"):
            named(await find_key("dzpub_live_0000000000000000"))

    async def test_platform_key(self, shop: Shop) -> None:
        with pytest.raises(ApiError, match="no such public key"):
            named(await find_key(shop.token.partition(".")[0]))


class TestOrigins:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("https://shop.example", "https://shop.example"),
            ("HTTPS://Shop.Example", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("http://shop.example:80", "http://shop.example"),
            ("https://shop.example:8443", "https://shop.example:8443"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://xn--mgbab4d.example", "https://xn--mgbab4d.example"),
        ],
    )
    def test_as_browsers_send_them(self, given: str, kept: str) -> None:
        assert origins([given, given]) == (kept,)

    @pytest.mark.parametrize(
        "given",
        [
            "",
            "*",
            "null",
            "shop.example",
            "https://",
            "https://*.shop.example",
            "https://shop.example/",
            "https://shop.example/path",
            "https://shop.example?x",
            "https://shop.example#x",
            "https://a@shop.example",
            "https://shop.example:0",
            "https://shop.example:65536",
            "https://shop.example:x",
            "https://shop..example",
            "https://متجر.example",
            "https://shop.example ",
            "https://shop.example\n",
            "https://a b",
            "https://-.example",
            "https://[::1",
            "https://[zz]",
            "https://" + "a" * 300,
            "ftp://a.b",
            "javascript://shop.example",
        ],
    )
    def test_others(self, given: str) -> None:
        with pytest.raises(ApiError) as caught:
            origins([given])
        assert caught.value.details[0].field == "allowed_origins"

    def test_at_most_fifty(self) -> None:
        fifty = [f"https://shop-{number}.example" for number in range(50)]
        assert origins(fifty) == tuple(fifty)
        with pytest.raises(ApiError, match="allowed_origins"):
            origins([*fifty, "https://one-more.example"])


class TestRequireOrigin:
    async def context(self, make_key: PublicKeyMaker, **options: Any) -> Any:
        return named(await find_key((await make_key(**options)).key_id))

    async def test_list(self, make_key: PublicKeyMaker) -> None:
        context = await self.context(make_key, allowed_origins=["https://shop.example", "http://localhost:5173"])
        for allowed in (None, "https://shop.example", "http://localhost:5173"):
            require_origin(context, allowed)
        for refused in ("https://evil.example", "http://shop.example", "https://shop.example:8443", "null", ""):
            with pytest.raises(ApiError) as caught:
                require_origin(context, refused)
            assert caught.value.code is Code.FORBIDDEN

    async def test_no_list(self, make_key: PublicKeyMaker) -> None:
        context = await self.context(make_key)
        for allowed in (None, "https://evil.example", "null"):
            require_origin(context, allowed)
