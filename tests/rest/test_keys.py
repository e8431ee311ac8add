"""`/v1/keys`: which there are, and what a key may do with the others of its store (`contract.md §3`, §8)."""

import asyncio
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.asgi import Application
from app.chain.credentials import keys as key_cache
from db.engine import engine
from graph.api_keys import ACTIVE_MAXIMUM
from graph.keys import key_hold
from graph.scopes import defaults
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import TIME, given, refused, refused_fields
from tests.rest.keys import PLATFORM, PUBLIC, ROW, ask, create, listed, make_expiring, own_id, set_times, time_of
from tests.signed.clients import Page, PublicKey

__all__ = ["ask", "make_expiring"]

pytestmark = pytest.mark.anyio


class TestCreate:
    async def test_platform_key(self, shop: Shop, ask: Any) -> None:
        key = await create(shop)
        assert list(key) == [*ROW, "bearer_token"]
        assert re.fullmatch(r"dzpk_live_[0-9a-f]{16}", key["key_id"])
        assert re.fullmatch(re.escape(key["key_id"]) + r"\.[0-9a-f]{64}", key["bearer_token"])
        assert TIME.fullmatch(key["created_at"])
        shown = {name: key[name] for name in ROW if name not in ("key_id", "created_at")}
        assert shown == {
            "type": "platform",
            "name": "ERP",
            "scopes": list(defaults("platform")),
            "rate_limit_tier": "pro_plus",
            "status": "active",
            "last_used_at": None,
            "last_used_ip": None,
            "expires_at": None,
        }
        who = given(await ask(key["bearer_token"]))
        assert (who["key_id"], who["store_id"], who["scopes"]) == (key["key_id"], shop.store_id, key["scopes"])

    async def test_public_key(self, shop: Shop, application: Application) -> None:
        key = given(await shop.write("POST", "/v1/keys", PUBLIC), 201)
        assert list(key) == [*ROW, "signing_secret"]
        assert re.fullmatch(r"dzpub_live_[0-9a-f]{16}", key["key_id"])
        assert re.fullmatch(r"[0-9a-f]{64}", key["signing_secret"])
        assert key["scopes"] == list(defaults("public"))
        page = Page(application, PublicKey(shop.store_id, 0, key["key_id"], key["signing_secret"]))
        assert (await page.track()).status_code == 202

    async def test_every_member(self, shop: Shop) -> None:
        end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
        body = PUBLIC | {
            "scopes": ["storefront:read", "checkout:write"],
            "livemode": False,
            "expires_at": end.isoformat(),
            "allowed_origins": ["https://Shop.Example:443", "http://localhost:5173"],
        }
        key = given(await shop.write("POST", "/v1/keys", body), 201)
        assert key["key_id"].startswith("dzpub_test_")
        assert (key["scopes"], key["expires_at"]) == (body["scopes"], time_of(end))
        rows = await engine.fetch("SELECT allowed_origins FROM api_keys WHERE key_id = $1", key["key_id"])
        assert rows[0]["allowed_origins"] == ["https://shop.example", "http://localhost:5173"]

    async def test_time_as_resources_have_it(self, shop: Shop) -> None:
        end = time_of(datetime.now(UTC) + timedelta(days=1))
        assert (await create(shop, expires_at=end))["expires_at"] == end
        assert (await create(shop, expires_at=None))["expires_at"] is None

    @pytest.mark.parametrize(
        ("fields", "blamed"),
        [
            ({"type": "secret"}, ["type"]),
            ({"type": None}, ["type"]),
            ({"name": ""}, ["name"]),
            ({"name": "a" * 101}, ["name"]),
            ({"name": "a\0"}, ["name"]),
            ({"scopes": []}, ["scopes"]),
            ({"scopes": None}, ["scopes"]),
            ({"scopes": "products:read"}, ["scopes"]),
            ({"scopes": ["everything"]}, ["scopes.0"]),
            ({"scopes": ["orders:read", ["products:read"]]}, ["scopes.1"]),
            ({"scopes": ["products:read", "products:read"]}, ["scopes"]),
            ({"scopes": ["products:read", "events:write"]}, ["scopes"]),
            ({"type": "public", "scopes": ["events:write", "products:read"]}, ["scopes"]),
            ({"livemode": "false"}, ["livemode"]),
            ({"livemode": None}, ["livemode"]),
            ({"expires_at": "tomorrow"}, ["expires_at"]),
            ({"expires_at": "2020-01-01 00:00:00"}, ["expires_at"]),
            ({"expires_at": 5}, ["expires_at"]),
            ({"allowed_origins": ["https://shop.example"]}, ["allowed_origins"]),
            ({"type": "public", "allowed_origins": ["shop.example"]}, ["allowed_origins"]),
            ({"type": "public", "allowed_origins": "https://shop.example"}, ["allowed_origins"]),
            ({"type": "public", "allowed_origins": [f"https://s{n}.example" for n in range(51)]}, ["allowed_origins"]),
            ({"status": "active"}, ["status"]),
            ({"secret": "x"}, ["secret"]),
        ],
        ids=str,
    )
    async def test_refused(self, shop: Shop, fields: dict[str, Any], blamed: list[str]) -> None:
        assert refused_fields(await shop.write("POST", "/v1/keys", PLATFORM | fields)) == blamed
        assert len(await listed(shop)) == 1

    async def test_required(self, shop: Shop) -> None:
        assert refused_fields(await shop.write("POST", "/v1/keys", {})) == ["type", "name"]

    async def test_secret_is_stored_nowhere(self, shop: Shop) -> None:
        tokens = [(await create(shop))["bearer_token"].partition(".")[2]]
        tokens.append(given(await shop.write("POST", "/v1/keys", PUBLIC), 201)["signing_secret"])
        key_id = (await create(shop))["key_id"]
        rotated = given(await shop.write("POST", f"/v1/keys/{key_id}/rotate", {}))
        tokens.append(rotated["bearer_token"].partition(".")[2])
        rows = await engine.fetch(
            "SELECT api_keys::text AS stored FROM api_keys WHERE store_id = $1"
            " UNION ALL SELECT l::text FROM idempotency_keys l JOIN api_keys k ON k.id = l.api_key_id"
            " WHERE k.store_id = $1",
            shop.store_id,
        )
        assert len(rows) >= 8
        stored = " ".join(row["stored"] for row in rows)
        for token in tokens:
            for form in (token, token.encode().hex(), bytes.fromhex(token).hex()):
                assert form not in stored

    async def test_is_replayed_byte_for_byte(self, shop: Shop) -> None:
        first, again = [await shop.write("POST", "/v1/keys", PLATFORM, key="k") for _ in range(2)]
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert len(await listed(shop)) == 2
        rows = await engine.fetch("SELECT sealed FROM idempotency_keys WHERE idempotency_key = 'k'::bytea")
        assert True in [row["sealed"] for row in rows]


