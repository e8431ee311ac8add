"""Delivery in GraphQL."""

import strawberry
from strawberry import UNSET

from graph import delivery
from graph.api.declare import Info
from graph.api.inputs import given
from graph.delivery import DeliveryRate
from graph.scalars import Money


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
class DeliveryMutations:
    """What may happen to the fees."""

    @strawberry.mutation(description="Set what delivery costs in some wilayas. Needs `store:write`.")
    async def delivery_rates_update(self, info: Info, input: DeliveryRatesUpdateInput) -> DeliveryRatesUpdatePayload:
        updated = await delivery.rates_update(info.context, given(input))
        return DeliveryRatesUpdatePayload(delivery_rates=updated.rates)
