"""What one process lets through by itself while Valkey doesn't answer (`contract.md §4`).

It has a share of each limit: of what was left of it when Valkey last told, or else of the whole. What passes so goes on
being counted here for its 61 seconds, so that nothing doubles while Valkey comes and goes.
"""

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from app.chain.window import SECONDS, Window

if TYPE_CHECKING:
    from app.chain.limits import Ask

REMEMBERED: Final = 10_000
UNLIMITED: Final = 2**53


class Judgement(NamedTuple):
    """What the process says: which window is `full`, if one is; times are in seconds."""

    full: str
    remaining: int
    reset: float
    wait: float = 0.0


class Alone:
    """The windows of one process, and what Valkey last told of its own."""

    def __init__(self) -> None:
        self._windows: OrderedDict[tuple[str, str], Window] = OrderedDict()
        self._told: dict[str, tuple[float, int]] = {}

    def told(self, subject: str, counted: int) -> None:
        """Remember how much Valkey has counted of a key's window."""
        self._told[subject] = time.monotonic(), counted
        if len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]

    def judge(self, ask: "Ask", workers: int) -> Judgement:
        """Let a request through and count it in both windows, or refuse it and count it in none.

        Args:
            ask: what it wants.
            workers: the processes that share the limits.
        """
        now = time.time()
        own = self._window((ask.subject, ""))
        limit, until = self._share(ask, workers)
        windows = [("window", own, limit)]
        if ask.address:
            windows.append(("address", self._window((ask.subject, ask.address)), max(1, ask.per_address // workers)))
        for name, window, most in windows:
            if not window.has_room(now, ask.cost, most):
                wait = window.wait_for_room(now, ask.cost, most) if window.total else until
                return Judgement(name, max(limit - own.total, 0), own.reset(now) or until, wait)
        for _, window, _ in windows:
            window.add(now, ask.cost)
        return Judgement("", limit - own.total, own.reset(now))

    def take_back(self, ask: "Ask") -> None:
        """Count a request no more: Valkey has counted it after all."""
        for address in {"", ask.address}:
            window = self._windows.get((ask.subject, address))
            if window is not None:
                window.take_back(ask.cost)

    def passed(self, subject: str, address: str = "") -> int:
        """Return how much this process has let through by itself that no window has forgotten yet."""
        window = self._windows.get((subject, address)) if self._windows else None
        if window is None:
            return 0
        window.has_room(time.time(), 0, 0)
        if not window.total:
            del self._windows[subject, address]
        return window.total

    def reset(self, subject: str, address: str = "") -> float:
        """Return the seconds until the first of that leaves its window; 0 where there is none."""
        window = self._windows.get((subject, address))
        return 0.0 if window is None else window.reset(time.time())

    def _share(self, ask: "Ask", workers: int) -> tuple[int, float]:
        """Return what this process may let through in a minute, and for how many seconds that holds."""
        if ask.per_minute < 0:
            return UNLIMITED, 0.0
        at, counted = self._told.get(ask.subject, (0.0, 0))
        left = at + SECONDS - time.monotonic()
        room = ask.per_minute - counted if left > 0 else ask.per_minute
        return max(1, room // workers) if room > 0 else 0, max(left, 1.0)

    def _window(self, subject: tuple[str, str]) -> Window:
        window = self._windows.get(subject)
        if window is None:
            window = self._windows[subject] = Window()
            if len(self._windows) > REMEMBERED:
                self._windows.popitem(last=False)
        return window
