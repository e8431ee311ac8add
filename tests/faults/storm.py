"""A merchant's day while everything dies: what is sent, who is killed when, and what came of it.

Whoever sends is a good client: no answer, a 503 or "in progress" sends the same again under the same Idempotency-Key.
"""

import asyncio
import json
import os
import random
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import psutil

from tests.conftest import Instance
from tests.signed.clients import PublicKey

PATIENCE = 120.0
# Longer than the storm's instance waits for a statement.
LONGEST_HANG = 2.0
VICTIMS = ("app-1", "ingest", "deliver", "valkey", "postgres")
LIVES = (
    (),
    ("cancelled",),
    ("confirmed", "cancelled"),
    ("confirmed", "processing", "shipped", "delivered"),
    ("confirmed", "shipped", "delivered", "returned"),
    ("confirmed", "shipped", "returned"),
)
UPDATE = "mutation ($id: ID!, $i: OrderUpdateInput!) { orderUpdate(id: $id, input: $i) { order { status } } }"


@dataclass(frozen=True)
class Sale:
    """An order to be: what is bought, by whom, and what becomes of it."""

    name: str
    quantities: dict[int, int]
    phone: str
    life: tuple[str, ...]

    @property
    def changes(self) -> int:
        return 1 + len(self.life)


@dataclass
class Outcome:
    """What was acknowledged: events and signups by name, and each sale's order."""

    events: list[str] = field(default_factory=list)
    signups: dict[str, str] = field(default_factory=dict)
    orders: dict[int, Sale] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        return len(self.events) + len(self.signups)


@dataclass(frozen=True)
class Size:
    """How long a storm is: what is sent, and how often each process is killed, and hangs."""

    kills: int
    hangs: int
    messages: int
    changes: int


class Killer:
    """Kills by a plan: after how many acknowledgements who dies. Nobody goes far ahead of it.

    Before some of those that die, one hangs for a while: it is stopped where it is, and goes on.
    """

    def __init__(self, instance: Instance, chance: random.Random, size: Size, outcome: Outcome) -> None:
        victims = _shuffled(chance, size.kills)
        hanging = [*_shuffled(chance, size.hangs), *[None] * len(VICTIMS) * (size.kills - size.hangs)]
        chance.shuffle(hanging)
        edge = size.messages // 20
        moments = sorted(chance.sample(range(edge, size.messages - edge), len(victims)))
        self._plan = list(zip(moments, victims, hanging, strict=True))
        self._chance, self._instance, self._outcome = chance, instance, outcome

    async def run(self) -> None:
        """Kill each at its moment, once it lives."""
        last: dict[str, int] = {}
        while self._plan:
            moment, victim, hanging = self._plan[0]
            await until(lambda moment=moment: self._outcome.acknowledged >= moment)
            if hanging is not None:
                await self._hang(hanging)
            await asyncio.sleep(self._chance.uniform(0, 0.05))
            await until(lambda victim=victim: self._instance.pids().get(victim) not in (None, last.get(victim)))
            last[victim] = self._instance.pids()[victim]
            os.kill(last[victim], signal.SIGKILL)
            self._outcome.killed.append(victim)
            self._plan.pop(0)

    async def _hang(self, victim: str) -> None:
        """Let a process, with its children, stand still for a while."""
        await until(lambda: self._instance.pids().get(victim) is not None)
        parent = psutil.Process(self._instance.pids()[victim])
        family = [parent, *parent.children(recursive=True)]
        try:
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.suspend()
            await asyncio.sleep(self._chance.uniform(0.1, LONGEST_HANG))
        finally:
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.resume()
        self._outcome.hung.append(victim)

    async def pace(self) -> None:
        """Wait while a killing is overdue."""
        await until(lambda: not self._plan or self._outcome.acknowledged < self._plan[0][0] + 30)


