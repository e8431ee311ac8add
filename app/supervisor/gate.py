"""Holds processes back until what they need is there, while they already read in their program."""

import contextlib
import os
from types import TracebackType
from typing import Self


class Gate:
    """A pipe whose end is the sign to begin. Opened once, it lets everyone through who comes later."""

    def __init__(self) -> None:
        """Make the gate, closed. `side` is the file descriptor to hand to those who wait."""
        self.side, self._latch = os.pipe()
        self._is_open = False

    def open(self) -> None:
        """Let everyone through."""
        if not self._is_open:
            self._is_open = True
            os.close(self._latch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open()
        os.close(self.side)


def wait_at(side: int) -> None:
    """Wait until the gate is open, or whoever keeps it is gone."""
    with contextlib.closing(os.fdopen(side, "rb")) as pipe:
        pipe.read(1)
