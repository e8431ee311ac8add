"""As a container's first process, this one inherits every orphan, and has to reap it."""

import contextlib
import os


def reap_strangers(seen: set[int], own: set[int]) -> set[int]:
    """Reap the dead children that nobody waits for: those that were dead the last time already.

    Returns:
        The dead children that were seen for the first time.
    """
    import psutil  # noqa: PLC0415  needed as first process only

    dead = set()
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.status() == psutil.STATUS_ZOMBIE:
                dead.add(child.pid)
    for number in dead & seen - own:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(number, os.WNOHANG)
    return dead - seen
