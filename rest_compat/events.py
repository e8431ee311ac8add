"""`/v1/event-log`."""

from graph import event_log
from rest_compat.routing import Documentation, listing
from rest_compat.shapes import shape

ROW = shape(event_log.LoggedEvent, "id event occurred_at data")

ROUTES = (
    listing(
        "/event-log",
        event_log.event_log,
        ROW,
        Documentation(
            "listEvents",
            "Read the event log",
            "Events",
            "The store's events in commit order, **oldest first**, kept 30 days: what webhooks tell of, for those who "
            "would rather ask. `types` are names separated by commas. At the end of the log `has_more` is false and "
            "`next_cursor` is still there: come back with it at any time, and nothing is missed or comes twice. It is "
            "null only while there has been nothing at all. `start=now` begins with what happens from now on: a page "
            "without rows, whose `next_cursor` leads there; beside a `cursor` it means nothing.",
            scope="webhooks:read",
            addition=True,
        ),
        event_log.FILTERS,
        cached=False,
    ),
)
