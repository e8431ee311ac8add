"""Keys that make keys: which there are, and what a key may do with the others of its store (`contract.md §3`, §8)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import strawberry

from db import tables
from db.engine import engine
from graph import rules, scopes
from graph.connections import Node, global_id
from graph.context import Context
from graph.errors import ApiError, Code, Detail, invalid_fields, not_found
from graph.fields import column, entity, entity_of, expression, values_told
from graph.keys import key_revoke, platform_key_create, secret_rotate
from graph.public_keys import ORIGIN_LENGTH, ORIGINS_MAXIMUM, public_key_create, signing_secret_rotate
from graph.scalars import BigInt, DateTime
from graph.sources import Issued, Source, row_written

# In each mode of a store.
ACTIVE_MAXIMUM = 100
GRACE_MAXIMUM = 86_400
TYPES = ("platform", "public")
KEY_ID = re.compile(r"dz(?:pk|pub)_(?:live|test)_[A-Za-z0-9]{1,40}")
WORKING = "status = 'active' AND (expires_at IS NULL OR expires_at > now())"


@values_told(
    platform="For servers: secret, with the scopes of a back office.",
    public="For web pages and apps: anybody may see it, and it signs what it writes.",
)
@strawberry.enum(description="The type of a key.")
class ApiKeyType(Enum):
    """`platform` keys are for servers, `public` ones for pages and apps."""

    PLATFORM = "platform"
    PUBLIC = "public"


@values_told(active="It works.", expired="Its time is over.", revoked="Somebody has ended it.")
@strawberry.enum(description="The status of a key.")
class ApiKeyStatus(Enum):
    """`expired` and `revoked` ones don't."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@entity(tables.ApiKey)
class ApiKey(Node):
    """An API key of the store. Its secret is shown once, when it is created or rotated."""

    id: strawberry.ID = global_id("ApiKey")
    database_id: BigInt = column("id", description="Its number. The REST API names a key by its `keyId`.")
    key_id: str = column(description="The key's id: its public part.")
    type: ApiKeyType = column(description="Who it is for: servers (`platform`), or pages and apps (`public`).")
    name: str = column(description="The key's name.")
    scopes: list[str] = column(description="The key's scopes.")
    livemode: bool = column(description="True for a live key, false for a test key.")
    allowed_origins: list[str] = column(description="The web origins that a public key works from; empty means any.")
    rate_limit_tier: str = expression(
        "(SELECT s.tier FROM stores s WHERE s.id = t.store_id)",
        description="The plan whose limits apply to it: `free`, `pro`, `pro_plus` or `enterprise`.",
    )
    status: ApiKeyStatus = expression(
        "CASE WHEN t.status = 'active' AND t.expires_at <= now() THEN 'expired' ELSE t.status END",
        description="The key's status.",
    )
    last_used_at: DateTime | None = column(description="When it was last used, to the minute; null if never.")
    last_used_ip: str | None = column(description="The IP address of that use.")
    created_at: DateTime = column(description="When it was created.")
    expires_at: DateTime | None = column(description="When it expires; null if never.")


CREATE = rules.Form(
    {
        "type": rules.choice(*TYPES),
        "name": rules.text(1, 100),
        "scopes": rules.strings(rules.choice(*(scope.name for scope in scopes.SCOPES)), 1, len(scopes.SCOPES)),
        "livemode": rules.boolean(),
        "expires_at": rules.moment().or_null(),
        "allowed_origins": rules.strings(rules.text(1, ORIGIN_LENGTH), 0, ORIGINS_MAXIMUM),
    },
    required=("type", "name"),
)
ROTATE = rules.Form({"grace_seconds": rules.integer(0, GRACE_MAXIMUM)})


def api_keys(context: Context) -> Source:
    """Return the keys of the store in the asking key's mode that are not revoked; needs a platform key."""
    context.require_platform()
    return Source(entity_of(ApiKey), context).where("t.status = 'active'")


async def api_key_create(
    context: Context, values: Mapping[str, Any], *, registered_operations_only: bool = False
) -> Issued:
    """Create a key on the running transaction.

    Args:
        context: who asks: a platform key that could do itself what the new one may do.
        values: the members of `CREATE`.
        registered_operations_only: whether the new one runs registered GraphQL operations alone; so it does, too, when
            the one that asks does.

    Raises:
        ApiError: `bad_request` with details; `forbidden` for a key that may do more than the one that asks;
            `conflict` when there are as many as there may be.
    """
    context.require_platform()
    given = CREATE.check(values)
    key_type, livemode, expires_at = given["type"], given.get("livemode", True), given.get("expires_at")
    granted = given.get("scopes") or scopes.defaults(key_type)
    _require_fitting(given, granted)
    if livemode and not context.livemode:
        raise _forbidden("A test key can't make a live key: send livemode: false, or use a live key")
    _require_no_more(context, granted, expires_at)
    await _require_room(context, livemode)
    options: dict[str, Any] = {
        "livemode": livemode,
        "granted": granted,
        "expires_at": expires_at,
        "registered_operations_only": registered_operations_only or context.registered_operations is not None,
    }
    if key_type == "platform":
        platform = await platform_key_create(context.store_id, given["name"], **options)
        return await _issued(context, platform.key_id, livemode, bearer_token=platform.bearer_token)
    origins = given.get("allowed_origins", ())
    public = await public_key_create(context.store_id, given["name"], allowed_origins=origins, **options)
    return await _issued(context, public.key_id, livemode, signing_secret=public.signing_secret)


