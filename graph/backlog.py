"""How much is in the inbox and waits for its worker, and the refusal of more than it may hold (`contract.md §8`).

Each process looks every second or so, and requests read what it saw: none of them asks the database.
"""

from dataclasses import dataclass
from typing import Final

from db.inbox import waiting
from graph.errors import ApiError, Code

MOST: Final = 100_000
RETRY_AFTER: Final = 5


@dataclass(slots=True)
class Backlog:
    """What this process knows of the inbox. `most` comes from the settings when the process starts."""

    most: int = MOST
    full: bool = False

    async def look(self) -> None:
        """See how much waits; it reads no more of the inbox than what it may hold."""
        self.full = await waiting(self.most) >= self.most

    def require_room(self) -> None:
        """Let a message in, unless too many wait already.

        Raises:
            ApiError: `unavailable`.
        """
        if self.full:
            raise ApiError(
                Code.UNAVAILABLE,
                f"More is waiting to be taken in than the inbox may hold: retry in {RETRY_AFTER} s",
                retry_after=RETRY_AFTER,
            )


backlog = Backlog()
