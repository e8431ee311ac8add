"""The store, and who asks, in GraphQL."""

import strawberry

from graph import store
from graph.api.declare import single
from graph.store import Store, Viewer


@strawberry.type
class StoreQueries:
    """The store and the key that asks."""

    viewer = single(Viewer, store.viewer, description="The key that asks, and its store.")
    store = single(Store, store.store, description="The store. Needs `store:read`.")
