"""Tracking in GraphQL."""

import strawberry
from strawberry import UNSET

from graph import tracking
from graph.api.declare import Info
from graph.api.inputs import given
from graph.scalars import BigInt, Json


@strawberry.input(description="Something that happened on a page.")
class EventTrackInput:
    """The members of `tracking.EVENT`, but for the nonce, which stands in the headers alone."""

    name: str = strawberry.field(description="What happened, such as `add_to_cart`; 64 characters at most.")
    properties: Json | None = strawberry.field(
        default=UNSET, description="Whatever belongs to it: an object of at most 16 KiB."
    )


@strawberry.type
class EventTrackPayload:
    """What `eventTrack` answers."""

    status: str = strawberry.field(description="`queued`: it is stored, and taken in within seconds.")
    kind: str = strawberry.field(description="`event`.")
    store_id: BigInt = strawberry.field(description="The store's id, as REST uses it.")


@strawberry.type
class TrackingMutations:
    """What a page's code reports."""

    @strawberry.mutation(description="Log an event. Needs a public key's signature and `events:write`.")
    async def event_track(self, info: Info, input: EventTrackInput) -> EventTrackPayload:
        message = tracking.event_track(info.context, given(input))
        await tracking.message_queue(message)
        told = tracking.queued(message)
        return EventTrackPayload(status=told.status, kind=told.kind, store_id=BigInt(told.store_id))
