"""Another store's rows, and those of the other mode, are as none."""

from typing import Any

import pytest

from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused

pytestmark = pytest.mark.anyio

WRITES: list[tuple[str, dict[str, Any] | None]] = [("PATCH", {"price": 5}), ("PATCH", {}), ("DELETE", None)]


@pytest.fixture
async def sandbox(shop: Shop, make_shop: ShopMaker) -> Shop:
    """The test mode of the same store."""
    found: Shop = await make_shop(livemode=False, store_id=shop.store_id)
    return found


# Headers that are another for each request.
OF_THE_REQUEST = (
    "content-length",
    "x-request-id",
    "server-timing",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "ratelimit",
)


class TestOtherStore:
    async def test_get(self, shop: Shop, other_shop: Shop) -> None:
        foreign = await other_shop.create()
        await self.assert_as_none(shop, "GET", foreign["id"])

    @pytest.mark.parametrize(("method", "body"), WRITES, ids=str)
    async def test_write(self, shop: Shop, other_shop: Shop, method: str, body: dict[str, Any] | None) -> None:
        foreign = await other_shop.create()
        await self.assert_as_none(shop, method, foreign["id"], body)
        assert given(await other_shop.get(f"/v1/products/{foreign['id']}")) == foreign

    async def test_list(self, shop: Shop, other_shop: Shop) -> None:
        await other_shop.create(external_id="e")
        for query in ("", "?external_id=e", "?status=draft", "?search=Product", "?updated_since=2020-01-01"):
            assert given(await shop.get(f"/v1/products{query}"))["items"] == [], query

    async def assert_as_none(self, shop: Shop, method: str, identifier: int, body: Any = None) -> None:
        """Compare what a foreign row gets with what no row gets, but for the id in it."""
        answers = []
        for each in (identifier, 999_999_999):
            response = await shop.write(method, f"/v1/products/{each}", body)
            error = refused(response, 404, "not_found")
            headers = {name: value for name, value in response.headers.items() if name not in OF_THE_REQUEST}
            answers.append((error | {"message": error["message"].replace(str(each), "ID")}, headers))
        assert answers[0] == answers[1]


class TestOtherMode:
    async def test_lists_are_apart(self, shop: Shop, sandbox: Shop) -> None:
        live, test = await shop.create(), await sandbox.create()
        assert [row["id"] for row in given(await shop.get("/v1/products"))["items"]] == [live["id"]]
        assert [row["id"] for row in given(await sandbox.get("/v1/products"))["items"]] == [test["id"]]

    async def test_unique_values_are_apart(self, shop: Shop, sandbox: Shop) -> None:
        for each in (shop, sandbox):
            product = await each.create(slug="a", sku="A", external_id="1")
            assert product["slug"] == "a"

    async def test_one_by_id(self, shop: Shop, sandbox: Shop) -> None:
        live, test = await shop.create(), await sandbox.create()
        refused(await shop.get(f"/v1/products/{test['id']}"), 404, "not_found")
        refused(await sandbox.get(f"/v1/products/{live['id']}"), 404, "not_found")

    @pytest.mark.parametrize(("method", "body"), WRITES, ids=str)
    async def test_write(self, shop: Shop, sandbox: Shop, method: str, body: dict[str, Any] | None) -> None:
        live = await shop.create()
        refused(await sandbox.write(method, f"/v1/products/{live['id']}", body), 404, "not_found")
        assert given(await shop.get(f"/v1/products/{live['id']}")) == live

    async def test_categories_are_apart(self, shop: Shop, sandbox: Shop) -> None:
        for each in (shop, sandbox):
            made = given(await each.write("POST", "/v1/categories", {"name": "Tapis"}), 201)
            assert made["slug"] == "tapis"
            assert given(await each.get("/v1/categories"))["items"] == [made]

    async def test_store_is_the_same(self, shop: Shop, sandbox: Shop) -> None:
        assert given(await shop.get("/v1/store")) == given(await sandbox.get("/v1/store"))
