"""What may happen to orders (`contract.md §8`): creating them, and changing them along their life.

An order's change holds the order first, then its products by id, then its customers by id; whoever holds several of
them does it in this order.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

import asyncpg
import msgspec

from db.engine import engine
from graph import delivery
from graph.context import Context
from graph.creations import Creation, creation, numbered
from graph.customers import UNIQUE as CUSTOMER_UNIQUE
from graph.customers import UPSERT, UPSERT_VALUES, customer_upsert, customers_hold, totals_add, upsert_values
from graph.errors import ApiError, Code, Detail, conflict, invalid_fields, not_found
from graph.events import EVENTS, deliveries_written, encoded, events_record, recording
from graph.geography import settled
from graph.order_forms import CREATE, UPDATE
from graph.order_states import EDITABLE, GIVES_BACK_STOCK, TAKES_STOCK, counts, require_transition, spends
from graph.orders import Order
from graph.pricing import priced, subtotal_of, total_of
from graph.stock import stock_give_back, stock_take
from graph.unique import unique

UNIQUE = {"orders_external_id": "external_id"}
# Bytes of an order number's end: the short ones are tried first.
ENDINGS = (2, 2, 2, 2, 3, 3, 3, 3)
ATTEMPTS = 8
# The columns that an update's `customer` becomes.
CUSTOMER_COLUMNS = {
    "name": "customer_name",
    "phone": "customer_phone",
    "wilaya_id": "wilaya_id",
    "commune": "commune",
    "address": "address",
}
UNTIL_SHIPPED = {
    **{column: f"customer.{member}" for member, column in CUSTOMER_COLUMNS.items()},
    "discount": "discount",
}

# What the statement that prices an order's lines says of the order itself: its id, and the first number that is free.
NEW = """
    , (SELECT nextval('orders_id_seq')) AS order_id
    , (SELECT candidate FROM unnest($8::text[]) WITH ORDINALITY AS tried(candidate, place)
        WHERE NOT EXISTS (SELECT FROM orders o WHERE o.store_id = $1 AND o.livemode = $2 AND o.order_number = candidate)
        ORDER BY place LIMIT 1) AS order_number
"""
COLUMNS = (
    "id",
    "order_number",
    "subtotal",
    "delivery_fee",
    "discount",
    "total",
    "customer_name",
    "customer_phone",
    "customer_email",
    "wilaya_id",
    "commune",
    "address",
    "delivery_type",
    "desk_id",
    "desk_name",
    "notes",
    "payment_method",
    "metadata",
    "external_id",
)
LINE = ("product_id", "variant_id", "name", "sku", "variant", "quantity", "unit_price")
# What follows the query `customer`, which makes or changes the customer: the order, its lines, the start of its
# timeline, its event and the deliveries of that; or none of these, where its number was taken meanwhile.
CREATION = f"""
    , orders AS (
        INSERT INTO orders (store_id, livemode, customer_id, {", ".join(COLUMNS)})
        SELECT $1, $2, customer.id, {", ".join(["{}"] * len(COLUMNS))} FROM customer
        ON CONFLICT (store_id, livemode, order_number) DO NOTHING RETURNING *
    ), order_items AS (
        INSERT INTO order_items (order_id, {", ".join(LINE)}, total)
        SELECT t.id, line.product_id, line.variant_id, line.name, line.sku, line.variant, line.quantity,
            line.unit_price, line.quantity * line.unit_price
        FROM orders t, unnest({{}}::bigint[], {{}}::bigint[], {{}}::text[], {{}}::text[], {{}}::text[], {{}}::int[],
            {{}}::bigint[]) WITH ORDINALITY AS line({", ".join(LINE)}, place)
        ORDER BY line.place RETURNING *
    ), order_timeline AS (
        INSERT INTO order_timeline (order_id, to_status, actor) SELECT id, status, {{}} FROM orders RETURNING *
    ), {recording("{}", "{}", "orders")}
