"""Workers beside those of an instance, by the command that operators run; one may have a clock that a test moves."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from app.supervisor.instance import OWN_NETWORKS
from tests.conftest import Instance
from tests.faults.storm import asked

ROOT = Path(__file__).parents[2]
# What comes first in a session's search path is what `now()` means in it.
NOW = """
CREATE FUNCTION moved.now() RETURNS timestamptz STABLE LANGUAGE sql
RETURN pg_catalog.now() + (SELECT ahead FROM moved.clock)
"""


@contextmanager
def worker(instance: Instance, name: str, log: Path, **parameters: str) -> Iterator[None]:
    """Run one more worker for the length of the block; `parameters` are its database sessions'."""
    address = instance.members["database_url"]
    if parameters:
        address += f"{'&' if '?' in address else '?'}{urlencode(parameters)}"
    environment = os.environ | OWN_NETWORKS
    environment |= {
        "DATABASE_URL": address,
        "REDIS_URL": instance.members["redis_url"],
        "DZBUILD_APP_KEYS": (instance.data_dir / "app.key").read_text(),
    }
    command = [sys.executable, "-m", "app.cli", "worker", name]
    with log.open("ab") as output, subprocess.Popen(command, env=environment, cwd=ROOT, stderr=output) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


class Clock:
    """A clock of the database that only those see whose sessions have `path` for a search path."""

    path = "moved,pg_catalog,public"

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    async def make(self) -> None:
        """Let it be, and show the right time."""
        table = "CREATE TABLE moved.clock AS SELECT interval '0' AS ahead"
        for statement in ("DROP SCHEMA IF EXISTS moved CASCADE", "CREATE SCHEMA moved", table, NOW):
            await asked(self._instance, statement)

    async def move(self, further: timedelta) -> None:
        """Let it be later."""
        await asked(self._instance, "UPDATE moved.clock SET ahead = ahead + $1", further)

    async def remove(self) -> None:
        """Let there be none any more."""
        await asked(self._instance, "DROP SCHEMA moved CASCADE")
