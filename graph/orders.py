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
from graph.fields import children, column, embedded, entity, entity_of, expression, values_told
from graph.order_states import ALLOWED, OrderStatus
from graph.scalars import BigInt, DateTime, Json, Money
from graph.sources import Order as Sorting
from graph.sources import Sort, Source

BY_CREATION: Final = Sorting((Sort("created_at", "time"), Sort("id")), descending=True)


@values_told(pending="Not yet.", paid="It has been.", refunded="It had been, and was given back.")
@strawberry.enum(description="The status of an order's payment.")
class PaymentStatus(Enum):
    """Nothing follows from it but `payment.received`, when it turns `paid`."""

    PENDING = "pending"
    PAID = "paid"
    REFUNDED = "refunded"


@values_told(cod="In cash, when it is delivered.")
@strawberry.enum(description="An order's payment method.")
class PaymentMethod(Enum):
    """Cash on delivery."""

    COD = "cod"


@entity(tables.OrderItem)
class OrderItem:
    """A line of an order, with the product as it was when ordered."""

    database_id: BigInt = column("id", description="The line's id.")
    product_id: BigInt = column(description="The product's id; the product itself may have been deleted.")
    name: str = column(description="The product's name.")
    sku: str | None = column(description="The SKU of the variant, or else of the product.")
    variant: str | None = column(description="The variant's name.")
    quantity: int = column(description="The quantity ordered.")
    unit_price: Money = column(description="The price of one unit, in whole dinars.")
    total: Money = column(description="The price of the whole line, in whole dinars.")


@entity(tables.OrderTimeline, name="OrderChange")
class OrderChange:
    """A change of an order's status."""

    from_: OrderStatus | None = column("from_status", description="The previous status; null for the order's creation.")
    to: OrderStatus = column("to_status", description="The new status.")
    at: DateTime = column(description="When it happened.")
    actor: str = column(description="The name and id of the key that made the change.")


@entity(tables.Order)
class OrderCustomer:
    """The customer as given with this order; the customer's own record may have changed since."""

    database_id: BigInt = column("customer_id", description="The customer's id.")
    name: str = column("customer_name", description="The full name. Empty once the customer's data has been erased.")
    phone: str = column(
        "customer_phone",
        description="The phone number, as `0555123456`. Empty once the customer's data has been erased.",
    )
    email: str | None = column("customer_email", description="The e-mail address.")
    wilaya_id: int = column(description="The wilaya's number.")
    commune: str = column(description="The commune's name.")
    address: str | None = column(description="The street address.")


@entity(tables.Order)
class OrderDelivery:
    """How an order is delivered."""

    type: DeliveryType = column(
        "delivery_type", description="Delivery to the door (`home`) or to a courier's desk (`desk`)."
    )
    desk_id: BigInt | None = column(description="The courier's id of the desk.")
    desk_name: str | None = column(description="The desk's name.")
    tracking_number: str | None = column(description="The courier's tracking number.")
    courier: str | None = column(description="The courier's name, such as `Yalidine`.")


@entity(tables.Order)
class Order(Node):
    """An order placed with the store."""

    id: strawberry.ID = global_id("Order")
    database_id: BigInt = column("id", description="The id that the REST API uses, an integer.")
    order_number: str = column(description="The order number that people see, such as `ORD-13-20260430-AD3C`.")
    status: OrderStatus = column(description="The order's status.")
    allowed_transitions: list[OrderStatus] = expression(ALLOWED, description="The statuses it may move to next.")
    payment_status: PaymentStatus = column(description="The payment's status.")
    payment_method: PaymentMethod = column(description="The payment method.")
    payment_reference: str | None = column(
        description="The payment's reference in another system, such as a courier's remittance."
    )
    subtotal: Money = column(description="The sum of the items, in whole dinars.")
    delivery_fee: Money = column(description="The delivery fee, in whole dinars.")
    discount: Money = column(description="The discount, in whole dinars.")
    total: Money = column(description="The amount to pay, in whole dinars: subtotal plus delivery fee, minus discount.")
    customer_name: str = column(description="The customer's full name.")
    customer_phone: str = column(description="The customer's phone number, as `0555123456`.")
    wilaya_id: int = column(description="The number of the wilaya it is delivered to.")
    commune: str = column(description="The commune it is delivered to.")
    delivery_type: DeliveryType = column(description="Delivery to the door (`home`) or to a courier's desk (`desk`).")
    customer: OrderCustomer = embedded(OrderCustomer, description="The customer, as given with the order.")
    delivery: OrderDelivery = embedded(OrderDelivery, description="How it is delivered.")
    items: list[OrderItem] = children(OrderItem, on="order_id", order="id", description="The lines of the order.")
    notes: str | None = column(description="Notes on the order.")
    timeline: list[OrderChange] = children(
        OrderChange, on="order_id", order="id", description="Its status changes, oldest first."
    )
    metadata: Json = column(description="Up to 50 strings of your own, by name.")
    external_id: str | None = column(description="Its id in your own system, unique in the store.")
    created_at: DateTime = column(description="When it was created.")
    updated_at: DateTime = column(description="When it was last changed.")


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
