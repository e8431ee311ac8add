"""Walks through 5,000 rows while others write: what is there all the while comes exactly once; a sync misses none."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from app.asgi import Application
from app.services import Servers
from db.engine import engine
from tests.conftest import Shop, ShopMaker
from tests.model.surfaces import GraphQL, Rest, Surface
from tests.rest.answers import given
from tests.rest.ordering import body

pytestmark = pytest.mark.anyio

ROWS = 5_000
PAGE = 100
# So many writes are made beside each walk, which is begun again until they are.
WRITES = 100
SURFACES = pytest.mark.parametrize("surface", [Rest(), GraphQL()], ids=["REST", "GraphQL"])
Act = Callable[[random.Random], Coroutine[Any, Any, None]]

SEED = (
    """
    INSERT INTO products (store_id, livemode, name, slug, price, status)
    SELECT $1, true, 'منتج ' || n, 'walk-' || n, 0, 'active' FROM generate_series(1, $2::int) n
    """,
    """
    INSERT INTO customers (store_id, livemode, phone, first_name, last_name, total_orders)
    SELECT $1, true, '05' || lpad(n::text, 8, '0'), 'Ali', '', 1 FROM generate_series(1, $2::int) n
    """,
    """
    INSERT INTO orders (store_id, livemode, order_number, customer_id, customer_name, customer_phone,
        wilaya_id, commune)
    SELECT $1, true, 'WALK-' || c.phone, c.id, 'Ali', c.phone, 16, 'Centre' FROM customers c
    WHERE c.store_id = $1 ORDER BY c.id LIMIT $2
    """,
)


@pytest.fixture
async def shop(make_shop: ShopMaker) -> Shop:
    """A store of 5,000 products, and of as many orders and customers."""
    made: Shop = await make_shop(tier="enterprise")
    # What is measured here is no minute: the walk and its company ask for more than one's requests.
    raised = """UPDATE stores SET limit_overrides = '{"requests_per_minute": 10000000}' WHERE id = $1"""
    async with engine.transaction():
        await engine.write(raised, made.store_id)
        for sql in SEED:
            await engine.write(sql, made.store_id, *([ROWS] if "$2" in sql else []))
    return made


@pytest.fixture
async def outsider(servers: Servers, application: Application) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of its own, beside the application's pool."""
    connection = await asyncpg.connect(servers.database_url)
    yield connection
    await connection.close()


@asynccontextmanager
async def company(*acts: Act) -> AsyncIterator[list[int]]:
    """Let others write, each one thing after the other, until the block ends; gives how many writes were made."""
    over, written = asyncio.Event(), [0]

    async def go_on(place: int, act: Act) -> None:
        chance = random.Random(place)
        while not over.is_set():
            await act(chance)
            written[0] += 1

    async with asyncio.TaskGroup() as group:
        for place, act in enumerate(acts):
            group.create_task(go_on(place, act))
        try:
            yield written
        finally:
            over.set()


async def ids(shop: Shop, table: str) -> list[int]:
    rows = await engine.fetch(f"SELECT id FROM {table} WHERE store_id = $1 ORDER BY id", shop.store_id)
    return [row["id"] for row in rows]


@SURFACES
async def test_products(shop: Shop, surface: Surface) -> None:
    """Some are inserted, some edited, some deleted on the way."""
    there = await ids(shop, "products")
    deleted: set[int] = set()

    async def insert(chance: random.Random) -> None:
        await shop.create(name=f"new {chance.random()}", status="active")

    async def edit(chance: random.Random) -> None:
        which = chance.choice(there)
        if which not in deleted:
            response = await shop.write("PATCH", f"/v1/products/{which}", {"price": chance.randint(1, 9)})
            assert response.status_code in (200, 404)

    async def delete(chance: random.Random) -> None:
        which = chance.choice(there)
        if which not in deleted:
            deleted.add(which)
            given(await shop.write("DELETE", f"/v1/products/{which}"))

    async with company(insert, insert, edit, edit, delete) as written:
        while written[0] < WRITES:
            filters = {} if written[0] < WRITES / 2 else {"status": "active"}
            before = deleted.copy()
            seen = [row["id"] for row in await surface.all(shop, "products", PAGE, **filters)]
            assert seen == sorted(set(seen), reverse=True)
            survivors = set(there) - deleted
            assert survivors <= set(seen)
            assert not before & set(seen)
    rows = await surface.all(shop, "products", PAGE)
    assert [row["id"] for row in rows] == sorted(set(await ids(shop, "products")) - deleted, reverse=True)


