"""`/v1/orders`."""

from graph import order_forms, order_writes, orders
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


async def _create(call: Call) -> Source:
    return row_written(orders.Order, call.context, await order_writes.order_create(call.context, call.body))


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
            "Newest first, by cursor. With `updated_since` the oldest change comes first, for syncing, and the list "
            "ends before the oldest change that may still be under way.",
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
            "Prices come from the catalogue, the fee from the store's delivery rates. The customer is found by the "
            "phone number, and made or brought up to date. Nothing is taken from the stock before the order is "
            "`confirmed`.",
            scope="orders:write",
            codes=("conflict",),
        ),
    ),
    reading(
        "/orders/{order_id}",
        _order,
        DETAIL,
        Documentation("getOrder", "Get an order", "Orders", scope="orders:read", codes=("not_found",)),
    ),
    writing(
        "PATCH",
        "/orders/{order_id}",
        _update,
        DETAIL,
        order_forms.UPDATE,
        Documentation(
            "updateOrder",
            "Change an order",
            "Orders",
            f"An absent field stays, null clears. `status`: {told()}. `confirmed` takes the items from the stock, "
            "`cancelled` and `returned` give them back. `customer` and `discount` may change until it is shipped; the "
            "fee follows the wilaya. `payment_status` turning `paid` fires `payment.received`. The same status again "
            "changes nothing.",
            scope="orders:write",
            codes=("not_found", "conflict", "invalid_transition", "insufficient_stock"),
        ),
    ),
)
