"""`GET /v1/wilayas`, and `wilayas` over GraphQL."""

import pytest

from graph.geography import wilayas
from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import asked
from tests.rest.answers import given, refused

pytestmark = pytest.mark.anyio

QUERY = "{ wilayas { id: databaseId name name_ar: nameAr communes { code name name_ar: nameAr } } }"


class TestWilayas:
    async def test_all_of_them(self, shop: Shop) -> None:
        data = given(await shop.get("/v1/wilayas"))
        assert list(data) == ["items", "next_cursor", "has_more"]
        assert (data["next_cursor"], data["has_more"]) == (None, False)
        assert [each["id"] for each in data["items"]] == list(range(1, 70))
        assert sum(len(each["communes"]) for each in data["items"]) == 1541
        algiers = data["items"][15]
        assert (algiers["name"], algiers["name_ar"]) == ("Alger", "الجزائر")
        assert {"code": "1621", "name": "Bab Ezzouar", "name_ar": "باب الزوار"} in algiers["communes"]

    async def test_same_over_graphql(self, shop: Shop) -> None:
        assert (await asked(shop, QUERY))["wilayas"] == given(await shop.get("/v1/wilayas"))["items"]

    async def test_needs_no_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop([])
        assert len(given(await shop.get("/v1/wilayas"))["items"]) == len(wilayas())
        assert len((await asked(shop, "{ wilayas { name } }"))["wilayas"]) == len(wilayas())

    async def test_needs_a_key(self, shop: Shop) -> None:
        refused(await shop.get("/v1/wilayas", headers={"Authorization": ""}), 401, "unauthorized")

    async def test_stays_with_the_client(self, shop: Shop, make_shop: ShopMaker) -> None:
        answer = await shop.get("/v1/wilayas")
        assert answer.headers["cache-control"] == "private, max-age=86400"
        assert "x-cache" not in answer.headers
        tag = answer.headers["etag"]
        other = await make_shop()
        again = await other.get("/v1/wilayas", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert (await other.get("/v1/wilayas", headers={"If-None-Match": '"other"'})).status_code == 200

    async def test_is_no_place_to_write(self, shop: Shop) -> None:
        refused(await shop.write("POST", "/v1/wilayas", {}), 405, "method_not_allowed")
