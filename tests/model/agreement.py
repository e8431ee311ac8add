"""Whether a store is what its model says: every row, every sum, every event."""

import json
from collections.abc import Iterable
from typing import Any

from db.engine import engine
from tests.conftest import Shop
from tests.model import plain
from tests.model.surfaces import Surface


async def agrees(
    surface: Surface, shop: Shop, model: plain.Store, touched: Iterable[tuple[str, int]], turn: int
) -> None:
    """Compare all lists of a store with its model, and those rows of it that were touched in full.

    Each turn filters by another status, and walks by pages of another size.
    """
    size = (200, 7, 3)[turn % 3]
    await _products(surface, shop, model, size)
    await _orders(surface, shop, model, size, tuple(plain.NEXT)[turn % len(plain.NEXT)])
    await _customers(surface, shop, model)
    await _ledger(shop, model)
    await _events(shop, model)
    for kind, identifier in touched:
        if kind == "orders":
            _order(await surface.one(shop, kind, identifier), model.orders[identifier])
        elif not model.products[identifier].deleted:
            _product(await surface.one(shop, kind, identifier), model.products[identifier])


async def _products(surface: Surface, shop: Shop, model: plain.Store, size: int) -> None:
    names = ("id", "name", "price", "sku", "stock_quantity", "track_stock", "status")
    rows = [tuple(row[name] for name in names) for row in await surface.all(shop, "products", size)]
    live = sorted(model.live(), key=lambda each: -each.id)
    assert rows == [(each.id, each.name, each.price, each.sku, each.stock, each.tracked, each.status) for each in live]
    active = [row["id"] for row in await surface.all(shop, "products", status="active")]
    assert active == [each.id for each in live if each.status == "active"]


async def _orders(surface: Surface, shop: Shop, model: plain.Store, size: int, status: str) -> None:
    rows = await surface.all(shop, "orders", size)
    newest = sorted(model.orders.values(), key=lambda each: -each.id)
    names = ("id", "status", "payment_status", "total", "customer_name", "customer_phone", "wilaya_id", "commune")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (each.id, each.status, each.payment_status, each.total, *(each.customer[name] for name in plain.WRITTEN))
        for each in newest
    ]
    found = [row["id"] for row in await surface.all(shop, "orders", status=status)]
    assert found == [each.id for each in newest if each.status == status]


async def _customers(surface: Surface, shop: Shop, model: plain.Store) -> None:
    rows = {row["phone"]: row for row in await surface.all(shop, "customers")}
    assert rows.keys() == model.customers.keys()
    for phone, there in model.customers.items():
        row = rows[phone]
        first, _, last = there.name.partition(" ")
        assert (row["first_name"], row["last_name"], row["email"]) == (first, last, there.email)
        assert (row["wilaya_id"], row["commune"]) == (there.wilaya_id, there.commune)
        assert (row["total_orders"], row["total_spent"]) == (there.total_orders, there.total_spent)
        # The model's own sums are what its orders come to.
        orders = [each for each in model.orders.values() if each.customer["phone"] == phone]
        assert there.total_orders == sum(each.status != "cancelled" for each in orders)
        assert there.total_spent == sum(each.total for each in orders if each.status == "delivered")


async def _ledger(shop: Shop, model: plain.Store) -> None:
    """Every movement, deleted products' too; they add up to the quantities."""
    found: dict[tuple[int, int | None], list[tuple[int, str]]] = {}
    for row in await engine.fetch(
        "SELECT product_id, variant_id, change, reason FROM stock_movements WHERE store_id = $1 ORDER BY id",
        shop.store_id,
    ):
        found.setdefault((row["product_id"], row["variant_id"]), []).append((row["change"], row["reason"]))
    expected = {(product.id, None): product.movements for product in model.products.values()}
    expected |= {
        (product.id, variant.id): variant.movements
        for product in model.products.values()
        for variant in product.variants
    }
    assert found == {key: movements for key, movements in expected.items() if movements}
    stocks = await engine.fetch("SELECT id, stock_quantity FROM products WHERE store_id = $1", shop.store_id)
    variants = await engine.fetch("SELECT id, stock_quantity FROM product_variants WHERE store_id = $1", shop.store_id)
    assert {row["id"]: row["stock_quantity"] for row in stocks} == {
        product.id: sum(change for change, _ in product.movements) for product in model.products.values()
    }
    assert {row["id"]: row["stock_quantity"] for row in variants} == {
        variant.id: sum(change for change, _ in variant.movements)
        for product in model.products.values()
        for variant in product.variants
    }


async def _events(shop: Shop, model: plain.Store) -> None:
    """Every event once; those of one change in any order."""
    rows = await engine.fetch("SELECT name, data FROM events WHERE store_id = $1 ORDER BY id", shop.store_id)
    found = [(row["name"], json.loads(row["data"])) for row in rows]
    assert sorted(map(_written, found)) == sorted(map(_written, model.events))


def _written(event: tuple[str, Any]) -> str:
    return json.dumps(event, sort_keys=True)


def _order(row: dict[str, Any], order: plain.Order) -> None:
    assert (row["subtotal"], row["delivery_fee"], row["discount"]) == (order.subtotal, order.fee, order.discount)
    assert row["total"] == order.total
    assert (row["notes"], row["delivery"]["type"]) == (order.notes, order.delivery_type)
    assert {name: row["customer"][name] for name in order.customer} == order.customer
    assert [(each["from"], each["to"]) for each in row["timeline"]] == order.timeline
    items = [(each["product_id"], each["quantity"], each["unit_price"], each["total"]) for each in row["items"]]
    assert items == [
        (line.product.id, line.quantity, line.unit_price, line.quantity * line.unit_price) for line in order.lines
    ]
    if "allowed_transitions" in row:
        assert set(row["allowed_transitions"]) == plain.NEXT[order.status]


def _product(row: dict[str, Any], product: plain.Product) -> None:
    assert row["pricing"]["price"] == product.price
    inventory = row["inventory"]
    assert (inventory["stock_quantity"], inventory["track_stock"]) == (product.stock, product.tracked)
    assert (inventory["sku"], inventory["low_stock_alert"]) == (product.sku, product.alert)
    assert [(each["id"], each["price"], each["stock_quantity"]) for each in row["variants"]] == [
        (each.id, each.price, each.stock) for each in product.variants
    ]
