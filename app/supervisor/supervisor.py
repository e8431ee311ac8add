"""Starts processes in order, restarts what dies, and stops all in reverse order."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from app.supervisor.keeper import Keeper
from app.supervisor.problems import StartupProblem
from app.supervisor.process import Process
from app.supervisor.zombies import reap_strangers

START_TIMEOUT = 60.0
PARENT_INTERVAL = 0.2
STRANGERS_INTERVAL = 2.0
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """Keeps declared processes running for the length of an `async with` block, in the main thread.

    SIGTERM, SIGINT and SIGHUP cancel the block's body and end the block without an error; a second one kills what
    still runs. `pids_file` names the running processes at all times.
    """

    def __init__(
        self,
        *,
        pids_file: Path | None = None,
        stop_with_parent: bool = False,
        tell: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        """Prepare; `tell` gets a sentence whenever a process dies. `stop_with_parent` watches this process's parent."""
        self._pids_file = pids_file
        self._tell = tell
        self._batches: list[Sequence[Keeper]] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._parent = os.getppid() if stop_with_parent else None
        self._body: asyncio.Task[object] | None = None
        self._stop_requested = False
        self._hurry = asyncio.Event()

    @property
    def pids(self) -> dict[str, int]:
        """The running processes' numbers by name."""
        kept = [keeper for batch in self._batches for keeper in batch]
        return {keeper.process.name: keeper.pid for keeper in kept if keeper.pid is not None}

    async def __aenter__(self) -> Self:
        self._body = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            loop.add_signal_handler(number, self.request_stop)
        loop.add_signal_handler(signal.SIGCHLD, self._look_at_children)
        if self._parent is not None:
            self._watchers.append(asyncio.create_task(self._watch_parent(self._parent)))
        if os.getpid() == 1:
            self._watchers.append(asyncio.create_task(self._reap_strangers()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        cancelled_here = self._stop_requested and kind is asyncio.CancelledError
        if cancelled_here and self._body is not None:
            self._body.uncancel()
        self._body = None
        await self._stop_all()
        loop = asyncio.get_running_loop()
        for number in (*STOPPING, signal.SIGCHLD):
            loop.remove_signal_handler(number)
        return cancelled_here

    def request_stop(self) -> None:
        """End the block; when that has been asked for already, don't wait for anything any more."""
        if self._stop_requested:
            self._hurry.set()
        self._stop_requested = True
        if self._body is not None:
            self._body.cancel()
            self._body = None

    def launch(self, *processes: Process) -> Sequence[Keeper]:
        """Start processes together, waiting for nothing; they are stopped before those that came earlier."""
        batch = [Keeper(process, changed=self._publish, tell=self._tell) for process in processes]
        self._batches.append(batch)
        for keeper in batch:
            keeper.start()
        return batch

    async def until_ready(self, batch: Sequence[Keeper]) -> None:
        """Wait until all of a batch have been ready.

        Raises:
            StartupProblem: one can't be started, died twice before it was ready, or took too long.
        """
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await asyncio.gather(*(keeper.ready for keeper in batch))
        except TimeoutError as error:
            late = ", ".join(keeper.process.name for keeper in batch if not keeper.ready.done())
            raise StartupProblem(
                f"Not ready after {START_TIMEOUT:.0f} s: {late}. Their logs, in the data folder, say more."
            ) from error

    async def wait(self) -> None:
        """Wait until the block is to end."""
        await asyncio.Event().wait()

    async def _stop_all(self) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        for batch in reversed(self._batches):
            await asyncio.gather(*(keeper.stop(self._hurry) for keeper in batch))

    def _look_at_children(self) -> None:
        for batch in self._batches:
            for keeper in batch:
                keeper.look()

    def _publish(self) -> None:
        if self._pids_file is None:
            return
        new = self._pids_file.with_suffix(".json.new")
        with contextlib.suppress(OSError):  # a full disk is no reason to stop supervising
            new.write_text(json.dumps(self.pids) + "\n")
            new.replace(self._pids_file)

    async def _watch_parent(self, parent: int) -> None:
        # A parent's-death signal would also come when only the thread ends that started this process.
        while os.getppid() == parent:  # noqa: ASYNC110  the system has no event for it
            await asyncio.sleep(PARENT_INTERVAL)
        self.request_stop()

    async def _reap_strangers(self) -> None:
        seen: set[int] = set()
        while True:
            await asyncio.sleep(STRANGERS_INTERVAL)
            seen = reap_strangers(seen, set(self.pids.values()))
