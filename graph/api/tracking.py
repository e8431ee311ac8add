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


@strawberry.input(description="Somebody signed up. Needs one or more of `email`, `phone` and `externalUserId`.")
class SignupTrackInput:
    """The members of `tracking.SIGNUP`, but for the nonce."""

    email: str | None = strawberry.field(default=UNSET, description="An e-mail address; kept as a keyed hash alone.")
    phone: str | None = strawberry.field(
        default=UNSET, description="An Algerian mobile number, in any form; kept as a keyed hash alone."
    )
    external_user_id: str | None = strawberry.field(
        default=UNSET, description="The person's id where it signed up; 190 characters at most, kept as it is."
    )
    source: str | None = strawberry.field(
        default=UNSET, description="Where it came from, such as `spring_campaign`; 64 characters at most."
    )
    country: str | None = strawberry.field(default=UNSET, description="Two letters, such as `DZ`.")
    ip: str | None = strawberry.field(
        default=UNSET,
        description="The visitor's address on the net; kept as a keyed hash alone, and identifies nobody.",
    )
    meta: Json | None = strawberry.field(
        default=UNSET, description="Whatever belongs to it: an object of at most 16 KiB, kept as it is."
    )


@strawberry.type
class TrackPayload:
    """What is answered once something is in the inbox."""

    status: str = strawberry.field(description="`queued`: it is stored, and taken in within seconds.")
    kind: str = strawberry.field(description="What it was: `signup` or `event`.")
    store_id: BigInt = strawberry.field(description="The store's id, as REST uses it.")


@strawberry.type
class EventTrackPayload(TrackPayload):
    """What `eventTrack` answers."""


@strawberry.type
class SignupTrackPayload(TrackPayload):
    """What `signupTrack` answers."""


@strawberry.type
class TrackingMutations:
    """What a page's code reports."""

    @strawberry.mutation(description="Log an event. Needs a public key's signature and `events:write`.")
    async def event_track(self, info: Info, input: EventTrackInput) -> EventTrackPayload:
        told = await _queue(await tracking.event_track(info.context, given(input)))
        return EventTrackPayload(status=told.status, kind=told.kind, store_id=BigInt(told.store_id))

    @strawberry.mutation(description="Track a signup. Needs a public key's signature and `signups:write`.")
    async def signup_track(self, info: Info, input: SignupTrackInput) -> SignupTrackPayload:
        told = await _queue(await tracking.signup_track(info.context, given(input)))
        return SignupTrackPayload(status=told.status, kind=told.kind, store_id=BigInt(told.store_id))


async def _queue(message: tracking.Message) -> tracking.Queued:
    await tracking.message_queue(message)
    return tracking.queued(message)
