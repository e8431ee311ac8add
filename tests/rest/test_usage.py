"""`GET /v1/usage`, `/v1/usage/history` and `/v1/quotas`, and the same over GraphQL."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.workers.usage import recorder
from db.engine import engine
from graph.store_admin import limits_override
from graph.tiers import TIERS
from graph.usage import Bucket, requests_add
from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import asked
from tests.rest.answers import given, refused, refused_fields, refused_query

pytestmark = pytest.mark.anyio

NONE = {"total": 0, "billable": 0}
COUNTS = "request { total billable } signup { total billable } event { total billable } webhook { total billable }"
LIMITS = """requests_per_month: requestsPerMonth signups_per_month: signupsPerMonth
    webhooks_per_month: webhooksPerMonth requests_per_minute: requestsPerMinute"""
USAGE = f"{{ usage {{ period tier usage {{ {COUNTS} }} limits {{ {LIMITS} }} }} }}"
QUOTAS = f"""{{ quotas {{ tier tier_limits: tierLimits {{ {LIMITS} }} overrides {{ {LIMITS} notes }}
    effective {{ {LIMITS} }} usage {{ {COUNTS} }} }} }}"""
HISTORY = """query ($from: DateTime, $to: DateTime, $first: Int, $after: String) {
    usageHistory(from: $from, to: $to, first: $first, after: $after) {
        nodes { period_hour: periodHour endpoint_group: endpointGroup count billable_count: billableCount }
        pageInfo { hasNextPage endCursor } } }"""
NOW = datetime.now(UTC)


async def used(shop: Shop, hour: datetime, *, livemode: bool = True, public: bool = False, **counts: int) -> None:
    """Count requests, as the worker does."""
    begun = hour.replace(minute=0, second=0, microsecond=0)
    async with engine.transaction():
        await requests_add(
            {Bucket(shop.store_id, livemode, begun, group, public): count for group, count in counts.items()}
        )


async def used_otherwise(shop: Shop, kind: str, total: int, billable: int) -> None:
    """Count something else than requests."""
    async with engine.transaction():
        await engine.write(
            "INSERT INTO usage_hours (store_id, livemode, kind, period_hour, endpoint_group, count, billable_count)"
            " VALUES ($1, true, $2, date_trunc('hour', now()), $2, $3, $4)",
            *(shop.store_id, kind, total, billable),
        )


def tier(name: str) -> dict[str, int]:
    return TIERS[name]._asdict()


class TestUsage:
    async def test_nothing_yet(self, shop: Shop) -> None:
        assert given(await shop.get("/v1/usage")) == {
            "period": f"{datetime.now(UTC):%Y-%m}",
            "tier": "pro_plus",
            "usage": {"request": NONE, "signup": NONE, "event": NONE, "webhook": NONE},
            "limits": tier("pro_plus"),
        }

    async def test_of_this_month_alone(self, shop: Shop, make_shop: ShopMaker) -> None:
        first = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        await used(shop, first, products=5, orders=7)
        await used(shop, first, public=True, graphql=11)
        await used(shop, first - timedelta(hours=1), products=1_000)
        await used(shop, first + timedelta(days=31), products=1_000)
        await used(shop, first, livemode=False, products=300)
        await used(await make_shop(), first, products=1_000)
        assert given(await shop.get("/v1/usage"))["usage"]["request"] == {"total": 23, "billable": 23}
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        data = given(await sandbox.get("/v1/usage"))
        assert data["usage"]["request"] == {"total": 300, "billable": 0}
        assert data["limits"] == {
            "requests_per_month": 100_000,
            "signups_per_month": -1,
            "webhooks_per_month": -1,
            "requests_per_minute": 1_200,
        }

    async def test_every_kind(self, shop: Shop) -> None:
        for place, kind in enumerate(("request", "signup", "event", "webhook"), 1):
            await used_otherwise(shop, kind, 10 * place, place)
        assert given(await shop.get("/v1/usage"))["usage"] == {
            kind: {"total": 10 * place, "billable": place}
            for place, kind in enumerate(("request", "signup", "event", "webhook"), 1)
        }

    async def test_same_over_graphql(self, shop: Shop) -> None:
        await used(shop, NOW, products=5)
        assert (await asked(shop, USAGE))["usage"] == given(await shop.get("/v1/usage"))

    async def test_is_never_kept(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        for count in (5, 10):
            await used(shop, NOW, products=5)
            answer = await shop.get("/v1/usage")
            assert "x-cache" not in answer.headers
            assert given(answer)["usage"]["request"]["total"] == count
            assert (await asked(shop, USAGE))["usage"]["usage"]["request"]["total"] == count

    @pytest.mark.parametrize("path", ["/v1/usage", "/v1/usage/history", "/v1/quotas"])
    async def test_scope(self, make_shop: ShopMaker, path: str) -> None:
        shop = await make_shop(["store:read"])
        assert refused(await shop.get(path), 403, "forbidden")["required_scope"] == "usage:read"

    @pytest.mark.parametrize("query", [USAGE, QUOTAS, HISTORY])
    async def test_scope_over_graphql(self, make_shop: ShopMaker, query: str) -> None:
        refused_query(await (await make_shop(["store:read"])).graphql(query), "forbidden")


class TestQuotas:
    async def test_by_the_plan(self, shop: Shop) -> None:
        await used(shop, NOW, products=5)
        assert given(await shop.get("/v1/quotas")) == {
            "tier": "pro_plus",
            "tier_limits": tier("pro_plus"),
            "overrides": None,
            "effective": tier("pro_plus"),
            "usage": {"request": {"total": 5, "billable": 5}, "signup": NONE, "event": NONE, "webhook": NONE},
        }

    @pytest.mark.parametrize("name", TIERS)
    async def test_every_plan(self, make_shop: ShopMaker, name: str) -> None:
        data = given(await (await make_shop(tier=name)).get("/v1/quotas"))
        assert (data["tier"], data["tier_limits"], data["effective"]) == (name, tier(name), tier(name))

    async def test_overrides(self, shop: Shop, make_shop: ShopMaker) -> None:
        raised = {"requests_per_minute": 9_000, "signups_per_month": -1}
        async with engine.transaction():
            await limits_override(
                shop.store_id, {"requests_per_minute": 9_000, "signups_per_month": -1, "notes": "رمضان"}
            )
        raised = {"requests_per_minute": 9_000, "signups_per_month": -1}
        data = given(await shop.get("/v1/quotas"))
        assert data["tier_limits"] == tier("pro_plus")
        assert data["overrides"] == dict.fromkeys(tier("pro_plus")) | raised | {"notes": "رمضان"}
        assert data["effective"] == tier("pro_plus") | raised
        assert given(await shop.get("/v1/usage"))["limits"] == data["effective"]
        assert (await asked(shop, QUOTAS))["quotas"] == data
        sandbox = given(await (await make_shop(store_id=shop.store_id, livemode=False)).get("/v1/quotas"))
        assert sandbox["effective"]["requests_per_month"] == 100_000
        assert sandbox["effective"]["requests_per_minute"] == 9_000


class TestHistory:
    async def rows(self, shop: Shop, **span: str) -> Any:
        return given(await shop.get("/v1/usage/history", params=span))["rows"]

    async def test_by_hour_and_group(self, shop: Shop, make_shop: ShopMaker) -> None:
        ten = datetime(2026, 4, 30, 10, tzinfo=UTC)
        await used(shop, ten + timedelta(hours=1), products=4)
        await used(shop, ten, products=1, orders=2)
        await used(shop, ten, public=True, products=30)
        await used(shop, ten, livemode=False, products=500)
        await used(await make_shop(), ten, products=500)
        data = given(await shop.get("/v1/usage/history", params={"from": "2026-04-30", "to": "2026-04-30"}))
        assert data == {
            "from": "2026-04-30 00:00:00",
            "to": "2026-04-30 23:59:59",
            "rows": [
                {"period_hour": "2026-04-30 10:00:00", "endpoint_group": "orders", "count": 2, "billable_count": 2},
                {"period_hour": "2026-04-30 10:00:00", "endpoint_group": "products", "count": 31, "billable_count": 31},
                {"period_hour": "2026-04-30 11:00:00", "endpoint_group": "products", "count": 4, "billable_count": 4},
            ],
        }
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        assert await self.rows(sandbox, **{"from": "2026-04-30", "to": "2026-04-30"}) == [
            {"period_hour": "2026-04-30 10:00:00", "endpoint_group": "products", "count": 500, "billable_count": 0}
        ]

    @pytest.mark.parametrize(
        ("span", "hours"),
        [
            ({"from": "2026-04-30T10:00:00Z", "to": "2026-04-30T12:00:00Z"}, [10, 11]),
            ({"from": "2026-04-30T10:59:59Z", "to": "2026-04-30T11:00:01Z"}, [10, 11]),
            ({"from": "2026-04-30T11:00:00+01:00", "to": "2026-04-30T12:00:00+01:00"}, [10]),
            ({"from": "2026-04-30T11:00:00 01:00", "to": "2026-04-30 11:00:00"}, [10]),
            ({"from": "2026-04-30T10:00:00", "to": "2026-04-30T10:00:00"}, []),
            ({"from": "2026-04-29", "to": "2026-04-30"}, [0, 10, 11, 12, 23]),
            ({"from": "2026-01-30", "to": "2026-04-30"}, [0, 10, 11, 12, 23]),
            ({"to": "2026-04-30T11:30:00Z"}, [0, 10, 11]),
            ({"from": "2026-01-30T11:00:00Z"}, [0, 10]),
            ({"from": "2026-04-30T12:00:00Z"}, [12, 23, 0]),
            ({"from": "2020-01-01"}, []),
            ({"from": "2200-01-01"}, []),
        ],
    )
    async def test_span(self, shop: Shop, span: dict[str, str], hours: list[int]) -> None:
        for hour in (0, 10, 11, 12, 23):
            await used(shop, datetime(2026, 4, 30, hour, tzinfo=UTC), products=1)
        await used(shop, datetime(2026, 5, 1, tzinfo=UTC), products=1)
        assert [int(row["period_hour"][11:13]) for row in await self.rows(shop, **span)] == hours

    async def test_last_thirty_days_by_default(self, shop: Shop) -> None:
        for days in (0, 29, 32):
            await used(shop, NOW - timedelta(days=days), products=days + 1)
        data = given(await shop.get("/v1/usage/history"))
        assert [row["count"] for row in data["rows"]] == [30, 1]
        assert data["from"] == f"{NOW - timedelta(days=30):%Y-%m-%d} 00:00:00"
        assert [row["count"] for row in (await asked(shop, HISTORY))["usageHistory"]["nodes"]] == [30, 1]

    @pytest.mark.parametrize(
        ("span", "field"),
        [
            ({"from": "2026-01-29", "to": "2026-04-30"}, "to"),
            ({"from": "2026-01-01T00:00:00Z", "to": "2026-04-01T00:00:01Z"}, "to"),
            ({"from": "2026-05-01", "to": "2026-04-30"}, "to"),
            ({"from": "yesterday"}, "from"),
            ({"from": "2026-04-31"}, "from"),
            ({"to": "0"}, "to"),
            ({"to": "2026-04-30T25:00:00Z"}, "to"),
        ],
    )
    async def test_refused(self, shop: Shop, span: dict[str, str], field: str) -> None:
        assert refused_fields(await shop.get("/v1/usage/history", params=span)) == [field]

    @pytest.mark.parametrize("span", [{"to": "0001-01-01"}, {"from": "9999-12-31", "to": "9999-12-31"}])
    async def test_ends_of_time(self, shop: Shop, span: dict[str, str]) -> None:
        assert await self.rows(shop, **span) == []

    async def test_same_over_graphql_by_pages(self, shop: Shop) -> None:
        for hour in range(5):
            await used(shop, datetime(2026, 4, 30, hour, tzinfo=UTC), products=hour + 1, orders=10)
        span = {"from": "2026-04-30T00:00:00Z", "to": "2026-05-01T00:00:00Z"}
        rows, after = [], None
        while True:
            page = (await asked(shop, HISTORY, **span, first=3, after=after))["usageHistory"]
            rows += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        rest = await self.rows(shop, **span)
        assert len(rest) == 10
        for row in rows:
            row["period_hour"] = row["period_hour"][:19].replace("T", " ")
        assert rows == rest

    async def test_refused_over_graphql(self, shop: Shop) -> None:
        span = {"from": "2026-01-01T00:00:00Z", "to": "2026-05-01T00:00:00Z"}
        refused_query(await shop.graphql(HISTORY, span), "bad_request")


class TestCounting:
    """Each total equals what was really let through."""

    async def test_what_was_let_through(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        second = await make_cached_shop(store_id=shop.store_id)
        sandbox = await make_cached_shop(store_id=shop.store_id, livemode=False)
        poor = await make_cached_shop(["store:read"], store_id=shop.store_id)
        let_through: Counter[str] = Counter()
        in_the_sandbox: Counter[str] = Counter()

        async def send(client: Shop, group: str, method: str, path: str, **options: Any) -> httpx.Response:
            response = await client.client.request(method, path, **options)
            if response.status_code not in (401, 429):
                units = response.json()["extensions"].get("cost", {"units": 1})["units"] if group == "graphql" else 1
                (in_the_sandbox if client is sandbox else let_through)[group] += units
            return response

        product = {"name": "x", "price": 1}
        heavy = "{ products(first: 200) { nodes { images { url } variants { name } category { name } } } }"
        for client in (shop, second, sandbox):
            # Kept or not, found or not, good or bad, first time or again.
            for _ in range(3):
                await send(client, "products", "GET", "/v1/products")
                await send(client, "products", "POST", "/v1/products", json=product, headers={"Idempotency-Key": "k"})
            await send(client, "products", "GET", "/v1/products/1")
            await send(client, "products", "GET", "/v1/products?limit=x")
            await send(client, "products", "POST", "/v1/products", json=product)
            tag = (await send(client, "store", "GET", "/v1/store")).headers["etag"]
            again = await send(client, "store", "GET", "/v1/store", headers={"If-None-Match": tag})
            assert again.status_code == 304
            response = await send(client, "graphql", "POST", "/graphql", json={"query": heavy})
            assert response.json()["extensions"]["cost"]["units"] > 1
            await send(client, "graphql", "POST", "/graphql", json={"query": "{ store { name } }"})
            await send(client, "graphql", "POST", "/graphql", json={"query": "{ nothing }"})
        assert (await send(poor, "products", "GET", "/v1/products")).status_code == 403
        wrong = {"Authorization": f"{shop.client.headers['authorization']}0"}
        assert (await send(shop, "store", "GET", "/v1/store", headers=wrong)).status_code == 401
        assert (await shop.get("/v1/ping")).status_code == 200
        assert (await shop.get("/v1/nothing")).status_code == 404

        await recorder.flush()
        for client, counted in ((shop, let_through), (sandbox, in_the_sandbox)):
            total = sum(counted.values())
            billable = 0 if client is sandbox else total
            answer = given(await client.get("/v1/usage"))
            assert answer["usage"]["request"] == {"total": total, "billable": billable}
            rows = given(await client.get("/v1/usage/history"))["rows"]
            by_group: Counter[str] = Counter()
            for row in rows:
                by_group[row["endpoint_group"]] += row["count"]
            assert by_group == counted
            assert sum(row["billable_count"] for row in rows) == billable

    async def test_what_was_refused_is_not_counted(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop(tier="free")
        second = await make_cached_shop(store_id=shop.store_id)
        statuses = Counter(
            [(await client.get("/v1/store")).status_code for client in (shop, second) for _ in range(40)]
        )
        assert statuses == {200: 60, 429: 20}
        await recorder.flush()
        async with engine.transaction():
            await limits_override(shop.store_id, {"requests_per_minute": 100})
        third = await make_cached_shop(store_id=shop.store_id)
        assert given(await third.get("/v1/usage"))["usage"]["request"] == {"total": 60, "billable": 60}

    async def test_once_the_month_is_used_up(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        async with engine.transaction():
            await limits_override(shop.store_id, {"requests_per_month": 7})
        statuses = Counter([(await shop.get("/v1/products")).status_code for _ in range(12)])
        assert statuses == {200: 7, 429: 5}
        await recorder.flush()
        async with engine.transaction():
            await limits_override(shop.store_id, {"requests_per_month": 100})
        after = await make_cached_shop(store_id=shop.store_id)
        assert given(await after.get("/v1/usage"))["usage"]["request"] == {"total": 7, "billable": 7}
