"""Both servers for the length of a `with` block: for tests and tools that have no supervisor."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.services.data_folder import open_data_folder
from app.services.postgres import EmbeddedPostgres
from app.services.valkey import EmbeddedValkey
from app.supervisor.problems import StartupProblem
from app.supervisor.process import Process, spawn

START_TIMEOUT = 60.0


@dataclass(frozen=True)
class Servers:
    """The running servers: their addresses and their processes."""

    database_url: str
    redis_url: str
    postgres: "subprocess.Popen[bytes]"
    valkey: "subprocess.Popen[bytes]"


def temporary_folder() -> Path:
    """Make a folder for data that nobody needs later. As root, PostgreSQL's account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="dzbuild-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    return folder


@contextmanager
def running_servers(data_dir: Path | None = None) -> Iterator[Servers]:
    """Run an embedded PostgreSQL, with an empty database at first, and a Valkey, on a folder.

    Without a folder they use one for the time being. Call it from the main thread. The servers stop at the end of the
    block, and on Linux also when this process dies. They aren't watched: what is killed stays dead.

    Raises:
        StartupProblem: a server can't be started there.
    """
    with ExitStack() as stack:
        folder = open_data_folder(data_dir or temporary_folder())
        if data_dir is None:
            stack.callback(folder.discard)
        stack.callback(folder.close)
        postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
        declared = (postgres.process(), valkey.process())
        started = []
        for process in declared:
            process.before_start()
            running = spawn(process)
            stack.callback(stop, running, process)
            started.append(running)
        for running, process in zip(started, declared, strict=True):
            wait_until_ready(running, process)
        folder.note_servers(postgres.url, valkey.url)
        yield Servers(postgres.url, valkey.url, *started)


def wait_until_ready(running: "subprocess.Popen[bytes]", process: Process) -> None:
    """Wait until a process answers its probe.

    Raises:
        StartupProblem: it ended, or took too long.
    """
    deadline = time.monotonic() + START_TIMEOUT
    while process.is_ready is not None and not process.is_ready():
        if running.poll() is not None or time.monotonic() > deadline:
            raise StartupProblem(f"{process.name} doesn't start: see {process.log}.")
        time.sleep(0.02)


def stop(running: "subprocess.Popen[bytes]", process: Process) -> None:
    """Stop a process as it declares, at last by force, and wait until it is gone."""
    for number, patience in ((process.stop_signal, process.stop_timeout), (process.kill_signal, 6.0)):
        running.send_signal(number)
        try:
            running.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return
    running.kill()
    running.wait()
