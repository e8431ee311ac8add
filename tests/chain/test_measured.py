"""What the chain tells about itself: `/metrics`, `Server-Timing`, and when a key was last used."""

import re

import httpx
import pytest

from app.asgi import Application
from app.workers.usage import recorder
from db.engine import engine
from tests.conftest import Shop, ShopMaker

pytestmark = pytest.mark.anyio


async def metrics(shop: Shop) -> dict[str, float]:
    text = (await shop.get("/metrics")).text
    return {name: float(value) for name, value in re.findall(r"^(dzbuild\S+) (\S+)$", text, re.MULTILINE)}


class TestMetrics:
    async def test_requests_by_route_and_status(self, shop: Shop) -> None:
        names = [
            'dzbuild_requests_total{method="GET",route="/v1/products",status="200",surface="rest"}',
            'dzbuild_requests_total{method="GET",route="/v1/products/{product_id}",status="404",surface="rest"}',
            'dzbuild_requests_total{method="POST",route="/graphql",status="200",surface="graphql"}',
        ]
        before = await metrics(shop)
        await shop.get("/v1/products")
        await shop.get("/v1/products/0")
        await shop.graphql("{ store { name } }")
        after = await metrics(shop)
        assert [after[name] - before.get(name, 0) for name in names] == [1, 1, 1]
        assert any(name.startswith("dzbuild_request_seconds_bucket") for name in after)

    async def test_cache_replays_and_refusals(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop(tier="free")
        before = await metrics(shop)
        for _ in range(2):
            await shop.get("/v1/store")
            await shop.write("POST", "/v1/categories", {"name": "a"}, key="k")
        for _ in range(27):
            await shop.get("/v1/whoami")
        after = await metrics(shop)
        grown = {name: after[name] - before.get(name, 0) for name in after}
        assert grown['dzbuild_refused_total{reason="window_full"}'] == 1
        assert grown["dzbuild_idempotent_replays_total"] == 1
        assert grown['dzbuild_cache_total{result="miss"}'] >= 1

    async def test_paths_of_strangers_make_no_series(self, shop: Shop) -> None:
        before = set(await metrics(shop))
        for number in range(5):
            await shop.get(f"/v1/none-{number}")
            await shop.get(f"/nothing-{number}")
        assert not any("none-" in name or "nothing-" in name for name in set(await metrics(shop)) - before)

    async def test_not_for_everybody(self, application: Application) -> None:
        transport = httpx.ASGITransport(application, client=("203.0.113.200", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as stranger:
            assert (await stranger.get("/metrics")).status_code == 404


class TestServerTiming:
    async def test_counts_statements(self, shop: Shop) -> None:
        await shop.get("/v1/store")
        for path, statements in (("/v1/products", 1), ("/v1/products?updated_since=2020-01-01", 2)):
            timing = (await shop.get(path)).headers["server-timing"]
            match = re.fullmatch(r'chain;dur=(\S+), db;dur=(\S+);desc="(\d+) statements", total;dur=(\S+)', timing)
            assert match is not None
            chain, database, counted, total = (float(each) for each in match.groups())
            assert counted == statements
            assert 0 < chain < total
            assert 0 < database < total

    async def test_not_for_strangers(self, shop: Shop) -> None:
        response = await shop.get("/v1/products", headers={"Authorization": "Bearer x"})
        assert "server-timing" not in response.headers


class TestLastUsed:
    async def test_written_once_a_minute(self, shop: Shop) -> None:
        async def last_used() -> tuple[object, object]:
            row = await engine.fetch_row(
                "SELECT last_used_at, last_used_ip FROM api_keys WHERE store_id = $1", shop.store_id
            )
            assert row is not None
            return row["last_used_at"], row["last_used_ip"]

        assert await last_used() == (None, None)
        await shop.get("/v1/whoami")
        await recorder.flush()
        first = await last_used()
        assert first[0] is not None
        assert first[1] == shop.address
        await shop.get("/v1/whoami")
        await recorder.flush()
        assert await last_used() == first
