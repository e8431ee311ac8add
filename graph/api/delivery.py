"""Delivery in GraphQL."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from graph import delivery, quotes
from graph.api.declare import Info
from graph.api.inputs import given, with_ids
from graph.delivery import DeliveryRate, DeliveryType
from graph.pricing import ITEMS_MAXIMUM, QUANTITY_MAXIMUM
from graph.quotes import DeliveryQuote
from graph.scalars import BigInt, Money


@strawberry.input(description="What delivery costs in one wilaya; null where the store does not deliver so.")
class DeliveryRateInput:
    """A member of `delivery.UPDATE`'s rates."""

    wilaya_id: int = strawberry.field(description="The wilaya's number.")
    home: Money | None = strawberry.field(default=UNSET, description="To the customer's door. Has to be given.")
    desk: Money | None = strawberry.field(default=UNSET, description="To a courier's desk. Has to be given.")


@strawberry.input(description="What delivery costs from now on.")
class DeliveryRatesUpdateInput:
    """The members of `delivery.UPDATE`."""

    rates: list[DeliveryRateInput] = strawberry.field(
        description="The rates to set, each whole and a wilaya once; those left out stay as they are."
    )


@strawberry.input(description="So many of a product.")
class DeliveryQuoteItemInput:
    """A member of `quotes.QUOTE`'s items."""

    product_id: strawberry.ID = strawberry.field(description="An active product of the store.")
    quantity: int = strawberry.field(description=f"1 to {QUANTITY_MAXIMUM}.")
    variant_id: BigInt | None = strawberry.field(default=UNSET, description="One of the product's variants.")


@strawberry.type
class DeliveryRatesUpdatePayload:
    """What `deliveryRatesUpdate` answers."""

    delivery_rates: list[DeliveryRate]


@strawberry.type
class DeliveryQueries:
    """What delivery costs."""

    @strawberry.field(description="What delivery costs in each wilaya, by number. Needs `store:read`.")
    async def delivery_rates(self, info: Info) -> list[DeliveryRate]:
        return (await delivery.rates(info.context)).rates


@strawberry.type
class QuoteQueries:
    """What an order would come to, for shoppers and merchants."""

    @strawberry.field(
        description="What an order would come to. Needs `storefront:read`, or `store:read` and `products:read`."
    )
    async def delivery_quote(
        self,
        info: Info,
        wilaya_id: Annotated[int, strawberry.argument(description="Where to: the wilaya's number.")],
        delivery_type: Annotated[DeliveryType, strawberry.argument(description="To the door, or to a desk.")],
        items: Annotated[
            list[DeliveryQuoteItemInput], strawberry.argument(description=f"What: 1 to {ITEMS_MAXIMUM} lines.")
        ],
    ) -> DeliveryQuote:
        wanted = [with_ids(given(item), product_id="Product") for item in items]
        values = {"wilaya_id": wilaya_id, "delivery_type": delivery_type.value, "items": wanted}
        return await quotes.delivery_quote(info.context, values)


@strawberry.type
class DeliveryMutations:
    """What may happen to the fees."""

    @strawberry.mutation(description="Set what delivery costs in some wilayas. Needs `store:write`.")
    async def delivery_rates_update(self, info: Info, input: DeliveryRatesUpdateInput) -> DeliveryRatesUpdatePayload:
        updated = await delivery.rates_update(info.context, given(input))
        return DeliveryRatesUpdatePayload(delivery_rates=updated.rates)