class Store:
    """A store of the instance, by its platform key and its page's key."""

    def __init__(self, instance: Instance, client: httpx.AsyncClient) -> None:
        members = instance.members
        self.instance = instance
        self.client = client
        self.page = PublicKey(0, 0, members["load_public_key_id"], members["load_public_signing_secret"])
        self._token = members["unlimited_key"]

    async def write(self, method: str, path: str, body: Any, key: str) -> Any:
        """Send a write until it is answered, and return its `data`."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key}
        answer = await _answered(lambda: self.client.request(method, path, json=body, headers=headers))
        assert answer.is_success, (method, path, answer.text)
        return answer.json()["data"]

    async def read(self, path: str, **parameters: Any) -> Any:
        """Read until it is answered, and return `data`."""
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = await _answered(lambda: self.client.get(path, params=parameters, headers=headers))
        assert answer.is_success, (path, answer.text)
        return answer.json()["data"]

    async def track(self, path: str, body: dict[str, Any], key: str) -> None:
        """Send a signup or an event, signed anew each time, until it is acknowledged."""
        raw = json.dumps(body).encode()
        answer = await _answered(
            lambda: self.client.post(path, content=raw, headers=self.page.headers(raw, idempotency_key=key))
        )
        assert answer.status_code == 202, answer.text

    async def follow(self, seen: list[dict[str, Any]], ended: asyncio.Event) -> None:
        """Read the event log to its end, and on until nothing more is to come."""
        cursor: dict[str, str] = {}
        while True:
            last = ended.is_set()
            found = await self.read("/v1/event-log", limit=100, **cursor)
            seen.extend(found["items"])
            if found["next_cursor"]:
                cursor = {"cursor": found["next_cursor"]}
            if last and not found["has_more"]:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.1)


async def storm(store: Store, chance: random.Random, run: str, size: Size) -> Outcome:
    """Send messages and order changes, and kill meanwhile; return what was acknowledged."""
    messages, outcome = size.messages, Outcome()
    killer = Killer(store.instance, chance, size, outcome)
    products = [
        (await store.write("POST", "/v1/products", {**GOODS, "name": f"{run} {number}"}, f"{run}-p{number}"))["id"]
        for number in range(5)
    ]
    sales = iter(_sales(chance, run, products, size.changes))
    numbers = iter(range(messages))
    kinds = [chance.random() < 0.2 for _ in range(messages)]
    persons = [f"{run}-{chance.randrange(messages // 10)}" for _ in range(messages)]

    async def visitor() -> None:
        for number in numbers:
            await killer.pace()
            name = f"{run}-{number}"
            if kinds[number]:
                person = persons[number]
                body = {"external_user_id": person, "email": f"{person}@example.dz", "source": name}
                await store.track("/v1/signups", body, name)
                outcome.signups[name] = persons[number]
            else:
                await store.track("/v1/events", {"name": name}, name)
                outcome.events.append(name)

    async def merchant() -> None:
        for sale in sales:
            outcome.orders[await _live(store, sale, killer)] = sale

    await asyncio.gather(killer.run(), *(visitor() for _ in range(8)), *(merchant() for _ in range(4)))
    return outcome


GOODS = {"price": 150, "status": "active", "track_stock": True, "stock_quantity": 1_000_000, "low_stock_alert": 999_960}


def _shuffled(chance: random.Random, times: int) -> list[str | None]:
    """Return each victim so many times, in any order."""
    victims: list[str | None] = [victim for victim in VICTIMS for _ in range(times)]
    chance.shuffle(victims)
    return victims


def _sales(chance: random.Random, run: str, products: list[int], changes: int) -> Iterator[Sale]:
    number = 0
    while changes > 0:
        bought = {product: chance.randint(1, 4) for product in chance.sample(products, chance.randint(1, 3))}
        life = chance.choice(LIVES)[: changes - 1]
        yield Sale(f"{run}-{number}", bought, f"0555{chance.randrange(40):06}", life)
        number, changes = number + 1, changes - 1 - len(life)


async def _live(store: Store, sale: Sale, killer: Killer) -> int:
    """Place an order and take it through its life, over REST and GraphQL by turns; return its id."""
    await killer.pace()
    customer = {"name": "أمينة", "phone": sale.phone, "wilaya_id": 16, "commune": "Hydra"}
    items = [{"product_id": product, "quantity": quantity} for product, quantity in sale.quantities.items()]
    body = {"customer": customer, "delivery": {"type": "home"}, "items": items, "external_id": sale.name}
    order: int = (await store.write("POST", "/v1/orders", body, sale.name))["id"]
    for place, status in enumerate(sale.life):
        await killer.pace()
        key = f"{sale.name}-{status}"
        if place % 2:
            variables = {"id": str(order), "i": {"status": status.upper()}}
            await store.write("POST", "/graphql", {"query": UPDATE, "variables": variables}, key)
        else:
            await store.write("PATCH", f"/v1/orders/{order}", {"status": status}, key)
    return order


async def _answered(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Send until there is an answer that is none of an outage."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                answer = await send()
            except httpx.TransportError:
                await asyncio.sleep(0.02)
                continue
            if answer.status_code != 503 and "idempotency_in_progress" not in answer.text:
                return answer
            await asyncio.sleep(0.02)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a state of this process, or of a file."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def asked(instance: Instance, sql: str, *values: object) -> list[asyncpg.Record]:
    """Ask the database as soon as it answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                connection = await asyncpg.connect(instance.members["database_url"])
                try:
                    return await connection.fetch(sql, *values)
                finally:
                    await connection.close()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.05)


async def until_true(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a state of other processes."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def until_none(instance: Instance, sql: str, *values: object) -> None:
    """Wait until a query finds nothing any more."""

    async def none() -> bool:
        return not await asked(instance, f"{sql} LIMIT 1", *values)

    await until_true(none)
