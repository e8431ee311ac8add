"""An instance to measure: started, filled, and stopped."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

ROOT = Path(__file__).parents[1]
PRODUCTS = 100_000
ORDERS = 20_000

FILL = (
    """
    INSERT INTO products (store_id, livemode, name, slug, short_description, price, compare_price, sku,
        stock_quantity, track_stock, status, primary_image)
    SELECT $1, true, 'منتج رقم ' || n, 'bench-' || n, 'Produit de mesure numéro ' || n, 100 + n % 9000,
        200 + n % 9000, 'BENCH-' || n, n % 100, true, 'active', 'https://example.dz/' || n || '.jpg'
    FROM generate_series(1, $2::int) n
    """,
    """
    WITH category AS (
      INSERT INTO categories (store_id, livemode, name, slug) VALUES ($1, true, 'رفوف', 'bench') RETURNING id
    ), newest AS (
      UPDATE products p SET category_id = c.id FROM category c
      WHERE p.store_id = $1 AND p.slug IN (SELECT 'bench-' || n FROM generate_series($2::int - 99, $2::int) n)
      RETURNING p.id
    ), pictures AS (
      INSERT INTO product_images (store_id, livemode, product_id, url, alt, position)
      SELECT $1, true, id, 'https://example.dz/' || n || '.jpg', 'صورة ' || n, n
      FROM newest, generate_series(0, 2) n
    )
    INSERT INTO product_variants (store_id, livemode, product_id, name, price, stock_quantity, position)
    SELECT $1, true, id, 'Taille ' || n, 1500 + n, 10, n FROM newest, generate_series(0, 2) n
    """,
)
# Each customer's one order, of three lines.
FILL_ORDERS = """
    WITH people AS (
      INSERT INTO customers (store_id, livemode, phone, first_name, last_name, wilaya_id, commune, total_orders)
      SELECT $1, true, '06' || lpad(n::text, 8, '0'), 'Amina', 'Haddad', 16, 'Bab Ezzouar', 1
      FROM generate_series(1, $2::int) n RETURNING id, phone
    ), made AS (
      INSERT INTO orders (store_id, livemode, order_number, customer_id, customer_name, customer_phone, wilaya_id,
          commune, address, subtotal, delivery_fee, total)
      SELECT $1, true, 'BENCH-' || phone, id, 'Amina Haddad', phone, 16, 'Bab Ezzouar', 'Cité 5', 3000, 400, 3400
      FROM people ORDER BY id RETURNING id
    ), noted AS (
      INSERT INTO order_timeline (order_id, to_status, actor) SELECT id, 'pending', 'bench' FROM made
    )
    INSERT INTO order_items (order_id, product_id, name, quantity, unit_price, total)
    SELECT made.id, p.id, p.name, 1, 1000, 1000
    FROM made, (SELECT id, name FROM products WHERE store_id = $1 ORDER BY id DESC LIMIT 3) p
    """
TABLES = "products, product_images, product_variants, categories, customers, orders, order_items, order_timeline"


class Instance:
    """A sandbox that runs: what it printed, where its data are, and its store D, whose key has no limits."""

    def __init__(self, members: dict[str, Any], folder: Path) -> None:
        self.members = members
        self.folder = folder
        self.base: str = members["base_url"]
        self.key: str = members["unlimited_key"]
        self.headers = {"Authorization": f"Bearer {self.key}"}
        self.store_id = int(self._whoami()["store_id"])

    def _whoami(self) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.base}/v1/whoami", headers=self.headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"]

    def pids(self) -> dict[str, int]:
        """Return its processes by name, as they are now."""
        return json.loads((self.folder / "pids.json").read_text())

    def environment(self) -> dict[str, str]:
        """Return what another process needs to work on the same data."""
        return {
            "DATABASE_URL": self.members["database_url"],
            "REDIS_URL": self.members["redis_url"],
            "DZBUILD_APP_KEYS": (self.folder / "app.key").read_text().strip(),
        }

    def sql(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Run one statement and return its rows."""

        async def run() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.members["database_url"])
            try:
                return await connection.fetch(statement, *arguments)
            finally:
                await connection.close()

        return asyncio.run(run())

    def fill(self, products: int = PRODUCTS, orders: int = ORDERS) -> None:
        """Give store D products and orders of them."""
        print(f"seeding {products:,} products, {orders:,} orders", file=sys.stderr)
        for statement in FILL:
            self.sql(statement, self.store_id, products)
        self.sql(FILL_ORDERS, self.store_id, orders)
        for table in TABLES.split(", "):
            self.sql(f"VACUUM ANALYZE {table}")


@contextmanager
def running() -> Iterator[Instance]:
    """Run a sandbox for a measurement."""
    with tempfile.TemporaryDirectory(prefix="dzbuild-bench-") as folder:
        # PostgreSQL runs as another account under root, and passes through.
        Path(folder).chmod(0o711)
        sandbox = start([sys.executable, "-m", "app.cli", "sandbox", "--json", "--data", folder], subprocess.PIPE)
        try:
            assert sandbox.stdout is not None
            yield Instance(json.loads(sandbox.stdout.readline()), Path(folder))
        finally:
            stop(sandbox)


def start(
    command: list[str], stdout: int | None = None, environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=stdout,
        text=True,
        env={**os.environ, "DZBUILD_LOG_LEVEL": "warning"} | (environment or {}),
    )


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
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
        return int(listener.getsockname()[1])