class TestSubset:
    """A key can touch only keys that may do no more, and for no longer, than it does itself."""

    async def test_scopes_of_its_own(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read", "orders:read"])
        for granted in (["products:read"], ["orders:read", "products:read"]):
            assert (await create(shop, scopes=granted))["scopes"] == granted

    @pytest.mark.parametrize("granted", [["products:write"], ["products:read", "usage:read"], None])
    async def test_scopes_that_it_lacks(self, make_shop: ShopMaker, granted: list[str] | None) -> None:
        shop = await make_shop(["products:read"])
        body = PLATFORM | ({} if granted is None else {"scopes": granted})
        error = refused(await shop.write("POST", "/v1/keys", body), 403, "forbidden")
        assert error["required_scope"] in (granted or defaults("platform"))
        assert error["required_scope"] != "products:read"

    async def test_public_scopes_are_free(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["usage:read"])
        granted = ["signups:write", "events:write", "storefront:read", "checkout:write"]
        key = given(await shop.write("POST", "/v1/keys", PUBLIC | {"scopes": granted}), 201)
        given(await shop.write("POST", f"/v1/keys/{key['key_id']}/rotate", {}))
        given(await shop.write("DELETE", f"/v1/keys/{key['key_id']}"))

    @pytest.mark.parametrize(("method", "action"), [("POST", "/rotate"), ("DELETE", "")])
    async def test_others_scopes(self, shop: Shop, make_shop: ShopMaker, ask: Any, method: str, action: str) -> None:
        weak = await make_shop(["products:read"], store_id=shop.store_id)
        strong, equal = await create(shop, scopes=["products:write"]), await create(shop, scopes=["products:read"])
        response = await weak.write(method, f"/v1/keys/{strong['key_id']}{action}")
        assert refused(response, 403, "forbidden")["required_scope"] == "products:write"
        given(await ask(strong["bearer_token"]))
        given(await weak.write(method, f"/v1/keys/{equal['key_id']}{action}"))

    async def test_ends_no_later(self, make_expiring: Any) -> None:
        shop = await make_expiring()
        now = datetime.now(UTC)
        for end in (None, time_of(now + timedelta(hours=2))):
            for kind in (PLATFORM, PUBLIC):
                response = await shop.write("POST", "/v1/keys", kind | {"expires_at": end})
                assert "expires" in refused(response, 403, "forbidden")["message"]
        refused(await shop.write("POST", "/v1/keys", PLATFORM), 403, "forbidden")
        await create(shop, expires_at=time_of(now + timedelta(minutes=59)))

    @pytest.mark.parametrize(("method", "action"), [("POST", "/rotate"), ("DELETE", "")])
    async def test_others_end(self, shop: Shop, make_expiring: Any, method: str, action: str) -> None:
        expiring = await make_expiring(shop.store_id)
        longer = await create(shop)
        shorter = await create(shop, expires_at=time_of(datetime.now(UTC) + timedelta(minutes=30)))
        refused(await expiring.write(method, f"/v1/keys/{longer['key_id']}{action}"), 403, "forbidden")
        given(await expiring.write(method, f"/v1/keys/{shorter['key_id']}{action}"))

    async def test_held_to_registered_operations(self, shop: Shop, make_shop: ShopMaker) -> None:
        """What a key that runs registered operations alone makes does so too, and any other it can't touch."""
        held = await make_shop(store_id=shop.store_id)
        async with engine.transaction():
            await key_hold(own_id(held), registered_operations_only=True)
        key_cache.clear()
        free, made = await create(shop), await create(held)
        rows = await engine.fetch(
            "SELECT key_id FROM api_keys WHERE store_id = $1 AND registered_operations_only", shop.store_id
        )
        assert {row["key_id"] for row in rows} == {own_id(held), made["key_id"]}
        for method, action in (("POST", "/rotate"), ("DELETE", "")):
            refused(await held.write(method, f"/v1/keys/{free['key_id']}{action}"), 403, "forbidden")
            given(await held.write(method, f"/v1/keys/{made['key_id']}{action}"))

    async def test_live_key_makes_test_keys(self, shop: Shop, ask: Any) -> None:
        key = await create(shop, livemode=False)
        assert key["key_id"].startswith("dzpk_test_")
        assert given(await ask(key["bearer_token"]))["livemode"] is False
        assert await listed(shop) == [own_id(shop)]

    async def test_test_key_makes_test_keys_alone(self, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False)
        for body in (PLATFORM, PLATFORM | {"livemode": True}):
            assert "test key" in refused(await sandbox.write("POST", "/v1/keys", body), 403, "forbidden")["message"]
        key = await create(sandbox, livemode=False)
        assert await listed(sandbox) == [key["key_id"], own_id(sandbox)]

    @pytest.mark.parametrize(("method", "action"), [("POST", "/rotate"), ("DELETE", "")])
    @pytest.mark.parametrize("livemode", [True, False])
    async def test_keys_of_the_other_mode(
        self, shop: Shop, make_shop: ShopMaker, ask: Any, method: str, action: str, livemode: bool
    ) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        one, other = (shop, sandbox) if livemode else (sandbox, shop)
        response = await one.write(method, f"/v1/keys/{own_id(other)}{action}")
        assert "mode" in refused(response, 403, "forbidden")["message"]
        given(await ask(other.token))

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/v1/keys"), ("POST", "/v1/keys/{}/rotate"), ("DELETE", "/v1/keys/{}")]
    )
    async def test_public_key_touches_none(self, shop: Shop, application: Application, method: str, path: str) -> None:
        key = given(await shop.write("POST", "/v1/keys", PUBLIC), 201)
        page = Page(application, PublicKey(shop.store_id, 0, key["key_id"], key["signing_secret"]))
        body = b'{"type": "public", "name": "x"}' if path == "/v1/keys" else b"{}"
        headers = page.key.headers(body, idempotency_key=secrets.token_hex(8))
        path = path.format(key["key_id"])
        response = await page.client.request(method, path, content=body, headers=headers)
        assert "platform key" in refused(response, 403, "forbidden")["message"]
        listing = await page.client.get("/v1/keys", headers={"Authorization": f"DZ-Public {key['key_id']}"})
        refused(listing, 403, "forbidden")
        assert len(await listed(shop)) == 2


