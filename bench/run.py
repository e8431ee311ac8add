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
# Each request is another product, under another key. BODY has its name in it as NAME.
WRITES = """
math.randomseed(os.time() * 1000 + tonumber(tostring({}):sub(8), 16) % 1000)
local run, number = math.random(1e9), 0
wrk.headers["Content-Type"] = "application/json"
function request()
  number = number + 1
  local name = run .. "-" .. number
  wrk.headers["Idempotency-Key"] = name
  return wrk.format("POST", nil, nil, ([==[BODY]==]):gsub("NAME", name))
end
"""
CREATED = '{"name": "Bench NAME", "price": 1500, "sku": "NAME", "stock_quantity": 50}'
CREATED_BY_GRAPHQL = json.dumps(
    {
        "query": "mutation ($input: ProductCreateInput!) { productCreate(input: $input) { product { databaseId name "
        "slug description shortDescription categoryId pricing { price comparePrice costPrice } "
        "inventory { sku barcode trackStock stockQuantity lowStockAlert } "
        "shipping { weight height width length doInsurance } status featured hasVariants "
        "images { databaseId url alt position } variants { databaseId name sku price stockQuantity } "
        "createdAt updatedAt externalId metadata } } }",
        "variables": {"input": {"name": "Bench NAME", "price": 1500, "sku": "NAME", "stockQuantity": 50}},
    }
)
SECONDS = 4
CONNECTIONS = 16


@dataclass
class Case:
    """One thing that is measured, and what it is compared with: the case of that name."""

    name: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    script: str = ""
    status: int = 200
    against: str = "R: product list"
    # How many answers may be of another status: the key whose minute is full gets a new one now and then.
    others: int = 0
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
            measure_all(members, Path(folder))
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
    await connection.execute(
        """
        WITH category AS (
          INSERT INTO categories (store_id, livemode, name, slug)
          SELECT k.store_id, true, 'رفوف', 'bench' FROM api_keys k WHERE k.key_id = $1 RETURNING id, store_id
        ), newest AS (
          UPDATE products p SET category_id = c.id FROM category c
          WHERE p.store_id = c.store_id
            AND p.slug IN (SELECT 'bench-' || n FROM generate_series($2::int - 99, $2::int) n)
          RETURNING p.id, p.store_id
        ), pictures AS (
          INSERT INTO product_images (store_id, livemode, product_id, url, alt, position)
          SELECT store_id, true, id, 'https://example.dz/' || n || '.jpg', 'صورة ' || n, n
          FROM newest, generate_series(0, 2) n
        )
        INSERT INTO product_variants (store_id, livemode, product_id, name, price, stock_quantity, position)
        SELECT store_id, true, id, 'Taille ' || n, 1500 + n, 10, n FROM newest, generate_series(0, 2) n
        """,
        key_id,
        PRODUCTS,
    )
    await connection.execute("VACUUM ANALYZE products, product_images, product_variants, categories")
    await connection.close()


def measure_all(members: dict, folder: Path) -> None:
    port, plain_port = free_port(), free_port()
    reference = start(
        [sys.executable, "-m", "uvicorn", "bench.reference:app", "--port", str(port), "--no-access-log", "--log-level",
         "warning", "--loop", "uvloop", "--http", "httptools"],
        environment={"DATABASE_URL": members["database_url"], "BENCH_STORE": store_of(members)},
    )  # fmt: skip
    # The same application, schema and chain; its operations are run field by field.
    plain = start(
        [sys.executable, "-m", "app.cli", "serve", "--port", str(plain_port)],
        subprocess.DEVNULL,
        environment={
            "DATABASE_URL": members["database_url"],
            "REDIS_URL": members["redis_url"],
            "DZBUILD_APP_KEYS": (folder / "app.key").read_text().strip(),
            "DZBUILD_GRAPHQL_PLANS": "false",
        },
    )
    try:
        bases = (f"http://127.0.0.1:{port}", members["base_url"], f"http://127.0.0.1:{plain_port}")
        cases = [*rest_cases(members, *bases[:2]), *graphql_cases(members, *bases)]
        for base, path in zip(bases, ("/products", "/healthz", "/healthz"), strict=True):
            wait_for(base + path)
        measure(cases, members)
    finally:
        stop(reference)
        stop(plain)
    show(cases)


