"""Encryption at rest with the app's keys: for secrets that must be used, not only compared (`contract.md §3`, §5).

What is sealed can be opened by every key in use, and is sealed by the first: a new key is put in front of the old one.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST = 32
# Part of what is derived: another use of the same app key would have another one.
PURPOSE = b"dzbuild sealing 1"
OPENED_REMEMBERED = 4096


class NoKeys(Exception):
    """There is nothing to seal with."""

    def __init__(self) -> None:
        super().__init__(
            "DZBUILD_APP_KEYS is not set, and the data folder has no app.key: set it as the server has it."
        )


class Unsealable(Exception):
    """Something was sealed with a key that this process doesn't have."""

    def __init__(self) -> None:
        super().__init__("a secret was sealed with a key that is not in DZBUILD_APP_KEYS: put that key back, last")


def split(app_keys: str) -> tuple[str, ...]:
    """Return the keys of a comma-separated text, blanks around them cut off.

    Raises:
        ValueError: there is none, or one has fewer than 32 characters; no key is in its message.
    """
    keys = tuple(key.strip() for key in app_keys.split(",") if key.strip())
    if not keys or any(len(key) < SHORTEST for key in keys):
        raise ValueError(
            f"DZBUILD_APP_KEYS must be one or more keys, separated by commas, of at least {SHORTEST} characters each: "
            "make one with `openssl rand -hex 32`."
        )
    return keys


class Sealer:
    """Seals with the first of its keys, and opens with any."""

    def __init__(self, keys: Sequence[str]) -> None:
        fernets = [Fernet(_derived(key)) for key in keys]
        self._first, self._fernet = fernets[0], MultiFernet(fernets)
        self.app_key = keys[0]

    def seal(self, plain: bytes) -> bytes:
        """Return what may be stored."""
        return self._fernet.encrypt(plain)

    def unseal(self, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            Unsealable: no key of this sealer opens it, or it was changed.
        """
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise Unsealable from error

    def renewed(self, sealed: bytes) -> bytes | None:
        """Return the same sealed by the first key; None when it is by that already.

        Raises:
            Unsealable: as `unseal`.
        """
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return self.seal(self.unseal(sealed))
        return None


class _InUse:
    """The sealer of this process; there is none until it starts."""

    sealer: Sealer | None = None


def use(app_keys: str) -> None:
    """Seal and unseal with these keys from now on.

    Args:
        app_keys: comma-separated, as in `DZBUILD_APP_KEYS`; the first one seals.

    Raises:
        ValueError: there is none, or one is too short.
    """
    _InUse.sealer = Sealer(split(app_keys))
    unseal.cache_clear()


def secret_for(purpose: bytes) -> bytes:
    """Return a secret of 32 bytes that is made of the app's first key, another one for each purpose.

    Raises:
        NoKeys: none are in use.
    """
    return _expanded(_sealer().app_key, purpose)


def seal(plain: bytes) -> bytes:
    """Return what may be stored of a secret.

    Raises:
        NoKeys: none are in use.
    """
    return _sealer().seal(plain)


def renewed(sealed: bytes) -> bytes | None:
    """Return the same sealed by the first key in use; None when it is by that already.

    Raises:
        Unsealable: no key in use opens it.
        NoKeys: none are in use.
    """
    return _sealer().renewed(sealed)


@lru_cache(maxsize=OPENED_REMEMBERED)
def unseal(sealed: bytes) -> bytes:
    """Return what was sealed; what was opened lately costs nothing.

    Raises:
        Unsealable: no key in use opens it.
        NoKeys: none are in use.
    """
    return _sealer().unseal(sealed)


def _sealer() -> Sealer:
    if _InUse.sealer is None:
        raise NoKeys
    return _InUse.sealer


def _derived(key: str) -> bytes:
    """Return a Fernet key, made of one of the app's."""
    return urlsafe_b64encode(_expanded(key, PURPOSE))


@lru_cache(maxsize=16)
def _expanded(key: str, purpose: bytes) -> bytes:
    """Return what HKDF-SHA256 (RFC 5869) makes of one of the app's keys."""
    return HKDF(SHA256(), 32, None, purpose).derive(key.encode())
