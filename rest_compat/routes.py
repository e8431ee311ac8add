"""Every operation of `/v1`."""

from rest_compat import places, products, store, tracking, usage
from rest_compat.routing import Route

PREFIX = "/v1"
ROUTES: tuple[Route, ...] = (*store.ROUTES, *products.ROUTES, *places.ROUTES, *usage.ROUTES, *tracking.ROUTES)
