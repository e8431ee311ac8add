"""`python -m bench.confirm`: many confirm orders of one product at once, so that each waits for its row."""

import argparse
import asyncio
import secrets
import statistics
import time
from collections.abc import Iterator

import httpx

from bench.instance import Instance, running
from bench.load import SERVERS, machine_load, seconds_of

CLIENTS = 16
ORDERS = 3_000
# All of one tracked product, of which there is more than enough; each of another customer.
FILL = """
    WITH product AS (
      INSERT INTO products (store_id, livemode, name, slug, price, track_stock, stock_quantity, status)
      VALUES ($1, true, 'قميص', 'hot', 1000, true, 1000000, 'active') RETURNING id, stock_quantity
    ), opened AS (
      INSERT INTO stock_movements (store_id, livemode, product_id, change, reason)
      SELECT $1, true, id, stock_quantity, 'opening' FROM product
    ), people AS (
      INSERT INTO customers (store_id, livemode, phone, first_name, last_name, total_orders)
      SELECT $1, true, '07' || lpad(n::text, 8, '0'), 'Ali', '', 1 FROM generate_series(1, $2::int) n
      RETURNING id, phone
    ), made AS (
      INSERT INTO orders (store_id, livemode, order_number, customer_id, customer_name, customer_phone, wilaya_id,
          commune, subtotal, total)
      SELECT $1, true, 'HOT-' || phone, id, 'Ali', phone, 16, 'Centre', 1000, 1000 FROM people RETURNING id
    ), lines AS (
      INSERT INTO order_items (order_id, product_id, name, quantity, unit_price, total)
      SELECT made.id, product.id, 'قميص', 1, 1000, 1000 FROM made, product
    )
    SELECT id FROM made
"""
LEFT = """
    SELECT stock_quantity, (SELECT sum(change) FROM stock_movements m WHERE m.product_id = p.id) AS noted
    FROM products p WHERE store_id = $1 AND slug = 'hot'
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    orders = parser.parse_args().orders
    with running() as instance:
        measure(instance, [row["id"] for row in instance.sql(FILL, instance.store_id, orders)])
        (left,) = instance.sql(LEFT, instance.store_id)
        if left["stock_quantity"] != left["noted"] or left["stock_quantity"] != 1_000_000 - orders:
            raise SystemExit(f"The stock is {left['stock_quantity']}, the ledger says {left['noted']}")


def measure(instance: Instance, orders: list[int]) -> None:
    pids = {name: pid for name, pid in instance.pids().items() if name in ("app-1", *SERVERS)}
    instance.sql("VACUUM ANALYZE orders")
    told = machine_load()
    before = {name: seconds_of(pid) for name, pid in pids.items()}
    began = time.monotonic()
    times = asyncio.run(confirm_all(instance, iter(orders)))
    seconds = time.monotonic() - began
    used = {name: (seconds_of(pid) - before[name]) / len(orders) * 1e6 for name, pid in pids.items()}
    times.sort()
    print(f"{len(orders):,} orders of one product confirmed by {CLIENTS} clients: {len(orders) / seconds:,.0f}/s,")
    print(f"p50 {statistics.median(times) * 1000:.1f} ms, p99 {times[len(times) * 99 // 100] * 1000:.1f} ms;")
    print(f"CPU µs each: {', '.join(f'{name} {each:.0f}' for name, each in used.items())}; {told} before it")


async def confirm_all(instance: Instance, orders: Iterator[int]) -> list[float]:
    """Let so many clients take the next order each, and return how long each confirmation took."""
    times: list[float] = []

    async def work() -> None:
        async with httpx.AsyncClient(base_url=instance.base, headers=instance.headers, timeout=60) as client:
            for order in orders:
                headers = {"Idempotency-Key": secrets.token_hex(8)}
                began = time.perf_counter()
                response = await client.patch(f"/v1/orders/{order}", json={"status": "confirmed"}, headers=headers)
                response.raise_for_status()
                times.append(time.perf_counter() - began)

    await asyncio.gather(*(work() for _ in range(CLIENTS)))
    return times


if __name__ == "__main__":
    main()
