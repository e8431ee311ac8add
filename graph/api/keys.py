"""API keys in GraphQL."""

from typing import Any

import strawberry
from strawberry import UNSET

from graph import api_keys
from graph.api.declare import Info, listing, written
from graph.api.inputs import given
from graph.api_keys import ApiKey, ApiKeyType
from graph.connections import database_id, resolve_payload
from graph.context import Context
from graph.scalars import DateTime
from graph.sources import Issued, Source

SHOWN_ONCE = "Shown this once; null where the key has none of this kind."


@strawberry.input(description="A new key.")
class ApiKeyCreateInput:
    """The members of `api_keys.CREATE`."""

    type: ApiKeyType = strawberry.field(description="PLATFORM for servers, PUBLIC for pages and apps.")
    name: str = strawberry.field(description="1 to 100 characters.")
    scopes: list[str] | None = strawberry.field(
        default=UNSET, description="The default scopes of its type when left out."
    )
    livemode: bool | None = strawberry.field(default=UNSET, description="True by default; false: of the sandbox.")
    expires_at: DateTime | None = strawberry.field(default=UNSET, description="When it expires.")
    allowed_origins: list[str] | None = strawberry.field(
        default=UNSET, description="The web origins that a public key works from; any when left out."
    )


@strawberry.type
class ApiKeyCreatePayload:
    """What `apiKeyCreate` answers."""

    api_key: ApiKey
    bearer_token: str | None = strawberry.field(description=f"What a platform key is used with. {SHOWN_ONCE}")
    signing_secret: str | None = strawberry.field(description=f"What a public key signs with. {SHOWN_ONCE}")


@strawberry.type
class ApiKeyRotatePayload:
    """What `apiKeyRotate` answers."""

    api_key: ApiKey
    bearer_token: str | None = strawberry.field(description=f"What a platform key is used with. {SHOWN_ONCE}")
    signing_secret: str | None = strawberry.field(description=f"What a public key signs with. {SHOWN_ONCE}")


@strawberry.type
class ApiKeyRevokePayload:
    """What `apiKeyRevoke` answers."""

    api_key: ApiKey


def _key(id: strawberry.ID) -> str | int:
    """Return what a key is called by: its `keyId`, or the number in a global id; 0, that no row has, is nobody's."""
    return str(id) if str(id).startswith("dz") else database_id("ApiKey", str(id)) or 0


async def _revoke(context: Context, id: strawberry.ID) -> Source:
    return await api_keys.api_key_revoke(context, _key(id))


@strawberry.type
class ApiKeyQueries:
    """The store's keys."""

    api_keys = listing(
        ApiKey,
        api_keys.api_keys,
        description="The store's active keys in the asking key's mode, newest first. Needs a platform key.",
        live=True,
    )


@strawberry.type
class ApiKeyMutations:
    """What may happen to keys. A key can touch only keys that may do no more than it may itself."""

    # Their answers hold a secret.
    secret_fields = ("apiKeyCreate", "apiKeyRotate")

    api_key_revoke = written(
        ApiKeyRevokePayload,
        "api_key",
        _revoke,
        description="Revoke a key, by its `keyId` or global id: it stops working within a second.",
    )

    @strawberry.mutation(description="Create a key. Its secret is in this response only.")
    async def api_key_create(self, info: Info, input: ApiKeyCreateInput) -> ApiKeyCreatePayload:
        return await _shown(info, await api_keys.api_key_create(info.context, given(input)))

    @strawberry.mutation(
        description="Give a key, by its `keyId` or global id, a new secret; the old one works for `graceSeconds` more, "
        f"0 to {api_keys.GRACE_MAXIMUM}, which is the default."
    )
    async def api_key_rotate(
        self, info: Info, id: strawberry.ID, grace_seconds: int | None = None
    ) -> ApiKeyRotatePayload:
        values = {} if grace_seconds is None else {"grace_seconds": grace_seconds}
        return await _shown(info, await api_keys.api_key_rotate(info.context, _key(id), values))


async def _shown(info: Info, issued: Issued) -> Any:
    """Return a payload with the key's row, and its secret."""
    row = await resolve_payload(info, "api_key", issued.source)
    return {"bearer_token": None, "signing_secret": None, **row, **issued.secrets}
