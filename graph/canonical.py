"""JSON of values that is the same for the same values, to compare and to hash them by."""

import json
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """Return a JSON value as bytes: members sorted, nothing between them."""
    try:
        return _encoder.encode(value)
    except (ValueError, OverflowError):
        # A number of more than 64 bits, or half of a character.
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
