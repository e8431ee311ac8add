"""Every operation of `/v1`."""

from rest_compat import (
    customers,
    events,
    keys,
    landing_pages,
    orders,
    places,
    products,
    requests,
    sandbox,
    store,
    tracking,
    usage,
    webhooks,
)
from rest_compat.preconditions import guarded
from rest_compat.routing import Route

PREFIX = "/v1"
ROUTES: tuple[Route, ...] = guarded(
    (
        *store.ROUTES,
        *products.ROUTES,
        *orders.ROUTES,
        *customers.ROUTES,
        *landing_pages.ROUTES,
        *keys.ROUTES,
        *webhooks.ROUTES,
        *sandbox.ROUTES,
        *places.ROUTES,
        *usage.ROUTES,
        *requests.ROUTES,
        *events.ROUTES,
        *tracking.ROUTES,
    )
)
