"""The ledger of stock: every change of a quantity is a movement that says why (`contract.md §8`).

Those of a product without a variant add up to the product's quantity, those of a variant to the variant's. An ordered
variant takes from its own stock and, as a part of the product's, from that too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import asyncpg

from db.engine import engine
from graph.context import Context
from graph.creations import NOTHING, Beside
from graph.errors import ApiError, Code, Detail
from graph.rules import INTEGER_MAXIMUM

Reason = Literal["opening", "count", "delta", "import", "order", "cancelled", "returned"]

# Products are held in the order of their ids, a variant only after its product: who wants the same rows waits, and
# nobody for each other. A held row is the newest there is, whatever the statement's snapshot had. What is too much is
# not taken: the whole is then refused and undone.
TAKE = """
    WITH lines AS (
        SELECT product_id, variant_id, sum(quantity)::int AS quantity
        FROM order_items WHERE order_id = $3 GROUP BY product_id, variant_id
    ), wanted AS (
        SELECT product_id, sum(quantity)::int AS quantity FROM lines GROUP BY product_id
    ), held AS (
        SELECT p.id, p.name, p.sku, p.stock_quantity, p.low_stock_alert, w.quantity
        FROM products p JOIN wanted w ON w.product_id = p.id
        WHERE p.store_id = $1 AND p.livemode = $2 AND p.track_stock ORDER BY p.id FOR NO KEY UPDATE OF p
    ), held_variants AS (
        SELECT v.id, v.product_id, v.stock_quantity, l.quantity
        FROM product_variants v JOIN held h ON h.id = v.product_id JOIN lines l ON l.variant_id = v.id
        ORDER BY v.id FOR NO KEY UPDATE OF v
    ), taken AS (
        UPDATE products p SET stock_quantity = h.stock_quantity - h.quantity, updated_at = now()
        FROM held h WHERE p.id = h.id AND h.stock_quantity >= h.quantity
    ), taken_variants AS (
        UPDATE product_variants v SET stock_quantity = h.stock_quantity - h.quantity
        FROM held_variants h WHERE v.id = h.id AND h.stock_quantity >= h.quantity
    ), noted AS (
        INSERT INTO stock_movements (store_id, livemode, order_id, product_id, variant_id, change, reason)
        SELECT $1, $2, $3, id, NULL, -quantity, 'order' FROM held
        UNION ALL SELECT $1, $2, $3, product_id, id, -quantity, 'order' FROM held_variants
    )
    SELECT id AS product_id, NULL::bigint AS variant_id, name, sku, stock_quantity, low_stock_alert, quantity FROM held
    UNION ALL
    SELECT product_id, id, NULL, NULL, stock_quantity, 0, quantity FROM held_variants
"""
GIVE_BACK = f"""
    WITH moved AS (
        SELECT product_id, variant_id, -sum(change)::int AS quantity
        FROM stock_movements WHERE order_id = $3 GROUP BY product_id, variant_id HAVING sum(change) <> 0
    ), held AS (
        SELECT p.id, p.stock_quantity, least(p.stock_quantity::bigint + m.quantity, {INTEGER_MAXIMUM})::int AS after
        FROM products p JOIN moved m ON m.product_id = p.id AND m.variant_id IS NULL
        WHERE p.store_id = $1 AND p.livemode = $2 ORDER BY p.id FOR NO KEY UPDATE OF p
    ), held_variants AS (
        SELECT v.id, v.product_id, v.stock_quantity,
            least(v.stock_quantity::bigint + m.quantity, {INTEGER_MAXIMUM})::int AS after
        FROM product_variants v JOIN held h ON h.id = v.product_id JOIN moved m ON m.variant_id = v.id
        ORDER BY v.id FOR NO KEY UPDATE OF v
    ), given AS (
        UPDATE products p SET stock_quantity = h.after, updated_at = now() FROM held h WHERE p.id = h.id
    ), given_variants AS (
        UPDATE product_variants v SET stock_quantity = h.after FROM held_variants h WHERE v.id = h.id
    )
    INSERT INTO stock_movements (store_id, livemode, order_id, product_id, variant_id, change, reason)
    SELECT $1, $2, $3, id, NULL, after - stock_quantity, $4 FROM held WHERE after <> stock_quantity
    UNION ALL
    SELECT $1, $2, $3, product_id, id, after - stock_quantity, $4 FROM held_variants WHERE after <> stock_quantity
"""
OPENING = """
    , opening AS (
        INSERT INTO stock_movements (store_id, livemode, product_id, change, reason)
        SELECT store_id, livemode, id, stock_quantity, 'opening' FROM products
    )
"""


class Level(NamedTuple):
    """What decides whether a product's stock is low."""

    track_stock: bool
    stock_quantity: int
    low_stock_alert: int


