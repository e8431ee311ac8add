"""`/v1/ping`, `/v1/whoami` and `/v1/store`."""

from datetime import UTC, datetime

import msgspec

from graph import store
from graph.sources import Source, row_written
from rest_compat.routing import Call, Documentation, Route, reading, writing
from rest_compat.shapes import shape

STORE = shape(
    store.Store,
    "id name slug language description logo favicon banner"
    " theme { primary_color secondary_color background_color font_family }"
    " subdomain custom_domain custom_domain_verified public_url hide_branding currency"
    " plan { tier limits { requests_per_month signups_per_month webhooks_per_month requests_per_minute } } created_at",
)
VIEWER = shape(
    store.Viewer,
    "key_id type name scopes store_id store { id name slug } tier livemode"
    " rate_limit { limit remaining reset } expires_at",
)


async def _update(call: Call) -> Source:
    return row_written(store.Store, call.context, await store.store_update(call.context, dict(call.body)))


async def _ping(_call: Call | None) -> bytes:
    return msgspec.json.encode({"pong": True, "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "edge": False})


ROUTES = (
    Route(
        "GET",
        "/ping",
        _ping,
        Documentation("ping", "Ping", "Meta", "Tells that the API is up. Needs no key."),
        "ping",
        needs_key=False,
    ),
    reading(
        "/whoami",
        lambda call: store.viewer(call.context),
        VIEWER,
        Documentation(
            "whoami",
            "Identify the key",
            "Meta",
            "Shows the key that makes the request: its store, scopes, mode and rate limit. Works with any platform "
            "key, so it is the first request to try.",
        ),
        cached=False,
    ),
    reading(
        "/store",
        lambda call: store.store(call.context),
        STORE,
        Documentation(
            "getStore",
            "Get the store",
            "Store",
            "The store's settings, addresses and plan. The sandbox has the same ones.",
            scope="store:read",
        ),
    ),
    writing(
        "PATCH",
        "/store",
        _update,
        STORE,
        store.UPDATE,
        Documentation(
            "updateStore",
            "Update the store",
            "Store",
            "Absent fields keep their value, also inside `theme`; null clears a nullable field. Takes a live key: the "
            "sandbox shares these settings, and a test key can't change them.",
            scope="store:write",
        ),
    ),
)