async def api_key_revoke(context: Context, key: str | int) -> Source:
    """Revoke a key on the running transaction, and return its row. It stops working everywhere within a second.

    Args:
        context: who asks: a platform key that could do itself what that one may do.
        key: its `key_id`, or its row's id.

    Raises:
        ApiError: `not_found`; `forbidden` for a key that may do more than the one that asks, or of the other mode.
    """
    identifier, key_id, _ = await _managed(context, key)
    await key_revoke(key_id)
    return row_written(ApiKey, context, identifier)


async def api_key_rotate(context: Context, key: str | int, values: Mapping[str, Any]) -> Issued:
    """Give a key a new secret on the running transaction; the old one works for `grace_seconds` more.

    Args:
        context: who asks: a platform key that could do itself what that one may do.
        key: its `key_id`, or its row's id.
        values: the members of `ROTATE`; a day of grace when it is left out.

    Raises:
        ApiError: `bad_request` with details, and as `api_key_revoke`.
    """
    context.require_platform()
    grace = ROTATE.check(values).get("grace_seconds", GRACE_MAXIMUM)
    identifier, key_id, key_type = await _managed(context, key)
    source = row_written(ApiKey, context, identifier)
    if key_type == "platform":
        return Issued(source, {"bearer_token": await secret_rotate(key_id, grace)}, key_id)
    return Issued(source, {"signing_secret": await signing_secret_rotate(key_id, grace)}, key_id)


async def _issued(context: Context, key_id: str, livemode: bool, **shown: str) -> Issued:
    """Return a new key; one of the other mode is read back in its own."""
    rows = await engine.write("SELECT id FROM api_keys WHERE key_id = $1", key_id)
    return Issued(row_written(ApiKey, replace(context, livemode=livemode), rows[0]["id"]), shown, key_id)


async def _managed(context: Context, key: str | int) -> tuple[int, str, str]:
    """Return row id, `key_id` and type of a key that the one that asks may revoke or rotate, and lock its row."""
    context.require_platform()
    if isinstance(key, str) and not KEY_ID.fullmatch(key):
        raise not_found("Key", key)
    name, kind = ("id", "bigint") if isinstance(key, int) else ("key_id", "text")
    rows = await engine.write(
        "SELECT id, key_id, type, livemode, scopes, expires_at, registered_operations_only FROM api_keys"
        f" WHERE {name} = $1::{kind} AND store_id = $2 AND status = 'active' FOR NO KEY UPDATE",
        key,
        context.store_id,
    )
    if not rows:
        raise not_found("Key", key)
    row = rows[0]
    if row["livemode"] != context.livemode:
        raise _forbidden("That key is of the other mode: use a live key for live keys, a test key for test keys")
    if context.registered_operations is not None and not row["registered_operations_only"]:
        raise _forbidden("This key runs registered operations alone, and can't change one that runs any")
    _require_no_more(context, row["scopes"], row["expires_at"])
    return row["id"], row["key_id"], row["type"]


def _require_fitting(given: Mapping[str, Any], granted: Any) -> None:
    """Let an input pass whose members go together, and whose end is to come."""
    details = []
    wrong = sorted(set(granted) - set(scopes.names(given["type"])))
    if wrong:
        details.append(Detail("scopes", f"a {given['type']} key can't have: {', '.join(wrong)}"))
    if given["type"] == "platform" and given.get("allowed_origins"):
        details.append(Detail("allowed_origins", "goes with a public key: a platform key is for servers"))
    if given.get("expires_at") is not None and given["expires_at"] <= datetime.now(UTC):
        details.append(Detail("expires_at", "must be in the future"))
    if details:
        raise invalid_fields(details)


def _require_no_more(context: Context, granted: Any, expires_at: datetime | None) -> None:
    """Let a key pass that may do no more, and for no longer, than the one that asks; public scopes are free."""
    platform = set(scopes.names("platform"))
    for scope in granted:
        if scope in platform:
            context.require(scope)
    if context.expires_at is not None and (expires_at is None or expires_at > context.expires_at):
        raise _forbidden(
            f"This key expires at {context.expires_at:%Y-%m-%d %H:%M:%S} and can't make or change one that works longer"
        )


async def _require_room(context: Context, livemode: bool) -> None:
    """Let a key be added; whoever else adds one to this store waits until the running transaction ends."""
    await engine.write("SELECT FROM stores WHERE id = $1 FOR NO KEY UPDATE", context.store_id)
    rows = await engine.write(
        f"SELECT count(*) AS active FROM api_keys WHERE store_id = $1 AND livemode = $2 AND {WORKING}",
        context.store_id,
        livemode,
    )
    if rows[0]["active"] >= ACTIVE_MAXIMUM:
        raise ApiError(
            Code.CONFLICT, f"The store has {ACTIVE_MAXIMUM} active keys, which is the most: revoke one first"
        )


def _forbidden(message: str) -> ApiError:
    return ApiError(Code.FORBIDDEN, message)
