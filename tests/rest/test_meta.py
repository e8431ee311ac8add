"""`/v1/ping`, `/v1/whoami` and `/v1/store`."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.asgi import Application
from db.engine import engine
from graph.keys import platform_key_create
from graph.scopes import defaults
from tests.addresses import fresh_address
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import TIME, given, refused

pytestmark = pytest.mark.anyio


async def change_store(shop: Shop, assignments: str, *values: object) -> None:
    async with engine.transaction():
        await engine.write(f"UPDATE stores SET {assignments} WHERE id = $1", shop.store_id, *values)


class TestPing:
    async def test_anonymous(self, application: Application) -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(application, client=(fresh_address(), 1)), base_url="http://test"
        ) as client:
            pong = given(await client.get("/v1/ping"))
        assert list(pong) == ["pong", "time", "edge"]
        assert pong["pong"] is True
        assert isinstance(pong["edge"], bool)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", pong["time"])
        assert abs(datetime.now(UTC) - datetime.fromisoformat(pong["time"])) < timedelta(seconds=5)


class TestWhoami:
    async def test_members_in_order(self, shop: Shop) -> None:
        viewer = given(await shop.get("/v1/whoami"))
        members = ["key_id", "type", "name", "scopes", "store_id", "store", "tier", "livemode", "expires_at"]
        assert [name for name in viewer if name != "rate_limit"] == members
        assert list(viewer["store"]) == ["id", "name", "slug"]

    async def test_default_key(self, shop: Shop) -> None:
        viewer = given(await shop.get("/v1/whoami"))
        assert viewer["key_id"] == shop.token.split(".")[0]
        assert viewer["type"] == "platform"
        assert viewer["name"] == "test"
        assert tuple(viewer["scopes"]) == defaults("platform")
        assert viewer["store_id"] == viewer["store"]["id"] == shop.store_id
        assert viewer["tier"] == "pro_plus"
        assert viewer["livemode"] is True
        assert viewer["expires_at"] is None

    async def test_default_scopes_are_the_announced_ones(self, shop: Shop) -> None:
        announced = (
            "store:read store:write products:read products:write orders:read orders:write customers:read"
            " landing_pages:read landing_pages:write webhooks:read webhooks:write usage:read"
        )
        assert given(await shop.get("/v1/whoami"))["scopes"] == announced.split()

    async def test_key_without_scopes(self, make_shop: ShopMaker) -> None:
        shop = await make_shop([])
        assert given(await shop.get("/v1/whoami"))["scopes"] == []

    async def test_key_that_expires(self, shop: Shop) -> None:
        async with engine.transaction():
            key = await platform_key_create(shop.store_id, "شهر", expires_at=datetime(2999, 1, 2, 3, 4, 5, tzinfo=UTC))
        viewer = given(await shop.get("/v1/whoami", headers={"Authorization": f"Bearer {key.bearer_token}"}))
        assert viewer["expires_at"] == "2999-01-02 03:04:05"
        assert viewer["name"] == "شهر"

    async def test_test_mode(self, shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        viewer = given(await sandbox.get("/v1/whoami"))
        assert viewer["livemode"] is False
        assert viewer["key_id"].startswith("dzpk_test_")
        assert viewer["store_id"] == shop.store_id


class TestGetStore:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read"])
        assert refused(await shop.get("/v1/store"), 403, "forbidden")["required_scope"] == "store:read"

    async def test_members_in_order(self, shop: Shop) -> None:
        store = given(await shop.get("/v1/store"))
        assert " ".join(store) == (
            "id name slug language description logo favicon banner theme subdomain custom_domain"
            " custom_domain_verified public_url hide_branding currency plan created_at"
        )
        assert list(store["theme"]) == ["primary_color", "secondary_color", "background_color", "font_family"]
        assert list(store["plan"]) == ["tier", "limits"]

    async def test_new_store(self, shop: Shop) -> None:
        store = given(await shop.get("/v1/store"))
        assert store["id"] == shop.store_id
        assert store["language"] == "ar"
        assert store["currency"] == "DZD"
        assert store["hide_branding"] is False
        assert store["custom_domain_verified"] is False
        cleared = ("description", "logo", "favicon", "banner", "custom_domain")
        assert [store[name] for name in cleared] == [None] * len(cleared)
        assert TIME.fullmatch(store["created_at"])

    @pytest.mark.parametrize(
        ("tier", "limits"),
        [
            ("free", [10_000, 100, 1_000, 30]),
            ("pro", [500_000, 5_000, 50_000, 300]),
            ("pro_plus", [5_000_000, 50_000, 500_000, 1_200]),
            ("enterprise", [-1, -1, -1, 6_000]),
        ],
    )
    async def test_limits_of_tier(self, make_shop: ShopMaker, tier: str, limits: list[int]) -> None:
        shop = await make_shop(tier=tier)
        plan = given(await shop.get("/v1/store"))["plan"]
        names = ["requests_per_month", "signups_per_month", "webhooks_per_month", "requests_per_minute"]
        assert plan == {"tier": tier, "limits": dict(zip(names, limits, strict=True))}

    async def test_limits_overridden(self, shop: Shop) -> None:
        await change_store(shop, "limit_overrides = $2", '{"requests_per_minute": 10000000}')
        limits = given(await shop.get("/v1/store"))["plan"]["limits"]
        assert limits["requests_per_minute"] == 10_000_000
        assert limits["requests_per_month"] == 5_000_000

    async def test_public_url(self, shop: Shop) -> None:
        store = given(await shop.get("/v1/store"))
        assert store["public_url"] == f"https://{store['subdomain']}.dzbuild.app"
        domain = f"{store['subdomain']}.dz"
        await change_store(shop, "custom_domain = $2", domain)
        assert given(await shop.get("/v1/store"))["public_url"] == store["public_url"]
        await change_store(shop, "custom_domain_verified = true")
        assert given(await shop.get("/v1/store"))["public_url"] == f"https://{domain}"

    async def test_own_store_alone(self, shop: Shop, other_shop: Shop) -> None:
        assert given(await shop.get("/v1/store"))["id"] == shop.store_id
        assert given(await other_shop.get("/v1/store"))["id"] == other_shop.store_id
