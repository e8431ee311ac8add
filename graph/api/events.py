"""The event log in GraphQL."""

import strawberry

from graph import event_log
from graph.api.declare import listing
from graph.api.inputs import checked
from graph.context import Context
from graph.event_log import EventLogStart, LoggedEvent
from graph.sources import Source


def _event_log(context: Context, types: list[str] | None = None, start: EventLogStart | None = None) -> Source:
    return event_log.event_log(context, **checked({"types": types, "start": start and start.value}, event_log.FILTERS))


@strawberry.type
class EventQueries:
    """What happened."""

    event_log = listing(
        LoggedEvent,
        _event_log,
        description="The store's events in commit order, oldest first, kept 30 days; of some `types`, such as "
        "`order.created`, or of all. Go on from `endCursor` at any time: nothing is missed. With `start: NOW` "
        "the first page is empty, and its `endCursor` leads to what happens from now on. Needs `webhooks:read`.",
        live=True,
    )
