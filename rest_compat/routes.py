"""Every operation of `/v1`."""

from rest_compat import products, store, tracking
from rest_compat.routing import Route

PREFIX = "/v1"
ROUTES: tuple[Route, ...] = (*store.ROUTES, *products.ROUTES, *tracking.ROUTES)
