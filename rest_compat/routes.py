"""Every operation of `/v1`."""

from rest_compat import keys, landing_pages, places, products, sandbox, store, tracking, usage
from rest_compat.routing import Route

PREFIX = "/v1"
ROUTES: tuple[Route, ...] = (
    *store.ROUTES,
    *products.ROUTES,
    *landing_pages.ROUTES,
    *keys.ROUTES,
    *sandbox.ROUTES,
    *places.ROUTES,
    *usage.ROUTES,
    *tracking.ROUTES,
)
