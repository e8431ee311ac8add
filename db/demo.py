"""What the demo does to its own rows beside what the API can: times of its own, and pictures that move.

Every statement runs on the caller's transaction.
"""

from datetime import datetime, timedelta
from typing import Final

from db.engine import engine

# Any constant does: it only has to be the same in every process that seeds.
SEED_LOCK: Final = 6_019_522


async def seeding_lock() -> None:
    """Wait until no other process seeds, and keep it so for this transaction."""
    await engine.write("SELECT pg_advisory_xact_lock($1)", SEED_LOCK)


async def shop_find(slug: str) -> tuple[int, str] | None:
    """Return a shop's id and its logo's address, or None."""
    row = await engine.fetch_row("SELECT id, logo FROM stores WHERE slug = $1", slug)
    return None if row is None else (row["id"], row["logo"] or "")


async def products_date(store_id: int, livemode: bool, first: datetime, between: timedelta) -> None:
    """Let a shop's products have been made one after another, from a moment on."""
    await engine.write(
        "UPDATE products p SET created_at = made.at, updated_at = made.at FROM ("
        "SELECT id, $3::timestamptz + $4::interval * row_number() OVER (ORDER BY id) AS at FROM products"
        " WHERE store_id = $1 AND livemode = $2) made WHERE made.id = p.id",
        store_id,
        livemode,
        first,
        between,
    )


async def pictures_move(store_id: int, before: str, after: str) -> None:
    """Let a shop's pictures be under another address."""
    arguments = (store_id, before, after)
    await engine.write(
        "UPDATE stores SET logo = replace(logo, $2, $3), favicon = replace(favicon, $2, $3),"
        " banner = replace(banner, $2, $3) WHERE id = $1",
        *arguments,
    )
    await engine.write("UPDATE product_images SET url = replace(url, $2, $3) WHERE store_id = $1", *arguments)
    await engine.write(
        "UPDATE products SET primary_image = replace(primary_image, $2, $3) WHERE store_id = $1", *arguments
    )


async def products_to_sell(store_id: int, livemode: bool, count: int) -> list[tuple[int, str]]:
    """Return id and name of so many of a shop's active products, the featured ones first."""
    rows = await engine.fetch(
        "SELECT id, name FROM products WHERE store_id = $1 AND livemode = $2 AND status = 'active'"
        " ORDER BY featured DESC, id LIMIT $3",
        store_id,
        livemode,
        count,
    )
    return [(row["id"], row["name"]) for row in rows]


async def landing_page_finish(identifier: int, sections: str, views: int, after_product: timedelta) -> None:
    """Give a landing page its sections, as JSON, and a past that began some time after its product's."""
    await engine.write(
        "UPDATE landing_pages l SET sections = $2::jsonb, views = $3, created_at = p.created_at + $4,"
        " updated_at = p.created_at + $4 FROM products p WHERE l.id = $1 AND p.id = l.product_id",
        identifier,
        sections,
        views,
        after_product,
    )


async def orders_date(store_id: int, livemode: bool, first: datetime, between: timedelta, step: timedelta) -> None:
    """Let a shop's orders have been placed one after another, and each have gone a step further every so often."""
    tenant = (store_id, livemode)
    await engine.write(
        "UPDATE order_timeline l SET at = made.at + $5::interval * made.place FROM ("
        "SELECT l.id, $3::timestamptz + $4::interval * dense_rank() OVER (ORDER BY o.id) AS at,"
        " row_number() OVER (PARTITION BY o.id ORDER BY l.id) - 1 AS place"
        " FROM orders o JOIN order_timeline l ON l.order_id = o.id WHERE o.store_id = $1 AND o.livemode = $2) made"
        " WHERE made.id = l.id",
        *tenant,
        first,
        between,
        step,
    )
    await engine.write(
        "UPDATE orders o SET created_at = made.first, updated_at = made.last FROM ("
        "SELECT order_id, min(at) AS first, max(at) AS last FROM order_timeline GROUP BY order_id) made"
        " WHERE made.order_id = o.id AND o.store_id = $1 AND o.livemode = $2",
        *tenant,
    )
    await engine.write(
        "UPDATE customers c SET created_at = made.first, updated_at = made.last FROM ("
        "SELECT customer_id, min(created_at) AS first, max(updated_at) AS last FROM orders GROUP BY customer_id) made"
        " WHERE made.customer_id = c.id AND c.store_id = $1 AND c.livemode = $2",
        *tenant,
    )
    await engine.write(
        "UPDATE events e SET occurred_at = l.at FROM order_timeline l"
        " WHERE e.store_id = $1 AND e.livemode = $2 AND l.order_id = (e.data->>'order_id')::bigint"
        " AND e.name = 'order.' || CASE WHEN l.from_status IS NULL THEN 'created' ELSE l.to_status END",
        *tenant,
    )
    await engine.write(
        "UPDATE stock_movements m SET created_at = l.at FROM order_timeline l WHERE m.store_id = $1 AND m.livemode = $2"
        " AND l.order_id = m.order_id AND l.to_status = CASE m.reason WHEN 'order' THEN 'confirmed' ELSE m.reason END",
        *tenant,
    )
