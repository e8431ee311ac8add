"""`make bench`: requests a second, latency and processor time, each beside the reference of the same run, in turns."""

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.cases import Bases, all_cases
from bench.instance import Instance, free_port, running, start, stop, wait_for
from bench.load import Case, Processes, exhaust, load, machine_load, memory_of
from bench.show import show


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="the cases whose name has this text, and their references")
    parser.add_argument("--seconds", type=int, default=4, help="how long each turn of a case takes")
    parser.add_argument("--rounds", type=int, default=3, help="how many turns each case has")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("The bench needs wrk: on Debian and Ubuntu, apt install wrk")
    with running() as instance:
        instance.fill()
        with others(instance) as (bases, processes):
            cases = chosen(all_cases(instance, bases), options.only)
            before = memory_of(processes["api"])
            print(machine_load(), file=sys.stderr)
            measure(cases, instance, processes, options.rounds, options.seconds)
            show(cases)
            print(f"\nmemory of the app's process: {before:.0f} MB before, {memory_of(processes['api']):.0f} MB after")
            print(f"other work on this machine: {machine_load()}, the bench's own included")


def chosen(cases: list[Case], text: str) -> list[Case]:
    """Return the cases whose name has a text, and what they are compared with."""
    wanted = [case for case in cases if text.lower() in case.name.lower()]
    names = {case.name for case in wanted} | {case.against for case in wanted}
    if not wanted:
        sys.exit(f"No case has {text!r} in its name. There are:\n" + "\n".join(case.name for case in cases))
    return [case for case in cases if case.name in names]


@contextmanager
def others(instance: Instance) -> Iterator[tuple[Bases, Processes]]:
    """Run the reference, and the same application with its operations run field by field."""
    port, plain_port = free_port(), free_port()
    reference = start(
        [sys.executable, "-m", "uvicorn", "bench.reference:app", "--port", str(port), "--no-access-log", "--log-level",
         "warning", "--loop", "uvloop", "--http", "httptools"],
        environment={"DATABASE_URL": instance.members["database_url"], "BENCH_STORE": str(instance.store_id)},
    )  # fmt: skip
    plain = start(
        [sys.executable, "-m", "app.cli", "serve", "--port", str(plain_port), "--workers", "1"],
        environment=instance.environment() | {"DZBUILD_GRAPHQL_PLANS": "false"},
    )
    bases = Bases(f"http://127.0.0.1:{port}", instance.base, f"http://127.0.0.1:{plain_port}")
    try:
        for base, path in zip(bases, ("/products", "/healthz", "/healthz"), strict=True):
            wait_for(base + path)
        pids = instance.pids()
        servers = {name: pids[name] for name in ("postgres", "valkey", "ingest")}
        yield bases, {"reference": reference.pid, "api": pids["app-1"], "plain": plain.pid, **servers}
    finally:
        stop(reference)
        stop(plain)


def measure(cases: list[Case], instance: Instance, processes: Processes, rounds: int, seconds: int) -> None:
    """Measure every case in turns of a few seconds, after a first turn that counts for nothing."""
    for turn in range(rounds + 1):
        for case in cases:
            if case.status == 429:
                exhaust(instance.base, instance.members["free_key"])
            load(case, seconds if turn else 1, processes)
            if not turn:
                case.clear()


if __name__ == "__main__":
    main()
