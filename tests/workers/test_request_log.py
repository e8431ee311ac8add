"""Each request of a key is in the log that its merchant reads, and nothing of what it carried."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from app.asgi import Application
from app.chain.request import Request, begin
from app.workers.ingest import Ingest
from app.workers.request_log import CAPACITY, OF_A_KEY, RequestLog, request_log
from db.engine import engine
from db.partitions import REQUESTS, Partitioned
from graph.context import Context
from graph.store_admin import operator_context
from tests.addresses import fresh_address
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused

pytestmark = pytest.mark.anyio

DROPPED = "dzbuild_request_log_dropped_total"


@pytest.fixture(autouse=True)
async def emptied() -> AsyncIterator[None]:
    """What other tests left in the process is written first; there is room again."""
    await request_log.flush()
    yield
    await request_log.flush()


async def logged(shop: Shop, **filters: str) -> list[dict[str, Any]]:
    """Return what is in the log of a store, the oldest first, but for the reading of it."""
    await request_log.flush()
    rows = given(await shop.get("/v1/request-log", params=filters))["items"]
    return [row for row in reversed(rows) if row["operation"] != "/v1/request-log"]


class TestRows:
    async def test_over_rest(self, shop: Shop) -> None:
        made = await shop.create(name="ثوب سري", price=12)
        missing = await shop.get("/v1/products/999999?search=secret-query")
        await shop.write("PATCH", f"/v1/products/{made['id']}", {"price": "much"})
        rows = await logged(shop)
        assert [
            tuple(row[name] for name in ("method", "operation", "surface", "status", "outcome", "error_code"))
            for row in rows
        ] == [
            ("POST", "/v1/products", "rest", 201, "succeeded", None),
            ("GET", "/v1/products/{product_id}", "rest", 404, "refused", "not_found"),
            ("PATCH", "/v1/products/{product_id}", "rest", 400, "refused", "bad_request"),
        ]
        assert rows[1]["request_id"] == missing.headers["x-request-id"]
        assert {row["key_id"] for row in rows} == {shop.token.partition(".")[0]}
        assert all(0 < row["duration_ms"] < 60_000 for row in rows)
        told = str(await engine.fetch("SELECT t::text FROM tracking.request_log t WHERE store_id = $1", shop.store_id))
        for kept_out in ("secret-query", "ثوب", shop.address, shop.token.partition(".")[2], "much"):
            assert kept_out not in told

    async def test_over_graphql(self, shop: Shop) -> None:
        await shop.graphql("query Stock { products { nodes { name } } }")
        await shop.graphql("{ store { name } ...A } fragment A on Query { viewer { name } }")
        await shop.graphql("{ nothing }")
        await shop.graphql('mutation Remove { productDelete(id: "999999") { deleted } }')
        found = [(row["operation"], row["outcome"], row["error_code"], row["surface"]) for row in await logged(shop)]
        assert found == [
            ("query Stock", "succeeded", None, "graphql"),
            ("query { store viewer }", "succeeded", None, "graphql"),
            ("/graphql", "refused", "bad_request", "graphql"),
            ("mutation Remove", "refused", "not_found", "graphql"),
        ]

    async def test_a_replayed_refusal_has_its_code(self, shop: Shop) -> None:
        for _ in range(2):
            refused(await shop.write("DELETE", "/v1/products/999999", key="once"), 404, "not_found")
        assert [row["error_code"] for row in await logged(shop)] == ["not_found", "not_found"]

    async def test_refusals_of_limits_and_scopes(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read", "usage:read"], tier="free")
        refused(await shop.get("/v1/orders"), 403, "forbidden")
        for _ in range(29):
            await shop.get("/v1/products")
        refused(await shop.get("/v1/products"), 429, "rate_limited")
        await request_log.flush()
        rows = await engine.fetch(
            "SELECT error_code, count(*) FROM tracking.request_log WHERE store_id = $1 GROUP BY 1 ORDER BY 1",
            shop.store_id,
        )
        assert [tuple(row) for row in rows] == [("forbidden", 1), ("rate_limited", 1), (None, 29)]

    async def test_a_wrong_secret_of_a_known_key(self, shop: Shop, application: Application) -> None:
        transport = httpx.ASGITransport(application, client=(fresh_address(), 1))
        key_id = shop.token.partition(".")[0]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as stranger:
            for name in (key_id, f"dzpk_live_{secrets.token_hex(8)}"):
                answer = await stranger.get("/v1/store", headers={"Authorization": f"Bearer {name}.wrong"})
                refused(answer, 401, "unauthorized")
        (row,) = await logged(shop)
        assert (row["status"], row["error_code"], row["key_id"]) == (401, "unauthorized", key_id)

    async def test_are_of_one_store_and_mode(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        identifier = (await shop.get("/v1/store")).headers["x-request-id"]
        assert len(await logged(shop)) == 1
        for stranger in (other_shop, sandbox):
            assert await logged(stranger) == []
            refused(await stranger.get(f"/v1/request-log/{identifier}"), 404, "not_found")
            answer = await stranger.graphql(f'{{ request(requestId: "{identifier}") {{ status }} }}')
            assert answer["errors"][0]["extensions"]["code"] == "not_found"
        assert given(await shop.get(f"/v1/request-log/{identifier}"))["status"] == 200

    async def test_pages(self, shop: Shop) -> None:
        for _ in range(5):
            await shop.get("/v1/store")
        await request_log.flush()
        seen, cursor = [], None
        while True:
            query = {"limit": "2", "operation": "/v1/store"} | ({"cursor": cursor} if cursor else {})
            page = given(await shop.get("/v1/request-log", params=query))
            seen += [row["request_id"] for row in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 5


class TestReports:
    async def test_refusals_and_timings(self, shop: Shop) -> None:
        for path in ("/v1/store", "/v1/products/1", "/v1/products/2", "/v1/orders?limit=0"):
            await shop.get(path)
        await request_log.flush()
        refusals = given(await shop.get("/v1/usage/refusals"))["items"]
        assert refusals == [{"error_code": "not_found", "count": 2}, {"error_code": "bad_request", "count": 1}]
        (timing,) = given(await shop.get("/v1/usage/operations"))["items"]
        assert (timing["operation"], timing["count"], timing["failed"]) == ("/v1/store", 1, 0)
        assert 0 < timing["p50_ms"] <= timing["p95_ms"]


@pytest.fixture
async def context(shop: Shop) -> Context:
    return await operator_context(str(shop.store_id))


class TestRoom:
    def requested(self, context: Context, key_id: str) -> Request:
        """Return a request of the store's, as the chain has it when it is answered."""

        async def receive() -> Any:
            raise AssertionError

        request = begin({"type": "http", "method": "GET", "headers": []}, receive)  # type: ignore[arg-type,typeddict-item]
        request.key_id, request.context, request.route = key_id, context, "/v1/store"
        return request

    async def test_one_key_takes_no_room_of_others(self, shop: Shop, other_shop: Shop, context: Context) -> None:
        own = RequestLog()
        before = REGISTRY.get_sample_value(DROPPED) or 0
        busy, calm = (each.token.partition(".")[0] for each in (shop, other_shop))
        for _ in range(OF_A_KEY + 5):
            own.add(self.requested(context, busy), 200, 0.001)
        own.add(self.requested(context, calm), 200, 0.001)
        await own.flush()
        assert (REGISTRY.get_sample_value(DROPPED) or 0) - before == 5
        for each, count in ((shop, OF_A_KEY), (other_shop, 1)):
            rows = await engine.fetch(
                "SELECT count(*) AS there FROM tracking.request_log WHERE store_id = $1", each.store_id
            )
            assert rows[0]["there"] == count

    async def test_it_is_bounded(self, context: Context) -> None:
        own = RequestLog()
        for place in range(CAPACITY + 10):
            own.add(self.requested(context, f"dzpk_live_{place % 100}"), 200, 0.001)
        assert len(own._rows) == CAPACITY

    async def test_without_a_database(self, shop: Shop) -> None:
        """What can't be written now is written later, and once."""
        await shop.get("/v1/store")
        leases, engine.leases = engine.leases, None
        await request_log.flush()
        engine.leases = leases
        await request_log.flush()
        assert len(await logged(shop)) == 1

    async def test_by_two_at_once(self, shop: Shop) -> None:
        await shop.get("/v1/store")
        await asyncio.gather(request_log.flush(), request_log.flush())
        assert len(await logged(shop)) == 1

    async def test_a_day_that_is_not_there_yet(self, shop: Shop, context: Context) -> None:
        own = RequestLog()
        day = datetime.now(UTC) + timedelta(days=400)
        age = datetime.now(UTC).timestamp() - day.timestamp()
        own.add(self.requested(context, shop.token.partition(".")[0]), 200, age)
        own._rows[0] = (*own._rows[0][:-1], 1.0)
        await own.flush()
        assert await logged(shop) == []
        async with engine.transaction():
            await REQUESTS.make(day, 1)
        await own.flush()
        assert len(await logged(shop)) == 1
        await engine.write_alone(f"DROP TABLE {REQUESTS.name(REQUESTS.later(day, 0))}")


