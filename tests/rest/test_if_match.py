"""`If-Match` on PATCH and DELETE: nothing is done to a row that is another by now (`contract.md §2`)."""

import asyncio
from typing import Any

import httpx
import pytest

from rest_compat.routes import ROUTES
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused
from tests.rest.ordering import change, ordered, stock, stocked

pytestmark = pytest.mark.anyio


async def tag(shop: Shop, path: str) -> str:
    return str((await shop.get(path)).headers["etag"])


async def send(shop: Shop, method: str, path: str, match: str, sent: Any = None, key: str = "") -> httpx.Response:
    headers = {"If-Match": match, "Idempotency-Key": key or f"{method} {match}"}
    return await shop.client.request(method, path, headers=headers, **({} if sent is None else {"json": sent}))


def test_every_change_of_a_row_heeds_it() -> None:
    readable = {route.path for route in ROUTES if route.method == "GET" and route.kind == "one"}
    guarded = {(route.method, route.path) for route in ROUTES if route.guarded}
    assert guarded == {(r.method, r.path) for r in ROUTES if r.method in ("PATCH", "DELETE") and r.path in readable}
    assert {("PATCH", "/orders/{order_id}"), ("DELETE", "/products/{product_id}")} <= guarded


class TestIfMatch:
    @pytest.mark.parametrize("form", ["{}", "*", '"other", {}', '"other",{}'])
    async def test_still_the_same(self, shop: Shop, form: str) -> None:
        path = f"/v1/products/{await stocked(shop)}"
        match = form.format(await tag(shop, path))
        assert given(await send(shop, "PATCH", path, match, {"price": 5}))["pricing"]["price"] == 5

    @pytest.mark.parametrize("form", ['"other"', "W/{}", "", "x", '"a", "b"'])
    async def test_another(self, shop: Shop, form: str) -> None:
        path = f"/v1/products/{await stocked(shop)}"
        before = given(await shop.get(path))
        match = form.format(await tag(shop, path))
        refused(await send(shop, "PATCH", path, match, {"price": 5}), 412, "precondition_failed")
        refused(await send(shop, "DELETE", path, match), 412, "precondition_failed")
        assert given(await shop.get(path)) == before

    async def test_row_that_changed_meanwhile(self, shop: Shop) -> None:
        product = await stocked(shop, 10)
        path = f"/v1/products/{product}"
        old = await tag(shop, path)
        order = await ordered(shop, product)
        given(await send(shop, "PATCH", path, old, {"price": 1000}, "an order that is not confirmed changes nothing"))
        given(await change(shop, order["id"], status="confirmed"))
        refused(await send(shop, "PATCH", path, old, {"stock_quantity": 10}), 412, "precondition_failed")
        assert await stock(shop, product) == 9
        given(await send(shop, "DELETE", path, await tag(shop, path)))
        refused(await send(shop, "DELETE", path, "*"), 404, "not_found")

    async def test_comes_before_what_the_row_allows(self, shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        path = f"/v1/orders/{order['id']}"
        old = await tag(shop, path)
        given(await change(shop, order["id"], status="cancelled"))
        refused(await send(shop, "PATCH", path, old, {"status": "confirmed"}), 412, "precondition_failed")
        match = await tag(shop, path)
        refused(await send(shop, "PATCH", path, match, {"status": "confirmed"}), 409, "invalid_transition")

    async def test_comes_after_who_may_and_what_there_is(self, shop: Shop, make_shop: ShopMaker) -> None:
        path = f"/v1/products/{await stocked(shop)}"
        reader = await make_shop(["products:read"], store_id=shop.store_id)
        refused(await send(reader, "PATCH", path, '"other"', {"price": 5}), 403, "forbidden")
        refused(await send(shop, "PATCH", path, '"other"', {"price": "x"}), 400, "bad_request")
        for identifier in ("999999999", "x"):
            refused(await send(shop, "PATCH", f"/v1/products/{identifier}", '"o"', {}, identifier), 404, "not_found")

    async def test_needs_no_right_to_read(self, shop: Shop, make_shop: ShopMaker) -> None:
        path = f"/v1/products/{await stocked(shop)}"
        match = await tag(shop, path)
        writer = await make_shop(["products:write"], store_id=shop.store_id)
        given(await send(writer, "PATCH", path, match, {"price": 5}))

    async def test_is_tried_again_under_the_same_key(self, shop: Shop) -> None:
        """A 412 says that nothing was tried: it is not kept."""
        path = f"/v1/products/{await stocked(shop)}"
        refused(await send(shop, "PATCH", path, '"other"', {"price": 5}, "k"), 412, "precondition_failed")
        given(await send(shop, "PATCH", path, await tag(shop, path), {"price": 5}, "k"))

    async def test_one_of_many(self, shop: Shop) -> None:
        path = f"/v1/products/{await stocked(shop)}"
        match = await tag(shop, path)
        sent = [send(shop, "PATCH", path, match, {"price": price}, f"k{price}") for price in range(1, 13)]
        statuses = sorted(response.status_code for response in await asyncio.gather(*sent))
        assert statuses == [200] + [412] * 11
