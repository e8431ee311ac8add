"""Tracking in GraphQL."""

import strawberry
from strawberry import UNSET

from graph import tracking
from graph.api.declare import Info
from graph.api.inputs import given
from graph.scalars import BigInt, Json


@strawberry.input(description="An event on a page or in an app.")
class EventTrackInput:
    """The members of `tracking.EVENT`, but for the nonce, which stands in the headers alone."""

    name: str = strawberry.field(description="The event's name, such as `add_to_cart`; up to 64 characters.")
    properties: Json | None = strawberry.field(default=UNSET, description="Any JSON object of at most 16 KiB.")


@strawberry.input(description="A signup. Give at least one of `email`, `phone` and `externalUserId`.")
class SignupTrackInput:
    """The members of `tracking.SIGNUP`, but for the nonce."""

    email: str | None = strawberry.field(default=UNSET, description="An e-mail address, stored only as a keyed hash.")
    phone: str | None = strawberry.field(
        default=UNSET, description="An Algerian mobile number in any form, stored only as a keyed hash."
    )
    external_user_id: str | None = strawberry.field(
        default=UNSET, description="The person's id in your own system, up to 190 characters, stored as it is."
    )
    source: str | None = strawberry.field(
        default=UNSET, description="Where the signup came from, such as `spring_campaign`; up to 64 characters."
    )
    country: str | None = strawberry.field(default=UNSET, description="The country's two-letter code, such as `DZ`.")
    ip: str | None = strawberry.field(
        default=UNSET,
        description="The visitor's IP address, stored only as a keyed hash; it identifies nobody.",
    )
    meta: Json | None = strawberry.field(
        default=UNSET, description="Any JSON object of at most 16 KiB, stored as it is."
    )


@strawberry.type
class TrackPayload:
    """What is answered once something is in the inbox."""

    status: str = strawberry.field(description="`queued`: it is stored, and will be processed within seconds.")
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
