"""Customers: who ordered, one a phone number; orders make and change them (`contract.md §8`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import strawberry

from db import tables
from db.engine import engine
from graph import contact_rules, rules
from graph.connections import Node, global_id
from graph.context import Context
from graph.errors import not_found
from graph.fields import column, entity, entity_of
from graph.scalars import BigInt, DateTime, Json
from graph.sources import Source
from graph.unique import unique

UNIQUE = {"customers_external_id": "customer.external_id"}


@entity(tables.Customer)
class Customer(Node):
    """A person who has ordered from the store."""

    id: strawberry.ID = global_id("Customer")
    database_id: BigInt = column("id", description="The id that the REST API uses, an integer.")
    first_name: str = column(description="The first name: the first word of the full name.")
    last_name: str = column(description="The last name: the rest of the full name.")
    phone: str = column(description="The phone number, as `0555123456`, unique in the store. Empty once erased.")
    email: str | None = column(description="The e-mail address.")
    wilaya_id: int | None = column(description="The wilaya's number.")
    commune: str | None = column(description="The commune's name.")
    address: str | None = column(description="The street address.")
    notes: str | None = column(description="The merchant's notes.")
    fraud_score: int = column(description="0 (nothing suspicious) to 100.")
    total_orders: int = column(description="The number of orders, without the cancelled ones.")
    total_spent: BigInt = column(description="The sum of the delivered orders, in whole dinars.")
    is_banned: bool = column(description="Whether the merchant has banned the customer.")
    metadata: Json = column(description="Up to 50 strings of your own, by name.")
    external_id: str | None = column(description="The id in your own system, unique in the store.")
    created_at: DateTime = column(description="When it was created.")
    updated_at: DateTime = column(description="When it was last changed.")


FILTERS: dict[str, rules.Rule] = {
    "phone": contact_rules.phone(),
    "email": rules.text(1, 254),
    "external_id": rules.text(1, 255),
    "updated_since": rules.moment(),
}

UPSERT_VALUES = 13
# The order's own customer is not this row: it keeps what came with it. `$13` says whether what comes with an order is
# the newer truth, or only fills what is empty. An address belongs to its place: a new place has not the old one's.
UPSERT = """
    INSERT INTO customers (store_id, livemode, phone, first_name, last_name, email, wilaya_id, commune, address,
        metadata, external_id, total_orders)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10::jsonb, '{}'), $11, $12)
    ON CONFLICT (store_id, livemode, phone) WHERE phone <> '' DO UPDATE SET
        first_name = CASE WHEN $13 OR customers.first_name = '' THEN excluded.first_name ELSE customers.first_name END,
        last_name = CASE WHEN $13 OR customers.first_name = '' THEN excluded.last_name ELSE customers.last_name END,
        email = CASE WHEN $13 THEN coalesce(excluded.email, customers.email)
            ELSE coalesce(customers.email, excluded.email) END,
        wilaya_id = CASE WHEN $13 THEN excluded.wilaya_id ELSE coalesce(customers.wilaya_id, excluded.wilaya_id) END,
        commune = CASE WHEN $13 OR customers.wilaya_id IS NULL THEN excluded.commune ELSE customers.commune END,
        address = CASE
            WHEN customers.wilaya_id = excluded.wilaya_id AND customers.commune = excluded.commune AND $13
                THEN coalesce(excluded.address, customers.address)
            WHEN customers.wilaya_id = excluded.wilaya_id AND customers.commune = excluded.commune
                THEN coalesce(customers.address, excluded.address)
            WHEN $13 OR customers.wilaya_id IS NULL THEN excluded.address
            ELSE customers.address END,
        metadata = coalesce($10::jsonb, customers.metadata),
        external_id = coalesce($11, customers.external_id),
        total_orders = customers.total_orders + $12,
        updated_at = now()
    RETURNING id
