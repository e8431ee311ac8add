"""What an order would come to, before it is placed (`contract.md §9`)."""

from collections.abc import Mapping
from typing import Any

import strawberry

from graph import rules
from graph.context import Context
from graph.delivery import DELIVERY_TYPES
from graph.errors import invalid_fields
from graph.geography import wilaya_rule
from graph.pricing import items_rule, priced, subtotal_of, total_of
from graph.scalars import Money


@strawberry.type(description="What an order would cost, in whole dinars.")
class DeliveryQuote:
    """What the goods cost, what delivery does, and both together."""

    subtotal: Money = strawberry.field(description="The sum of the items at catalogue prices.")
    fee: Money | None = strawberry.field(
        description="The delivery fee; null if the store does not deliver there that way."
    )
    total: Money | None = strawberry.field(description="Subtotal plus fee; null if such an order can't be placed.")


QUOTE = rules.Form(
    {"wilaya_id": wilaya_rule(), "delivery_type": rules.choice(*DELIVERY_TYPES), "items": items_rule()},
    required=("wilaya_id", "delivery_type", "items"),
)


async def delivery_quote(context: Context, values: Mapping[str, Any]) -> DeliveryQuote:
    """Return what an order would come to.

    Args:
        context: who asks; a public key needs `storefront:read`, a platform key `store:read` and `products:read`.
        values: the members of `QUOTE`.

    Raises:
        ApiError: `bad_request` with details: also for a product that is not there or not active.
    """
    for scope in ("storefront:read",) if context.key_type == "public" else ("store:read", "products:read"):
        context.require(scope)
    given = QUOTE.check(values)
    lines, delivered, details = await priced(context, given["items"], given["wilaya_id"], given["delivery_type"])
    if details:
        raise invalid_fields(details)
    subtotal = subtotal_of(lines)
    total = total_of(subtotal, delivered or 0)
    return DeliveryQuote(subtotal=Money(subtotal), fee=delivered, total=None if delivered is None else Money(total))  # type: ignore[arg-type]
