"""`/v1/categories`, and the category of a product."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused, refused_fields

pytestmark = pytest.mark.anyio


async def create(shop: Shop, **fields: Any) -> Any:
    return given(await shop.write("POST", "/v1/categories", {"name": "Tapis"} | fields), 201)


class TestCreateCategory:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read"])
        response = await shop.write("POST", "/v1/categories", {"name": "Tapis"})
        assert refused(response, 403, "forbidden")["required_scope"] == "products:write"

    async def test_members_in_order(self, shop: Shop) -> None:
        category = await create(shop)
        assert list(category) == ["id", "name", "slug", "parent_id", "position"]
        assert list(category.values())[1:] == ["Tapis", "tapis", None, 0]

    async def test_every_field(self, shop: Shop) -> None:
        above = await create(shop)
        fields = {"name": "زرابي", "slug": "zarabi", "parent_id": above["id"], "position": 3}
        category = await create(shop, **fields)
        assert category == fields | {"id": category["id"]}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", None),
            ("name", 5),
            ("slug", "A B"),
            ("slug", None),
            ("parent_id", "1"),
            ("parent_id", 999999999),
            ("position", -1),
            ("position", None),
            ("position", 1.0),
            ("colour", "red"),
        ],
    )
    async def test_refused(self, shop: Shop, field: str, value: object) -> None:
        response = await shop.write("POST", "/v1/categories", {"name": "Tapis", field: value})
        assert refused_fields(response) == [field]

    async def test_name_is_required(self, shop: Shop) -> None:
        assert refused_fields(await shop.write("POST", "/v1/categories", {})) == ["name"]

    async def test_slug_is_made_unique(self, shop: Shop) -> None:
        assert [(await create(shop))["slug"] for _ in range(3)] == ["tapis", "tapis-2", "tapis-3"]

    async def test_seventy_of_one_name(self, shop: Shop) -> None:
        assert len({(await create(shop))["slug"] for _ in range(70)}) == 70

    async def test_many_at_once(self, shop: Shop) -> None:
        made = await asyncio.gather(*(create(shop) for _ in range(12)))
        assert len({category["slug"] for category in made}) == 12

    async def test_chosen_slug_is_taken(self, shop: Shop) -> None:
        await create(shop)
        response = await shop.write("POST", "/v1/categories", {"name": "x", "slug": "tapis"})
        assert refused_fields(response, "conflict", 409) == ["slug"]

    async def test_parent_of_another_store(self, shop: Shop, other_shop: Shop) -> None:
        foreign = await create(other_shop)
        response = await shop.write("POST", "/v1/categories", {"name": "x", "parent_id": foreign["id"]})
        assert refused_fields(response) == ["parent_id"]


class TestListCategories:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:write"])
        assert refused(await shop.get("/v1/categories"), 403, "forbidden")["required_scope"] == "products:read"

    async def test_newest_first(self, shop: Shop, other_shop: Shop) -> None:
        await create(other_shop)
        made = [await create(shop, name=f"c{number}") for number in range(3)]
        found = given(await shop.get("/v1/categories"))
        assert found == {"items": made[::-1], "next_cursor": None, "has_more": False}

    async def test_walk(self, shop: Shop) -> None:
        made = [(await create(shop, name=f"c{number}"))["id"] for number in range(5)]
        first = given(await shop.get("/v1/categories?limit=3"))
        rest = given(await shop.get("/v1/categories", params={"cursor": first["next_cursor"]}))
        assert [row["id"] for row in first["items"] + rest["items"]] == made[::-1]


class TestCategoryOfProduct:
    async def test_valid(self, shop: Shop) -> None:
        category = await create(shop)
        product = await shop.create(category_id=category["id"])
        assert product["category_id"] == category["id"]
        cleared = await shop.write("PATCH", f"/v1/products/{product['id']}", {"category_id": None})
        assert given(cleared)["category_id"] is None

    @pytest.mark.parametrize("method", ["POST", "PATCH"])
    async def test_of_another_store_or_none(self, shop: Shop, other_shop: Shop, method: str) -> None:
        foreign = await create(other_shop)
        product = await shop.create()
        path = "/v1/products" if method == "POST" else f"/v1/products/{product['id']}"
        messages = []
        for identifier in (foreign["id"], 999_999_999):
            response = await shop.write(method, path, {"name": "x", "price": 1, "category_id": identifier})
            assert refused_fields(response) == ["category_id"]
            messages.append(response.json()["error"]["details"][0]["message"].replace(str(identifier), "ID"))
        assert messages[0] == messages[1]

    async def test_of_the_other_mode(self, shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        category = await create(sandbox)
        response = await shop.write("POST", "/v1/products", {"name": "x", "price": 1, "category_id": category["id"]})
        assert refused_fields(response) == ["category_id"]
