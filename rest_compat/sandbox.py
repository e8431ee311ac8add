"""`/v1/test/reset`."""

import msgspec

from graph import sandbox
from rest_compat.routing import Call, Documentation, Route


async def _reset(call: Call) -> bytes:
    return msgspec.json.encode({"reset": True, "deleted": await sandbox.reset(call.context)})


ROUTES = (
    Route(
        "POST",
        "/test/reset",
        _reset,
        Documentation(
            "resetSandbox",
            "Empty the sandbox",
            "Sandbox",
            "Deletes everything in the store's sandbox: products, categories, orders, customers, landing pages, "
            "webhooks and events. Keys, usage, settings and delivery rates stay. Takes a test key (`dzpk_test_…`); a "
            "live key gets a 403. It is all or nothing: a 503 means that something else was writing, and nothing was "
            "deleted.",
            codes=("forbidden",),
            addition=True,
        ),
        "reset",
    ),
)