@SURFACES
async def test_orders(shop: Shop, surface: Surface) -> None:
    """New ones are placed, and others change their status, and so leave one list for another."""
    there = await ids(shop, "orders")
    product = (await shop.create(status="active"))["id"]
    left: set[int] = set()

    async def place(chance: random.Random) -> None:
        phone = f"07{chance.randrange(10**8):08}"
        given(await shop.write("POST", "/v1/orders", body(product, customer={"phone": phone})), 201)

    async def note(chance: random.Random) -> None:
        given(await shop.write("PATCH", f"/v1/orders/{chance.choice(there)}", {"notes": str(chance.random())}))

    async def cancel(chance: random.Random) -> None:
        which = chance.choice(there)
        left.add(which)
        given(await shop.write("PATCH", f"/v1/orders/{which}", {"status": "cancelled"}))

    async with company(place, place, note, note, cancel) as written:
        while written[0] < WRITES:
            seen = [row["id"] for row in await surface.all(shop, "orders", PAGE)]
            assert seen == sorted(set(seen), reverse=True)
            assert set(there) <= set(seen)
            seen = [row["id"] for row in await surface.all(shop, "orders", PAGE, status="pending")]
            assert seen == sorted(set(seen), reverse=True)
            assert set(there) - left <= set(seen)
    assert [row["id"] for row in await surface.all(shop, "orders", PAGE)] == (await ids(shop, "orders"))[::-1]
    assert {row["id"] for row in await surface.all(shop, "orders", PAGE, status="cancelled")} == left


class Mirror:
    """A copy of a list, kept by `updated_since` alone: the way in which another system follows a store."""

    def __init__(self, shop: Shop, surface: Surface, kind: str, member: str) -> None:
        self.shop, self.surface, self.kind, self.member = shop, surface, kind, member
        self.rows: dict[int, Any] = {}
        self.since = "2020-01-01"

    async def sync(self) -> None:
        """Take in what has changed since the newest change that is known."""
        rows = await self.surface.all(self.shop, self.kind, PAGE, updated_since=self.since)
        self.rows |= {row["id"]: row[self.member] for row in rows}
        if rows:
            self.since = rows[-1]["updated_at"]

    async def stored(self) -> dict[int, Any]:
        rows = await engine.fetch(f"SELECT id, {self.member} FROM {self.kind} WHERE store_id = $1", self.shop.store_id)
        return {row["id"]: row[self.member] for row in rows}


@SURFACES
async def test_sync_of_products(shop: Shop, surface: Surface, outsider: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Changes that are committed late, and not in the order in which they began, are in the copy too."""
    there = await ids(shop, "products")
    # Those that the slow one holds, and those that all others write to.
    slow, fast = there[:50], there[50:]
    mirror = Mirror(shop, surface, "products", "price")

    async def insert(chance: random.Random) -> None:
        await shop.create(price=chance.randint(1, 10**6), status="active")

    async def edit(chance: random.Random) -> None:
        sent = {"price": chance.randint(1, 10**6)}
        given(await shop.write("PATCH", f"/v1/products/{chance.choice(fast)}", sent))

    async def be_late(chance: random.Random) -> None:
        """Change a row, let others change and commit some, then commit: its time is older than theirs."""
        async with outsider.transaction():
            which, price = chance.choice(slow), chance.randint(1, 10**6)
            await outsider.execute("UPDATE products SET price = $2, updated_at = now() WHERE id = $1", which, price)
            for _ in range(3):
                await edit(chance)

    async with company(insert, edit, edit, be_late) as written:
        while written[0] < WRITES:
            await mirror.sync()
    await mirror.sync()
    assert mirror.rows == await mirror.stored()


@SURFACES
async def test_sync_of_orders(shop: Shop, surface: Surface) -> None:
    there = await ids(shop, "orders")
    product = (await shop.create(status="active"))["id"]
    mirror = Mirror(shop, surface, "orders", "status")

    async def place(chance: random.Random) -> None:
        given(await shop.write("POST", "/v1/orders", body(product)), 201)

    async def cancel(chance: random.Random) -> None:
        given(await shop.write("PATCH", f"/v1/orders/{chance.choice(there)}", {"status": "cancelled"}))

    async with company(place, cancel, cancel) as written:
        while written[0] < WRITES:
            await mirror.sync()
    await mirror.sync()
    assert mirror.rows == await mirror.stored()
