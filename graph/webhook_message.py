"""What a receiver of webhooks is sent, and which of its answers are worth another attempt (`contract.md §8`)."""

from datetime import UTC, datetime
from typing import Final

import msgspec

# All of them, whoever sends: a client of HTTP must have none to add.
HEADERS: Final = {
    "Accept": "*/*",
    "Connection": "keep-alive",
    "Content-Type": "application/json",
    "User-Agent": "DZBuild-Webhooks/1",
    "Accept-Encoding": "identity",
}
TRIED_AGAIN: Final = frozenset({408, 425, 429})
_encode: Final = msgspec.json.Encoder().encode


def message_body(
    *, event: str, store_id: int, occurred_at: datetime, data: bytes, delivery_id: int, livemode: bool
) -> bytes:
    """Return the body of a delivery; `data` is a JSON object."""
    return _encode(
        {
            "event": event,
            "store_id": store_id,
            "occurred_at": occurred_at.astimezone(UTC).isoformat(),
            "data": msgspec.Raw(data),
            "delivery_id": delivery_id,
            "livemode": livemode,
        }
    )


def is_done(status: int | None) -> bool:
    """Tell whether an answer of this status takes the delivery; None is no answer."""
    return status is not None and 200 <= status < 300


def is_tried_again(status: int | None) -> bool:
    """Tell whether a delivery that was not taken may be later."""
    return status is None or status >= 500 or status in TRIED_AGAIN
