"""A process as it is declared, and how it is started so that it can't outlive the one that started it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.supervisor.problems import StartupProblem

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Account:
    """A system account that a process runs as instead of root."""

    name: str
    user_id: int
    group_id: int


def _nothing() -> None:
    """Do nothing: the default of a hook."""


def _nothing_about(_pid: int) -> None:
    """Do nothing: the default of a hook."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """What to run, as whom, and how to tell that it is ready and make it stop.

    `is_ready` is asked again and again, must answer within a moment and never raises. A process that `announces`
    itself gets the number of a pipe in `DZBUILD_READY_FD` and writes to it; with neither it is ready once it runs.
    `before_start` clears what an earlier run left in the way; `after_end` is told the number of each run that ended
    while it should not have. Output goes to `log`, or else to standard error.
    `directory` is where it works, None being where this process does.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] | None = None
    announces: bool = False
    before_start: Callable[[], None] = _nothing
    after_end: Callable[[int], None] = _nothing_about
    account: Account | None = None
    inherited: tuple[int, ...] = ()
    log: Path | None = None
    directory: Path | None = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 10.0
    kill_signal: signal.Signals = signal.SIGKILL


def _death_signal_setter(stop_signal: int) -> Callable[[], None]:
    """Return what a child runs just before it becomes the program: it asks to be told when its parent dies.

    The C library is loaded here, in the parent: a child between fork and exec should do as little as it can.
    """
    parent = os.getpid()
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def tie_to_parent() -> None:
        if library is not None:
            library.prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
        # A parent that died before the line above can't send that signal any more.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return tie_to_parent


@contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    if log is None:
        yield None
        return
    with log.open("ab") as file:
        yield file


def spawn(process: Process, ready_pipe: int | None = None) -> "subprocess.Popen[bytes]":
    """Start a process in a session of its own, so that Ctrl-C in the terminal reaches its supervisor alone.

    Call it from a thread that lives as long as the process should: Linux counts the end of the starting thread as
    the parent's death. `ready_pipe` is the writing end of the pipe for a process that announces itself.

    Returns:
        The running process; nothing has been waited for.

    Raises:
        StartupProblem: the program can't be run, or not as that account.
    """
    environment = dict(process.environment)
    inherited = process.inherited
    if ready_pipe is not None:
        environment["DZBUILD_READY_FD"] = str(ready_pipe)
        inherited = (*inherited, ready_pipe)
    account = process.account
    try:
        with _output(process.log) as output:
            return subprocess.Popen(  # noqa: S603  the command lines are this program's own
                process.argv,
                env=environment,
                cwd=process.directory,
                stdin=subprocess.DEVNULL,
                # Standard output belongs to the command's own answer.
                stdout=output if output is not None else sys.__stderr__,
                stderr=subprocess.STDOUT if output is not None else sys.__stderr__,
                pass_fds=inherited,
                start_new_session=True,
                user=account.user_id if account else None,
                group=account.group_id if account else None,
                extra_groups=[] if account else None,
                # The parent's-death signal is set here because changing the user clears it.
                preexec_fn=_death_signal_setter(process.stop_signal),  # noqa: PLW1509
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise StartupProblem(f"{process.name} can't be started ({process.argv[0]}): {error}.") from error
