"""What the tests of orders share: a store with goods, and orders of them."""

import itertools
import json
from typing import Any

import httpx

from db.engine import engine
from tests.conftest import Shop
from tests.rest.answers import given

numbers = itertools.count(1)


def body(product: int, quantity: int = 1, **members: Any) -> dict[str, Any]:
    """Return the body of an order; `customer`, `delivery` and other members are replaced by those given."""
    customer = {"name": "Ahmed Benali", "phone": "0555123456", "wilaya_id": 16, "commune": "Bab Ezzouar"}
    return {
        "customer": customer | members.pop("customer", {}),
        "delivery": {"type": "home"} | members.pop("delivery", {}),
        "items": [{"product_id": product, "quantity": quantity}],
    } | members


async def stocked(shop: Shop, quantity: int = 10, **fields: Any) -> int:
    """Create an active product that tracks its stock and return its id."""
    fields = {"price": 1000, "status": "active", "track_stock": True, "stock_quantity": quantity, **fields}
    return int((await shop.create(**fields))["id"])


async def ordered(shop: Shop, product: int, quantity: int = 1, **members: Any) -> dict[str, Any]:
    """Create an order and return it."""
    response = await shop.write("POST", "/v1/orders", body(product, quantity, **members))
    found: dict[str, Any] = given(response, 201)
    return found


async def change(shop: Shop, order: int, **members: Any) -> httpx.Response:
    """Send a PATCH of an order."""
    return await shop.write("PATCH", f"/v1/orders/{order}", members)


async def changed(shop: Shop, order: int, **members: Any) -> dict[str, Any]:
    """Change an order and return it."""
    found: dict[str, Any] = given(await change(shop, order, **members))
    return found


async def moved(shop: Shop, order: int, *statuses: str) -> dict[str, Any]:
    """Take an order through these statuses and return it."""
    for status in statuses:
        found = await changed(shop, order, status=status)
    return found


async def stock(shop: Shop, product: int) -> int:
    """Return a product's quantity, which is what its ledger adds up to."""
    (row,) = await engine.fetch(
        "SELECT stock_quantity, coalesce((SELECT sum(change) FROM stock_movements m"
        " WHERE m.product_id = p.id AND m.variant_id IS NULL), 0) AS noted FROM products p"
        " WHERE id = $1 AND store_id = $2",
        product,
        shop.store_id,
    )
    assert row["stock_quantity"] == row["noted"]
    return int(row["stock_quantity"])


async def events(shop: Shop, *names: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the store's events of these names, or all, the oldest first."""
    rows = await engine.fetch(
        "SELECT name, data FROM events WHERE store_id = $1 AND (name = ANY($2) OR $2 = '{}') ORDER BY id",
        shop.store_id,
        list(names),
    )
    return [(row["name"], json.loads(row["data"])) for row in rows]


async def customer_of(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    """Return the customer's own row."""
    found: dict[str, Any] = given(await shop.get(f"/v1/customers/{order['customer']['id']}"))
    return found
