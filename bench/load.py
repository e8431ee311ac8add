"""One case under load: what wrk says of it, and what it took of the processors."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

CONNECTIONS = 16
# Counts the answers of another status than the one that is measured.
COUNT = """
others = 0
local threads = {}
function setup(thread) table.insert(threads, thread) end
function response(status) if status ~= EXPECTED then others = others + 1 end end
function done()
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get("others") end
  print("others: " .. sum)
end
"""


@dataclass
class Case:
    """One thing that is measured, and what it is compared with: the case of that name.

    Attributes:
        name: what the row is called.
        url: what is asked.
        app: whose processor time counts as the app's: a name of `processes`.
        others: how many answers may be of another status: the key whose minute is full gets a new one now and then.
        script: what wrk runs, or what makes that for so many seconds, where each request is another one.
        connections: how many clients there are; where what they send is committed together, more than elsewhere.
        still: a process that is stopped meanwhile: a name of `processes`.
    """

    name: str
    url: str
    app: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    script: str | Callable[[int], str] = ""
    status: int = 200
    against: str = "R: product list"
    others: int = 0
    still: str = ""
    connections: int = CONNECTIONS
    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget what was measured."""
        self.rates, self.p50, self.p99, self.cpu = [], [], [], {}


# What a case's time is told of: the app it asks, and the two servers behind it.
Processes = Mapping[str, int]
SERVERS = ("postgres", "valkey")


def seconds_of(pid: int) -> float:
    """Return the processor seconds of a process and of all that it has started, those that have ended too."""
    total = 0.0
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_of(pid: int) -> float:
    """Return the megabytes that a process holds."""
    return psutil.Process(pid).memory_info().rss / 2**20


def load(case: Case, seconds: int, processes: Processes) -> None:
    """Run wrk against a case and keep its figures; any other status than the case's is an error of the bench."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in case.headers.items()]
        if case.body is not None:
            lines += ['wrk.method = "POST"', f"wrk.body = [==[{case.body}]==]"]
        lines += [
            case.script(seconds) if callable(case.script) else case.script,
            COUNT.replace("EXPECTED", str(case.status)),
        ]
        script.write("\n".join(lines))
        script.flush()
        command = ["wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "--latency", "-s", script.name, case.url]
        before = {name: seconds_of(pid) for name, pid in processes.items()}
        with stopped(processes.get(case.still)):
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        used = {name: seconds_of(pid) - before[name] for name, pid in processes.items()}
    others = re.search(r"others: (\d+)", out)
    if others is None or int(others[1]) > case.others:
        sys.exit(f"{case.name}: not every answer was a {case.status}\n{out}")
    case.rates.append(float(_found(r"Requests/sec:\s+([\d.]+)", out)))
    case.p50.append(milliseconds(_found(r"(?m)^ +50%\s+(\S+)", out)))
    case.p99.append(milliseconds(_found(r"(?m)^ +99%\s+(\S+)", out)))
    requests = int(_found(r"(\d+) requests in", out))
    for name, process in (("app", case.app), *((each, each) for each in SERVERS)):
        case.cpu.setdefault(name, []).append(used[process] / requests * 1e6)


@contextmanager
def stopped(pid: int | None) -> Iterator[None]:
    """Keep a process from doing anything meanwhile."""
    if pid is not None:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if pid is not None:
            os.kill(pid, signal.SIGCONT)


def _found(pattern: str, out: str) -> str:
    found = re.search(pattern, out)
    if found is None:
        sys.exit(f"wrk said something else:\n{out}")
    return found[1]


def milliseconds(text: str) -> float:
    unit = re.sub(r"[\d.]", "", text)
    return float(text.removesuffix(unit)) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def exhaust(base: str, token: str) -> None:
    """Use up a free key's minute."""
    for _ in range(40):
        request = urllib.request.Request(f"{base}/v1/whoami", headers={"Authorization": f"Bearer {token}"})
        try:
            urllib.request.urlopen(request).close()
        except urllib.error.HTTPError as error:
            error.close()
            return


def machine_load() -> str:
    """Return what else the machine has to do: its load, of so many processors."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
