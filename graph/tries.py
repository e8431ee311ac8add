"""How often somebody may try something, in one table (`contract.md §9`); who counts the tries, the process knows."""

from typing import Final, Literal, NamedTuple, Protocol

from graph.errors import ApiError, Code

Action = Literal["order_place", "order_track", "sign_in"]
Subject = Literal["address", "phone", "email"]


class Limit(NamedTuple):
    """So many tries of one subject in any so many seconds, in one store and mode."""

    subject: Subject
    most: int
    seconds: int


LIMITS: Final[dict[Action, tuple[Limit, ...]]] = {
    "order_place": (Limit("address", 30, 3600), Limit("phone", 10, 3600)),
    "order_track": (Limit("address", 10, 60), Limit("phone", 20, 3600)),
    # Of the dashboard. An office has one address for many.
    "sign_in": (Limit("address", 60, 600), Limit("email", 10, 900)),
}
_WHAT: Final[dict[Action, str]] = {
    "order_place": "Too many orders",
    "order_track": "Too many tries",
    "sign_in": "Too many tries to sign in",
}
_WHOSE: Final[dict[Subject, str]] = {
    "address": "from this address",
    "phone": "with this phone number",
    "email": "with this e-mail address",
}


class Tries(Protocol):
    """Counts what one client tries."""

    async def count(self, action: Action, phone: str) -> None:
        """Let a try pass and count it against every limit of the action, or refuse it and count nothing.

        Raises:
            ApiError: `rate_limited`.
        """


class Uncounted:
    """Of a context that no client stands behind: nothing that is limited can be tried in it."""

    async def count(self, action: Action, phone: str) -> None:  # noqa: ARG002
        """Refuse to do without a limit."""
        raise RuntimeError(f"nobody counts {action} here")


def too_often(action: Action, subject: Subject, retry_after: int) -> ApiError:
    """Return the 429 of a try too many."""
    message = f"{_WHAT[action]} {_WHOSE[subject]}: retry in {retry_after} s"
    return ApiError(Code.RATE_LIMITED, message, retry_after=retry_after)