"""


def customers(
    context: Context,
    *,
    phone: str | None = None,
    email: str | None = None,
    external_id: str | None = None,
    updated_since: datetime | None = None,
) -> Source:
    """Return the store's customers, newest first.

    Args:
        context: who asks; needs `customers:read`.
        phone: only the one with this number, as it is stored.
        email: only those with this e-mail address, whatever its case.
        external_id: only the one with this id in another system.
        updated_since: only those changed at or after this, oldest change first.
    """
    context.require("customers:read")
    source = Source(entity_of(Customer), context).filtered(external_id=external_id)
    if phone is not None:
        source = source.where("t.phone = {} AND t.phone <> ''", phone)
    if email is not None:
        source = source.where("lower(t.email) = lower({})", email)
    return source if updated_since is None else source.changed_since(updated_since)


def customer(context: Context, identifier: int | None, called: object = None) -> Source:
    """Return one customer by its id; None, as anything that is no id, is not found.

    Args:
        context: who asks; needs `customers:read`.
        identifier: the integer id.
        called: what the client called it, for the message.
    """
    context.require("customers:read")
    source = Source(entity_of(Customer), context, missing=lambda: not_found("Customer", called or identifier))
    return source.where("t.id = {}", identifier)


def split_name(name: str) -> tuple[str, str]:
    """Return the first word of a name, and the rest."""
    first, _, last = name.strip().partition(" ")
    return first, last.strip()


async def customer_upsert(context: Context, given: Mapping[str, Any], orders: int = 1) -> int:
    """Make or change the customer of an order on the running transaction, and return its id; the row is held.

    What a platform key sends is newer than what is there; what a shopper sends fills only what is empty.

    Args:
        context: who orders.
        given: `name`, `phone` as it is stored, `wilaya_id`, `commune`, and `email`, `address`, `metadata` and
            `external_id` if they were given.
        orders: what is added to `total_orders`.

    Raises:
        ApiError: `conflict`: another customer has the external id.
    """
    with unique(UNIQUE, "customer"):
        rows = await engine.write(UPSERT, *upsert_values(context, given, orders))
    return int(rows[0]["id"])


def upsert_values(context: Context, given: Mapping[str, Any], orders: int) -> tuple[Any, ...]:
    """Return the values of `UPSERT`; the arguments are those of `customer_upsert`."""
    metadata = given.get("metadata")
    return (
        context.store_id,
        context.livemode,
        given["phone"],
        *split_name(given["name"]),
        given.get("email"),
        given["wilaya_id"],
        given["commune"],
        given.get("address"),
        None if metadata is None else msgspec.json.encode(metadata).decode(),
        given.get("external_id"),
        orders,
        context.key_type == "platform",
    )


async def customer_is_banned(context: Context, phone: str) -> bool:
    """Tell whether the merchant has shut out whoever orders with a number, as it is stored."""
    row = await engine.fetch_row(
        "SELECT is_banned FROM customers WHERE store_id = $1 AND livemode = $2 AND phone = $3 AND phone <> ''",
        context.store_id,
        context.livemode,
        phone,
    )
    return row is not None and bool(row["is_banned"])


async def customers_hold(context: Context, identifier: int, phone: str) -> None:
    """Hold the customer of an id and the one of a phone, in the order of their ids, on the running transaction."""
    await engine.write(
        "SELECT id FROM customers WHERE store_id = $1 AND livemode = $2"
        " AND (id = $3 OR phone = $4 AND phone <> '') ORDER BY id FOR NO KEY UPDATE",
        context.store_id,
        context.livemode,
        identifier,
        phone,
    )


async def totals_add(context: Context, identifier: int, orders: int, spent: int) -> None:
    """Add to what a customer's orders come to, on the running transaction; nothing is added by no statement."""
    if orders or spent:
        await engine.write(
            "UPDATE customers SET total_orders = total_orders + $4, total_spent = total_spent + $5, updated_at = now()"
            " WHERE id = $3 AND store_id = $1 AND livemode = $2",
            context.store_id,
            context.livemode,
            identifier,
            orders,
            spent,
        )
