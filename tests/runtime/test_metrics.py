"""`/metrics` with two workers: whichever answers shows what both have counted."""

import os
import re
import shutil
import signal
from contextlib import contextmanager

import pytest
from running import DZBUILD, eventually, running

from app.services.running import temporary_folder

pytestmark = pytest.mark.slow

STALE = "counter_1.db"
PINGS = re.compile(r'^dzbuild_requests_total\{[^}]*route="/v1/ping"[^}]*\} (\S+)$', re.MULTILINE)


@pytest.fixture(scope="module")
def sandbox():
    """The app itself, with two workers."""
    data = temporary_folder() / "data"
    (data / "counts").mkdir(parents=True)
    (data / "counts" / STALE).write_bytes(b"what a run that was killed has left")
    data.chmod(0o711)
    with running((*DZBUILD, "sandbox", "--json", "--workers", "2", "--data", str(data)), data) as started:
        yield started
    assert not (data / "counts").exists()
    shutil.rmtree(data.parent)


@contextmanager
def stopped(pid):
    """Let a process stand still within the block, so that the other one answers."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def shown_by_the_other(sandbox, name):
    """Return how many pings `/metrics` shows while the worker of this name stands still."""
    with stopped(sandbox.pids[name]):
        return sum(map(float, PINGS.findall(sandbox.get("/metrics"))))


def shown_by_both(sandbox):
    return {shown_by_the_other(sandbox, name) for name in ("app-1", "app-2")}


def test_each_shows_the_sum(sandbox):
    for name, count in (("app-1", 3), ("app-2", 4)):
        with stopped(sandbox.pids[name]):
            for _ in range(count):
                sandbox.get("/v1/ping")
    assert shown_by_both(sandbox) == {7.0}


def test_what_the_dead_counted_stays(sandbox):
    sandbox.get("/v1/ping")
    (before,) = shown_by_both(sandbox)
    killed = sandbox.pids["app-1"]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: sandbox.pids.get("app-1") not in {None, killed})
    with stopped(sandbox.pids["app-2"]):
        sandbox.get("/v1/ping")
    assert shown_by_both(sandbox) == {before + 1}


def test_what_a_killed_run_left_is_gone(sandbox):
    sandbox.get("/metrics")
    assert not (sandbox.data / "counts" / STALE).exists()
