"""Waiting for a state, with the patience that a busy machine needs."""

import time
from collections.abc import Callable

PATIENCE = 30.0


def until(condition: Callable[[], bool]) -> None:
    """Wait for a state; fail when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the state did not come"
        time.sleep(0.05)
