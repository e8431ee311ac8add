"""What the demo does to its own rows beside what the API can: times of its own, and pictures that move.

Every statement runs on the caller's transaction.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from db.cleaning import EVENTS_KEPT
from db.engine import engine
from db.partitions import REQUESTS
from db.request_log import ADD, Logged

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
    """Let a shop have opened at a moment, and its products have been made one after another from then on."""
    tenant = (store_id, livemode)
    await engine.write("UPDATE stores SET created_at = $2, updated_at = $2 WHERE id = $1", store_id, first)
    await engine.write(
        "UPDATE categories SET created_at = $3 WHERE store_id = $1 AND livemode = $2",
        *tenant,
        first,
    )
    await engine.write(
        "UPDATE products p SET created_at = made.at, updated_at = made.at FROM ("
        "SELECT id, $3::timestamptz + $4::interval * row_number() OVER (ORDER BY id) AS at FROM products"
        " WHERE store_id = $1 AND livemode = $2) made WHERE made.id = p.id",
        *tenant,
        first,
        between,
    )
    await engine.write(
        "UPDATE stock_movements m SET created_at = p.created_at FROM products p"
        " WHERE p.id = m.product_id AND m.store_id = $1 AND m.livemode = $2",
        *tenant,
    )


async def members_date(store_ids: Sequence[int], at: datetime) -> None:
    """Let the keys and members of new shops have been there since a moment."""
    await engine.write("UPDATE api_keys SET created_at = $2 WHERE store_id = ANY($1)", store_ids, at)
    await engine.write("UPDATE members SET created_at = $2 WHERE store_id = ANY($1)", store_ids, at)
    await engine.write(
        "UPDATE accounts a SET created_at = $2 FROM members m WHERE m.account_id = a.id AND m.store_id = ANY($1)"
        " AND a.created_at > $2",
        store_ids,
        at,
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


async def orders_date(store_id: int, livemode: bool, times: Sequence[tuple[int, str, datetime]]) -> None:
    """Let each order have taken each of its statuses at a moment: what came of it was then, its number is the day's.

    Args:
        store_id: the shop, whose orders all are among these.
        livemode: its mode.
        times: of each status of each order, in the order in which they were made.
    """
    tenant = (store_id, livemode)
    await engine.write(
        "UPDATE order_timeline l SET at = given.at FROM unnest($3::bigint[], $4::text[], $5::timestamptz[])"
        " AS given(order_id, status, at) JOIN orders o ON o.id = given.order_id AND o.store_id = $1 AND o.livemode = $2"
        " WHERE l.order_id = given.order_id AND l.to_status = given.status",
        *tenant,
        *(list(column) for column in zip(*times, strict=True)),
    )
    await engine.write(
        "UPDATE orders o SET created_at = made.first, updated_at = made.last, order_number = regexp_replace("
        "o.order_number, '-[0-9]{8}-', to_char(made.first AT TIME ZONE 'UTC', '\"-\"YYYYMMDD\"-\"')) FROM ("
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
    await _stock_date(*tenant)
    await _events_date(*tenant)


async def _stock_date(store_id: int, livemode: bool) -> None:
    tenant = (store_id, livemode)
    await engine.write(
        "UPDATE stock_movements m SET created_at = l.at FROM order_timeline l WHERE m.store_id = $1 AND m.livemode = $2"
        " AND l.order_id = m.order_id AND l.to_status = CASE m.reason WHEN 'order' THEN 'confirmed' ELSE m.reason END",
        *tenant,
    )
    await engine.write(
        "UPDATE products p SET updated_at = moved.last FROM (SELECT product_id, max(created_at) AS last"
        " FROM stock_movements WHERE store_id = $1 AND livemode = $2 AND order_id IS NOT NULL GROUP BY product_id)"
        " moved WHERE moved.product_id = p.id",
        *tenant,
    )


async def _events_date(store_id: int, livemode: bool) -> None:
    tenant = (store_id, livemode)
    await engine.write(
        "UPDATE events e SET occurred_at = l.at FROM order_timeline l"
        " WHERE e.store_id = $1 AND e.livemode = $2 AND l.order_id = (e.data->>'order_id')::bigint"
        " AND e.name = 'order.' || CASE WHEN l.from_status IS NULL THEN 'created' ELSE l.to_status END",
        *tenant,
    )
    await engine.write(
        "UPDATE events e SET data = e.data || jsonb_build_object('order_number', o.order_number) FROM orders o"
        " WHERE e.store_id = $1 AND e.livemode = $2 AND e.name = 'order.created'"
        " AND o.id = (e.data->>'order_id')::bigint",
        *tenant,
    )
    # A payment, or a stock that became low, was told of together with the order's status before it.
    await engine.write(
        "UPDATE events e SET occurred_at = (SELECT o.occurred_at FROM events o WHERE o.store_id = $1"
        " AND o.livemode = $2 AND o.name LIKE 'order.%' AND o.id < e.id ORDER BY o.id DESC LIMIT 1)"
        " WHERE e.store_id = $1 AND e.livemode = $2 AND e.name IN ('payment.received', 'product.stock_low')",
        *tenant,
    )


async def signups_date(store_id: int, livemode: bool) -> None:
    """Let a shop's signups have been told of when they came."""
    await engine.write(
        "UPDATE events e SET occurred_at = s.received_at FROM ("
        "SELECT received_at, row_number() OVER (ORDER BY id) AS place FROM signups"
        " WHERE store_id = $1 AND livemode = $2 AND counted) s JOIN ("
        "SELECT id, row_number() OVER (ORDER BY id) AS place FROM events"
        " WHERE store_id = $1 AND livemode = $2 AND name = 'signup.counted') told USING (place) WHERE e.id = told.id",
        store_id,
        livemode,
    )


async def events_settle(store_id: int, *, livemode: bool) -> None:
    """Bring a shop's event log into the order of its times; what is past its time is not in it."""
    await engine.write(
        "WITH gone AS (DELETE FROM events WHERE store_id = $1 AND livemode = $2 RETURNING *)"
        " INSERT INTO events (store_id, livemode, name, data, occurred_at)"
        " SELECT store_id, livemode, name, data, occurred_at FROM gone"
        f" WHERE occurred_at > now() - interval '{EVENTS_KEPT}' ORDER BY occurred_at, id",
        store_id,
        livemode,
    )


async def messages_queue(messages: Sequence[tuple[int, bool, int, str, str, datetime]]) -> None:
    """Put signups and events into the inbox, as if they had come at their times, the oldest first.

    Args:
        messages: the store, its mode, the key, `signup` or `event`, the payload as JSON, and when it came.
    """
    await engine.write(
        "INSERT INTO inbox (store_id, livemode, api_key_id, kind, payload, received_at)"
        " SELECT * FROM unnest($1::bigint[], $2::bool[], $3::bigint[], $4::text[], $5::jsonb[], $6::timestamptz[])"
        " AS given(store_id, livemode, api_key_id, kind, payload, received_at) ORDER BY received_at",
        *(list(column) for column in zip(*messages, strict=True)),
    )


async def requests_add_past(rows: Sequence[Logged]) -> None:
    """Add requests of the last days to the log, oldest first, for whose days there may be no tables yet."""
    first, last = (datetime.fromtimestamp(row.received_at, UTC) for row in (rows[0], rows[-1]))
    await REQUESTS.make(first, (last.date() - first.date()).days + 1)
    await engine.write(ADD, *zip(*rows, strict=True))
