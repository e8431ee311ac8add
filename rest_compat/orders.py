"""`/v1/orders`."""

from graph import order_forms, order_writes, orders
from graph.creations import Creation
from graph.order_states import told
from graph.sources import Source, row_written
from rest_compat.routing import Call, Documentation, listing, reading, writing
from rest_compat.shapes import shape

FIELDS = (
    "id order_number status payment_status payment_method total customer_name customer_phone wilaya_id commune"
    " delivery_type created_at"
)
ROW = shape(orders.Order, f"{FIELDS} updated_at external_id metadata")
DETAIL = shape(
    orders.Order,
    f"{FIELDS} subtotal delivery_fee discount"
    " customer { id name phone email wilaya_id commune address }"
    " delivery { type desk_id desk_name tracking_number courier }"
    " items { id product_id name sku variant quantity unit_price total } notes"
    " timeline { from to at actor } updated_at external_id metadata payment_reference",
)


def _order(call: Call) -> Source:
    return orders.order(call.context, call.id("order_id"), call.path["order_id"])


async def _create(call: Call) -> Creation:
    return await order_writes.order_create(call.context, call.body)


async def _update(call: Call) -> Source:
    identifier = await order_writes.order_update(call.context, call.id("order_id"), call.body, call.path["order_id"])
    return row_written(orders.Order, call.context, identifier)


ROUTES = (
    listing(
        "/orders",
        orders.orders,
        ROW,
        Documentation(
            "listOrders",
            "List orders",
            "Orders",
            "The store's orders, newest first. With `updated_since` they come by their last change, oldest first: "
            "read that list to keep a copy in sync.",
            scope="orders:read",
        ),
        order_forms.FILTERS,
    ),
    writing(
        "POST",
        "/orders",
        _create,
        DETAIL,
        order_forms.CREATE,
        Documentation(
            "createOrder",
            "Create an order",
            "Orders",
            "Prices come from the catalogue and the fee from the store's delivery rates, whatever the request says. "
            "The customer is looked up by phone number, then created or updated. Stock is taken when the order is "
            "`confirmed`, not before.",
            scope="orders:write",
            codes=("conflict",),
        ),
    ),
    reading(
        "/orders/{order_id}",
        _order,
        DETAIL,
        Documentation(
            "getOrder",
            "Get an order",
            "Orders",
            "One order with its customer, delivery, items and history.",
            scope="orders:read",
            codes=("not_found",),
        ),
    ),
    writing(
        "PATCH",
        "/orders/{order_id}",
        _update,
        DETAIL,
        order_forms.UPDATE,
        Documentation(
            "updateOrder",
            "Update an order",
            "Orders",
            f"Absent fields keep their value; null clears a nullable one. `status` moves along {told()}. `confirmed` "
            "takes the items from the stock; `cancelled` and `returned` put them back. `customer` and `discount` can "
            "change until the order is shipped, and the fee follows the wilaya. `payment_status` becoming `paid` "
            "fires `payment.received`. Sending the current status again changes nothing.",
            scope="orders:write",
            codes=("not_found", "conflict", "invalid_transition", "insufficient_stock"),
        ),
    ),
)
