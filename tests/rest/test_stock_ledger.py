"""Every way in which a stock changes leaves a movement that says why."""

import pytest

from db.engine import engine
from graph.product_import import products_import
from graph.store_admin import operator_context
from tests.conftest import Shop
from tests.rest.ordering import events, stock

pytestmark = pytest.mark.anyio


async def movements(product: int) -> list[tuple[int, str]]:
    rows = await engine.fetch("SELECT change, reason FROM stock_movements WHERE product_id = $1 ORDER BY id", product)
    return [(row["change"], row["reason"]) for row in rows]


async def imported(shop: Shop, **row: str) -> int:
    """Import one row and return its product's id."""
    context = await operator_context(str(shop.store_id))
    async with engine.transaction():
        (outcome,) = await products_import(context, [{"name": row["sku"], "price": "10"} | row], set())
    assert outcome.what in {"created", "updated"}, outcome
    found = await engine.fetch("SELECT id FROM products WHERE store_id = $1 AND sku = $2", shop.store_id, row["sku"])
    return int(found[0]["id"])


class TestImport:
    @pytest.mark.parametrize("more", [{}, {"images": "https://x.dz/1"}], ids=["at once", "by itself"])
    async def test_opening_and_counts(self, shop: Shop, more: dict[str, str]) -> None:
        product = await imported(shop, sku="A", stock_quantity="7", track_stock="yes", **more)
        assert await movements(product) == [(7, "opening")]
        await imported(shop, sku="A", stock_quantity="3")
        await imported(shop, sku="A", price="12")
        assert await movements(product) == [(7, "opening"), (-4, "import")]
        assert await stock(shop, product) == 3
        assert [data["stock_quantity"] for _, data in await events(shop, "product.stock_low")] == [3]

    async def test_nothing_in_stock_is_no_movement(self, shop: Shop) -> None:
        assert await movements(await imported(shop, sku="A")) == []
        assert await movements((await shop.create())["id"]) == []


async def test_variants(shop: Shop) -> None:
    variants = [{"name": "S", "stock_quantity": 2}, {"name": "M"}, {"name": "L", "stock_quantity": 3}]
    product = (await shop.create(variants=variants))["id"]
    rows = await engine.fetch(
        "SELECT v.name, v.stock_quantity, coalesce(sum(m.change), 0) AS noted FROM product_variants v"
        " LEFT JOIN stock_movements m ON m.variant_id = v.id WHERE v.product_id = $1 GROUP BY v.id ORDER BY v.id",
        product,
    )
    assert [tuple(row) for row in rows] == [("S", 2, 2), ("M", 0, 0), ("L", 3, 3)]
    assert await stock(shop, product) == 5
