"""Delivery in GraphQL."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from graph import delivery, quotes
from graph.api.declare import Info, valued
from graph.api.inputs import given, with_ids
from graph.context import Context
from graph.delivery import DeliveryRate, DeliveryType
from graph.pricing import ITEMS_MAXIMUM, QUANTITY_MAXIMUM
from graph.quotes import DeliveryQuote
from graph.scalars import BigInt, Money


@strawberry.input(description="The delivery fees of one wilaya; null where the store does not deliver that way.")
class DeliveryRateInput:
    """A member of `delivery.UPDATE`'s rates."""

    wilaya_id: int = strawberry.field(description="The wilaya's number.")
    home: Money | None = strawberry.field(
        default=UNSET, description="The fee to the customer's door, or null. Required."
    )
    desk: Money | None = strawberry.field(default=UNSET, description="The fee to a courier's desk, or null. Required.")


@strawberry.input(description="New delivery fees.")
class DeliveryRatesUpdateInput:
    """The members of `delivery.UPDATE`."""

    rates: list[DeliveryRateInput] = strawberry.field(
        description="The rates to set, each wilaya at most once; wilayas left out keep theirs."
    )


@strawberry.input(description="A product and its quantity.")
class DeliveryQuoteItemInput:
    """A member of `quotes.QUOTE`'s items."""

    product_id: strawberry.ID = strawberry.field(description="An active product of the store.")
    quantity: int = strawberry.field(description=f"1 to {QUANTITY_MAXIMUM}.")
    variant_id: BigInt | None = strawberry.field(default=UNSET, description="One of the product's variants.")


@strawberry.type
class DeliveryRatesUpdatePayload:
    """What `deliveryRatesUpdate` answers."""

    delivery_rates: list[DeliveryRate]


async def _rates(context: Context) -> list[DeliveryRate]:
    return (await delivery.rates(context)).rates


async def _quote(
    context: Context,
    wilaya_id: Annotated[int, strawberry.argument(description="Where to: the wilaya's number.")],
    delivery_type: Annotated[DeliveryType, strawberry.argument(description="To the door, or to a desk.")],
    items: Annotated[
        list[DeliveryQuoteItemInput], strawberry.argument(description=f"What: 1 to {ITEMS_MAXIMUM} lines.")
    ],
) -> DeliveryQuote:
    wanted = [with_ids(given(item), product_id="Product") for item in items]
    values = {"wilaya_id": wilaya_id, "delivery_type": delivery_type.value, "items": wanted}
    return await quotes.delivery_quote(context, values)


@strawberry.type
class DeliveryQueries:
    """What delivery costs."""

    delivery_rates = valued(
        list[DeliveryRate], _rates, description="The store's delivery fees, by wilaya. Needs `store:read`."
    )


@strawberry.type
class QuoteQueries:
    """What an order would come to, for shoppers and merchants."""

    delivery_quote = valued(
        DeliveryQuote,
        _quote,
        description="What an order would cost. Needs `storefront:read`, or `store:read` and `products:read`.",
    )


@strawberry.type
class DeliveryMutations:
    """What may happen to the fees."""

    @strawberry.mutation(description="Set the delivery fees of some wilayas. Needs `store:write`.")
    async def delivery_rates_update(self, info: Info, input: DeliveryRatesUpdateInput) -> DeliveryRatesUpdatePayload:
        updated = await delivery.rates_update(info.context, given(input))
        return DeliveryRatesUpdatePayload(delivery_rates=updated.rates)
