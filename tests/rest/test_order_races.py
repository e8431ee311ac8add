"""What many do at once, over two processes: stock is never sold twice, and nobody waits for one another in a circle."""

import asyncio
import itertools
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import httpx
import pytest

from tests.conftest import Instance
from tests.rest.answers import given
from tests.rest.ordering import body

pytestmark = pytest.mark.anyio

turns = itertools.count()


class Market:
    """A store that two processes serve."""

    def __init__(self, clients: Sequence[httpx.AsyncClient], database: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.clients = clients
        self.database = database

    async def send(self, method: str, path: str, sent: Any) -> httpx.Response:
        """Send a write to one process or the other, in turn.

        Where a connection is closed that was idle for long, as they are on a busy machine, it is sent again under the
        same key: a retry is safe.
        """
        client, headers = self.clients[next(turns) % len(self.clients)], {"Idempotency-Key": secrets.token_hex(8)}
        try:
            return await client.request(method, path, json=sent, headers=headers)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            return await client.request(method, path, json=sent, headers=headers)

    async def product(self, quantity: int) -> int:
        sent = {"name": "قميص", "price": 10, "status": "active", "track_stock": True, "stock_quantity": quantity}
        return int(given(await self.send("POST", "/v1/products", sent), 201)["id"])

    async def order(self, items: dict[int, int], phone: str = "0555000111") -> dict[str, Any]:
        sent = body(0, customer={"phone": phone})
        sent["items"] = [{"product_id": product, "quantity": quantity} for product, quantity in items.items()]
        found: dict[str, Any] = given(await self.send("POST", "/v1/orders", sent), 201)
        return found

    async def orders(self, baskets: Sequence[dict[int, int]]) -> list[dict[str, Any]]:
        """Order each basket, for a customer of its own."""
        return await asyncio.gather(*(self.order(each, f"06610{place:05}") for place, each in enumerate(baskets)))

    async def move(self, order: int, status: str) -> tuple[int, str]:
        """Return the status of the answer, and its error's code."""
        response = await self.send("PATCH", f"/v1/orders/{order}", {"status": status})
        return response.status_code, response.json().get("error", {}).get("code", "")

    async def stocks(self, products: Sequence[int]) -> list[int]:
        """Return the quantities, each of which is what its ledger adds up to."""
        rows = await self.database.fetch(
            "SELECT p.stock_quantity, (SELECT sum(change) FROM stock_movements m WHERE m.product_id = p.id) AS noted"
            " FROM products p WHERE id = ANY($1) ORDER BY id",
            list(products),
        )
        assert all(row["stock_quantity"] == (row["noted"] or 0) for row in rows)
        return [row["stock_quantity"] for row in rows]

    async def deadlocks(self) -> int:
        await self.database.execute("SELECT pg_stat_clear_snapshot()")
        return int(
            await self.database.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )


@pytest.fixture
async def market(instance: Instance, second_process: str) -> AsyncIterator[Market]:
    headers = {"Authorization": f"Bearer {instance.members['unlimited_key']}"}
    limits = httpx.Limits(max_connections=32)
    addresses = (instance.base_url, second_process)
    clients = [httpx.AsyncClient(base_url=each, headers=headers, limits=limits, timeout=60) for each in addresses]
    database = await asyncpg.connect(instance.members["database_url"])
    yield Market(clients, database)
    await database.close()
    for client in clients:
        await client.aclose()


async def test_ten_units_for_a_hundred_orders(market: Market) -> None:
    product = await market.product(10)
    orders = [await market.order({product: 1}, f"05550{number:05}") for number in range(100)]
    before = await market.deadlocks()
    told = await asyncio.gather(*(market.move(order["id"], "confirmed") for order in orders))
    assert Counter(told) == {(200, ""): 10, (409, "insufficient_stock"): 90}
    assert await market.stocks([product]) == [0]
    assert await market.deadlocks() == before


async def test_several_products_in_any_order(market: Market) -> None:
    """All of each product goes, or some order stays unserved that wanted more than there is left of one."""
    chance = random.Random(20260430)
    products = [await market.product(200) for _ in range(6)]
    some = [chance.sample(products, chance.randint(2, 5)) for _ in range(1_000)]
    baskets = [{product: chance.randint(1, 3) for product in each} for each in some]
    orders = await market.orders(baskets)
    before = await market.deadlocks()
    told = await asyncio.gather(*(market.move(order["id"], "confirmed") for order in orders))
    assert set(told) == {(200, ""), (409, "insufficient_stock")}
    served = [basket for basket, (status, _) in zip(baskets, told, strict=True) if status == 200]
    left = {product: 200 - sum(basket.get(product, 0) for basket in served) for product in products}
    assert await market.stocks(products) == [left[product] for product in sorted(products)]
    assert min(left.values()) >= 0
    unserved = [basket for basket, (status, _) in zip(baskets, told, strict=True) if status == 409]
    assert all(any(left[product] < wanted for product, wanted in basket.items()) for basket in unserved)
    assert await market.deadlocks() == before


async def test_confirming_and_cancelling_the_same_orders(market: Market) -> None:
    """Whatever wins, what is taken is what confirmed orders have."""
    products = [await market.product(500) for _ in range(3)]
    orders = [await market.order(dict.fromkeys(products, 2), f"07700{number:05}") for number in range(40)]
    before = await market.deadlocks()
    statuses = ("confirmed", "cancelled", "confirmed", "cancelled")
    told = await asyncio.gather(*(market.move(order["id"], status) for order in orders for status in statuses))
    assert set(told) <= {(200, ""), (409, "invalid_transition")}
    assert await market.stocks(products) == [500] * 3
    assert await market.deadlocks() == before


async def test_one_order_confirmed_by_many(market: Market) -> None:
    product = await market.product(100)
    order = await market.order({product: 7})
    told = await asyncio.gather(*(market.move(order["id"], "confirmed") for _ in range(30)))
    assert set(told) == {(200, "")}
    assert await market.stocks([product]) == [93]
    happened = await market.database.fetchval(
        "SELECT count(*) FROM events WHERE name = 'order.confirmed' AND data->>'order_id' = $1", str(order["id"])
    )
    assert happened == 1


async def test_first_orders_of_one_customer(market: Market) -> None:
    product = await market.product(0)
    phone = f"05{secrets.randbelow(10**8):08}"
    orders = await asyncio.gather(*(market.order({product: 1}, phone) for _ in range(50)))
    assert len({order["customer"]["id"] for order in orders}) == 1
    assert len({order["order_number"] for order in orders}) == 50
    (row,) = await market.database.fetch("SELECT total_orders FROM customers WHERE phone = $1", phone)
    assert row["total_orders"] == 50


async def test_customers_that_change_places(market: Market) -> None:
    """Orders that go over from one customer to the other, both ways at once."""
    product = await market.product(0)
    one, other = (f"06{secrets.randbelow(10**8):08}" for _ in range(2))
    orders = [(await market.order({product: 1}, phone))["id"] for phone in (one, other) * 15]
    before = await market.deadlocks()

    async def swap(place: int, order: int) -> int:
        sent = {"customer": {"phone": (other, one)[place % 2]}}
        return (await market.send("PATCH", f"/v1/orders/{order}", sent)).status_code

    assert set(await asyncio.gather(*(swap(place, order) for place, order in enumerate(orders)))) == {200}
    rows = await market.database.fetch(
        "SELECT total_orders, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS there FROM customers c"
        " WHERE phone = ANY($1)",
        [one, other],
    )
    assert [(row["total_orders"], row["there"]) for row in rows] == [(15, 15)] * 2
    assert await market.deadlocks() == before
