"""Orders: what they are, and which may be read (`contract.md §8`). What may happen to them: `graph.order_writes`."""

from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Final

import strawberry

from db import tables
from db.engine import engine
from graph.connections import Node, global_id
from graph.context import Context
from graph.delivery import DeliveryType
from graph.errors import not_found
from graph.fields import children, column, embedded, entity, entity_of, expression
from graph.order_states import ALLOWED, OrderStatus
from graph.scalars import BigInt, DateTime, Json, Money
from graph.sources import Order as Sorting
from graph.sources import Sort, Source

BY_CREATION: Final = Sorting((Sort("created_at", "time"), Sort("id")), descending=True)


@strawberry.enum(description="Whether an order has been paid.")
class PaymentStatus(Enum):
    """Nothing follows from it but `payment.received`, when it turns `paid`."""

    PENDING = "pending"
    PAID = "paid"
    REFUNDED = "refunded"


@strawberry.enum(description="How an order is paid.")
class PaymentMethod(Enum):
    """Cash on delivery."""

    COD = "cod"


@entity(tables.OrderItem)
class OrderItem:
    """A line of an order, as the product was when it was ordered."""

    database_id: BigInt = column("id", description="The line's id.")
    product_id: BigInt = column(description="The product's id; the product may be gone.")
    name: str = column(description="The product's name.")
    sku: str | None = column(description="The SKU of the variant, or else of the product.")
    variant: str | None = column(description="The variant's name.")
    quantity: int = column(description="How many.")
    unit_price: Money = column(description="What one costs.")
    total: Money = column(description="What they cost together.")


@entity(tables.OrderTimeline, name="OrderChange")
class OrderChange:
    """A change of an order's status."""

    from_: OrderStatus | None = column("from_status", description="What it was; null: it was created.")
    to: OrderStatus = column("to_status", description="What it became.")
    at: DateTime = column(description="When.")
    actor: str = column(description="The name and id of the key that changed it.")


@entity(tables.Order)
class OrderCustomer:
    """The customer as it was given with the order; the customer's own row may have changed since."""

    database_id: BigInt = column("customer_id", description="The customer's id.")
    name: str = column("customer_name", description="The whole name. Empty once it is erased.")
    phone: str = column("customer_phone", description="The number, as `0555123456`. Empty once it is erased.")
    email: str | None = column("customer_email", description="The e-mail address.")
    wilaya_id: int = column(description="The number of the wilaya.")
    commune: str = column(description="The commune.")
    address: str | None = column(description="Where in the commune.")


@entity(tables.Order)
class OrderDelivery:
    """How an order gets to its customer."""

    type: DeliveryType = column("delivery_type", description="To the door (`home`) or to a courier's desk (`desk`).")
    desk_id: BigInt | None = column(description="The desk's number at the courier's.")
    desk_name: str | None = column(description="The desk's name.")
    tracking_number: str | None = column(description="The parcel's number at the courier's.")
    courier: str | None = column(description="Who brings it.")


@entity(tables.Order)
class Order(Node):
    """Something that a customer ordered."""

    id: strawberry.ID = global_id("Order")
    database_id: BigInt = column("id", description="The id that REST uses.")
    order_number: str = column(description="Its number for people, such as `ORD-13-20260430-AD3C`.")
    status: OrderStatus = column(description="Where it is in its life.")
    allowed_transitions: list[OrderStatus] = expression(ALLOWED, description="What its status may become.")
    payment_status: PaymentStatus = column(description="Whether it has been paid.")
    payment_method: PaymentMethod = column(description="How it is paid.")
    payment_reference: str | None = column(description="What names the payment elsewhere.")
    subtotal: Money = column(description="What the items cost.")
    delivery_fee: Money = column(description="What the delivery costs.")
    discount: Money = column(description="What is taken off.")
    total: Money = column(description="What is to be paid: subtotal and delivery fee, less the discount.")
    customer_name: str = column(description="The customer's whole name.")
    customer_phone: str = column(description="The customer's number, as `0555123456`.")
    wilaya_id: int = column(description="The number of the wilaya that it goes to.")
    commune: str = column(description="The commune that it goes to.")
    delivery_type: DeliveryType = column(description="To the door (`home`) or to a courier's desk (`desk`).")
    customer: OrderCustomer = embedded(OrderCustomer, description="Who ordered it.")
    delivery: OrderDelivery = embedded(OrderDelivery, description="How it gets there.")
    items: list[OrderItem] = children(OrderItem, on="order_id", order="id", description="What was ordered.")
    notes: str | None = column(description="What was noted.")
    timeline: list[OrderChange] = children(
        OrderChange, on="order_id", order="id", description="How its status changed, the oldest change first."
    )
    metadata: Json = column(description="Up to 50 strings of the integration's own.")
    external_id: str | None = column(description="Its id in another system; unique in the store.")
    created_at: DateTime = column(description="When it was created.")
    updated_at: DateTime = column(description="When it last changed.")


def orders(
    context: Context,
    *,
    status: str | None = None,
    since: datetime | None = None,
    customer_phone: str | None = None,
    external_id: str | None = None,
    updated_since: datetime | None = None,
) -> Source:
    """Return the store's orders, newest first.

    Args:
        context: who asks; needs `orders:read`.
        status: only those of this status.
        since: only those created at or after this.
        customer_phone: only those given with this number, as it is stored.
        external_id: only the one with this id in another system.
        updated_since: only those changed at or after this, oldest change first.
    """
    context.require("orders:read")
    source = Source(entity_of(Order), context).filtered(
        status=status, customer_phone=customer_phone, external_id=external_id
    )
    if since is not None:
        # By the time itself, so that the rows since then are one stretch of an index.
        source = replace(source.where("t.created_at >= {}", since), order=BY_CREATION)
    return source if updated_since is None else source.changed_since(updated_since)


def order(context: Context, identifier: int | None, called: object = None) -> Source:
    """Return one order by its id; None, as anything that is no id, is not found.

    Args:
        context: who asks; needs `orders:read`.
        identifier: the integer id.
        called: what the client called it, for the message.
    """
    context.require("orders:read")
    source = Source(entity_of(Order), context, missing=lambda: not_found("Order", called or identifier))
    return source.where("t.id = {}", identifier)


async def order_numbered(context: Context, number: str) -> int | None:
    """Return the id of the order of a number for people, however its letters are written, or None.

    Args:
        context: who asks; needs `orders:read`.
        number: such as `ORD-13-20260430-AD3C`.
    """
    context.require("orders:read")
    row = await engine.fetch_row(
        "SELECT id FROM orders WHERE store_id = $1 AND livemode = $2 AND order_number = $3",
        context.store_id,
        context.livemode,
        number.upper() if number.isprintable() else "",
    )
    return None if row is None else int(row["id"])
