"""The section Usage: this month against the plan, charts with their tables, refusals, slow operations."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from app.pages.dashboard.usage import COLOURS, DAYS, HOURS, OTHERS, by_group, chart
from db.engine import engine
from db.request_log import Logged, requests_log
from graph.scalars import BigInt, DateTime
from graph.store_admin import limits_override
from graph.usage import Bucket, requests_add
from graph.usage_series import UsagePeriod
from tests.conftest import Shop
from tests.pages.browser import shown
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio


async def used(shop: Shop, count: int, group: str = "products", *, ago: int = 0) -> None:
    """Count requests as the worker does."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=ago)
    async with engine.transaction():
        await requests_add({Bucket(shop.store_id, True, hour, group, False): count})


async def test_nothing_yet(shop: Shop, signed_in: SignedIn) -> None:
    page = shown(await (await signed_in(shop)).get("/dashboard/usage"))
    assert "No requests yet" in page
    assert "Nothing was refused in the last 24 hours." in page
    assert "No requests in the last 24 hours." in page


async def test_bars_warn_from_eighty_percent(shop: Shop, signed_in: SignedIn) -> None:
    browser = await signed_in(shop)
    async with engine.transaction():
        await limits_override(shop.store_id, {"requests_per_month": 1000})
    await used(shop, 799)
    assert "More than 80 %" not in shown(await browser.get("/dashboard/usage"))
    await used(shop, 1)
    page = await browser.get("/dashboard/usage")
    assert "More than 80 % of the month’s requests are used." in shown(page)
    assert "800 / 1,000" in shown(page)
    assert '<div class="gauge warn">' in page.text
    await used(shop, 200)
    page = await browser.get("/dashboard/usage")
    assert "The month’s requests are used up" in shown(page)
    assert '<div class="gauge bad">' in page.text


async def test_tables_of_the_charts(shop: Shop, signed_in: SignedIn) -> None:
    await used(shop, 1234, "products")
    await used(shop, 66, "graphql", ago=1)
    page = await (await signed_in(shop)).get("/dashboard/usage")
    for name, lines in (("hours", HOURS), ("days", DAYS)):
        (table,) = re.findall(rf'<table id="{name}-table">.*?</table>', page.text, re.DOTALL)
        assert table.count("<tr>") == lines + 1
        assert 'data-count="1234">1,234</td>' in table
        assert table.index("products") < table.index("graphql")
        assert f'data-chart="{name}-table"' in page.text
    assert 'value="1234" aria-label="products">95 %</meter>' in page.text


async def test_refusals_and_operations_lead_to_their_requests(shop: Shop, signed_in: SignedIn) -> None:
    key_id, now = shop.token.partition(".")[0], time.time()
    await requests_log(
        [
            Logged(key_id, now, "req_00000000000000a1", "GET", "/v1/products", "rest", 429, "rate_limited", 0.5),
            Logged(
                key_id, now, "req_00000000000000a2", "POST", "query <b>Stock", "graphql", 500, "internal_error", 9.0
            ),
        ]
    )
    page = await (await signed_in(shop)).get("/dashboard/usage")
    assert 'href="/dashboard/requests?error=rate_limited"' in page.text
    assert 'href="/dashboard/requests?operation=query+%3Cb%3EStock"' in page.text
    assert "POST query &lt;b&gt;Stock" in page.text
    assert "9.0 ms" in shown(page)


async def test_of_another_store_nothing(shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
    await used(other_shop, 7777)
    assert "7,777" not in (await (await signed_in(shop)).get("/dashboard/usage")).text


@pytest.mark.parametrize("role", ["developer", "viewer"])
async def test_every_role_may_look(shop: Shop, signed_in: SignedIn, role: str) -> None:
    assert (await (await signed_in(shop, role)).get("/dashboard/usage")).status_code == 200


async def test_the_sandbox_has_counts_of_its_own(shop: Shop, signed_in: SignedIn) -> None:
    browser = await signed_in(shop)
    await used(shop, 4321)
    await browser.get("/dashboard")
    await browser.post("/dashboard/mode", mode="test")
    page = shown(await browser.get("/dashboard/usage"))
    assert "4,321" not in page
    assert "/ 100,000" in page


def test_small_groups_share_a_colour() -> None:
    moment = datetime(2026, 4, 30, tzinfo=UTC)
    points = [
        UsagePeriod(period_start=DateTime(moment), endpoint_group=f"g{place}", count=BigInt(10 - place))
        for place in range(COLOURS + 2)
    ]
    made = chart(points, [moment])
    assert made.groups == ["g0", "g1", "g2", "g3", OTHERS]
    assert made.lines == [(moment, [10, 9, 8, 7, 6 + 5 + 4])]
    assert made.total == sum(count for _, count in by_group(points))
