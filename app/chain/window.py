"""The sliding window in the process: what `admit.lua` keeps in Valkey, for when Valkey is away.

61 counts, one a second: the running second and the 60 before it. Whatever interval of 60 s one takes lies within them,
so no more than the limit passes in it; and nothing older than 61 s is ever counted (`contract.md §4`).
"""

from collections import deque
from dataclasses import dataclass, field

SECONDS = 61


@dataclass(slots=True)
class Window:
    """One key's requests of the last 61 seconds."""

    counts: deque[tuple[int, int]] = field(default_factory=deque)
    total: int = 0

    def has_room(self, now: float, cost: int, limit: int) -> bool:
        """Tell whether a request of this cost may pass, and count nothing."""
        oldest = int(now) - SECONDS
        while self.counts and self.counts[0][0] <= oldest:
            self.total -= self.counts.popleft()[1]
        return self.total + cost <= limit

    def add(self, now: float, cost: int) -> None:
        """Count a request that passes."""
        second = int(now)
        if self.counts and self.counts[-1][0] >= second:
            last, count = self.counts.pop()
            self.counts.append((last, count + cost))
        else:
            self.counts.append((second, cost))
        self.total += cost

    def take_back(self, cost: int) -> None:
        """Undo a count, of the latest."""
        while cost and self.counts:
            second, count = self.counts.pop()
            undone = min(cost, count)
            if count > undone:
                self.counts.append((second, count - undone))
            self.total -= undone
            cost -= undone

    def reset(self, now: float) -> float:
        """Return the seconds until the first of what is counted leaves the window; 0 where there is none."""
        return max(self.counts[0][0] + SECONDS - now, 0.0) if self.counts else 0.0

    def wait_for_room(self, now: float, cost: int, limit: int) -> float:
        """Return the seconds until a request of this cost has room."""
        excess = self.total + cost - limit
        for second, count in self.counts:
            excess -= count
            if excess <= 0:
                return second + SECONDS - now
        return float(SECONDS)
