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
    "bearer_token": "What to send as `Authorization: Bearer …` with a platform key. Shown this once.",
    "signing_secret": "What a public key's writes are signed with. Shown this once.",
}
RULE = "A key can do this only to keys of its own mode whose platform scopes it has itself and that end no later."


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
            "Newest first, by cursor: those of the asking key's mode that are not revoked, without their secrets. Any "
            "platform key may.",
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
            "Its secret is in this answer alone: `bearer_token` of a platform key, `signing_secret` of a public one. A "
            "platform key takes platform scopes, a public key public ones; without any it gets the default ones. "
            f"{RULE} A live key can also make test keys.",
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
            f"It stops working everywhere within a second. {RULE}",
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
            "Give a key a new secret",
            "Keys",
            "The new secret, in this answer alone, works at once; the old one works for `grace_seconds` more (a day "
            f"when it is left out; 0 ends it). The body may be left out. {RULE}",
            codes=("forbidden", "not_found"),
        ),
        secrets=SECRETS,
        status=200,
        body_required=False,
    ),
)
