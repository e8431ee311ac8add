"""What is done with customers beside their orders: shutting one out, erasing one, mending what they come to."""

from typing import Final

from db.engine import engine
from graph.context import Context
from graph.errors import not_found

# Every customer whose totals are not those of its orders (`contract.md §8`), in any store, with what they should be.
WRONG: Final = """
    SELECT c.id, due.orders, due.spent FROM customers c CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE o.status <> 'cancelled') AS orders,
            coalesce(sum(o.total) FILTER (WHERE o.status = 'delivered'), 0) AS spent
        FROM orders o WHERE o.customer_id = c.id
    ) due WHERE (c.total_orders, c.total_spent) <> (due.orders, due.spent)
"""


async def customer_erase(context: Context, identifier: int) -> int:
    """Erase a customer's personal data on the running transaction, and return how many orders had some.

    The row, its totals and its orders with their sums and wilaya stay; names, numbers, addresses and notes go, from the
    event log too. Answers that are kept for retries leave by themselves within 24 hours. Who orders under the same
    number later is a new customer.

    Args:
        context: whose customer.
        identifier: the integer id.

    Raises:
        ApiError: `not_found`.
    """
    tenant = (context.store_id, context.livemode, identifier)
    await engine.write(
        "SELECT id FROM orders WHERE store_id = $1 AND livemode = $2 AND customer_id = $3"
        " ORDER BY id FOR NO KEY UPDATE",
        *tenant,
    )
    erased = await engine.write(
        "UPDATE customers SET phone = '', first_name = '', last_name = '', email = NULL, commune = NULL,"
        " address = NULL, notes = NULL, metadata = '{}', external_id = NULL, updated_at = now()"
        " WHERE store_id = $1 AND livemode = $2 AND id = $3 RETURNING id",
        *tenant,
    )
    if not erased:
        raise not_found("Customer", identifier)
    # In a statement of its own, after the customer is held: an order that came meanwhile is seen by it.
    orders = await engine.write(
        "UPDATE orders SET customer_name = '', customer_phone = '', customer_email = NULL, commune = '',"
        " address = NULL, notes = NULL, metadata = '{}', updated_at = now()"
        " WHERE store_id = $1 AND livemode = $2 AND customer_id = $3 RETURNING id",
        *tenant,
    )
    await engine.write(
        'UPDATE events SET data = data || \'{"customer_phone": ""}\' WHERE store_id = $1 AND livemode = $2'
        " AND name = 'order.created' AND (data->>'order_id')::bigint = ANY($3)",
        context.store_id,
        context.livemode,
        [row["id"] for row in orders],
    )
    return len(orders)


async def customer_ban(context: Context, identifier: int, *, banned: bool) -> int:
    """Shut a customer out of the checkout, or let them in again, on the running transaction, and return the id.

    Args:
        context: whose customer; needs `orders:write`.
        identifier: the integer id.
        banned: whether they are shut out from now on.

    Raises:
        ApiError: `not_found`.
    """
    context.require("orders:write")
    rows = await engine.write(
        "UPDATE customers SET is_banned = $4, updated_at = CASE WHEN is_banned = $4 THEN updated_at ELSE now() END"
        " WHERE store_id = $1 AND livemode = $2 AND id = $3 RETURNING id",
        context.store_id,
        context.livemode,
        identifier,
        banned,
    )
    if not rows:
        raise not_found("Customer", identifier)
    return int(rows[0]["id"])


async def totals_wrong() -> int:
    """Return how many customers' totals are not those of their orders."""
    rows = await engine.fetch(f"SELECT count(*) AS count FROM ({WRONG}) wrong")
    return int(rows[0]["count"])


async def totals_mend() -> int:
    """Set every customer's totals to those of its orders, on the running transaction, and return how many were not.

    Orders wait meanwhile: a total that moves while it is being summed would be lost.
    """
    await engine.write("LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE")
    rows = await engine.write(
        "UPDATE customers c SET total_orders = wrong.orders, total_spent = wrong.spent, updated_at = now()"
        f" FROM ({WRONG}) wrong WHERE wrong.id = c.id RETURNING c.id"
    )
    return len(rows)
