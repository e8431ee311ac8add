"""`/v1/events`."""

from graph import tracking as resolvers
from rest_compat.routing import Documentation, tracking

ROUTES = (
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
