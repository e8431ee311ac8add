"""How a webhook's deliveries are signed: the platform's own way, and that of Standard Webhooks (`contract.md §8`).

A secret is 32 random bytes, shown in two forms. The platform's own signature is keyed with the text of the 64
hexadecimal digits, as the announcement's example has it; that of Standard Webhooks with the bytes.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress

SECRET_BYTES = 32


def secret_new() -> bytes:
    """Return a new secret."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_hex(secret: bytes) -> str:
    """Return a secret as the platform's own signatures use it: 64 hexadecimal digits."""
    return secret.hex()


def secret_standard(secret: bytes) -> str:
    """Return a secret as the libraries of Standard Webhooks take it."""
    return f"whsec_{b64encode(secret).decode()}"


def secret_of(shown: str) -> bytes:
    """Return the secret that is shown so, in either form.

    Raises:
        ValueError: it is neither.
    """
    with suppress(ValueError):
        text = shown.strip()
        named = text.startswith("whsec_")
        secret = b64decode(text.removeprefix("whsec_"), validate=True) if named else bytes.fromhex(text)
        if len(secret) == SECRET_BYTES:
            return secret
    raise ValueError("a secret is 64 hexadecimal digits, or whsec_ and 44 characters of base64")


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """Return `X-DZ-Signature`: hexadecimal, over the time and the hash of the body."""
    signed = f"{timestamp}.{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret_hex(secret).encode(), signed.encode(), hashlib.sha256).hexdigest()


def standard_signature(secret: bytes, identifier: str, timestamp: int, body: bytes) -> str:
    """Return one member of `webhook-signature`, over the id, the time and the body."""
    signed = f"{identifier}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()}"


def signed_headers(
    keys: Sequence[bytes], *, delivery_id: int, event: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers of one attempt.

    Args:
        keys: the secrets that are good just now, first the one that `X-DZ-Signature` is made with.
        delivery_id: the same for every attempt.
        event: what happened.
        timestamp: when this attempt is signed, in seconds since 1970.
        body: the bytes that are sent.
    """
    identifier = str(delivery_id)
    return {
        "X-DZ-Event": event,
        "X-DZ-Delivery": identifier,
        "X-DZ-Timestamp": str(timestamp),
        "X-DZ-Signature": signature(keys[0], timestamp, body),
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(standard_signature(key, identifier, timestamp, body) for key in keys),
    }
