"""The section Requests: the log, its filters, and one request by the id that somebody pasted."""

import re
import secrets
import time

import pytest

from db.request_log import Logged, requests_log
from tests.conftest import Shop, ShopMaker
from tests.pages.browser import shown
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio


def identifier() -> str:
    return f"req_{secrets.token_hex(8)}"


async def filled(shop: Shop, count: int = 1) -> list[str]:
    """Put some requests into the log: `count` that did well, one refused, one failed; return their ids."""
    key_id, now = shop.token.partition(".")[0], time.time()
    ids = [identifier() for _ in range(count + 2)]
    rows = [
        Logged(key_id, now - place, each, "GET", "/v1/products", "rest", 200, None, 1.25)
        for place, each in enumerate(ids[2:], 2)
    ]
    rows += [
        Logged(key_id, now, ids[0], "POST", "query Stock", "graphql", 200, "not_found", 3.0),
        Logged(key_id, now - 1, ids[1], "GET", "/v1/store", "rest", 503, "unavailable", 21.0),
    ]
    await requests_log(rows)
    return ids


async def test_nothing_yet(shop: Shop, signed_in: SignedIn) -> None:
    assert "No requests yet" in shown(await (await signed_in(shop)).get("/dashboard/requests"))


async def test_list_and_filters(shop: Shop, signed_in: SignedIn) -> None:
    browser = await signed_in(shop)
    refused, failed, good = await filled(shop)
    key_id = shop.token.partition(".")[0]
    for query, seen in (
        ("", {refused, failed, good}),
        ("?outcome=refused", {refused}),
        ("?outcome=failed", {failed}),
        ("?surface=rest", {failed, good}),
        ("?operation=query+Stock", {refused}),
        ("?error=unavailable", {failed}),
        (f"?key={key_id}&outcome=succeeded", {good}),
        ("?key=dzpk_live_nobody", set()),
        ("?outcome=nonsense&surface=nonsense", {refused, failed, good}),
    ):
        page = await browser.get(f"/dashboard/requests{query}")
        assert set(re.findall(r"/dashboard/requests/(req_\w+)", page.text)) == seen, query
    assert "No such requests" in shown(await browser.get("/dashboard/requests?key=dzpk_live_nobody"))


async def test_pages_keep_their_filters(shop: Shop, signed_in: SignedIn) -> None:
    browser = await signed_in(shop)
    await filled(shop, 60)
    page = await browser.get("/dashboard/requests?outcome=succeeded")
    (onward,) = re.findall(r'rel="next" href="([^"]+)"', page.text)
    assert "outcome=succeeded" in onward
    first = set(re.findall(r"req_\w{16}", page.text))
    second = set(re.findall(r"req_\w{16}", (await browser.get(onward.replace("&amp;", "&"))).text))
    assert (len(first), len(second)) == (50, 10)
    assert not first & second
    assert (await browser.get("/dashboard/requests?after=forged")).status_code == 400


async def test_find_by_its_id(shop: Shop, signed_in: SignedIn) -> None:
    browser = await signed_in(shop)
    refused, _, _ = await filled(shop)
    page = await browser.follow(await browser.get(f"/dashboard/requests/find?id=%20{refused}%20"))
    said = shown(page)
    for told in (refused, "POST query Stock", "not_found", "There is no such row in this store and mode.", "3.0 ms"):
        assert told in said
    for wrong in (identifier(), "", "x" * 500, "%00", "<b>"):
        page = await browser.get(f"/dashboard/requests/find?id={wrong}")
        assert "There is no request of this id" in shown(page)


async def test_of_another_store_or_mode(
    shop: Shop, other_shop: Shop, make_shop: ShopMaker, signed_in: SignedIn
) -> None:
    browser = await signed_in(shop)
    sandbox = await make_shop(livemode=False, store_id=shop.store_id)
    for stranger in (other_shop, sandbox):
        (foreign, *_) = await filled(stranger)
        assert (await browser.get(f"/dashboard/requests/{foreign}")).status_code == 404
        assert "There is no request of this id" in shown(await browser.get(f"/dashboard/requests/find?id={foreign}"))
        assert foreign not in (await browser.get("/dashboard/requests")).text


@pytest.mark.parametrize("role", ["developer", "viewer"])
async def test_every_role_may_look(shop: Shop, signed_in: SignedIn, role: str) -> None:
    (refused, *_) = await filled(shop)
    browser = await signed_in(shop, role)
    assert refused in (await browser.get("/dashboard/requests")).text
    assert (await browser.get(f"/dashboard/requests/{refused}")).status_code == 200
