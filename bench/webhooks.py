"""How fast webhooks are delivered to receivers on this machine, and whether those that hang keep others waiting.

`python -m bench.webhooks [--deliveries N] [--endpoints N] [--rate N] [--seconds N]`, on a sandbox of its own, whose own
worker is stopped: a full queue for one worker, then for two, then a stream of events to many endpoints half of which
never answer.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import asyncpg

from bench.instance import Instance, free_port, running, start, wait_for
from bench.load import machine_load, seconds_of

HOOKS: Final = 60
TICK: Final = 0.05
PATIENCE: Final = 120
COPY = """
    INSERT INTO webhooks (store_id, livemode, url, events, secret)
    SELECT store_id, livemode, $2 || n, events, secret FROM webhooks, generate_series(1, $3::int) n WHERE id = $1
    RETURNING id
"""
QUEUE = """
    INSERT INTO webhook_deliveries (store_id, livemode, webhook_id, event, data, due_at, next_attempt_at)
    SELECT w.store_id, w.livemode, w.id, 'order.confirmed',
        '{"order_id": 12345, "old_status": "pending", "new_status": "confirmed"}', now(), now()
    FROM unnest($1::bigint[]) WITH ORDINALITY AS given(id, place) JOIN webhooks w ON w.id = given.id ORDER BY place
"""
OWN_NETWORKS = {"DZBUILD_WEBHOOK_PRIVATE_NETWORKS": "true", "DZBUILD_WEBHOOK_PORTS": "1-65535"}


class Measured:
    """A sandbox whose own worker is stopped, and a receiver beside it."""

    def __init__(self, instance: Instance, receiver: str) -> None:
        self.instance = instance
        self.receiver = receiver
        self.postgres = instance.pids()["postgres"]
        self._first = self._webhook()

    def _webhook(self) -> int:
        """Create a webhook by the API: the others are copies of it, its secret included."""
        body = json.dumps({"url": f"{self.receiver}/ok", "events": ["order.confirmed"]}).encode()
        headers = self.instance.headers | {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(8)}
        request = urllib.request.Request(f"{self.instance.base}/v1/webhooks", body, headers)
        with urllib.request.urlopen(request) as answer:
            return int(json.load(answer)["data"]["id"])

    def webhooks(self, path: str, count: int) -> list[int]:
        return [row["id"] for row in self.instance.sql(COPY, self._first, f"{self.receiver}{path}/", count)]

    def queue(self, webhooks: list[int]) -> None:
        """Let a delivery be due now for each of these."""
        self.instance.sql(QUEUE, webhooks)

    def report(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.receiver}/report") as answer:
            return json.load(answer)

    def left(self) -> int:
        return int(self.instance.sql("SELECT count(*) FROM webhook_deliveries WHERE status = 'pending'")[0][0])

    @contextmanager
    def workers(self, count: int) -> Iterator[list[int]]:
        """Run so many workers, and give their process ids."""
        command = [sys.executable, "-m", "app.cli", "worker", "deliver"]
        environment = self.instance.environment() | OWN_NETWORKS
        processes = [start(command, subprocess.DEVNULL, environment=environment) for _ in range(count)]
        try:
            yield [process.pid for process in processes]
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait(30)


def full_queue(measured: Measured, webhooks: list[int], deliveries: int, workers: int) -> None:
    """Print how fast so many workers send a full queue, each id once."""
    measured.queue([webhooks[place % len(webhooks)] for place in range(deliveries)])
    measured.report()
    before = seconds_of(measured.postgres)
    with measured.workers(workers) as pids:
        deadline = time.monotonic() + PATIENCE
        while measured.left():
            if time.monotonic() > deadline:
                sys.exit("the queue does not get empty")
            time.sleep(0.2)
        used = sum(map(seconds_of, pids))
        postgres = seconds_of(measured.postgres) - before
    told = measured.report()
    if told["ids"] != deliveries:
        why = measured.instance.sql("SELECT status, error, count(*) FROM webhook_deliveries GROUP BY 1, 2")
        sys.exit(f"only {told['ids']} of {deliveries} came: {[tuple(row) for row in why]}")
    rate = deliveries / (told["last"] - told["first"])
    name = f"{workers} worker{'s' if workers > 1 else ''}, a full queue"
    print(
        f"{name:44}{rate:8,.0f}/s   twice: {told['again']}"
        f"   CPU µs a delivery: workers {used / deliveries * 1e6:,.0f}, postgres {postgres / deliveries * 1e6:,.0f}"
    )


async def stream(measured: Measured, webhooks: list[int], rate: int, seconds: int) -> int:
    """Let so many deliveries a second be due, to one webhook after the other, and return how many that were."""
    connection = await asyncpg.connect(measured.instance.members["database_url"])
    begun, sent = time.monotonic(), 0
    while sent < rate * seconds:
        due = min(int((time.monotonic() - begun) * rate), rate * seconds)
        await connection.execute(QUEUE, [webhooks[place % len(webhooks)] for place in range(sent, due)])
        sent = due
        await asyncio.sleep(TICK)
    await connection.close()
    return sent


def many_endpoints(measured: Measured, endpoints: int, rate: int, seconds: int) -> None:
    """Print how late first attempts at healthy endpoints are while half of all never answer."""
    healthy, hanging = measured.webhooks("/ok", endpoints // 2), measured.webhooks("/hang", endpoints // 2)
    mixed = [each for pair in zip(healthy, hanging, strict=True) for each in pair]
    measured.instance.sql("VACUUM ANALYZE webhooks, webhook_deliveries")
    with measured.workers(1) as (pid,):
        measured.queue(healthy[:1])
        while not measured.report()["ids"]:
            time.sleep(0.1)
        before = seconds_of(measured.postgres), seconds_of(pid)
        sent = asyncio.run(stream(measured, mixed, rate, seconds))
        time.sleep(3)
        used = seconds_of(pid) - before[1]
        postgres = seconds_of(measured.postgres) - before[0]
        told = measured.report()
        late = told["late"]
    if not late:
        sys.exit("nothing came")
    p50, p99 = late[len(late) // 2], late[int(len(late) * 0.99)]
    print(f"{endpoints:,} endpoints, half hang, {rate} events/s for {seconds} s")
    print(
        f"  first attempts at {len(late):,} of {sent // 2:,} healthy: p50 {p50:.2f} s, p99 {p99:.2f} s, last "
        f"{late[-1]:.2f} s   CPU µs a delivery: worker {used / sent * 1e6:,.0f}, postgres {postgres / sent * 1e6:,.0f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=6_000)
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=200, help="events a second to the many endpoints")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only", default="", help="queue or hang")
    options = parser.parse_args()
    with running() as instance:
        port = free_port()
        receiver = start([sys.executable, "-m", "bench.receiver", str(port)])
        wait_for(f"http://127.0.0.1:{port}/report")
        # Its supervisor would start a killed one again.
        own = instance.pids()["deliver"]
        os.kill(own, signal.SIGSTOP)
        try:
            measured = Measured(instance, f"http://127.0.0.1:{port}")
            if options.only in ("", "queue"):
                webhooks = measured.webhooks("/ok", HOOKS)
                full_queue(measured, webhooks, options.deliveries, 1)
                full_queue(measured, webhooks, options.deliveries, 2)
            if options.only in ("", "hang"):
                many_endpoints(measured, options.endpoints, options.rate, options.seconds)
            print(f"other work on this machine: {machine_load()}, the bench's own included")
        finally:
            os.kill(own, signal.SIGCONT)
            receiver.kill()
            receiver.wait()


if __name__ == "__main__":
    main()
