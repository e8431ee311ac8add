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
            "The events that webhooks send, to read at your own pace: in commit order, **oldest first**, kept for 30 "
            "days. Even at the end of the log, where `has_more` is false, there is a `next_cursor`: come back with it "
            "later, and no event is missed or repeated. It is null only while the log is empty. `start=now` skips to "
            "the end: the page is empty, and its `next_cursor` leads to what happens from now on.",
            scope="webhooks:read",
            addition=True,
        ),
        event_log.FILTERS,
        cached=False,
    ),
)
