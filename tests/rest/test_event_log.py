"""`GET /v1/event-log` and `eventLog`: every event once, in commit order, however slowly others commit."""

import asyncio
import random
from typing import Any

import pytest

from db.engine import engine
from graph.events import event_record
from graph.store_admin import operator_context
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import given, refused, refused_fields

pytestmark = pytest.mark.anyio

MOVED = {"old_status": "pending", "new_status": "confirmed"}
QUERY = """query ($after: String, $types: [String!]) { eventLog(first: 2, after: $after, types: $types) {
    nodes { databaseId event occurredAt data } pageInfo { hasNextPage endCursor } } }"""


async def record(
    shop: Shop, *numbers: int, name: str = "order.confirmed", wait: float = 0, livemode: bool = True
) -> None:
    """Record events in a transaction of their own that takes a while between them."""
    context = await operator_context(str(shop.store_id), livemode=livemode)
    async with engine.transaction():
        for number in numbers:
            await event_record(context, name, MOVED | {"order_id": number})
            await asyncio.sleep(wait)


async def page(shop: Shop, cursor: str | None = None, **filters: Any) -> dict[str, Any]:
    parameters = filters | ({"cursor": cursor} if cursor else {})
    found: dict[str, Any] = given(await shop.get("/v1/event-log", params=parameters))
    return found


def orders(items: list[dict[str, Any]]) -> list[int]:
    return [item["data"]["order_id"] for item in items]


class TestList:
    async def test_row(self, shop: Shop) -> None:
        await record(shop, 7)
        (item,) = (await page(shop))["items"]
        assert list(item) == ["id", "event", "occurred_at", "data"]
        assert (item["event"], item["data"]) == ("order.confirmed", MOVED | {"order_id": 7})
        assert len(item["occurred_at"]) == len("2026-04-30 10:15:00")

    async def test_nothing_yet(self, shop: Shop) -> None:
        assert await page(shop) == {"items": [], "next_cursor": None, "has_more": False}

    async def test_oldest_first_and_on_from_the_end(self, shop: Shop) -> None:
        await record(shop, 1, 2, 3)
        first = await page(shop, limit=2)
        assert (orders(first["items"]), first["has_more"]) == ([1, 2], True)
        second = await page(shop, first["next_cursor"], limit=2)
        assert (orders(second["items"]), second["has_more"]) == ([3], False)
        # At the end there is a cursor, and it leads to what comes later.
        third = await page(shop, second["next_cursor"], limit=2)
        assert third == {"items": [], "next_cursor": second["next_cursor"], "has_more": False}
        await record(shop, 4)
        assert orders((await page(shop, third["next_cursor"]))["items"]) == [4]

    async def test_from_now_on(self, shop: Shop) -> None:
        nothing = await page(shop, start="now")
        assert (nothing["items"], nothing["has_more"]) == ([], False)
        await record(shop, 1)
        begun = await page(shop, start="now")
        await record(shop, 2, 3)
        assert orders((await page(shop, begun["next_cursor"], limit=1, start="now"))["items"]) == [2]
        assert orders((await page(shop, nothing["next_cursor"]))["items"]) == [1, 2, 3]
        some = await page(shop, start="now", types="order.created")
        assert refused_fields(await shop.get("/v1/event-log", params={"cursor": some["next_cursor"]})) == ["cursor"]
        assert refused_fields(await shop.get("/v1/event-log", params={"start": "then"})) == ["start"]

    async def test_of_some_types(self, shop: Shop) -> None:
        await record(shop, 1)
        await record(shop, 2, name="order.shipped")
        await record(shop, 3, name="order.returned")
        found = await page(shop, types="order.shipped,order.returned")
        assert orders(found["items"]) == [2, 3]
        refused_fields(await shop.get("/v1/event-log", params={"cursor": found["next_cursor"]}))

    @pytest.mark.parametrize("types", ["", "order", "order.created,", "order.created, order.shipped", "\0"])
    async def test_of_types_that_are_none(self, shop: Shop, types: str) -> None:
        assert refused_fields(await shop.get("/v1/event-log", params={"types": types})) == ["types"]

    async def test_graphql(self, shop: Shop) -> None:
        await record(shop, 1, 2, 3)
        first = (await shop.graphql(QUERY))["data"]["eventLog"]
        assert orders(first["nodes"]) == [1, 2]
        after = first["pageInfo"]["endCursor"]
        second = (await shop.graphql(QUERY, {"after": after, "types": None}))["data"]["eventLog"]
        assert (orders(second["nodes"]), second["pageInfo"]["hasNextPage"]) == ([3], False)
        info = "{ nodes { event } pageInfo { endCursor } }"
        now = (await shop.graphql(f"{{ eventLog(start: NOW) {info} }}"))["data"]["eventLog"]
        await record(shop, 4)
        cursor = now["pageInfo"]["endCursor"]
        later = (await shop.graphql(QUERY, {"after": cursor}))["data"]["eventLog"]
        assert (now["nodes"], orders(later["nodes"])) == ([], [4])
        wrong = await shop.graphql(QUERY, {"types": ["x"]})
        assert wrong["errors"][0]["extensions"]["code"] == "bad_request"

    async def test_of_its_store_and_mode_alone(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        await record(shop, 1)
        await record(shop, 2, livemode=False)
        await record(other_shop, 3)
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        assert [orders((await page(each))["items"]) for each in (shop, sandbox, other_shop)] == [[1], [2], [3]]

    async def test_without_the_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["orders:read"])
        assert refused(await shop.get("/v1/event-log"), 403, "forbidden")["required_scope"] == "webhooks:read"


