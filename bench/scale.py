"""`make bench-scale`: a walk through 10 million products: page 10,000 beside page 1, and searches."""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx

from bench.instance import start, stop

CHUNK = 250_000
PAGES = 10_000
SAMPLE = 200
# Rare, common, of one character, of none.
SEARCHES = ("deadbeef", "قميص", "q", "zz", "Tapis berbère", "S-777")

INSERT = """
INSERT INTO products (store_id, livemode, name, slug, price, sku, stock_quantity, track_stock, status)
SELECT $1, true, (ARRAY['قميص قطني', 'فستان صيفي', 'Chemise coton', 'Robe été', 'Chaussures sport', 'زيت زيتون',
    'Miel de jujubier', 'Théière', 'Assiette', 'Tapis berbère'])[1 + n % 10] || ' ' || md5(n::text),
    'scale-' || n, n % 9000, 'S-' || n, n % 90, true, (ARRAY['active', 'draft', 'archived'])[1 + (n % 20) / 18]
FROM generate_series($2::int, $3::int) n
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=10_000_000)
    rows = parser.parse_args().products
    with tempfile.TemporaryDirectory(prefix="dzbuild-scale-") as folder:
        Path(folder).chmod(0o711)
        sandbox = start([sys.executable, "-m", "app.cli", "sandbox", "--json", "--data", folder], subprocess.PIPE)
        try:
            members = json.loads(sandbox.stdout.readline())
            asyncio.run(fill(members["database_url"], members["store_id_b"], rows))
            measure(members)
        finally:
            stop(sandbox)


async def fill(database_url: str, store_id: int, rows: int) -> None:
    connection = await asyncpg.connect(database_url)
    began = time.monotonic()
    async for done in chunks(connection, store_id, rows):
        print(f"\r{done:,} products, {time.monotonic() - began:.0f} s", end="", file=sys.stderr)
    await connection.execute("VACUUM ANALYZE products")
    print(f"\r{rows:,} products in {time.monotonic() - began:.0f} s", file=sys.stderr)
    await connection.close()


async def chunks(connection: asyncpg.Connection, store_id: int, rows: int) -> AsyncIterator[int]:
    for first in range(1, rows + 1, CHUNK):
        last = min(first + CHUNK - 1, rows)
        await connection.execute(INSERT, store_id, first, last)
        yield last


def measure(members: dict) -> None:
    headers = {"Authorization": f"Bearer {members['platform_key_b']}", "Cache-Control": "no-cache"}
    raised = """UPDATE stores SET limit_overrides = '{"requests_per_minute": 10000000}' WHERE id = $1"""
    asyncio.run(run_once(members["database_url"], raised, members["store_id_b"]))
    with httpx.Client(base_url=members["base_url"], headers=headers, timeout=60) as client:
        until_raised(client)
        times, cursor = [], None
        for _ in range(PAGES):
            page, seconds = timed(client, {"limit": 50} | ({"cursor": cursor} if cursor else {}))
            times.append(seconds)
            cursor = page["next_cursor"]
            if cursor is None:
                break
        first, last = statistics.median(times[:SAMPLE]), statistics.median(times[-SAMPLE:])
        print(f"page 1 {first * 1000:.2f} ms, page {len(times):,} {last * 1000:.2f} ms: {last / first:.2f} ×")
        for search in SEARCHES:
            print(f"search {search!r}: {searched(client, search)}")


def searched(client: httpx.Client, search: str) -> str:
    """Return how long a search takes at best, or the status of one that takes longer than a statement may."""
    try:
        return f"{min(timed(client, {'limit': 50, 'search': search})[1] for _ in range(3)) * 1000:.0f} ms"
    except httpx.HTTPStatusError as error:
        return f"refused with {error.response.status_code}, as it takes too long"


def timed(client: httpx.Client, query: dict) -> tuple[dict, float]:
    began = time.perf_counter()
    answer = client.get("/v1/products", params=query)
    seconds = time.perf_counter() - began
    return answer.raise_for_status().json()["data"], seconds


def until_raised(client: httpx.Client) -> None:
    while int(client.get("/v1/whoami").headers["x-ratelimit-limit"]) < 10_000_000:
        time.sleep(0.1)


async def run_once(database_url: str, sql: str, *arguments: object) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(sql, *arguments)
    await connection.close()


if __name__ == "__main__":
    main()
