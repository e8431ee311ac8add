"""`/v1/keys`."""

import msgspec

from graph import api_keys
from graph.sources import Issued, fetch_one
from rest_compat.routing import Call, Documentation, Route, issuing, listing
from rest_compat.shapes import shape

ROW = shape(
    api_keys.ApiKey,
    "key_id type name scopes rate_limit_tier status last_used_at last_used_ip created_at expires_at",
)
NAME = shape(api_keys.ApiKey, "key_id")
SECRETS = {
    "bearer_token": "The whole platform key, to send as `Authorization: Bearer …`. Shown only once.",
    "signing_secret": "The secret that signs a public key's writes. Shown only once.",
}
RULE = (
    "A key can do this only for keys of its own mode that have no platform scope beyond its own and expire no later "
    "than it does."
)


async def _create(call: Call) -> Issued:
    return await api_keys.api_key_create(call.context, dict(call.body))


async def _rotate(call: Call) -> Issued:
    return await api_keys.api_key_rotate(call.context, call.path["key_id"], dict(call.body))


async def _revoke(call: Call) -> bytes:
    source = await api_keys.api_key_revoke(call.context, call.path["key_id"])
    row = msgspec.to_builtins(await fetch_one(source, NAME.plan))
    return msgspec.json.encode({**row, "revoked": True})


ROUTES = (
    listing(
        "/keys",
        api_keys.api_keys,
        ROW,
        Documentation(
            "listKeys",
            "List keys",
            "Keys",
            "The store's active keys of the same mode as the key that asks, newest first and without secrets. Needs a "
            "platform key, but no scope.",
            codes=("forbidden",),
        ),
        cached=False,
    ),
    issuing(
        "/keys",
        _create,
        ROW,
        api_keys.CREATE,
        Documentation(
            "createKey",
            "Create a key",
            "Keys",
            "The response is the only place where the secret is shown: `bearer_token` for a platform key, "
            "`signing_secret` for a public key. Without `scopes` a key gets the default ones of its type. "
            f"{RULE} A live key can also create test keys.",
            codes=("forbidden", "conflict"),
        ),
        secrets=SECRETS,
    ),
    Route(
        "DELETE",
        "/keys/{key_id}",
        _revoke,
        Documentation(
            "revokeKey",
            "Revoke a key",
            "Keys",
            f"The key stops working everywhere within a second, for good. {RULE}",
            codes=("forbidden", "not_found"),
        ),
        "revoked",
    ),
    issuing(
        "/keys/{key_id}/rotate",
        _rotate,
        ROW,
        api_keys.ROTATE,
        Documentation(
            "rotateKey",
            "Rotate a key's secret",
            "Keys",
            "The new secret is shown in this response only and works at once. The old one keeps working for "
            f"`grace_seconds` (a day if left out; 0 ends it now). The body is optional. {RULE}",
            codes=("forbidden", "not_found"),
        ),
        secrets=SECRETS,
        status=200,
        body_required=False,
    ),
)