"""


class Place(NamedTuple):
    """Where an order goes: the wilaya as it is today, and the commune as it was given."""

    wilaya_id: int
    commune: str


async def order_create(context: Context, values: Mapping[str, Any]) -> Creation:
    """Return a new order, to be made on the running transaction.

    Args:
        context: who asks; needs `orders:write`.
        values: the members of `order_forms.CREATE`.

    Raises:
        ApiError: `bad_request` with details; when it is made, `conflict`: the order's or the customer's external id is
            taken.
    """
    context.require("orders:write")
    return await order_place(context, CREATE.check(values), Order)


async def order_place(context: Context, given: Mapping[str, Any], type_: type) -> Creation:
    """Return a new order of checked values, to be made on the running transaction; who may, the caller knows.

    What comes with a shopper's key changes nothing that is known of the customer.

    Args:
        context: who orders.
        given: the members of `order_forms.CREATE`, or of `order_forms.PLACE`.
        type_: as what the order is shown.

    Raises:
        ApiError: as `order_create`.
    """
    customer, to = given["customer"], given["delivery"]
    place = _settled(customer["wilaya_id"], customer["commune"])
    lines, fee, details = await priced(
        context, given["items"], place.wilaya_id, to["type"], NEW, _numbers(context, ENDINGS)
    )
    if fee is None:
        details.append(_unserved(to["type"], place.wilaya_id))
    if details:
        raise invalid_fields(details)
    subtotal, discount = subtotal_of(lines), given.get("discount", 0)
    stored = {
        "id": lines[0]["order_id"],
        "order_number": lines[0]["order_number"],
        "subtotal": subtotal,
        "delivery_fee": fee,
        "discount": discount,
        "total": total_of(subtotal, fee or 0, discount),
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_email": customer.get("email"),
        **place._asdict(),
        "address": customer.get("address"),
        "delivery_type": to["type"],
        "desk_id": to.get("desk_id"),
        "desk_name": to.get("desk_name"),
        "notes": given.get("notes"),
        "payment_method": given.get("payment_method", "cod"),
        "metadata": msgspec.json.encode(given.get("metadata", {})).decode(),
        "external_id": given.get("external_id"),
    }
    return creation(type_, context, partial(_insert, context, {**customer, **place._asdict()}, stored, lines))


async def order_update(
    context: Context, identifier: int | None, values: Mapping[str, Any], called: object = None
) -> int:
    """Change the fields given of an order on the running transaction and return its id; what is equal stays.

    Args:
        context: who asks; needs `orders:write`.
        identifier: the integer id.
        values: the members of `order_forms.UPDATE`; absent ones stay, null clears.
        called: what the client called it, for the message.

    Raises:
        ApiError: `bad_request` with details; `not_found`; `invalid_transition`; `insufficient_stock`; `conflict` when
            the external id is taken, or what may change until it is shipped came too late.
    """
    context.require("orders:write")
    given = UPDATE.check(values)
    row = await _held(context, identifier, called)
    changes = _changes(row, given)
    if not changes:
        return int(row["id"])
    _require_editable(row["status"], changes)
    await _reckon(context, row, changes)
    events = await _move(context, row, changes)
    await _follow(context, row, changes)
    await _store(context, row, changes)
    await events_record(context, [*events, *_payments(row, changes)])
    return int(row["id"])


def _settled(wilaya_id: int, commune: str) -> Place:
    return Place(settled(wilaya_id, commune)[0], commune)


def _unserved(delivery_type: str, wilaya_id: int) -> Detail:
    return Detail("customer.wilaya_id", f"the store does not deliver to wilaya {wilaya_id} ({delivery_type})")


async def _insert(
    context: Context, customer: Mapping[str, Any], stored: dict[str, Any], lines: list[asyncpg.Record], terms: str
) -> asyncpg.Record:
    """Insert an order with all that it brings, by one statement, and return these terms of it."""
    below = (*([line[name] for line in lines] for name in LINE), _actor(context), ["order.created"])
    for attempt in range(ATTEMPTS):
        if attempt or stored["order_number"] is None:
            (stored["order_number"],) = _numbers(context, ENDINGS[-1:])
        # The first attempt counted the order, whether or not its number was free.
        of_customer = upsert_values(context, customer, 0 if attempt else 1)
        values = (*of_customer, *(stored[name] for name in COLUMNS), *below, [_created(stored)])
        with unique(UNIQUE, "order"), unique(CUSTOMER_UNIQUE, "customer"):
            rows = await engine.write(_creation_sql(terms), *values)
        if rows:
            if rows[0]["delivered"]:
                deliveries_written.set(True)
            return rows[0]
    raise ApiError(Code.UNAVAILABLE, "No order number is free just now: retry", retry_after=1)


@lru_cache(maxsize=1024)
def _creation_sql(terms: str) -> str:
    queries = f"WITH customer AS ({UPSERT}){numbered(CREATION, UPSERT_VALUES + 1)}"
    return f"{queries} SELECT {terms}, EXISTS (SELECT FROM deliveries) AS delivered FROM orders t"


def _created(stored: Mapping[str, Any]) -> str:
    """Return what is told of a new order."""
    members = ("order_number", "customer_phone", "total", "payment_method")
    return encoded("order.created", {"order_id": stored["id"], **{name: stored[name] for name in members}})


def _numbers(context: Context, endings: Iterable[int]) -> list[str]:
    """Return order numbers to try, in this order, with so many bytes at their ends."""
    stem = f"ORD-{context.store_id}-{datetime.now(UTC):%Y%m%d}"
    return [f"{stem}-{secrets.token_hex(length).upper()}" for length in endings]


def _actor(context: Context) -> str:
    """Return who changes an order, for its timeline."""
    named = context.key_name and context.key_name != context.key_id
    return f"{context.key_name} ({context.key_id})" if named else context.key_id


async def _held(context: Context, identifier: int | None, called: object) -> asyncpg.Record:
    rows = await engine.write(
        "SELECT * FROM orders WHERE id = $1 AND store_id = $2 AND livemode = $3 FOR NO KEY UPDATE",
        identifier,
        context.store_id,
        context.livemode,
    )
    if not rows:
        raise not_found("Order", called or identifier)
    return rows[0]


def _changes(row: asyncpg.Record, given: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that become something else."""
    columns = {name: value for name, value in given.items() if name not in ("customer", "metadata")}
    columns |= {CUSTOMER_COLUMNS[name]: value for name, value in given.get("customer", {}).items()}
    if {"wilaya_id", "commune"} & set(columns):
        place = _settled(columns.get("wilaya_id", row["wilaya_id"]), columns.get("commune", row["commune"]))
        columns |= place._asdict()
    changes = {name: value for name, value in columns.items() if row[name] != value}
    if "metadata" in given and msgspec.json.decode(row["metadata"]) != given["metadata"]:
        changes["metadata"] = msgspec.json.encode(given["metadata"]).decode()
    return changes


