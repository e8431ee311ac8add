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
