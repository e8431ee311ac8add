"""What an order of some products comes to, by the catalogue's prices (`contract.md §8`)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from db.engine import engine
from graph import rules
from graph.context import Context
from graph.delivery import FEE
from graph.errors import Detail, bad_request, invalid_fields

ITEMS_MAXIMUM: Final = 100
QUANTITY_MAXIMUM: Final = 999

PRICED = f"""
    SELECT {FEE.format(wilaya_id="$6", delivery_type="$7")} AS fee, p.id, p.name, p.status,
        coalesce(v.sku, p.sku) AS sku, coalesce(v.price, p.price) AS unit_price,
        given.product_id, given.variant_id, given.quantity, v.id AS variant_found, v.name AS variant{{more}}
    FROM unnest($3::bigint[], $4::bigint[], $5::int[]) WITH ORDINALITY
        AS given(product_id, variant_id, quantity, place)
    LEFT JOIN products p ON p.id = given.product_id AND p.store_id = $1 AND p.livemode = $2 AND p.deleted_at IS NULL
    LEFT JOIN product_variants v ON v.id = given.variant_id AND v.product_id = p.id
    ORDER BY given.place
"""


def items_rule() -> rules.Rule:
    """Return the rule of what is ordered: so many of a product, or of one of its variants."""
    return rules.items(
        {
            "product_id": rules.identifier(),
            "quantity": rules.integer(1, QUANTITY_MAXIMUM),
            "variant_id": rules.identifier().or_null(),
        },
        required=("product_id", "quantity"),
        maximum=ITEMS_MAXIMUM,
        minimum=1,
    )


class Priced(NamedTuple):
    """What is ordered.

    Attributes:
        lines: the items, each with what the catalogue says of it.
        fee: for the delivery, in dinars; None where the store does not deliver so.
        details: what is wrong with which item.
    """

    lines: list[asyncpg.Record]
    fee: int | None
    details: list[Detail]


async def priced(
    context: Context,
    items: Sequence[Mapping[str, Any]],
    wilaya_id: int,
    delivery_type: str,
    more: str = "",
    *values: Any,
) -> Priced:
    """Return what items and their delivery cost, by one statement.

    Args:
        context: whose catalogue and rates, and of which mode.
        items: as `items_rule` has checked them; one at least.
        wilaya_id: where to.
        delivery_type: `home` or `desk`.
        more: SQL terms that each line has too, with a comma before each; their values are `$8`, `$9`, …
        values: these values.
    """
    lines = await engine.fetch(
        PRICED.format(more=more),
        context.store_id,
        context.livemode,
        [item["product_id"] for item in items],
        [item.get("variant_id") for item in items],
        [item["quantity"] for item in items],
        wilaya_id,
        delivery_type,
        *values,
    )
    details = []
    for place, line in enumerate(lines):
        if context.key_type == "public" and line["status"] != "active":
            # What is not for sale does not exist for shoppers.
            details.append(Detail(f"items.{place}.product_id", f"product {line['product_id']} is not for sale"))
        elif line["id"] is None:
            details.append(Detail(f"items.{place}.product_id", f"product {line['product_id']} not found in this store"))
        elif line["status"] != "active":
            details.append(
                Detail(f"items.{place}.product_id", f"product {line['product_id']} is {line['status']}, not active")
            )
        elif line["variant_id"] is not None and line["variant_found"] is None:
            message = f"product {line['product_id']} has no variant {line['variant_id']}"
            details.append(Detail(f"items.{place}.variant_id", message))
    return Priced(lines, lines[0]["fee"], details)


def subtotal_of(lines: Sequence[asyncpg.Record]) -> int:
    """Return what priced lines come to together."""
    return sum(line["quantity"] * line["unit_price"] for line in lines)


def total_of(subtotal: int, fee: int, discount: int = 0) -> int:
    """Return what is to be paid.

    Raises:
        ApiError: `bad_request` where that is more than an order may be, or the discount more than the subtotal.
    """
    if discount > subtotal:
        raise invalid_fields([Detail("discount", f"must be from 0 to the subtotal, {subtotal}")])
    total = subtotal + fee - discount
    if max(total, subtotal) > rules.MONEY_MAXIMUM:
        message = (
            f"The order comes to {max(total, subtotal)}, and {rules.MONEY_MAXIMUM} is the most: order less at once"
        )
        raise bad_request(message, [Detail("items", f"come to {subtotal}")])
    return total