def rest_cases(members: dict, reference: str, base: str) -> list[Case]:
    key = {"Authorization": f"Bearer {members['unlimited_key']}"}
    page = f"{base}/v1/products?limit=20"
    return [
        Case("R: product list", f"{reference}/products"),
        Case("GET /v1/products?limit=20, uncached", page, key | {"Cache-Control": "no-cache"}),
        Case("  from the cache", page, key),
        Case("  304", page, key | {"If-None-Match": "*"}, status=304),
        Case("  429", page, {"Authorization": f"Bearer {members['free_key']}"}, status=429, others=60),
        Case("POST /v1/products", f"{base}/v1/products", key, script=WRITES.replace("BODY", CREATED), status=201),
        Case("GET /healthz", f"{base}/healthz"),
    ]


def graphql_cases(members: dict, reference: str, base: str, plain: str) -> list[Case]:
    key = {"Authorization": f"Bearer {members['unlimited_key']}", "Content-Type": "application/json"}
    fresh = key | {"Cache-Control": "no-cache"}
    fields = "databaseId name slug shortDescription price comparePrice sku stockQuantity trackStock status featured"
    thirteen = f"{fields} primaryImage createdAt"
    flat = query(f"{{ products(first: 20) {{ nodes {{ {thirteen} }} }} }}")
    below = "images { url alt position } variants { name price stockQuantity } category { name }"
    nested = query(f"{{ products(first: 20) {{ nodes {{ databaseId name {below} }} }} }}")
    one = query(f"query ($slug: String!) {{ product(slug: $slug) {{ {thirteen} }} }}", slug=f"bench-{PRODUCTS}")
    rows, tree, row = "R: 20 × 13", "R: nested", "R: by slug"
    created, rest_create = WRITES.replace("BODY", CREATED_BY_GRAPHQL), "POST /v1/products"
    by_field = ("  field by field", "  field by field, nested", "  field by field, by slug")
    return [
        Case(rows, f"{reference}/thirteen", against=rows),
        Case("GraphQL, 20 × 13, uncached", f"{base}/graphql", fresh, flat, against=rows),
        Case("  from the cache", f"{base}/graphql", key, flat, against=rows),
        Case(by_field[0], f"{plain}/graphql", fresh, flat, against=rows),
        Case(tree, f"{reference}/nested", against=tree),
        Case("GraphQL, 20 × (3 + 3 + 1), uncached", f"{base}/graphql", fresh, nested, against=tree),
        Case(by_field[1], f"{plain}/graphql", fresh, nested, against=tree),
        Case(row, f"{reference}/product", against=row),
        Case("GraphQL, product by slug, uncached", f"{base}/graphql", fresh, one, against=row),
        Case(by_field[2], f"{plain}/graphql", fresh, one, against=row),
        Case("GraphQL, productCreate", f"{base}/graphql", key, script=created, against=rest_create),
    ]


def query(document: str, **variables: object) -> str:
    return json.dumps({"query": document, "variables": variables})


def measure(cases: list[Case], members: dict) -> None:
    """Measure every case in turns of a few seconds, after a first turn that counts for nothing."""
    for turn in range(ROUNDS + 1):
        for case in cases:
            if case.status == 429:
                exhaust(members["base_url"], members["free_key"])
            load(case, SECONDS if turn else 1)
            if not turn:
                case.rates.clear(), case.p50.clear(), case.p99.clear()


def exhaust(base: str, token: str) -> None:
    """Use up a free key's minute."""
    script = f'wrk.headers["Authorization"] = "Bearer {token}"'
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        subprocess.run(
            ["wrk", "-c2", "-t1", "-d1s", "-s", file.name, f"{base}/v1/whoami"], check=True, capture_output=True
        )


def load(case: Case, seconds: int) -> None:
    """Run wrk against a case and keep its figures; anything but 2xx is an error of the bench."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in case.headers.items()]
        if case.body is not None:
            lines += ['wrk.method = "POST"', f"wrk.body = [==[{case.body}]==]"]
        lines += [case.script, COUNT.replace("EXPECTED", str(case.status))]
        script.write("\n".join(lines))
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", script.name, case.url]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    others = re.search(r"others: (\d+)", out)
    if others is None or int(others[1]) > case.others:
        sys.exit(f"{case.name}: not every answer was a {case.status}\n{out}")
    case.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]))
    case.p50.append(milliseconds(re.search(r"(?m)^ +50%\s+(\S+)", out)[1]))
    case.p99.append(milliseconds(re.search(r"(?m)^ +99%\s+(\S+)", out)[1]))


def show(cases: list[Case]) -> None:
    median = {case.name: statistics.median(case.rates) for case in cases}
    print(f"{'':38}{'requests/s':>12}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}")
    for case in cases:
        rate = statistics.median(case.rates)
        row = f"{case.name:38}{rate:12,.0f}{rate / median[case.against]:8.2f}"
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
