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
            "Deletes every test row of the store: products, categories, landing pages and whatever else a test made. "
            "Keys, usage, settings and delivery rates stay. Needs a platform key of the sandbox (`dzpk_test_…`): a "
            "live key is refused. All or nothing; a 503 says that something else was writing there.",
            codes=("forbidden",),
            addition=True,
        ),
        "reset",
    ),
)
