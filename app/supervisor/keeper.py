"""Keeps one process running: starts it, notices its end, starts it again."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from app.supervisor.problems import StartupProblem
from app.supervisor.process import Process, spawn

POLL_INTERVAL = 0.02
SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
STEADY_AFTER = 30.0
"""A process that ran for so many seconds is restarted at once when it dies; else the pauses grow."""

START_ATTEMPTS = 2
KILL_TIMEOUT = 6.0
LOG_TAIL = 4096


class Keeper:
    """One process under supervision. `ready` is done when it was ready for the first time, or never will be."""

    def __init__(self, process: Process, *, changed: Callable[[], None], tell: Callable[[str], None]) -> None:
        """Prepare; `changed` is called whenever the process's number changes, `tell` with a sentence when it dies."""
        self.process = process
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed = changed
        self._tell = tell
        self._running: subprocess.Popen[bytes] | None = None
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running process's number, None between two runs."""
        return self._running.pid if self._running is not None and not self._ended.is_set() else None

    def start(self) -> None:
        """Begin to keep the process running."""
        self._task = asyncio.create_task(self._keep())

    def look(self) -> None:
        """See whether the process has ended; called whenever some child has."""
        if self._running is not None and not self._ended.is_set() and self._running.poll() is not None:
            self._ended.set()
            self._changed()

    async def stop(self, hurry: asyncio.Event) -> None:
        """Stop the process as it declares, then by force; `hurry` being set, by force at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self.ready.done() and not self.ready.cancelled():
            self.ready.exception()  # it has been told by whoever started this, or nobody waits for it any more
        steps = (
            (self.process.stop_signal, self.process.stop_timeout, hurry),
            (self.process.kill_signal, KILL_TIMEOUT, None),
            (signal.SIGKILL, KILL_TIMEOUT, None),
        )
        for number, patience, shortcut in steps:
            if self.pid is None:
                return
            if shortcut is None or not shortcut.is_set():
                self._signal(number)
                await self._wait_for_end(patience, shortcut)

    async def _wait_for_end(self, patience: float, shortcut: asyncio.Event | None) -> None:
        events = [self._ended] if shortcut is None else [self._ended, shortcut]
        waits = [asyncio.create_task(event.wait()) for event in events]
        await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def _signal(self, number: signal.Signals) -> None:
        if self._running is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                # Each process leads a session of its own, so its group is its own descendants.
                os.killpg(self._running.pid, number)
            else:
                self._running.send_signal(number)

    async def _keep(self) -> None:
        attempts, pause = 0, 0.0
        while True:
            started = time.monotonic()
            try:
                await self._run_once()
                reason = self._reason()
            except StartupProblem as problem:
                reason = problem.message
            attempts += 1
            if not self.ready.done() and attempts == START_ATTEMPTS:
                self.ready.set_exception(StartupProblem(reason))
                return
            pause = 0.0 if time.monotonic() - started > STEADY_AFTER else pause
            self._tell(f"{reason} It is started again{f' in {pause:.1f} s' if pause else ''}.")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2 or SHORTEST_PAUSE)

    async def _run_once(self) -> None:
        """Start the process and wait for its end."""
        await asyncio.to_thread(self.process.before_start)
        with contextlib.ExitStack() as stack:
            pipe = self._open_pipe(stack) if self.process.announces else None
            self._running = spawn(self.process, pipe[1] if pipe else None)
            self._ended.clear()
            self._changed()
            if pipe:
                os.close(pipe[1])
            readiness = asyncio.create_task(self._watch_readiness(pipe[0] if pipe else None))
            stack.callback(readiness.cancel)
            await self._ended.wait()
            await asyncio.to_thread(self.process.after_end, self._running.pid)

    @staticmethod
    def _open_pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        stack.callback(os.close, reading)
        return reading, writing

    async def _watch_readiness(self, pipe: int | None) -> None:
        while not self._is_ready(pipe):  # noqa: ASYNC110  another process changes it
            await asyncio.sleep(POLL_INTERVAL)
        if not self.ready.done():
            self.ready.set_result(None)

    def _is_ready(self, pipe: int | None) -> bool:
        if pipe is not None:
            try:
                return bool(os.read(pipe, 1))
            except BlockingIOError:
                return False
        return self.process.is_ready is None or self.process.is_ready()

    def _reason(self) -> str:
        code = self._running.returncode if self._running is not None else 0
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        log = self.process.log
        # What was killed from outside had no say in it.
        said = f' after "{line}"' if code >= 0 and log and (line := last_words(log)) else ""
        return f"{self.process.name} {how}{said}{f' (see {log})' if log else ''}."


def last_words(log: Path) -> str:
    """Return the line of a log's end that says most about why a program ended, or nothing."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_TAIL))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "Error", "error:"))]
    return (telling or lines or [""])[-1][:300]
