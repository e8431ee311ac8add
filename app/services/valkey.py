"""The embedded Valkey: it holds nothing that can't be lost, so it writes nothing to disk."""

import os
import signal
from pathlib import Path
from urllib.parse import quote

from app.services.data_folder import DataFolder
from app.services.leftovers import stop_processes_in
from app.services.probes import valkey_answers
from app.services.programs import valkey_program
from app.supervisor.process import Process

# All it holds can be lost, so a full memory should forget what was used longest ago and go on. `volatile-lru` would
# refuse writes as soon as keys without an end fill it; a window or token in use is recent, and stays.
CONFIGURATION = """\
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
daemonize no
save ""
appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
loglevel notice
"""


class EmbeddedValkey:
    """A Valkey on a data folder."""

    def __init__(self, folder: DataFolder) -> None:
        """Write its configuration, and stop one that outlived an earlier run.

        Raises:
            StartupProblem: there is no Valkey for this machine, or an old one doesn't stop.
        """
        self._folder = folder
        self._home = folder.path / "valkey"
        self._home.mkdir(mode=0o700, exist_ok=True)
        self._socket = folder.socket_folder("valkey") / "valkey.sock"
        self._configuration = self._home / "valkey.conf"
        text = CONFIGURATION.format(socket=_quoted(self._socket), folder=_quoted(self._home))
        self._configuration.write_text(text)
        if folder.unclean:
            stop_processes_in(self._home, "valkey", (signal.SIGTERM, signal.SIGKILL))

    @property
    def url(self) -> str:
        """The server's address, as redis-py takes it."""
        return f"unix://{quote(str(self._socket))}"

    def process(self) -> Process:
        """Return the server as a process."""
        return Process(
            name="valkey",
            argv=(str(valkey_program()), str(self._configuration)),
            environment={"PATH": os.defpath, "TZ": "UTC"},
            is_ready=lambda: valkey_answers(self._socket),
            log=self._folder.log("valkey"),
            stop_timeout=5.0,
        )


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