class TestMost:
    async def fill(self, shop: Shop, count: int, **columns: str) -> None:
        names, values = "".join(f", {name}" for name in columns), "".join(f", {sql}" for sql in columns.values())
        async with engine.transaction():
            await engine.write(
                f"INSERT INTO api_keys (store_id, key_id, type, name, secret_hash{names})"
                " SELECT $1, 'dzpk_live_' || replace(gen_random_uuid()::text, '-', ''), 'platform', 'x', sha256('x')"
                f"{values} FROM generate_series(1, $2)",
                shop.store_id,
                count,
            )

    async def test_one_too_many(self, shop: Shop) -> None:
        await self.fill(shop, ACTIVE_MAXIMUM - 2)
        last = await create(shop)
        assert str(ACTIVE_MAXIMUM) in refused(await shop.write("POST", "/v1/keys", PUBLIC), 409, "conflict")["message"]
        given(await shop.write("DELETE", f"/v1/keys/{last['key_id']}"))
        await create(shop)

    async def test_what_does_not_count(self, shop: Shop, other_shop: Shop) -> None:
        await self.fill(other_shop, ACTIVE_MAXIMUM)
        await self.fill(shop, 50, status="'revoked'", revoked_at="now()")
        await self.fill(shop, 50, expires_at="now()")
        await self.fill(shop, ACTIVE_MAXIMUM, livemode="false")
        await create(shop)

    async def test_many_at_once_for_the_last(self, shop: Shop) -> None:
        await self.fill(shop, ACTIVE_MAXIMUM - 2)
        responses = await asyncio.gather(*(shop.write("POST", "/v1/keys", PLATFORM) for _ in range(6)))
        assert sorted(response.status_code for response in responses) == [201, 409, 409, 409, 409, 409]
        rows = await engine.fetch("SELECT count(*) FROM api_keys WHERE store_id = $1", shop.store_id)
        assert rows[0]["count"] == ACTIVE_MAXIMUM


