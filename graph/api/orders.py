"""Orders in GraphQL."""

from typing import Any

import strawberry
from strawberry import UNSET

from graph import order_forms, order_writes, orders
from graph.api.declare import listing, single, written
from graph.api.inputs import checked, given, with_ids
from graph.connections import database_id
from graph.context import Context
from graph.delivery import DeliveryType
from graph.order_states import OrderStatus, told
from graph.orders import Order, PaymentMethod, PaymentStatus
from graph.pricing import ITEMS_MAXIMUM, QUANTITY_MAXIMUM
from graph.scalars import BigInt, DateTime, Json, Money
from graph.sources import Source, row_written


@strawberry.input(description="Who orders.")
class OrderCustomerInput:
    """As the member `customer` of a new order."""

    name: str = strawberry.field(description="The whole name; 1 to 255 characters.")
    phone: str = strawberry.field(description="An Algerian mobile number, such as 0555 12 34 56 or +213555123456.")
    wilaya_id: int = strawberry.field(description="The number of the wilaya.")
    commune: str = strawberry.field(description="The commune; 1 to 100 characters.")
    email: str | None = strawberry.field(default=UNSET, description="An e-mail address.")
    address: str | None = strawberry.field(default=UNSET, description="Where in the commune.")
    metadata: Json | None = strawberry.field(default=UNSET, description="Up to 50 strings of the integration's own.")
    external_id: str | None = strawberry.field(default=UNSET, description="The customer's id elsewhere.")


@strawberry.input(description="How an order gets to its customer.")
class OrderDeliveryInput:
    """As the member `delivery` of a new order."""

    type: DeliveryType = strawberry.field(description="To the door, or to a courier's desk.")
    desk_id: BigInt | None = strawberry.field(default=UNSET, description="The desk's number at the courier's.")
    desk_name: str | None = strawberry.field(default=UNSET, description="The desk's name.")


@strawberry.input(description="So many of a product.")
class OrderItemInput:
    """As a member of `items`."""

    product_id: strawberry.ID = strawberry.field(description="An active product of the store.")
    quantity: int = strawberry.field(description=f"1 to {QUANTITY_MAXIMUM}.")
    variant_id: BigInt | None = strawberry.field(default=UNSET, description="One of the product's variants.")


@strawberry.input(description="A new order. Prices come from the catalogue, the fee from the store's delivery rates.")
class OrderCreateInput:
    """The members of `order_forms.CREATE`."""

    customer: OrderCustomerInput = strawberry.field(description="Who orders.")
    delivery: OrderDeliveryInput = strawberry.field(description="How it gets there.")
    items: list[OrderItemInput] = strawberry.field(description=f"1 to {ITEMS_MAXIMUM} lines.")
    notes: str | None = strawberry.field(default=UNSET, description="Whatever is to be noted.")
    payment_method: PaymentMethod | None = strawberry.field(default=UNSET, description="COD by default.")
    discount: Money | None = strawberry.field(default=UNSET, description="0 to the subtotal; 0 by default.")
    metadata: Json | None = strawberry.field(default=UNSET, description="Up to 50 strings.")
    external_id: str | None = strawberry.field(default=UNSET, description="Its id elsewhere; unique in the store.")


@strawberry.input(description="The customer as this order has it: absent fields stay.")
class OrderCustomerUpdateInput:
    """As the member `customer` of an order's change."""

    name: str | None = strawberry.field(default=UNSET, description="The whole name.")
    phone: str | None = strawberry.field(default=UNSET, description="Another number is another customer.")
    wilaya_id: int | None = strawberry.field(default=UNSET, description="The wilaya; the delivery fee follows.")
    commune: str | None = strawberry.field(default=UNSET, description="The commune.")
    address: str | None = strawberry.field(default=UNSET, description="Where in the commune; null clears.")


@strawberry.input(description="The fields of an order to change: absent ones stay, null clears.")
class OrderUpdateInput:
    """The members of `order_forms.UPDATE`."""

    status: OrderStatus | None = strawberry.field(default=UNSET, description=f"Its new status: {told()}.")
    payment_status: PaymentStatus | None = strawberry.field(default=UNSET, description="Whether it has been paid.")
    payment_reference: str | None = strawberry.field(default=UNSET, description="What names the payment elsewhere.")
    notes: str | None = strawberry.field(default=UNSET, description="Whatever is to be noted.")
    tracking_number: str | None = strawberry.field(default=UNSET, description="The parcel's number.")
    courier: str | None = strawberry.field(default=UNSET, description="Who brings it.")
    customer: OrderCustomerUpdateInput | None = strawberry.field(default=UNSET, description="Until it is shipped.")
    discount: Money | None = strawberry.field(default=UNSET, description="Until it is shipped: 0 to the subtotal.")
    metadata: Json | None = strawberry.field(default=UNSET, description="Up to 50 strings; replaces what was there.")
    external_id: str | None = strawberry.field(default=UNSET, description="Its id elsewhere; unique in the store.")


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


async def _create(context: Context, input: OrderCreateInput) -> Source:
    return row_written(Order, context, await order_writes.order_create(context, order_values(input)))


async def _update(context: Context, id: strawberry.ID, input: OrderUpdateInput) -> Source:
    identifier = await order_writes.order_update(context, database_id("Order", str(id)), given(input), id)
    return row_written(Order, context, identifier)


@strawberry.type
class OrderQueries:
    """What was ordered."""

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
        description="Change an order, and move it along its life. Needs `orders:write`.",
    )
