"""Rows of events: on the change's own transaction, in an order that commits keep."""

import asyncio

import pytest

from db.engine import engine
from graph.events import EVENTS, event_record, events_record
from graph.store_admin import operator_context
from tests.conftest import Shop

pytestmark = pytest.mark.anyio

MOVED = {"order_id": 1, "old_status": "pending", "new_status": "confirmed"}


class TestEvents:
    async def test_row(self, shop: Shop) -> None:
        context = await operator_context(str(shop.store_id), livemode=False)
        async with engine.transaction():
            await event_record(context, "order.confirmed", dict(reversed(MOVED.items())))
            (own,) = await engine.fetch("SELECT pg_current_xact_id()::text AS id")
        (row,) = await engine.fetch(
            "SELECT name, livemode, data::text, transaction_id::text AS transaction_id, now() - occurred_at AS age"
            " FROM events WHERE store_id = $1",
            shop.store_id,
        )
        assert (row["name"], row["livemode"], row["transaction_id"]) == ("order.confirmed", False, own["id"])
        assert row["age"].total_seconds() < 10

    async def test_undone_with_its_change(self, shop: Shop) -> None:
        context = await operator_context(str(shop.store_id))

        async def change() -> None:
            async with engine.transaction():
                await event_record(context, "order.confirmed", MOVED)
                raise RuntimeError("no")

        with pytest.raises(RuntimeError, match="no"):
            await change()
        assert await engine.fetch("SELECT FROM events WHERE store_id = $1", shop.store_id) == []

    async def test_outside_a_transaction(self, shop: Shop) -> None:
        with pytest.raises(RuntimeError):
            await event_record(await operator_context(str(shop.store_id)), "order.confirmed", MOVED)

    @pytest.mark.parametrize(("name", "data"), [("order.eaten", MOVED), ("order.confirmed", {"order_id": 1})])
    async def test_not_of_the_contract(self, shop: Shop, name: str, data: dict[str, object]) -> None:
        context = await operator_context(str(shop.store_id))
        async with engine.transaction():
            with pytest.raises(ValueError, match=name):
                await events_record(context, [(name, data)])

    async def test_names_fit_the_column(self) -> None:
        assert max(map(len, EVENTS)) <= 40

    async def test_an_open_transaction_holds_back_what_is_below_it(self, shop: Shop) -> None:
        """A reader that goes by the snapshot's xmin sees nothing of a store out of order."""
        context = await operator_context(str(shop.store_id))
        opened, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> None:
            async with engine.transaction():
                await event_record(context, "order.confirmed", MOVED | {"order_id": 1})
                opened.set()
                await go_on.wait()

        pending = asyncio.create_task(slow())
        await opened.wait()
        async with engine.transaction():
            await event_record(context, "order.confirmed", MOVED | {"order_id": 2})
        safe = (
            "SELECT (data->>'order_id')::int AS order_id FROM events WHERE store_id = $1"
            " AND transaction_id < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY transaction_id, id"
        )
        assert await engine.fetch(safe, shop.store_id) == []
        go_on.set()
        await pending
        assert [row["order_id"] for row in await engine.fetch(safe, shop.store_id)] == [1, 2]
