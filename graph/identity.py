"""Who signed up, without saying who: keyed hashes of personal identifiers (`contract.md §8`).

A bare hash of a phone number is undone in seconds, as there are few of them. So each store has a secret of its own:
what is stored of an e-mail address, a phone number or an address on the net is an HMAC under it, made before anything
is stored. The secret is sealed with the app's key; it never changes, or nobody would be known again.
"""

import hmac
import secrets
from typing import Final

from db.engine import engine
from graph.kept import Kept
from graph.sealing import seal, unseal

SECRET_BYTES: Final = 32

_MAKE: Final = (
    "UPDATE stores SET identity_secret = coalesce(identity_secret, $2) WHERE id = $1 RETURNING identity_secret"
)
_known: Kept[int, bytes] = Kept(count=10_000, weight=10_000)


async def identity_secret(store_id: int) -> bytes:
    """Return a store's secret, which is made when it is needed for the first time.

    Stores come from several hands (the command line, the demo, SQL), and some were there before they had one; so it is
    made here alone. A process asks the database once a store. It is made in a transaction that ends at once, outside of
    the one that runs: what is hashed under it may be kept though that one is undone.
    """
    known = _known.get(store_id)
    if known is not None:
        return known
    row = await engine.fetch_row("SELECT identity_secret FROM stores WHERE id = $1", store_id)
    sealed = row["identity_secret"] if row else None
    if sealed is None:
        made = await engine.write_alone(_MAKE, store_id, seal(secrets.token_bytes(SECRET_BYTES)))
        # A store that is gone keeps nothing, so any secret will do.
        sealed = made[0]["identity_secret"] if made else seal(secrets.token_bytes(SECRET_BYTES))
    secret = unseal(bytes(sealed))
    _known.put(store_id, secret, 1)
    return secret


def hashed(secret: bytes, kind: str, value: str) -> str:
    """Return what is stored of an identifier: of one kind and value it is always the same 64 hexadecimal digits."""
    return hmac.digest(secret, f"{kind}\n{value}".encode(), "sha256").hex()


def forget() -> None:
    """Forget the secrets that this process knows (tests do)."""
    _known.clear()