class TestList:
    async def test_members_and_order(self, shop: Shop, other_shop: Shop) -> None:
        await create(other_shop)
        made = [await create(shop, name=f"k{number}") for number in range(3)]
        page = given(await shop.get("/v1/keys?limit=2"))
        assert [list(row) for row in page["items"]] == [ROW, ROW]
        rest = given(await shop.get("/v1/keys", params={"limit": 2, "cursor": page["next_cursor"]}))
        found = [row["key_id"] for row in page["items"] + rest["items"]]
        assert found == [key["key_id"] for key in made[::-1]] + [own_id(shop)]
        assert (page["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)

    async def test_any_platform_key(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["usage:read"])
        assert await listed(shop) == [own_id(shop)]

    async def test_revoked_are_gone_expired_are_told(self, shop: Shop) -> None:
        revoked, expired = await create(shop), await create(shop)
        given(await shop.write("DELETE", f"/v1/keys/{revoked['key_id']}"))
        await set_times(expired["key_id"], expires_at=datetime.now(UTC))
        rows = given(await shop.get("/v1/keys"))["items"]
        assert [(row["key_id"], row["status"]) for row in rows] == [
            (expired["key_id"], "expired"),
            (own_id(shop), "active"),
        ]

    async def test_last_use(self, shop: Shop) -> None:
        used = datetime(2026, 4, 30, 14, 22, 10, tzinfo=UTC)
        key = await create(shop)
        async with engine.transaction():
            await engine.write(
                "UPDATE api_keys SET last_used_at = $2, last_used_ip = '10.0.0.1' WHERE key_id = $1",
                key["key_id"],
                used,
            )
        row = given(await shop.get("/v1/keys"))["items"][0]
        assert (row["last_used_at"], row["last_used_ip"]) == ("2026-04-30 14:22:10", "10.0.0.1")

    async def test_is_never_kept(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        for _ in range(2):
            assert "x-cache" not in (await shop.get("/v1/keys")).headers
