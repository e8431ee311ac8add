"""Stops servers of a data folder that outlived their supervisor."""

import contextlib
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.supervisor.problems import StartupProblem

if TYPE_CHECKING:
    from psutil import Process as SystemProcess

PATIENCE = (10.0, 5.0, 2.0)


def processes_in(folder: Path, program: str) -> "list[SystemProcess]":
    """Return the live processes of a program that work in this folder: both servers make their data folder theirs."""
    import psutil  # noqa: PLC0415  needed after a crash only

    found = []
    for process in psutil.process_iter(["name", "cwd", "status"]):
        here = process.info["cwd"] == str(folder) and program in (process.info["name"] or "")
        if here and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def stop_processes_in(folder: Path, program: str, signals: tuple[signal.Signals, ...]) -> None:
    """Stop those processes: with each signal in turn, and a wait after each.

    Raises:
        StartupProblem: some are still there after the last.
    """
    for number, patience in zip(signals, PATIENCE, strict=False):
        left = processes_in(folder, program)
        if not left:
            return
        _stop(left, number, patience)
    if left := processes_in(folder, program):
        raise StartupProblem(
            f"A {program} of an earlier run is still at work in {folder} (pid {left[0].pid}) and doesn't stop: "
            f"end it with `kill -9 {left[0].pid}`, then start again."
        )


def _stop(processes: "list[SystemProcess]", number: signal.Signals, patience: float) -> None:
    import psutil  # noqa: PLC0415  needed after a crash only

    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and any(_runs(process) for process in processes):
        time.sleep(0.02)


def _runs(process: "SystemProcess") -> bool:
    """Tell whether a process is at work: a zombie that nobody reaps, as in many containers, is not."""
    import psutil  # noqa: PLC0415  needed after a crash only

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