class Movement(NamedTuple):
    """A change of a stock: of a variant's, where one is named; by an order, where one is."""

    id: int
    change: int
    reason: Reason
    variant: str | None
    order_id: int | None
    order_number: str | None
    created_at: datetime


async def movements(context: Context, product_id: int, before: int | None, limit: int) -> list[Movement]:
    """Return why a product's stock, and its variants', is what it is: the newest movements, or those before one.

    Args:
        context: who asks; needs `products:read`.
        product_id: the product.
        before: the id of a movement.
        limit: how many at most.
    """
    context.require("products:read")
    rows = await engine.fetch(
        "SELECT m.id, m.change, m.reason, v.name AS variant, m.order_id, o.order_number, m.created_at"
        " FROM stock_movements m LEFT JOIN product_variants v ON v.id = m.variant_id"
        " LEFT JOIN orders o ON o.id = m.order_id"
        " WHERE m.product_id = $3 AND m.store_id = $1 AND m.livemode = $2 AND m.id < $4 ORDER BY m.id DESC LIMIT $5",
        context.store_id,
        context.livemode,
        product_id,
        2**63 - 1 if before is None else before,
        limit,
    )
    return [Movement(**row) for row in rows]


def became_low(before: Level, after: Level) -> bool:
    """Tell whether tracked stock went from the threshold or more to below it; a threshold that is raised moves none."""
    return after.track_stock and before.stock_quantity >= after.low_stock_alert > after.stock_quantity


def low_stock(product: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the event of a product whose stock has become low."""
    members = ("name", "sku", "stock_quantity", "low_stock_alert")
    return "product.stock_low", {"product_id": product["id"], **{name: product[name] for name in members}}


async def movement_record(context: Context, product_id: int, change: int, reason: Reason) -> None:
    """Note on the running transaction why a product's quantity changed; no change is no movement."""
    if change:
        await engine.write(
            "INSERT INTO stock_movements (store_id, livemode, product_id, change, reason) VALUES ($1, $2, $3, $4, $5)",
            context.store_id,
            context.livemode,
            product_id,
            change,
            reason,
        )


def opening(quantity: int) -> Beside:
    """Return the movement of the quantity that the new product `products` starts with; of none, none."""
    return Beside(OPENING) if quantity else NOTHING


async def openings_record(context: Context, product_ids: Sequence[int]) -> None:
    """Note the quantities that new products start with, on the running transaction."""
    await engine.write(
        "INSERT INTO stock_movements (store_id, livemode, product_id, change, reason)"
        " SELECT store_id, livemode, id, stock_quantity, 'opening' FROM products"
        " WHERE id = ANY($3) AND store_id = $1 AND livemode = $2 AND stock_quantity <> 0",
        context.store_id,
        context.livemode,
        product_ids,
    )


async def stock_take(context: Context, order_id: int) -> list[tuple[str, dict[str, Any]]]:
    """Take an order's items from the stock of those products that track it, by one statement.

    Returns the events of the products whose stock has become low.

    Raises:
        ApiError: `insufficient_stock` with a detail for each line that can't be served; what was done is to be undone.
    """
    rows = await engine.write(TAKE, context.store_id, context.livemode, order_id)
    short = {(row["product_id"], row["variant_id"]): row for row in rows if row["stock_quantity"] < row["quantity"]}
    if short:
        raise await _insufficient(order_id, short)
    events = []
    for row in rows:
        left = row["stock_quantity"] - row["quantity"]
        before, after = (Level(True, each, row["low_stock_alert"]) for each in (row["stock_quantity"], left))
        if row["variant_id"] is None and became_low(before, after):
            events.append(low_stock({**row, "id": row["product_id"], "stock_quantity": left}))
    return events


async def stock_give_back(context: Context, order_id: int, reason: Reason) -> None:
    """Give back, by one statement, what an order has taken and not given back: nothing, if it has taken none."""
    await engine.write(GIVE_BACK, context.store_id, context.livemode, order_id, reason)


async def _insufficient(order_id: int, short: Mapping[tuple[int, int | None], asyncpg.Record]) -> ApiError:
    lines = await engine.fetch(
        "SELECT product_id, variant_id, name, variant FROM order_items WHERE order_id = $1 ORDER BY id", order_id
    )
    details = []
    for place, line in enumerate(lines):
        row = short.get((line["product_id"], line["variant_id"])) or short.get((line["product_id"], None))
        if row is not None:
            named = " / ".join(filter(None, (line["name"], line["variant"])))
            details.append(
                Detail(f"items.{place}", f"{named}: {row['quantity']} ordered, {row['stock_quantity']} in stock")
            )
    return ApiError(
        Code.INSUFFICIENT_STOCK,
        "There is not enough in stock for this order: restock what details name, or cancel it",
        details=details,
    )
