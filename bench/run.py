"""`make bench`: requests a second and latency, each beside the reference of the same run, interleaved."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

ROOT = Path(__file__).parents[1]
PRODUCTS = 100_000
ROUNDS = 3
SECONDS = 4
CONNECTIONS = 16


@dataclass
class Case:
    """One thing that is measured, and what it is compared with."""

    name: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)


def main() -> None:
    if shutil.which("wrk") is None:
        sys.exit("The bench needs wrk: on Debian and Ubuntu, apt install wrk")
    with tempfile.TemporaryDirectory(prefix="dzbuild-bench-") as folder:
        Path(folder).chmod(0o711)
        sandbox = start([sys.executable, "-m", "app.cli", "sandbox", "--json", "--data", folder], subprocess.PIPE)
        try:
            members = json.loads(sandbox.stdout.readline())
            seed(members["database_url"], members["unlimited_key"])
            measure_all(members)
        finally:
            stop(sandbox)


def seed(database_url: str, token: str) -> None:
    """Give store D 100,000 products by one statement."""
    print(f"seeding {PRODUCTS:,} products", file=sys.stderr)
    asyncio.run(fill(database_url, token.partition(".")[0]))


async def fill(database_url: str, key_id: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        INSERT INTO products (store_id, livemode, name, slug, short_description, price, compare_price, sku,
            stock_quantity, track_stock, status, primary_image)
        SELECT k.store_id, true, 'منتج رقم ' || n, 'bench-' || n, 'Produit de mesure numéro ' || n, 100 + n % 9000,
            200 + n % 9000, 'BENCH-' || n, n % 100, true, 'active', 'https://example.dz/' || n || '.jpg'
        FROM generate_series(1, $2::int) n, api_keys k WHERE k.key_id = $1
        """,
        key_id,
        PRODUCTS,
    )
    await connection.execute("VACUUM ANALYZE products")
    await connection.close()


def measure_all(members: dict) -> None:
    port = free_port()
    reference = start(
        [sys.executable, "-m", "uvicorn", "bench.reference:app", "--port", str(port), "--no-access-log", "--log-level",
         "warning", "--loop", "uvloop", "--http", "httptools"],
        environment={"DATABASE_URL": members["database_url"], "BENCH_STORE": store_of(members)},
    )  # fmt: skip
    base, key = members["base_url"], {"Authorization": f"Bearer {members['unlimited_key']}"}
    fields = "databaseId name slug shortDescription price comparePrice sku stockQuantity trackStock status featured"
    query = json.dumps({"query": f"{{ products(first: 20) {{ nodes {{ {fields} primaryImage createdAt }} }} }}"})
    cases = [
        Case("R: the reference", f"http://127.0.0.1:{port}/products"),
        Case("GET /v1/products?limit=20", f"{base}/v1/products?limit=20", key),
        Case("GraphQL, 20 × 13", f"{base}/graphql", key | {"Content-Type": "application/json"}, query),
        Case("GET /v1/ping", f"{base}/v1/ping"),
    ]
    try:
        wait_for(cases[0].url)
        for case in cases:
            load(case, 1)
        for case in cases:
            case.rates.clear(), case.p50.clear(), case.p99.clear()
        for _ in range(ROUNDS):
            for case in cases:
                load(case, SECONDS)
    finally:
        stop(reference)
    show(cases)


def load(case: Case, seconds: int) -> None:
    """Run wrk against a case and keep its figures; anything but 2xx is an error of the bench."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in case.headers.items()]
        if case.body is not None:
            lines += ['wrk.method = "POST"', f"wrk.body = [==[{case.body}]==]"]
        script.write("\n".join(lines))
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", script.name, case.url]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out:
        sys.exit(f"{case.name}: not every answer was a 2xx\n{out}")
    case.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]))
    case.p50.append(milliseconds(re.search(r"(?m)^ +50%\s+(\S+)", out)[1]))
    case.p99.append(milliseconds(re.search(r"(?m)^ +99%\s+(\S+)", out)[1]))


def show(cases: list[Case]) -> None:
    base = statistics.median(cases[0].rates)
    print(f"{'':32}{'requests/s':>12}{'of R':>8}{'p50 ms':>9}{'p99 ms':>9}")
    for case in cases:
        rate = statistics.median(case.rates)
        row = f"{case.name:32}{rate:12,.0f}{rate / base:8.2f}"
        print(f"{row}{statistics.median(case.p50):9.2f}{statistics.median(case.p99):9.2f}")


def milliseconds(text: str) -> float:
    unit = re.sub(r"[\d.]", "", text)
    return float(text.removesuffix(unit)) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def store_of(members: dict) -> str:
    """Return store D's id, as its own key says it."""
    request = urllib.request.Request(
        f"{members['base_url']}/v1/whoami", headers={"Authorization": f"Bearer {members['unlimited_key']}"}
    )
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["data"]["store_id"])


def start(command: list[str], stdout: int | None = None, environment: dict | None = None) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=stdout,
        text=True,
        env={**os.environ, "DZBUILD_LOG_LEVEL": "warning"} | (environment or {}),
    )


def stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
        else:
            return


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    main()
