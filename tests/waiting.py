"""Waiting for a state, with the patience that a busy machine needs."""

import time
from collections.abc import Callable

PATIENCE = 120.0


def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for a state; fail when it does not come within so many seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "the state did not come"
        time.sleep(0.05)
