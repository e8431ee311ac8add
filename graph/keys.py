"""API keys: how they are made, found and revoked (`contract.md §3`)."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from db.engine import engine, insert_sql
from graph import scopes
from graph.context import Context
from graph.errors import ApiError, Code
from graph.tiers import PER_ADDRESS, Limits, limit_sql, sandboxed

KEY_ID_BYTES = 8
SECRET_BYTES = 32


LIMITS = ", ".join(f"{limit_sql(name)} AS {name}" for name in Limits._fields)
FIND = (
    "SELECT k.id, k.store_id, k.livemode, k.key_id, k.type, k.name, k.scopes, k.secret_hash, k.previous_secret_hash,"
    f" k.previous_secret_until, k.signing_secret, k.previous_signing_secret, k.allowed_origins, k.status,"
    f" k.expires_at, {LIMITS},"
    f" (t.limit_overrides->>'{PER_ADDRESS}')::int AS {PER_ADDRESS},"
    # Another text whenever one of them comes or goes.
    " CASE WHEN k.registered_operations_only THEN (SELECT count(*) || ':' || coalesce(max(o.id), 0)"
    " FROM registered_operations o WHERE o.store_id = k.store_id) END AS registered_operations"
    " FROM api_keys k JOIN stores t ON t.id = k.store_id WHERE k.key_id = ANY($1)"
)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as the database has it. Signing secrets are a public key's, sealed; previous ones work until a time."""

    context: Context
    secret_hash: bytes | None
    previous_secret_hash: bytes | None
    previous_secret_until: datetime | None
    status: str
    signing_secret: bytes | None = None
    previous_signing_secret: bytes | None = None

    def in_grace(self, now: datetime) -> bool:
        """Tell whether the secret from before the last rotation still works."""
        return self.previous_secret_until is not None and self.previous_secret_until > now


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new platform key. `bearer_token` is shown this once."""

    key_id: str
    bearer_token: str


async def find_key(key_id: str) -> StoredKey | None:
    """Return the key of this id, of any store and status, or None."""
    return (await find_keys([key_id])).get(key_id)


async def find_keys(key_ids: Sequence[str]) -> dict[str, StoredKey]:
    """Return those keys that there are, of any store and status, by their ids."""
    return {row["key_id"]: _stored(row) for row in await engine.fetch(FIND, key_ids)}


def _stored(row: asyncpg.Record) -> StoredKey:
    context = Context(
        store_id=row["store_id"],
        livemode=row["livemode"],
        api_key_id=row["id"],
        key_id=row["key_id"],
        key_type=row["type"],
        key_name=row["name"],
        scopes=frozenset(row["scopes"]),
        expires_at=row["expires_at"],
        allowed_origins=tuple(row["allowed_origins"]),
        limits=_limits(row),
        requests_per_address=row[PER_ADDRESS],
        registered_operations=row["registered_operations"],
    )
    return StoredKey(
        context,
        row["secret_hash"],
        row["previous_secret_hash"],
        row["previous_secret_until"],
        row["status"],
        row["signing_secret"],
        row["previous_signing_secret"],
    )


def _limits(row: asyncpg.Record) -> Limits:
    """Return what a key's store may use in the key's mode."""
    limits = Limits(*(row[name] for name in Limits._fields))
    return limits if row["livemode"] else sandboxed(limits)


def authenticated(key: StoredKey | None, secret: str) -> Context:
    """Return who a platform key's secret proves the client to be.

    Raises:
        ApiError: `unauthorized`. Without the right secret it never says whether there is such a key.
    """
    given = hash_secret(secret)
    now = datetime.now(UTC)
    known = key.secret_hash if key and key.secret_hash else bytes(32)
    matches = hmac.compare_digest(given, known)
    if key and key.previous_secret_hash and key.in_grace(now):
        matches |= hmac.compare_digest(given, key.previous_secret_hash)
    if key is None or not matches:
        raise unauthorized("The key is not valid: no such key, or its secret is wrong")
    return working(key, now)


def working(key: StoredKey, now: datetime) -> Context:
    """Return whose a key is, once the client has shown that it has it.

    Raises:
        ApiError: `unauthorized`: it was revoked, or has expired.
    """
    if key.status != "active":
        raise unauthorized("The key has been revoked: create another one")
    if key.context.expires_at is not None and key.context.expires_at <= now:
        raise unauthorized("The key has expired: create another one")
    return key.context


def unauthorized(message: str) -> ApiError:
    """Return a 401."""
    return ApiError(Code.UNAUTHORIZED, message)


def new_secret() -> str:
    """Return a secret of 256 random bits, as text."""
    return secrets.token_hex(SECRET_BYTES)


def hash_secret(secret: str) -> bytes:
    """Return what is stored of a secret. It has 256 random bits, so one round of SHA-256 can't be undone."""
    return hashlib.sha256(secret.encode()).digest()