class TestOff:
    async def test_none_are_kept(self, context: Context, shop: Shop) -> None:
        own = RequestLog()
        own.used = False
        own.add(TestRoom().requested(context, shop.token.partition(".")[0]), 200, 0.001)
        await own.flush()
        assert await logged(shop) == []


class TestDays:
    @pytest.mark.usefixtures("application")
    async def test_the_worker_makes_those_to_come_and_drops_the_old(self) -> None:
        today = datetime.now(UTC)
        old, kept, coming = (REQUESTS.later(today, days) for days in (-7, -6, 2))
        async with engine.transaction():
            await REQUESTS.make(old, 2)
        await Ingest(1_000, 0, days_kept=7).round()
        there = {
            day: (await engine.fetch("SELECT to_regclass($1) IS NOT NULL AS there", REQUESTS.name(day)))[0]["there"]
            for day in (old, kept, coming)
        }
        assert there == {old: False, kept: True, coming: True}

    @pytest.mark.usefixtures("application")
    async def test_made_and_dropped(self) -> None:
        """Parts of a table of its own, so that no other day goes."""
        name = f"days_{secrets.token_hex(4)}"
        table = Partitioned(name, "day")
        async with engine.transaction():
            await engine.write(f"CREATE TABLE tracking.{name} (at timestamptz) PARTITION BY RANGE (at)")
            for _ in range(2):
                await table.make(datetime(2024, 2, 28, 23, 59, tzinfo=UTC), 3)
            assert await table.drop(datetime(2024, 3, 1, 12, tzinfo=UTC)) == [
                f"tracking.{name}_2024_02_28",
                f"tracking.{name}_2024_02_29",
            ]
            rows = await engine.fetch("SELECT to_regclass($1) IS NOT NULL AS there", f"tracking.{name}_2024_03_01")
            assert rows[0]["there"]
            await engine.write(f"DROP TABLE tracking.{name}")
