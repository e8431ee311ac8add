"""Starts instances as processes, and waits for states."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LAUNCHER = (sys.executable, str(HERE / "launcher.py"))
DZBUILD = (sys.executable, "-m", "app.cli")
PATIENCE = 15.0


def environment():
    """Return this process's environment without what would lead the instance to other servers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DZBUILD_")}
    for name in ("DATABASE_URL", "REDIS_URL"):
        kept.pop(name, None)
    return {**kept, "PYTHONPATH": str(ROOT)}


def eventually(condition, message="it didn't happen in time", patience=PATIENCE):
    """Return what the condition returns as soon as that is true."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, message
        time.sleep(0.02)
    return value


def alive(processes):
    """Return those of the processes that still run."""
    found = []
    for process in processes:
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


@dataclass
class Running:
    process: subprocess.Popen
    data: Path
    members: dict

    @property
    def pids(self):
        return json.loads((self.data / "pids.json").read_text())

    def everything(self):
        """Return the supervisor and all its descendants."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def get(self, path="/"):
        with urllib.request.urlopen(self.members["base_url"] + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def connect(self):
        address = urlsplit(self.members["base_url"])
        return socket.create_connection((address.hostname, address.port), timeout=PATIENCE)


def launch(command, data, **options):
    """Start a command that prints one line of JSON when it is ready, and return at once."""
    with (data.parent / f"{data.name}.stderr").open("wb") as errors:
        return subprocess.Popen(
            [*command], stdout=subprocess.PIPE, stderr=errors, env=environment(), cwd=ROOT, text=True, **options
        )


@contextmanager
def running(command, data):
    """Run such a command for the length of the block."""
    process = launch(command, data)
    try:
        line = process.stdout.readline()
        assert line, (data.parent / f"{data.name}.stderr").read_text()
        yield Running(process, data, json.loads(line))
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()
