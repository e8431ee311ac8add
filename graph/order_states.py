"""The life of an order (`contract.md §8`), in one table that resolvers, errors, `allowedTransitions` and docs read."""

from enum import Enum
from typing import Final

import strawberry

from graph.errors import ApiError, Code
from graph.fields import values_told


@values_told(
    pending="Placed; nobody has confirmed it yet.",
    confirmed="Confirmed: its stock is taken.",
    processing="Being packed.",
    shipped="With the courier.",
    delivered="With the customer.",
    cancelled="Called off before it was delivered; final.",
    returned="Sent back by the customer or the courier; final.",
)
@strawberry.enum(description="The status of an order.")
class OrderStatus(Enum):
    """`cancelled` and `returned` are final."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    "pending": ("confirmed", "cancelled"),
    "confirmed": ("processing", "shipped", "cancelled"),
    "processing": ("shipped", "cancelled"),
    "shipped": ("delivered", "cancelled", "returned"),
    "delivered": ("returned",),
    "cancelled": (),
    "returned": (),
}
STATUSES: Final = tuple(TRANSITIONS)
# In which an order may still get another address or discount.
EDITABLE: Final = ("pending", "confirmed", "processing")
TAKES_STOCK: Final = "confirmed"
GIVES_BACK_STOCK: Final = ("cancelled", "returned")

# SQL over an order `t`.
ALLOWED: Final = (
    "CASE t.status "
    + " ".join(
        f"WHEN '{status}' THEN ARRAY[{', '.join(map(repr, after))}]::text[]" for status, after in TRANSITIONS.items()
    )
    + " END"
)


def told() -> str:
    """Return the table as a sentence, for the docs."""
    return "; ".join(f"{status} → {' or '.join(after)}" for status, after in TRANSITIONS.items() if after)


def require_transition(before: str, after: str) -> None:
    """Let an order pass from one status to another.

    Raises:
        ApiError: `invalid_transition`, naming the statuses that are allowed.
    """
    allowed = TRANSITIONS[before]
    if after not in allowed:
        can = f"it can become {' or '.join(allowed)}" if allowed else "it stays so"
        raise ApiError(Code.INVALID_TRANSITION, f"An order that is {before} can't become {after}: {can}")


def counts(status: str) -> int:
    """Return what an order of this status adds to its customer's `total_orders`."""
    return int(status != "cancelled")


def spends(status: str, total: int) -> int:
    """Return what an order of this status and total adds to its customer's `total_spent`."""
    return total if status == "delivered" else 0