async def platform_key_create(
    store_id: int,
    name: str,
    *,
    livemode: bool = True,
    granted: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    registered_operations_only: bool = False,
) -> IssuedKey:
    """Create a platform key on the running transaction.

    Args:
        store_id: the store.
        name: what the merchant calls it, 1 to 100 characters.
        livemode: false for the store's sandbox.
        granted: platform scopes; all the default ones when None.
        expires_at: when it stops working.
        registered_operations_only: whether it runs its store's registered GraphQL operations alone.

    Raises:
        ApiError: `bad_request` for a scope that no platform key has.
    """
    wanted = tuple(scopes.defaults("platform") if granted is None else granted)
    unknown = sorted(set(wanted) - set(scopes.names("platform")))
    if unknown:
        raise ApiError(Code.BAD_REQUEST, f"A platform key can't have: {', '.join(unknown)}")
    key_id = f"dzpk_{'live' if livemode else 'test'}_{secrets.token_hex(KEY_ID_BYTES)}"
    secret = new_secret()
    stored = {
        "store_id": store_id,
        "livemode": livemode,
        "key_id": key_id,
        "type": "platform",
        "name": name,
        "scopes": list(wanted),
        "secret_hash": hash_secret(secret),
        "expires_at": expires_at,
        "registered_operations_only": registered_operations_only,
    }
    await engine.write(insert_sql("api_keys", stored), *stored.values())
    return IssuedKey(key_id, f"{key_id}.{secret}")


async def key_revoke(key_id: str) -> bool:
    """Revoke a key on the running transaction; tell whether there was an active one of this id."""
    rows = await engine.write(
        "UPDATE api_keys SET status = 'revoked', revoked_at = now() WHERE key_id = $1 AND status = 'active'"
        " RETURNING id",
        key_id,
    )
    return bool(rows)


async def key_hold(key_id: str, *, registered_operations_only: bool) -> bool:
    """Hold a key to its store's registered operations, or to none, on the running transaction.

    Tell whether there was an active one of this id.
    """
    rows = await engine.write(
        "UPDATE api_keys SET registered_operations_only = $2 WHERE key_id = $1 AND status = 'active' RETURNING id",
        key_id,
        registered_operations_only,
    )
    return bool(rows)


async def store_of_key(key_id: str) -> int | None:
    """Return the store of a key that works, or None."""
    row = await engine.fetch_row("SELECT store_id FROM api_keys WHERE key_id = $1 AND status = 'active'", key_id)
    return None if row is None else row["store_id"]


async def secret_rotate(key_id: str, grace: int) -> str:
    """Give a platform key a new secret on the running transaction, and return its token.

    Args:
        key_id: an active key.
        grace: the seconds for which the secret until now works as well.
    """
    secret = new_secret()
    await engine.write(
        "UPDATE api_keys SET secret_hash = $2, previous_secret_hash = CASE WHEN $3 > 0 THEN secret_hash END,"
        " previous_secret_until = clock_timestamp() + make_interval(secs => $3) WHERE key_id = $1",
        key_id,
        hash_secret(secret),
        grace,
    )
    return f"{key_id}.{secret}"


async def keys_list(store_id: int) -> list[asyncpg.Record]:
    """Return a store's keys that are not revoked, of both modes, newest first; no secrets."""
    return await engine.fetch(
        "SELECT key_id, type, name, scopes, livemode, registered_operations_only, last_used_at, created_at, expires_at"
        " FROM api_keys"
        " WHERE store_id = $1 AND status = 'active' ORDER BY id DESC",
        store_id,
    )
