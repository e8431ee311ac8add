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
            "A 202 comes at once and means that the signup is stored, exactly once; it is counted within seconds. "
            "Needs a public key and its signature. Give at least one of `email`, `phone` and `external_user_id`: each "
            "person is counted once per store, and whoever was seen before under any of them is a repeat. E-mail, "
            "phone and `ip` are stored only as keyed hashes. `Idempotency-Key` is optional, as for events. Once the "
            "month's signups are used up, the response is a 429 `quota_exceeded`.",
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
            "A 202 comes at once and means that the event is stored, exactly once; it is processed within seconds. "
            "Needs a public key and its signature. `Idempotency-Key` is optional, since a nonce works only once: if "
            "no response came, sign the event again with the same `Idempotency-Key`, and it counts once.",
            scope="events:write",
        ),
    ),
)
