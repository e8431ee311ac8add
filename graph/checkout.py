"""What shoppers do with orders: they place one, and ask what became of it (`contract.md §9`).

A public key stands in a page that anybody can read, so what it is told of an order is what its shopper needs, and
nothing of the person: `TrackedOrder` is the whole of it.
"""

from collections.abc import Mapping
from typing import Any, Final

from db import tables
from graph import contact_rules, order_writes, rules
from graph.context import Context
from graph.creations import Creation
from graph.customers import customer_is_banned
from graph.delivery import DeliveryType
from graph.errors import ApiError, Code
from graph.fields import children, column, embedded, entity, entity_of
from graph.order_forms import PLACE
from graph.order_states import OrderStatus
from graph.orders import PaymentMethod, PaymentStatus
from graph.scalars import BigInt, DateTime, Money
from graph.sources import Source
from graph.tries import LIMITS, too_often

SCOPE: Final = "checkout:write"
TRACK = rules.Form(
    {"order_number": rules.text(1, 60), "phone": contact_rules.phone()},
    required=("order_number", "phone"),
)


@entity(tables.OrderItem)
class TrackedItem:
    """A line of an order, with the product as it was when ordered."""

    product_id: BigInt = column(description="The product's id; the product itself may have been deleted.")
    name: str = column(description="The product's name.")
    sku: str | None = column(description="The SKU of the variant, or else of the product.")
    variant: str | None = column(description="The variant's name.")
    quantity: int = column(description="The quantity ordered.")
    unit_price: Money = column(description="The price of one unit, in whole dinars.")
    total: Money = column(description="The price of the whole line, in whole dinars.")


@entity(tables.OrderTimeline)
class TrackedChange:
    """A change of an order's status."""

    from_: OrderStatus | None = column("from_status", description="The previous status; null for the order's placing.")
    to: OrderStatus = column("to_status", description="The new status.")
    at: DateTime = column(description="When it happened.")


@entity(tables.Order)
class TrackedDelivery:
    """How an order gets to its shopper."""

    type: DeliveryType = column(
        "delivery_type", description="Delivery to the door (`home`) or to a courier's desk (`desk`)."
    )
    desk_name: str | None = column(description="The desk's name.")
    courier: str | None = column(description="The courier's name, such as `Yalidine`.")
    tracking_number: str | None = column(description="The courier's tracking number.")


@entity(tables.Order)
class TrackedOrder:
    """An order as its shopper sees it."""

    order_number: str = column(description="The order number: `orderTrack` needs it together with the phone number.")
    status: OrderStatus = column(description="The order's status.")
    payment_status: PaymentStatus = column(description="The payment's status.")
    payment_method: PaymentMethod = column(description="The payment method.")
    subtotal: Money = column(description="The sum of the items, in whole dinars.")
    delivery_fee: Money = column(description="The delivery fee, in whole dinars.")
    discount: Money = column(description="The discount, in whole dinars.")
    total: Money = column(description="The amount to pay, in whole dinars: subtotal plus delivery fee, minus discount.")
    delivery: TrackedDelivery = embedded(TrackedDelivery, description="How it is delivered.")
    items: list[TrackedItem] = children(TrackedItem, on="order_id", order="id", description="The lines of the order.")
    timeline: list[TrackedChange] = children(
        TrackedChange, on="order_id", order="id", description="Its status changes, oldest first."
    )
    created_at: DateTime = column(description="When it was placed.")


async def order_place(context: Context, values: Mapping[str, Any]) -> Creation:
    """Return a shopper's new order, to be made on the running transaction.

    Somebody whom the merchant has shut out is answered as a number that has ordered too often: who only knows the
    number is not to learn that from us.

    Args:
        context: who asks; a public key with `checkout:write`.
        values: the members of `order_forms.PLACE`.

    Raises:
        ApiError: `forbidden`; `bad_request` with details; `rate_limited`.
    """
    _require_shopper(context)
    given = PLACE.check(values)
    phone = given["customer"]["phone"]
    await context.tries.count("order_place", phone)
    if await customer_is_banned(context, phone):
        longest = max(limit.seconds for limit in LIMITS["order_place"])
        raise too_often("order_place", "phone", longest)
    return await order_writes.order_place(context, given, TrackedOrder)


async def order_track(context: Context, values: Mapping[str, Any]) -> Source:
    """Count a try, and return the order of a number and a phone number.

    Both are looked up at once, so that a number alone tells nothing: a wrong pair, another store's order and an erased
    customer's are all the same.

    Args:
        context: who asks; a public key with `checkout:write`.
        values: the members of `TRACK`.

    Raises:
        ApiError: `forbidden`; `bad_request` with details; `rate_limited`.
    """
    _require_shopper(context)
    given = TRACK.check(values)
    await context.tries.count("order_track", given["phone"])
    source = Source(entity_of(TrackedOrder), context, missing=_unknown)
    # Found by its number, which one row has at most: by the phone it would take the longer the more it has ordered. The
    # expression keeps the planner from that index.
    return source.where(
        "t.order_number = {} AND (t.customer_phone || '') = {}", given["order_number"].strip().upper(), given["phone"]
    )


def _require_shopper(context: Context) -> None:
    context.require_public()
    context.require(SCOPE)


def _unknown() -> ApiError:
    return ApiError(Code.NOT_FOUND, "There is no order with this number and this phone number: check both")