def _require_editable(status: str, changes: Mapping[str, Any]) -> None:
    """Let changes pass that an order of this status may still have; raises `conflict`."""
    late = [UNTIL_SHIPPED[name] for name in changes if name in UNTIL_SHIPPED]
    if late and status not in EDITABLE:
        raise conflict(
            late[0], f"An order that is {status} keeps its {', '.join(late)}: change them until it is shipped"
        )


async def _reckon(context: Context, row: asyncpg.Record, changes: dict[str, Any]) -> None:
    """Let the fee follow the wilaya, and the total the fee and the discount."""
    if "wilaya_id" in changes:
        fee = await delivery.fee(context, changes["wilaya_id"], row["delivery_type"])
        if fee is None:
            raise invalid_fields([_unserved(row["delivery_type"], changes["wilaya_id"])])
        changes["delivery_fee"] = fee
    if {"delivery_fee", "discount"} & set(changes):
        after = {**row, **changes}
        changes["total"] = total_of(row["subtotal"], after["delivery_fee"], after["discount"])


async def _move(context: Context, row: asyncpg.Record, changes: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Take an order from one status to another: what it does to the stock, and what is told of it."""
    status = changes.get("status")
    if status is None:
        return []
    require_transition(row["status"], status)
    low = []
    if status == TAKES_STOCK:
        low = await stock_take(context, row["id"])
    elif status in GIVES_BACK_STOCK:
        await stock_give_back(context, row["id"], status)
    data = {"order_id": row["id"], "old_status": row["status"], "new_status": status}
    return [(f"order.{status}", data), *low] if f"order.{status}" in EVENTS else low


async def _follow(context: Context, row: asyncpg.Record, changes: dict[str, Any]) -> None:
    """Let what the customer's orders come to follow the order; another phone is another customer."""
    after = {**row, **changes}
    before = (counts(row["status"]), spends(row["status"], row["total"]))
    now = (counts(after["status"]), spends(after["status"], after["total"]))
    if "customer_phone" not in changes:
        await totals_add(context, row["customer_id"], now[0] - before[0], now[1] - before[1])
        return
    await customers_hold(context, row["customer_id"], after["customer_phone"])
    given = {name: after[column] for name, column in CUSTOMER_COLUMNS.items()}
    changes["customer_id"] = await customer_upsert(context, given | {"email": row["customer_email"]}, now[0])
    await totals_add(context, row["customer_id"], -before[0], -before[1])


async def _store(context: Context, row: asyncpg.Record, changes: Mapping[str, Any]) -> None:
    """Write the changes and, of a status, the line of the timeline: by one statement, as others wait for the rows."""
    columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, 2))
    arguments = [row["id"], *changes.values()]
    noted = ""
    if "status" in changes:
        values = ", ".join(f"${len(arguments) + place}" for place in range(1, 4))
        noted = (
            "WITH noted AS (INSERT INTO order_timeline (order_id, from_status, to_status, actor)"
            f" VALUES ($1, {values})) "
        )
        arguments += [row["status"], changes["status"], _actor(context)]
    with unique(UNIQUE, "order"):
        await engine.write(f"{noted}UPDATE orders SET {columns}, updated_at = now() WHERE id = $1", *arguments)


def _payments(row: asyncpg.Record, changes: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return what is told of a payment: that it was received, when it turns `paid`."""
    if changes.get("payment_status") != "paid":
        return []
    after = {**row, **changes}
    data = {"amount": after["total"], "method": after["payment_method"], "reference": after["payment_reference"]}
    return [("payment.received", {"order_id": row["id"], **data})]
