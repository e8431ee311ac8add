"""`/v1/signups` and `/v1/events`."""

from graph import tracking as resolvers
from rest_compat.routing import Documentation, tracking

ROUTES = (
    tracking(
        "/signups",
        resolvers.signup_track,
        resolvers.SIGNUP,
        Documentation(
            "trackSignup",
            "Track a signup",
            "Tracking",
            "Acknowledged at once and taken in within seconds; an acknowledged signup is stored once. Needs a public "
            "key and its signature. One or more of `email`, `phone` and `external_user_id` say who it is: one person "
            "counts once a store, and whoever was seen before under any of them is a repeat. E-mail address, phone "
            "number and `ip` are kept as keyed hashes alone. An `Idempotency-Key` may be left out, as for events. Once "
            "the month's signups are used up, 429 `quota_exceeded`.",
            scope="signups:write",
            codes=("quota_exceeded",),
        ),
    ),
    tracking(
        "/events",
        resolvers.event_track,
        resolvers.EVENT,
        Documentation(
            "trackEvent",
            "Log an event",
            "Tracking",
            "Acknowledged at once and taken in within seconds; an acknowledged event is stored once. Needs a public "
            "key and its signature. The nonce stops replays, so an `Idempotency-Key` may be left out; who signs the "
            "same event anew, because no answer came, sends the same one again, and the event counts once.",
            scope="events:write",
        ),
    ),
)
