"""`usageSeries`: what `usageHistory` has, summed by hour or day."""

from datetime import UTC, datetime, timedelta

import pytest

from db.engine import engine
from graph.usage import Bucket, requests_add
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import refused_query

pytestmark = pytest.mark.anyio

DAY = datetime(2026, 4, 29, tzinfo=UTC)
QUERY = """query ($step: UsageStep!, $from: DateTime, $to: DateTime) {
    usageSeries(step: $step, from: $from, to: $to) { periodStart endpointGroup count } }"""


@pytest.fixture
async def used(shop: Shop) -> Shop:
    """A store with two days of requests, by keys of both types."""
    counts = {
        Bucket(shop.store_id, True, DAY + timedelta(hours=hour), group, public): 10
        for hour in (1, 2, 25)
        for group in ("orders", "products")
        for public in (True, False)
    }
    async with engine.transaction():
        await requests_add(counts)
    return shop


async def series(shop: Shop, step: str) -> list[tuple[str, str, int]]:
    variables = {"step": step, "from": "2026-04-29T00:00:00Z", "to": "2026-05-01T00:00:00Z"}
    rows = (await shop.graphql(QUERY, variables))["data"]["usageSeries"]
    return [(row["periodStart"], row["endpointGroup"], row["count"]) for row in rows]


async def test_by_day(used: Shop) -> None:
    assert await series(used, "DAY") == [
        (f"2026-04-{day}T00:00:00.000000Z", group, count)
        for day, count in ((29, 40), (30, 20))
        for group in ("orders", "products")
    ]


async def test_by_hour(used: Shop) -> None:
    found = await series(used, "HOUR")
    assert len(found) == 6
    assert found[0] == ("2026-04-29T01:00:00.000000Z", "orders", 20)


async def test_of_one_store_and_mode(used: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
    sandbox = await make_shop(livemode=False, store_id=used.store_id)
    for stranger in (other_shop, sandbox):
        assert await series(stranger, "DAY") == []


async def test_refused(make_shop: ShopMaker, shop: Shop) -> None:
    long = {"step": "HOUR", "from": "2026-04-01T00:00:00Z", "to": "2026-05-01T00:00:00Z"}
    refused_query(await shop.graphql(QUERY, long), "bad_request")
    poor = await make_shop(["store:read"])
    refused_query(await poor.graphql(QUERY, {"step": "DAY"}), "forbidden")
