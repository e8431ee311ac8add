"""A worker as a process: connected like the app, told to stop by SIGTERM or by its supervisor's end.

`python -m app.workers.running NAME GATE`: NAME is one of `known.WORKERS`, GATE the file descriptor to wait at first.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module

import structlog
import uvloop

from app.chain.valkey import valkey
from app.logs import configure
from app.settings import Settings, settings
from app.supervisor.gate import wait_at
from app.supervisor.worker import announce
from app.workers.known import WORKERS
from db.engine import OUTAGES, engine

Run = Callable[[Settings, asyncio.Event], Awaitable[None]]
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PARENT_INTERVAL = 0.5

log = structlog.get_logger("dzbuild")


def load(name: str) -> Run:
    """Return what a worker runs, its module read in."""
    module, _, function = WORKERS[name].run.partition(":")
    run: Run = getattr(import_module(module), function)
    return run


async def work(name: str, run: Run, used: Settings, *, supervised: bool) -> None:
    """Run a worker on open connections until the process is to stop.

    Args:
        name: one of `known.WORKERS`.
        run: what `load` returned.
        used: with the addresses of the database and Valkey in them.
        supervised: stop when the parent process ends.

    Raises:
        OSError: the database is out of reach.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOPPING:
        loop.add_signal_handler(number, stopping.set)
    await engine.open(
        used.database_url or "",
        size=WORKERS[name].connections,
        statement_cache=used.database_statement_cache,
        timeout=used.database_timeout,
    )
    valkey.open(used.redis_url or "", cluster=used.redis_cluster)
    watching = asyncio.create_task(_stop_with_parent(stopping)) if supervised else None
    announce()
    try:
        await run(used, stopping)
    finally:
        if watching is not None:
            watching.cancel()
        await valkey.close()
        await engine.close()


async def _stop_with_parent(stopping: asyncio.Event) -> None:
    # Linux also sends a signal at the supervisor's death, other systems don't.
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110  the system has no event for it
        await asyncio.sleep(PARENT_INTERVAL)
    stopping.set()


def main(arguments: Sequence[str]) -> None:
    """Work until told to stop."""
    from app.services.app_key import use_app_keys  # noqa: PLC0415
    from app.settings import given_keys  # noqa: PLC0415

    name, gate = arguments
    used = settings()
    configure(used)
    use_app_keys(given_keys(used), used.data_dir)
    run = load(name)
    wait_at(int(gate))
    try:
        uvloop.run(work(name, run, used, supervised=True))
    except OUTAGES as error:
        # Whoever started this starts it again.
        log.warning("a worker ends: the database is out of reach", worker=name, error=type(error).__name__)
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
