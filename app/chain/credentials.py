"""Who asks: the `Authorization` header to a context (`contract.md §3`)."""

import re
import time
from collections import OrderedDict

from app.chain.request import Request
from graph.context import Context
from graph.keys import StoredKey, authenticated, find_key, unauthorized

BEARER = re.compile(rb"(?i:bearer) +(dzpk_(?:live|test)_[A-Za-z0-9]{1,40})\.([A-Za-z0-9_-]{1,128})")
# A key is read again after this, so that a revoked one stops within the contract's second.
KEY_LIFETIME = 0.9
KEYS_REMEMBERED = 10_000


class KeyCache:
    """The keys that were used in the last moment, so that a hot one costs no query."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, tuple[float, StoredKey | None]] = OrderedDict()

    async def find(self, key_id: str) -> StoredKey | None:
        """Return a key as it was less than a second ago, or None."""
        now = time.monotonic()
        remembered = self._keys.get(key_id)
        if remembered is not None and now - remembered[0] < KEY_LIFETIME:
            return remembered[1]
        found = await find_key(key_id)
        self._keys[key_id] = (now, found)
        self._keys.move_to_end(key_id)
        if len(self._keys) > KEYS_REMEMBERED:
            self._keys.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forget every key."""
        self._keys.clear()


keys = KeyCache()


async def authenticate(request: Request) -> Context:
    """Return who sent a request.

    Raises:
        ApiError: `unauthorized`, saying what is wrong with the credentials.
    """
    header = request.headers.get(b"authorization")
    if header is None:
        raise unauthorized("There is no Authorization header: send Authorization: Bearer dzpk_live_<key_id>.<secret>")
    parts = BEARER.fullmatch(header.strip())
    if parts is None:
        raise unauthorized(
            "The Authorization header is malformed: it must be Bearer dzpk_live_<key_id>.<secret>, in one piece"
        )
    key_id, secret = parts[1].decode(), parts[2].decode()
    return authenticated(await keys.find(key_id), secret)
