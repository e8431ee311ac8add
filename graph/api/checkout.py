"""Orders of shoppers in GraphQL."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from graph import checkout
from graph.api.declare import LIVE, Info, written
from graph.api.inputs import given, with_ids
from graph.api.orders import OrderDeliveryInput, OrderItemInput
from graph.checkout import TrackedOrder
from graph.connections import resolve_one
from graph.context import Context
from graph.creations import Creation
from graph.pricing import ITEMS_MAXIMUM


@strawberry.input(description="The customer.")
class OrderPlaceCustomerInput:
    """As the member `customer` of a placed order."""

    name: str = strawberry.field(description="The full name, 1 to 255 characters.")
    phone: str = strawberry.field(description="An Algerian mobile number, such as 0555 12 34 56 or +213555123456.")
    wilaya_id: int = strawberry.field(description="The wilaya's number.")
    commune: str = strawberry.field(description="The commune's name, 1 to 100 characters.")
    email: str | None = strawberry.field(default=UNSET, description="An e-mail address.")
    address: str | None = strawberry.field(default=UNSET, description="The street address.")


@strawberry.input(description="A shopper's order. Prices come from the catalogue, the fee from the store's rates.")
class OrderPlaceInput:
    """The members of `order_forms.PLACE`."""

    customer: OrderPlaceCustomerInput = strawberry.field(description="The customer.")
    delivery: OrderDeliveryInput = strawberry.field(description="How it is delivered.")
    items: list[OrderItemInput] = strawberry.field(description=f"1 to {ITEMS_MAXIMUM} lines.")
    notes: str | None = strawberry.field(default=UNSET, description="A note to the merchant, up to 500 characters.")


@strawberry.type
class OrderPlacePayload:
    """What `orderPlace` answers."""

    order: TrackedOrder


async def _place(context: Context, input: OrderPlaceInput) -> Creation:
    values = given(input)
    # 0 is no product's id: the line is refused by its form, as one that names nothing.
    values["items"] = [with_ids(each, product_id="Product") for each in values["items"]]
    return await checkout.order_place(context, values)


@strawberry.type
class CheckoutQueries:
    """What became of an order."""

    @strawberry.field(
        description="A shopper's order, by both its number and the phone number that it was placed with. "
        "Needs a public key with `checkout:write`.",
        metadata={LIVE: True},
    )
    async def order_track(
        self,
        info: Info,
        order_number: Annotated[str, strawberry.argument(description="Such as `ORD-13-20260430-AD3C`.")],
        phone: Annotated[str, strawberry.argument(description="Such as 0555 12 34 56.")],
    ) -> TrackedOrder | None:
        source = await checkout.order_track(info.context, {"order_number": order_number, "phone": phone})
        return await resolve_one(info, source)


@strawberry.type
class CheckoutMutations:
    """What shoppers may do."""

    order_place = written(
        OrderPlacePayload,
        "order",
        _place,
        description="Place an order as a shopper. Needs a public key's signature and `checkout:write`.",
    )
