"""Windows, months and their headers, through the surfaces (`contract.md §4`)."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.asgi import Application
from app.chain.address import addresses
from app.chain.request import begin
from app.chain.valkey import valkey
from app.settings import Settings, listed
from app.workers.usage import recorder
from db.engine import engine
from graph.public_keys import public_key_create
from graph.usage import month_count
from tests.conftest import Shop, ShopMaker

pytestmark = pytest.mark.anyio

strangers = (f"203.0.113.{number}" for number in itertools.count(1))
COSTLY = "{ products(first: 200) { nodes { images { url } variants { name } category { name } } } }"


@pytest.fixture
async def free_shop(make_shop: ShopMaker) -> Shop:
    return await make_shop(tier="free")


async def use_up(shop: Shop, count: int, kind: str = "request", *, livemode: bool = True, public: bool = False) -> None:
    """Let a store have used so much of this month."""
    async with engine.transaction():
        await engine.write(
            "INSERT INTO usage_hours (store_id, livemode, kind, period_hour, endpoint_group, count, public)"
            " VALUES ($1, $2, $3, date_trunc('hour', now()), 'products', $4, $5)",
            shop.store_id,
            livemode,
            kind,
            count,
            public,
        )


class TestWindow:
    async def test_headers_count_down(self, free_shop: Shop) -> None:
        for passed in (1, 2, 3):
            response = await free_shop.get("/v1/products")
            assert response.headers["x-ratelimit-limit"] == "30"
            assert response.headers["x-ratelimit-remaining"] == str(30 - passed)
            assert 59 <= int(response.headers["x-ratelimit-reset"]) <= 61
            assert response.headers["ratelimit-policy"] == '"minute";q=30;w=60'
            assert (
                response.headers["ratelimit"] == f'"minute";r={30 - passed};t={response.headers["x-ratelimit-reset"]}'
            )

    async def test_full(self, free_shop: Shop) -> None:
        for _ in range(30):
            assert (await free_shop.get("/v1/whoami")).status_code == 200
        for _ in range(3):
            response = await free_shop.get("/v1/products")
            assert response.status_code == 429
            error = response.json()["error"]
            assert error["code"] == "rate_limited"
            assert 55 <= error["retry_after"] <= 61
            assert response.headers["retry-after"] == str(error["retry_after"])
            assert response.headers["x-ratelimit-remaining"] == "0"
        await recorder.flush()
        now = datetime.now(UTC)
        assert (await month_count(free_shop.store_id, True, now.year, now.month))[0] == 30

    async def test_refused_without_a_query(self, free_shop: Shop, statements: Any) -> None:
        for _ in range(30):
            await free_shop.get("/v1/whoami")
        with statements.counted() as sent:
            for _ in range(5):
                assert (await free_shop.get("/v1/products")).status_code == 429
        assert sent == []

    async def test_each_key_has_its_own(self, free_shop: Shop, make_shop: ShopMaker) -> None:
        other = await make_shop(store_id=free_shop.store_id)
        for _ in range(30):
            await free_shop.get("/v1/whoami")
        assert (await free_shop.get("/v1/whoami")).status_code == 429
        assert (await other.get("/v1/whoami")).headers["x-ratelimit-remaining"] == "29"

    async def test_errors_and_replays_count(self, free_shop: Shop) -> None:
        assert (await free_shop.get("/v1/products/0")).headers["x-ratelimit-remaining"] == "29"
        assert (await free_shop.write("POST", "/v1/products", {})).headers["x-ratelimit-remaining"] == "28"
        body = {"name": "a", "price": 1}
        for left in ("27", "26"):
            response = await free_shop.write("POST", "/v1/products", body, key="k")
            assert response.headers["x-ratelimit-remaining"] == left
        assert response.headers["idempotency-replayed"] == "true"

    async def test_whoami_says_the_same(self, free_shop: Shop) -> None:
        await free_shop.get("/v1/store")
        response = await free_shop.get("/v1/whoami")
        rate = response.json()["data"]["rate_limit"]
        assert rate == {"limit": 30, "remaining": 28, "reset": int(response.headers["x-ratelimit-reset"])}
        answer = await free_shop.graphql("{ viewer { rateLimit { limit remaining } } }")
        assert answer["data"]["viewer"]["rateLimit"] == {"limit": 30, "remaining": 27}

    async def test_override_raises_it(self, free_shop: Shop) -> None:
        async with engine.transaction():
            await engine.write(
                """UPDATE stores SET limit_overrides = '{"requests_per_minute": 77}' WHERE id = $1""",
                free_shop.store_id,
            )
        assert (await free_shop.get("/v1/whoami")).headers["x-ratelimit-limit"] == "77"


class TestGraphQLCost:
    async def test_units(self, shop: Shop) -> None:
        assert (await shop.get("/v1/whoami")).headers["x-ratelimit-remaining"] == "1199"
        answer = await shop.graphql(COSTLY)
        assert answer["extensions"]["cost"] == {
            "requested": 4401,
            "limit": 10_000,
            "units": 5,
            "executedAs": "plan",
        }
        assert (await shop.get("/v1/whoami")).headers["x-ratelimit-remaining"] == str(1199 - 5 - 1)

    async def test_variables_count(self, shop: Shop) -> None:
        query = "query ($n: Int) { products(first: $n) { nodes { name } } }"
        assert (await shop.graphql(query, {"n": 3}))["extensions"]["cost"]["requested"] == 4
        assert (await shop.graphql(query))["extensions"]["cost"]["requested"] == 51

    async def test_too_costly(self, shop: Shop) -> None:
        thrice = (
            COSTLY[:-1]
            + COSTLY[2:-1].replace("products", "more: products")
            + COSTLY[2:].replace("products", "most: products")
        )
        response = await shop.client.post(
            "/graphql", json={"query": thrice}, headers={"Accept": "application/graphql-response+json"}
        )
        assert response.status_code == 400
        assert "13203" in response.json()["errors"][0]["message"]
        assert response.headers["x-ratelimit-remaining"] == "1199"

    async def test_more_than_is_left(self, free_shop: Shop) -> None:
        for _ in range(26):
            await free_shop.get("/v1/whoami")
        refused = (await free_shop.graphql(COSTLY))["errors"][0]["extensions"]
        assert refused["code"] == "rate_limited"
        assert refused["retry_after"] >= 55
        assert (await free_shop.get("/v1/whoami")).status_code == 200


class TestMonth:
    async def test_used_up(self, free_shop: Shop) -> None:
        await use_up(free_shop, 9_998)
        for _ in range(2):
            assert (await free_shop.get("/v1/whoami")).status_code == 200
        response = await free_shop.get("/v1/whoami")
        assert response.status_code == 429
        error = response.json()["error"]
        assert error["code"] == "quota_exceeded"
        now = datetime.now(UTC)
        first = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
        assert abs(error["retry_after"] - (first - now).total_seconds()) < 5

    async def test_other_kinds_are_not_requests(self, free_shop: Shop) -> None:
        await use_up(free_shop, 10_000, "event")
        assert (await free_shop.get("/v1/whoami")).status_code == 200

    async def test_modes_are_apart(self, free_shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(store_id=free_shop.store_id, livemode=False)
        await use_up(free_shop, 10_000)
        assert (await free_shop.get("/v1/whoami")).json()["error"]["code"] == "quota_exceeded"
        assert (await sandbox.get("/v1/whoami")).status_code == 200

    @pytest.mark.parametrize("tier", ["free", "enterprise"])
    async def test_of_a_sandbox(self, make_shop: ShopMaker, tier: str) -> None:
        sandbox = await make_shop(livemode=False, tier=tier)
        await use_up(sandbox, 99_999, livemode=False)
        assert (await sandbox.get("/v1/whoami")).status_code == 200
        assert (await sandbox.get("/v1/whoami")).json()["error"]["code"] == "quota_exceeded"

    async def test_pages_use_four_fifths(self, application: Application, free_shop: Shop) -> None:
        await use_up(free_shop, 7_998, public=True)
        await use_up(free_shop, 1_990)
        async with engine.transaction():
            key = await public_key_create(free_shop.store_id, "page", granted=["storefront:read"])
        transport = httpx.ASGITransport(application, client=(next(strangers), 1))
        headers = {"Authorization": f"DZ-Public {key.key_id}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as page:
            answers = [await page.post("/graphql", json={"query": "{ store { name } }"}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert answers[-1].json()["errors"][0]["extensions"]["code"] == "quota_exceeded"
        # The rest is the merchant's.
        states = [(await free_shop.get("/v1/whoami")).status_code for _ in range(11)]
        assert states == [200] * 10 + [429]

    async def test_a_flush_resets_nothing(self, free_shop: Shop) -> None:
        await use_up(free_shop, 9_990)
        for _ in range(8):
            assert (await free_shop.get("/v1/whoami")).status_code == 200
        await recorder.flush()
        assert valkey.client is not None
        await valkey.client.flushall()
        states = [(await free_shop.get("/v1/whoami")).status_code for _ in range(4)]
        assert states == [200, 200, 429, 429]


class TestStrangers:
    def client(self, application: Application, address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(application, client=(address, 1234))
        return httpx.AsyncClient(transport=transport, base_url="http://test")

    async def test_limited_by_address(self, application: Application, shop: Shop) -> None:
        async with self.client(application, next(strangers)) as stranger:
            states = [(await stranger.get("/v1/whoami")).status_code for _ in range(40)]
            states += [(await stranger.get("/v1/ping")).status_code for _ in range(20)]
            assert states == [401] * 40 + [200] * 20
            refused = await stranger.get("/v1/products")
            assert refused.status_code == 429
            assert refused.json()["error"]["code"] == "rate_limited"
            known = await stranger.get("/v1/whoami", headers={"Authorization": f"Bearer {shop.token}"})
            assert known.status_code == 200
        async with self.client(application, next(strangers)) as other:
            assert (await other.get("/v1/whoami")).status_code == 401

    async def test_a_network_of_ipv6_is_one(self, application: Application) -> None:
        states = []
        for number in range(61):
            async with self.client(application, f"2001:db8:7:8::{number:x}") as stranger:
                states.append((await stranger.get("/v1/ping")).status_code)
        assert states == [200] * 60 + [429]

    async def test_forwarded_addresses_are_not_believed(self, application: Application) -> None:
        async with self.client(application, next(strangers)) as stranger:
            headers = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(61)]
            states = [(await stranger.get("/v1/ping", headers=each)).status_code for each in headers]
        assert states == [200] * 60 + [429]


@pytest.fixture
def proxies() -> Iterator[None]:
    """Two proxies that the settings trust."""
    trusted = addresses.trusted
    addresses.trust(listed(Settings(trusted_proxies="192.0.2.1, 192.0.2.2/32").trusted_proxies))
    yield
    addresses.trust([str(network) for network in trusted])


@pytest.mark.usefixtures("proxies")
class TestProxies:
    """Whom a request without a key is counted for, by `X-Forwarded-For`."""

    async def asked(self, application: Application, nearest: str, *forwarded: str | list[str]) -> list[int]:
        """Ask once for each `X-Forwarded-For`, of one line or of several."""
        transport = httpx.ASGITransport(application, client=(nearest, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            lines = [[each] if isinstance(each, str) else each for each in forwarded]
            sent = [[("X-Forwarded-For", line) for line in each] for each in lines]
            return [(await client.get("/v1/ping", headers=each)).status_code for each in sent]

    async def test_each_visitor_has_a_limit(self, application: Application) -> None:
        visitor, other = next(strangers), next(strangers)
        claims = [f"198.51.100.{number}, {visitor}" for number in range(61)]
        assert await self.asked(application, "192.0.2.1", *claims) == [200] * 60 + [429]
        assert await self.asked(application, "192.0.2.1", other) == [200]
        # Through both proxies, whichever way they add theirs.
        assert await self.asked(application, "192.0.2.2", f"{visitor}, 192.0.2.1", [visitor, "192.0.2.1"]) == [429] * 2
        # What stands right of the visitor was seen by the proxy; what left, claimed by the visitor.
        assert await self.asked(application, "192.0.2.2", f"{visitor}, {other}", f"{other}, {visitor}") == [200, 429]

    async def test_who_is_no_proxy_is_not_believed(self, application: Application) -> None:
        claims = [f"198.51.100.{number}" for number in range(61)]
        assert await self.asked(application, next(strangers), *claims) == [200] * 60 + [429]

    @pytest.mark.parametrize("forwarded", ["", "unknown", "_hidden, x", "256.1.1.1", ",", "203.0.113.9:80"])
    async def test_what_is_no_address_is_the_proxys(self, forwarded: str) -> None:
        request = begin(
            {"type": "http", "headers": [(b"x-forwarded-for", forwarded.encode())], "client": ("192.0.2.1", 1)},  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
        )
        assert addresses.of(request) == "192.0.2.1"
