"""Things that are kept in a process, with a bound on how many, and on how much they weigh together."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The things used last. What was not used for longest goes first."""

    def __init__(self, *, count: int, weight: int) -> None:
        self.count = count
        self.weight = weight
        self.total = 0
        self._things: OrderedDict[K, tuple[int, V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._things)

    def get(self, key: K) -> V | None:
        """Return what is kept under a key, or None."""
        found = self._things.get(key)
        if found is None:
            return None
        self._things.move_to_end(key)
        return found[1]

    def put(self, key: K, value: V, weight: int) -> None:
        """Keep a value, unless it weighs more than an eighth of all that may be kept."""
        self.drop(key)
        if weight > self.weight // 8:
            return
        self._things[key] = (weight, value)
        self.total += weight
        while self.total > self.weight or len(self._things) > self.count:
            self.total -= self._things.popitem(last=False)[1][0]

    def drop(self, key: K) -> None:
        """Forget what is kept under a key."""
        found = self._things.pop(key, None)
        if found is not None:
            self.total -= found[0]

    def clear(self) -> None:
        """Forget everything."""
        self._things.clear()
        self.total = 0
