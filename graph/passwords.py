"""Passwords of the dashboard: Argon2id (RFC 9106), in threads of their own, a few at a time."""

import asyncio
import secrets
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from graph import rules

SHORTEST: Final = 10
LONGEST: Final = 200
PASSWORD: Final = rules.text(SHORTEST, LONGEST)
# Each takes 64 MiB and some tens of milliseconds of a core.
AT_ONCE: Final = 2

_hasher: Final = PasswordHasher()
_turns = asyncio.Semaphore(AT_ONCE)


async def password_hash(password: str) -> str:
    """Return what is stored of a password."""
    async with _turns:
        return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(password: str, stored: str | None) -> bool:
    """Tell whether a password is the one that was stored; it takes as long where there is none."""
    async with _turns:
        return await asyncio.to_thread(_matches, password[: LONGEST + 1], stored)


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with less work than a new one is."""
    return _hasher.check_needs_rehash(stored)


def password_made() -> str:
    """Return a password of 120 random bits, in groups that a person can type."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(5))


def _matches(password: str, stored: str | None) -> bool:
    try:
        _hasher.verify(stored or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))
