"""`GET /v1/products?search=`: the name contains it, or the SKU is it."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.rest.answers import given, refused_fields

pytestmark = pytest.mark.anyio


async def found(shop: Shop, search: str, **query: Any) -> list[str]:
    answer = given(await shop.get("/v1/products", params={"search": search, **query}))
    return sorted(row["name"] for row in answer["items"])


class TestSearchProducts:
    @pytest.mark.parametrize(
        ("name", "search"),
        [
            ("قميص أحمر", "احمر"),
            ("إبريق نحاسي", "ابريق"),
            ("آلة قهوة", "الة"),
            ("ٱلحرير", "الحرير"),
            ("احمر", "أحمر"),
            ("مسؤول", "مسوول"),
            ("دفئ", "دفى"),
            ("حقيبة جلدية", "حقيبه"),
            ("حقيبه", "حقيبة"),
            ("كرسى", "كرسي"),
            ("مُحَمَّدٌ", "محمد"),
            ("محمد", "مُحَمَّد"),
            ("جمـــيل", "جميل"),
            ("Crème brûlée", "creme brulee"),
            ("Creme brulee", "Crème"),
            ("Œuf en chocolat", "oeuf"),
            ("ÉLÉGANCE", "élégance"),
            ("garçon", "GARCON"),
            ("Cre\u0301me", "Crème"),
            ("T-Shirt Cotton", "t-shirt"),
            ("ⵜⴰⵣⴰⵔⵜ", "ⵣⴰⵔ"),
            ("Balle 🧶🧶🧶", "🧶🧶"),
            ("Ｆｕｌｌ", "full"),
        ],
    )
    async def test_folded(self, shop: Shop, name: str, search: str) -> None:
        await shop.create(name=name)
        await shop.create(name="autre chose", sku="autre")
        assert await found(shop, search) == [name]

    @pytest.mark.parametrize(
        ("name", "decoy", "search"),
        [
            ("remise 50% ici", "remise 500 ici", "50%"),
            ("a_b_c", "axbxc", "a_b"),
            ("c:\\temp", "c:xtemp", ":\\t"),
            ("100%", "100 dinars", "%"),
            ("x_y", "xy", "_"),
            ("a\\b", "ab", "\\"),
            ("it's", "its", "t's"),
            ('un "mot"', "un mot", '"mo'),
            ("a{}b", "ab", "{}"),
            ("$1", "1", "$1"),
        ],
    )
    async def test_literal(self, shop: Shop, name: str, decoy: str, search: str) -> None:
        await shop.create(name=name)
        await shop.create(name=decoy)
        assert await found(shop, search) == [name]

    @pytest.mark.parametrize("search", ["a", "ق", "th", "خب", "é", "🧶"])
    async def test_short(self, shop: Shop, search: str) -> None:
        await shop.create(name=f"xx{search}zz")
        await shop.create(name="ooo")
        assert await found(shop, search) == [f"xx{search}zz"]

    async def test_sku_equals(self, shop: Shop) -> None:
        await shop.create(name="premier", sku="AB-1")
        await shop.create(name="second", sku="AB-12")
        assert await found(shop, "AB-1") == ["premier"]
        assert await found(shop, "AB") == []
        assert await found(shop, "ab-1") == []

    async def test_short_sku(self, shop: Shop) -> None:
        await shop.create(name="premier", sku="7")
        assert await found(shop, "7") == ["premier"]

    async def test_name_or_sku(self, shop: Shop) -> None:
        await shop.create(name="one", sku="lamp")
        await shop.create(name="lamp two")
        assert await found(shop, "lamp") == ["lamp two", "one"]

    async def test_with_status(self, shop: Shop) -> None:
        await shop.create(name="lampe active", status="active")
        await shop.create(name="lampe brouillon")
        assert await found(shop, "lampe", status="active") == ["lampe active"]
        assert await found(shop, "la", status="draft") == ["lampe brouillon"]

    async def test_other_store(self, shop: Shop, other_shop: Shop) -> None:
        await other_shop.create(name="secret lamp", sku="SECRET")
        assert [await found(shop, search) for search in ("secret", "SECRET", "se")] == [[], [], []]

    @pytest.mark.parametrize("search", ["", "   ", "x" * 256, "a\0b"])
    async def test_refused(self, shop: Shop, search: str) -> None:
        assert refused_fields(await shop.get("/v1/products", params={"search": search})) == ["search"]

    @pytest.mark.parametrize("limit", [1, 3])
    @pytest.mark.parametrize("search", ["lampe", "la"])
    async def test_walk(self, shop: Shop, search: str, limit: int) -> None:
        made = [(await shop.create(name=f"lampe {number}"))["id"] for number in range(7)]
        await shop.create(name="table")
        seen: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            query = {"search": search, "limit": limit, **cursor}
            answer = given(await shop.get("/v1/products", params=query))
            seen += [row["id"] for row in answer["items"]]
            if not answer["has_more"]:
                break
            cursor = {"cursor": answer["next_cursor"]}
        assert seen == made[::-1]
