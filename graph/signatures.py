"""Signed requests of public keys: what is signed, and what is wrong with a signature (`contract.md §3`)."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph.errors import ApiError, Code, Detail, invalid_fields

TOLERANCE = 300
"""Seconds that a timestamp may be away from the server's clock, either way."""

TIMESTAMP = re.compile(r"[0-9]{1,12}")
NONCE = re.compile(r"[0-9a-fA-F]{32}")
SIGNATURE = re.compile(r"[0-9a-f]{64}")
# What an unknown key's signature is compared under, so that it takes as long as a known one's.
NO_SECRET = bytes(64)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a request brings to prove itself: the three values as they were sent, each of its form."""

    timestamp: str
    nonce: str
    signature: str

    @property
    def nonce_bytes(self) -> bytes:
        """Return the 16 bytes of the nonce: it is used once, whatever case its digits are written in."""
        return bytes.fromhex(self.nonce)


def read(timestamp: str | None, nonce: str | None, signature: str | None, now: float) -> Signature:
    """Return a request's signature, fresh and of the right form; it isn't compared yet.

    Args:
        timestamp: `X-DZ-Timestamp`, unix seconds.
        nonce: `X-DZ-Nonce`, 32 hexadecimal digits.
        signature: `X-DZ-Signature`, 64 lower-case hexadecimal digits.
        now: the server's unix time in seconds.

    Raises:
        ApiError: `unauthorized`; each cause has its own sentence.
    """
    if timestamp is None or nonce is None or signature is None:
        given = {"X-DZ-Timestamp": timestamp, "X-DZ-Nonce": nonce, "X-DZ-Signature": signature}
        missing = ", ".join(name for name, value in given.items() if value is None)
        raise _refused(f"A write with a public key must be signed, and this one lacks {missing}")
    if not TIMESTAMP.fullmatch(timestamp):
        raise _refused("X-DZ-Timestamp must be the unix time in whole seconds")
    if abs(int(now) - int(timestamp)) > TOLERANCE:
        raise _refused(
            f"X-DZ-Timestamp is more than {TOLERANCE} s away from the server's time, which is {int(now)}: "
            "set the clock, or sign again"
        )
    if not NONCE.fullmatch(nonce):
        raise _refused("X-DZ-Nonce must be 32 hexadecimal digits, new ones for each request")
    if not SIGNATURE.fullmatch(signature):
        raise _refused("X-DZ-Signature must be 64 lower-case hexadecimal digits")
    return Signature(timestamp, nonce, signature)


def verify(signature: Signature, key_id: str, secret: bytes | None, body: bytes) -> None:
    """Let a request pass whose signature is its key's.

    Args:
        signature: what the request brought.
        key_id: the whole `dzpub_…` string that the request named.
        secret: that key's signing secret, None when there is no such key.
        body: the raw body.

    Raises:
        ApiError: `unauthorized`; an unknown key and a wrong signature are told alike.
    """
    expected = sign(NO_SECRET if secret is None else secret, key_id, signature.nonce, signature.timestamp, body)
    matches = hmac.compare_digest(expected.encode(), signature.signature.encode())
    if not matches or secret is None:
        raise _refused(
            "The signature is not valid: no such key, or X-DZ-Signature is not hex(hmac_sha256(signing_secret, "
            'key_id + "\\n" + nonce + "\\n" + timestamp + "\\n" + hex(sha256(raw body))))'
        )


def sign(secret: bytes, key_id: str, nonce: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a request, 64 hexadecimal digits."""
    message = "\n".join((key_id, nonce, timestamp, hashlib.sha256(body).hexdigest()))
    return hmac.digest(secret, message.encode(), "sha256").hex()


def require_same_nonce(signature: Signature, body: Mapping[str, Any]) -> None:
    """Let a body pass whose `nonce`, if it has one, is the header's.

    Raises:
        ApiError: `bad_request`.
    """
    if "nonce" in body and body["nonce"] != signature.nonce:
        raise invalid_fields([Detail("nonce", "must be the same as X-DZ-Nonce, or be left out")])


def nonce_used() -> ApiError:
    """Return the 401 of a nonce that a completed request had before."""
    return _refused("X-DZ-Nonce was used before: sign the request again, with a new nonce")


def _refused(message: str) -> ApiError:
    return ApiError(Code.UNAUTHORIZED, message)
