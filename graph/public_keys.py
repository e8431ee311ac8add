"""Public keys: for browsers, in the open, with a secret that signs (`contract.md §3`)."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from db.engine import engine, insert_sql
from graph import scopes, sealing
from graph.context import Context
from graph.errors import ApiError, Code, Detail, bad_request, invalid_fields
from graph.keys import KEY_ID_BYTES, StoredKey, new_secret, unauthorized, working
from graph.signatures import Signature, verify

ORIGINS_MAXIMUM = 50
ORIGIN_LENGTH = 255
# RFC 6454 §6.2, as browsers send it: ASCII and lower case, the port only where it isn't the scheme's own.
ORIGIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
OWN_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class IssuedPublicKey:
    """A new public key. `signing_secret` is shown this once."""

    key_id: str
    signing_secret: str


async def public_key_create(
    store_id: int,
    name: str,
    *,
    livemode: bool = True,
    granted: Sequence[str] | None = None,
    allowed_origins: Sequence[str] = (),
    expires_at: datetime | None = None,
    registered_operations_only: bool = False,
) -> IssuedPublicKey:
    """Create a public key on the running transaction.

    Args:
        store_id: the store.
        name: what the merchant calls it, 1 to 100 characters.
        livemode: false for the store's sandbox.
        granted: public scopes; the default ones when None.
        allowed_origins: the web origins that may use it; any when there are none.
        expires_at: when it stops working.
        registered_operations_only: whether it runs its store's registered GraphQL operations alone.

    Raises:
        ApiError: `bad_request` for a scope that no public key has, or for what is no origin.
    """
    wanted = tuple(scopes.defaults("public") if granted is None else granted)
    unknown = sorted(set(wanted) - set(scopes.names("public")))
    if unknown:
        raise bad_request(f"A public key can't have: {', '.join(unknown)}")
    key_id = f"dzpub_{'live' if livemode else 'test'}_{secrets.token_hex(KEY_ID_BYTES)}"
    signing_secret = new_secret()
    stored = {
        "store_id": store_id,
        "livemode": livemode,
        "key_id": key_id,
        "type": "public",
        "name": name,
        "scopes": list(wanted),
        "signing_secret": sealing.seal(signing_secret.encode()),
        "allowed_origins": list(origins(allowed_origins)),
        "expires_at": expires_at,
        "registered_operations_only": registered_operations_only,
    }
    await engine.write(insert_sql("api_keys", stored), *stored.values())
    return IssuedPublicKey(key_id, signing_secret)


async def signing_secret_rotate(key_id: str, grace: int) -> str:
    """Give a public key a new signing secret on the running transaction, and return it.

    Args:
        key_id: an active key.
        grace: the seconds for which the secret until now works as well.
    """
    signing_secret = new_secret()
    await engine.write(
        "UPDATE api_keys SET signing_secret = $2, previous_signing_secret = CASE WHEN $3 > 0 THEN signing_secret END,"
        " previous_secret_until = clock_timestamp() + make_interval(secs => $3) WHERE key_id = $1",
        key_id,
        sealing.seal(signing_secret.encode()),
        grace,
    )
    return signing_secret


def origins(given: Sequence[str]) -> tuple[str, ...]:
    """Return web origins as browsers send them, each once.

    Raises:
        ApiError: `bad_request`: too many, or one that is no `scheme://host[:port]`.
    """
    if len(given) > ORIGINS_MAXIMUM:
        raise invalid_fields([Detail("allowed_origins", f"must have at most {ORIGINS_MAXIMUM} items")])
    return tuple(dict.fromkeys(_origin(each) for each in given))


def _origin(given: str) -> str:
    found = ORIGIN.fullmatch(given.lower()) if len(given) <= ORIGIN_LENGTH else None
    if found is None or not _has_host(found[0]):
        raise invalid_fields(
            [
                Detail(
                    "allowed_origins",
                    f"{given[:100]!r} is no web origin: write https://shop.example or http://localhost:5173, "
                    "without a path, and a name of other letters in its xn-- form",
                )
            ]
        )
    scheme, host, port = found.groups()
    return f"{scheme}://{host}" if port is None or int(port) == OWN_PORTS[scheme] else f"{scheme}://{host}:{int(port)}"


def _has_host(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        return bool(parts.hostname) and parts.port != 0 and ".." not in origin
    except ValueError:
        return False


def signed_by(key: StoredKey | None, key_id: str, signature: Signature, body: bytes) -> Context:
    """Return who a signature proves the client to be.

    Raises:
        ApiError: `unauthorized`. Without the right signature it never says whether there is such a key.
    """
    now = datetime.now(UTC)
    try:
        verify(signature, key_id, _signing_secret(key), body)
    except ApiError:
        if key is None or key.previous_signing_secret is None or not key.in_grace(now):
            raise
        verify(signature, key_id, sealing.unseal(key.previous_signing_secret), body)
    if key is None:
        raise unauthorized("The key is not valid")
    return working(key, now)


def named(key: StoredKey | None) -> Context:
    """Return who reads with a public key: its id is all that a read brings.

    Raises:
        ApiError: `unauthorized`: there is no such key, or it doesn't work any more.
    """
    if key is None or key.context.key_type != "public":
        raise unauthorized("The key is not valid: there is no such public key")
    return working(key, datetime.now(UTC))


def require_origin(context: Context, origin: str | None) -> None:
    """Let a request pass that comes from one of the key's origins, or from no browser at all.

    Raises:
        ApiError: `forbidden`.
    """
    if origin is None or not context.allowed_origins or origin in context.allowed_origins:
        return
    raise ApiError(Code.FORBIDDEN, f"This key may not be used from {origin[:ORIGIN_LENGTH]}: allow that origin for it")


def _signing_secret(key: StoredKey | None) -> bytes | None:
    if key is None or key.context.key_type != "public" or key.signing_secret is None:
        return None
    return sealing.unseal(key.signing_secret)
