"""Who asks: the `Authorization` header to a context (`contract.md §3`)."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from app.chain.request import Request
from app.workers.rounds import Rounds
from db.engine import OUTAGES
from graph import signatures
from graph.context import Context
from graph.errors import ApiError
from graph.keys import StoredKey, authenticated, find_key, find_keys, unauthorized
from graph.public_keys import named, require_origin, signed_by

BEARER = re.compile(rb"(?i:bearer) +(dzpk_(?:live|test)_[A-Za-z0-9]{1,40})\.([A-Za-z0-9_-]{1,128})")
PUBLIC = re.compile(rb"(?i:dz-public) +(dzpub_(?:live|test)_[A-Za-z0-9]{1,40})")
# A key is read again after this, so that a revoked one stops within the contract's second.
KEY_LIFETIME = 0.9
KEYS_REMEMBERED = 10_000
# One that was used in the last minute is read again before that, off any request's path: the latest, and no more
# at once than the event loop is done with in a moment.
KEY_IN_USE = 60.0
KEYS_REFRESHED = 100
REFRESH_EVERY = 0.4


@dataclass(slots=True)
class Remembered:
    """A key, when it was read, and when it was last asked for."""

    key: StoredKey | None
    read: float
    used: float


class KeyCache:
    """The keys that were used in the last moment, so that a hot one costs no query."""

    def __init__(self) -> None:
        # The one that was used last comes last.
        self._keys: OrderedDict[str, Remembered] = OrderedDict()

    async def find(self, key_id: str) -> StoredKey | None:
        """Return a key as it was less than a second ago, or None."""
        now = time.monotonic()
        remembered = self._keys.get(key_id)
        if remembered is None or now - remembered.read >= KEY_LIFETIME:
            return await self._read(key_id)
        remembered.used = now
        self._keys.move_to_end(key_id)
        return remembered.key

    async def refresh(self) -> None:
        """Read the keys in use again, in one statement, so that no request of theirs has to."""
        now = time.monotonic()
        latest = islice(reversed(self._keys.items()), KEYS_REFRESHED)
        names = [name for name, each in latest if each.key is not None and now - each.used < KEY_IN_USE]
        if not names:
            return
        try:
            found = await find_keys(names)
        except OUTAGES:
            # Each request will see for itself.
            return
        for name in names:
            remembered = self._keys.get(name)
            # One that was read meanwhile is newer.
            if remembered is not None and remembered.read < now:
                self._keys[name] = Remembered(found.get(name), now, remembered.used)

    async def proven(self, key_id: str, prove: Callable[[StoredKey | None], Context]) -> Context:
        """Return whom `prove` takes a key's client for.

        An active key that is remembered, and whose secret doesn't match, is read anew: it may just have got another
        one, which works at once.

        Raises:
            ApiError: what `prove` raised.
        """
        remembered = await self.find(key_id)
        if remembered is not None and remembered.status == "active":
            with suppress(ApiError):
                return prove(remembered)
            return prove(await self._read(key_id))
        return prove(remembered)

    async def _read(self, key_id: str) -> StoredKey | None:
        now = time.monotonic()
        found = await find_key(key_id)
        self._keys[key_id] = Remembered(found, now, now)
        self._keys.move_to_end(key_id)
        if len(self._keys) > KEYS_REMEMBERED:
            self._keys.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forget every key."""
        self._keys.clear()


keys = KeyCache()
refreshing = Rounds(keys.refresh, REFRESH_EVERY)


async def authenticate(request: Request, *, signed: bool) -> Context:
    """Return who sent a request.

    Args:
        request: its `Authorization`, and for a public key its `Origin`.
        signed: whether a public key must have signed it, as every write.

    Raises:
        ApiError: `unauthorized`, saying what is wrong with the credentials; `forbidden` from a wrong origin.
    """
    header = request.headers.get(b"authorization")
    if header is None:
        raise unauthorized(
            "There is no Authorization header: send Authorization: Bearer dzpk_live_<key_id>.<secret>, "
            "or in a browser DZ-Public dzpub_live_<key_id>"
        )
    header = header.strip()
    parts = BEARER.fullmatch(header)
    public = PUBLIC.fullmatch(header) if parts is None else None
    if public is not None:
        request.key_id = public[1].decode()
        return await _public(request, request.key_id, signed=signed)
    if parts is None:
        raise unauthorized(
            "The Authorization header is malformed: it must be Bearer dzpk_live_<key_id>.<secret>, "
            "or DZ-Public dzpub_live_<key_id>, in one piece"
        )
    request.key_id = key_id = parts[1].decode()
    secret = parts[2].decode()
    return await keys.proven(key_id, lambda key: authenticated(key, secret))


async def prove(request: Request, key_id: str) -> None:
    """Let a request pass that a public key has signed.

    Raises:
        ApiError: `unauthorized`, saying what is wrong with the signature.
    """
    await _signed(request, key_id)


async def _public(request: Request, key_id: str, *, signed: bool) -> Context:
    context = await _signed(request, key_id) if signed else named(await keys.find(key_id))
    origin = request.headers.get(b"origin")
    require_origin(context, None if origin is None else origin.decode("latin-1"))
    return context


async def _signed(request: Request, key_id: str) -> Context:
    timestamp, nonce, signature = (
        None if value is None else value.decode("latin-1")
        for value in map(request.headers.get, (b"x-dz-timestamp", b"x-dz-nonce", b"x-dz-signature"))
    )
    given = signatures.read(timestamp, nonce, signature, time.time())
    body = await request.body()
    context = await keys.proven(key_id, lambda key: signed_by(key, key_id, given, body))
    request.signature = given
    return context
