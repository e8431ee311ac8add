"""How a product gets its slug."""

import asyncio

import pytest

from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused_fields

pytestmark = pytest.mark.anyio


class TestSlugOfName:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Cotton T-Shirt", "cotton-t-shirt"),
            ("قميص قطني", "قميص-قطني"),
            ("مُحَمَّد", "محمد"),
            ("أحمر وأزرق", "أحمر-وأزرق"),
            ("Crème brûlée", "creme-brulee"),
            ("L'été à Béjaïa", "l-ete-a-bejaia"),
            ("ⵜⴰⵣⴰⵔⵜ ⵜⴰⴷⵔⴰⵔⵜ", "ⵜⴰⵣⴰⵔⵜ-ⵜⴰⴷⵔⴰⵔⵜ"),
            ("قهوة Café 250g", "قهوة-cafe-250g"),
            ("٥ قطع", "٥-قطع"),
            ("  --Hello--  ", "hello"),
            ("🧶🧶", "product"),
            ("!!!", "product"),
            ("\u200f\u202b", "product"),
        ],
    )
    async def test_valid(self, shop: Shop, name: str, slug: str) -> None:
        assert (await shop.create(name=name))["slug"] == slug

    @pytest.mark.parametrize("name", ["ق" * 255, "x" * 255, "é" * 255, "漢" * 255, "ﷺ" * 255, "½" * 255, "𝔸" * 255])
    async def test_longest_name(self, shop: Shop, name: str) -> None:
        first, second = await shop.create(name=name), await shop.create(name=name)
        assert first["name"] == name
        assert 1 <= len(first["slug"]) < len(second["slug"]) <= 255
        assert second["slug"] == f"{first['slug']}-2"

    async def test_chosen(self, shop: Shop) -> None:
        assert (await shop.create(name="Autre", slug="قميص-t-shirt-٥"))["slug"] == "قميص-t-shirt-٥"

    async def test_chosen_one_is_taken(self, shop: Shop) -> None:
        await shop.create(slug="a")
        response = await shop.write("POST", "/v1/products", {"name": "x", "price": 1, "slug": "a"})
        assert refused_fields(response, "conflict", 409) == ["slug"]


class TestUniqueSlug:
    async def test_numbered(self, shop: Shop) -> None:
        assert [(await shop.create(name="Thé"))["slug"] for _ in range(3)] == ["the", "the-2", "the-3"]

    async def test_first_gap_is_filled(self, shop: Shop) -> None:
        made = [await shop.create(name="Thé") for _ in range(3)]
        given(await shop.write("DELETE", f"/v1/products/{made[1]['id']}"))
        assert (await shop.create(name="Thé"))["slug"] == "the-2"

    async def test_other_store_and_mode(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        assert {(await each.create(name="Thé"))["slug"] for each in (shop, other_shop, sandbox)} == {"the"}

    async def test_seventy_of_one_name(self, shop: Shop) -> None:
        slugs = [(await shop.create(name="Thé"))["slug"] for _ in range(70)]
        assert slugs[:64] == ["the", *(f"the-{number}" for number in range(2, 65))]
        assert len(set(slugs)) == 70
        assert all(slug.removeprefix("the-").isdigit() for slug in slugs[1:])

    async def test_many_at_once(self, shop: Shop) -> None:
        made = await asyncio.gather(*(shop.create(name="Thé") for _ in range(24)))
        slugs = {product["slug"] for product in made}
        assert len(slugs) == 24
        assert {"the", "the-2", "the-3"} <= slugs
