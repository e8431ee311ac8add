"""Orders in GraphQL."""

from typing import Any

import strawberry
from strawberry import UNSET

from graph import order_forms, order_writes, orders
from graph.api.declare import listing, single, written
from graph.api.inputs import checked, given, with_ids
from graph.connections import database_id
from graph.context import Context
from graph.creations import Creation
from graph.delivery import DeliveryType
from graph.order_states import OrderStatus, told
from graph.orders import Order, PaymentMethod, PaymentStatus
from graph.pricing import ITEMS_MAXIMUM, QUANTITY_MAXIMUM
from graph.scalars import BigInt, DateTime, Json, Money
from graph.sources import Source, row_written


@strawberry.input(description="The customer.")
class OrderCustomerInput:
    """As the member `customer` of a new order."""

    name: str = strawberry.field(description="The full name, 1 to 255 characters.")
    phone: str = strawberry.field(description="An Algerian mobile number, such as 0555 12 34 56 or +213555123456.")
    wilaya_id: int = strawberry.field(description="The wilaya's number.")
    commune: str = strawberry.field(description="The commune's name, 1 to 100 characters.")
    email: str | None = strawberry.field(default=UNSET, description="An e-mail address.")
    address: str | None = strawberry.field(default=UNSET, description="The street address.")
    metadata: Json | None = strawberry.field(default=UNSET, description="Up to 50 strings of your own, by name.")
    external_id: str | None = strawberry.field(default=UNSET, description="The customer's id in your own system.")


@strawberry.input(description="How an order is delivered.")
class OrderDeliveryInput:
    """As the member `delivery` of a new order."""

    type: DeliveryType = strawberry.field(description="To the door, or to a courier's desk.")
    desk_id: BigInt | None = strawberry.field(default=UNSET, description="The courier's id of the desk.")
    desk_name: str | None = strawberry.field(default=UNSET, description="The desk's name.")


@strawberry.input(description="A product and its quantity.")
class OrderItemInput:
    """As a member of `items`."""

    product_id: strawberry.ID = strawberry.field(description="An active product of the store.")
    quantity: int = strawberry.field(description=f"1 to {QUANTITY_MAXIMUM}.")
    variant_id: BigInt | None = strawberry.field(default=UNSET, description="One of the product's variants.")


@strawberry.input(description="A new order. Prices come from the catalogue, the fee from the store's delivery rates.")
class OrderCreateInput:
    """The members of `order_forms.CREATE`."""

    customer: OrderCustomerInput = strawberry.field(description="The customer.")
    delivery: OrderDeliveryInput = strawberry.field(description="How it is delivered.")
    items: list[OrderItemInput] = strawberry.field(description=f"1 to {ITEMS_MAXIMUM} lines.")
    notes: str | None = strawberry.field(default=UNSET, description="Notes on the order.")
    payment_method: PaymentMethod | None = strawberry.field(default=UNSET, description="COD by default.")
    discount: Money | None = strawberry.field(
        default=UNSET, description="The discount, 0 to the subtotal; 0 by default."
    )
    metadata: Json | None = strawberry.field(default=UNSET, description="Up to 50 strings.")
    external_id: str | None = strawberry.field(
        default=UNSET, description="Its id in your own system, unique in the store."
    )


@strawberry.input(description="The customer of this order: absent fields keep their value.")
class OrderCustomerUpdateInput:
    """As the member `customer` of an order's change."""

    name: str | None = strawberry.field(default=UNSET, description="The full name.")
    phone: str | None = strawberry.field(
        default=UNSET, description="The phone number; another number means another customer."
    )
    wilaya_id: int | None = strawberry.field(
        default=UNSET, description="The wilaya's number; the delivery fee is computed anew."
    )
    commune: str | None = strawberry.field(default=UNSET, description="The commune's name.")
    address: str | None = strawberry.field(default=UNSET, description="The street address; null clears it.")


@strawberry.input(description="The fields of an order to change: absent fields keep their value, null clears one.")
class OrderUpdateInput:
    """The members of `order_forms.UPDATE`."""

    status: OrderStatus | None = strawberry.field(default=UNSET, description=f"Its new status: {told()}.")
    payment_status: PaymentStatus | None = strawberry.field(default=UNSET, description="The payment's status.")
    payment_reference: str | None = strawberry.field(
        default=UNSET, description="The payment's reference in another system, such as a courier's remittance."
    )
    notes: str | None = strawberry.field(default=UNSET, description="Notes on the order.")
    tracking_number: str | None = strawberry.field(default=UNSET, description="The courier's tracking number.")
    courier: str | None = strawberry.field(default=UNSET, description="The courier's name, such as `Yalidine`.")
    customer: OrderCustomerUpdateInput | None = strawberry.field(
        default=UNSET, description="The customer; may change until the order is shipped."
    )
    discount: Money | None = strawberry.field(
        default=UNSET, description="The discount, 0 to the subtotal; may change until the order is shipped."
    )
    metadata: Json | None = strawberry.field(default=UNSET, description="Up to 50 strings; replaces what was there.")
    external_id: str | None = strawberry.field(
        default=UNSET, description="Its id in your own system, unique in the store."
    )


@strawberry.type
class OrderCreatePayload:
    """What `orderCreate` answers."""

    order: Order


@strawberry.type
class OrderUpdatePayload:
    """What `orderUpdate` answers."""

    order: Order


def _orders(
    context: Context,
    status: OrderStatus | None = None,
    since: DateTime | None = None,
    customer_phone: str | None = None,
    external_id: str | None = None,
    updated_since: DateTime | None = None,
) -> Source:
    filters = {
        "status": status and status.value,
        "since": since,
        "customer_phone": customer_phone,
        "external_id": external_id,
        "updated_since": updated_since,
    }
    return orders.orders(context, **checked(filters, order_forms.FILTERS))


def _order(context: Context, id: strawberry.ID) -> Source:
    return orders.order(context, database_id("Order", str(id)), id)


def order_values(input: OrderCreateInput) -> dict[str, Any]:
    """Return a new order's input as the plain values of its form."""
    values: dict[str, Any] = given(input)
    # 0 is no product's id: the line is refused by its form, as one that names nothing.
    return values | {"items": [with_ids(each, product_id="Product") for each in values["items"]]}


async def _create(context: Context, input: OrderCreateInput) -> Creation:
    return await order_writes.order_create(context, order_values(input))


async def _update(context: Context, id: strawberry.ID, input: OrderUpdateInput) -> Source:
    identifier = await order_writes.order_update(context, database_id("Order", str(id)), given(input), id)
    return row_written(Order, context, identifier)


@strawberry.type
class OrderQueries:
    """The lines of the order."""

    orders = listing(Order, _orders, description="The store's orders, newest first. Needs `orders:read`.")
    order = single(Order | None, _order, description="One order, by its id (either form). Needs `orders:read`.")


@strawberry.type
class OrderMutations:
    """What may happen to orders."""

    order_create = written(OrderCreatePayload, "order", _create, description="Create an order. Needs `orders:write`.")
    order_update = written(
        OrderUpdatePayload,
        "order",
        _update,
        description="Update an order, or move it to another status. Needs `orders:write`.",
    )