class TestGapFree:
    async def test_who_begins_now_misses_nothing_of_an_open_transaction(self, shop: Shop) -> None:
        context = await operator_context(str(shop.store_id))
        async with engine.transaction():
            await event_record(context, "order.confirmed", MOVED | {"order_id": 1})
            begun = await asyncio.create_task(self.begun(shop))
        assert orders((await page(shop, begun["next_cursor"]))["items"]) == [1]

    async def begun(self, shop: Shop) -> dict[str, Any]:
        engine.current_transaction.set(None)
        return await page(shop, start="now")

    async def test_an_open_transaction_holds_back_what_came_after_it(self, shop: Shop) -> None:
        context = await operator_context(str(shop.store_id))
        async with engine.transaction():
            await event_record(context, "order.confirmed", MOVED | {"order_id": 1})
            await asyncio.create_task(self.outside(shop))
        assert orders((await page(shop))["items"]) == [1, 2]

    async def outside(self, shop: Shop) -> None:
        engine.current_transaction.set(None)
        await record(shop, 2)
        assert (await page(shop))["items"] == []

    async def test_a_reader_among_slow_transactions_misses_nothing(self, shop: Shop) -> None:
        """Sixty transactions of several events, slow ones and fast ones side by side, and a reader that never stops."""
        chance = random.Random(20_261_124)
        room = asyncio.Semaphore(5)
        written: list[list[int]] = []
        done = asyncio.Event()

        async def write(place: int) -> None:
            numbers = [place * 10 + each for each in range(chance.randint(1, 3))]
            async with room:
                await record(shop, *numbers, wait=chance.choice([0, 0, 0.02, 0.05]))
            written.append(numbers)

        seen: list[int] = []

        async def read() -> None:
            cursor = None
            while True:
                ended = done.is_set()
                found = await page(shop, cursor, limit=7)
                seen.extend(orders(found["items"]))
                cursor = found["next_cursor"]
                if ended and not found["items"]:
                    return

        reader = asyncio.create_task(read())
        await asyncio.gather(*(asyncio.create_task(write(place)) for place in range(60)))
        # Other tests of this process have ended; an autovacuum of the server may yet have a transaction open.
        async with asyncio.timeout(20):
            while len(seen) < sum(map(len, written)):  # noqa: ASYNC110 -- it is their number that matters
                await asyncio.sleep(0.01)
            done.set()
            await reader
        assert sorted(seen) == sorted(number for numbers in written for number in numbers)
        # What one transaction wrote stays together, in its order.
        for numbers in written:
            start = seen.index(numbers[0])
            assert seen[start : start + len(numbers)] == numbers

    @pytest.mark.parametrize("values", ["[-1,1]", "[9223372036854775808,1]", '["1",1]', "[1]", "[null,1]"])
    async def test_forged_cursor(self, shop: Shop, values: str) -> None:
        import base64  # noqa: PLC0415

        await record(shop, 1)
        cursor = (await page(shop))["next_cursor"]
        head = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[:6]
        forged = base64.urlsafe_b64encode(head + values.encode()).rstrip(b"=").decode()
        assert refused_fields(await shop.get("/v1/event-log", params={"cursor": forged})) == ["cursor"]
