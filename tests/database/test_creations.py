"""Rows that are inserted by the statement that answers with them, where another was quicker."""

import asyncio
from collections.abc import Iterator, Sequence
from contextvars import Context as TaskContext
from typing import Any

import pytest

from db.engine import engine
from graph.order_writes import order_create
from graph.store_admin import operator_context
from tests.conftest import Shop
from tests.rest.answers import given
from tests.rest.ordering import body, ordered, stocked

pytestmark = pytest.mark.anyio


@pytest.fixture
def tried() -> Iterator[list[str]]:
    """Give the order numbers that are tried."""
    seen: list[str] = []

    def observe(_sql: str, values: Sequence[Any]) -> None:
        seen.extend(number for value in values if isinstance(value, list) for number in value if _is_number(number))

    engine.observers.append(observe)
    yield seen
    engine.observers.remove(observe)


def _is_number(value: object) -> bool:
    return isinstance(value, str) and value.startswith("ORD-")


async def test_number_that_is_taken_after_the_prices_were_read(shop: Shop, tried: list[str]) -> None:
    """The order gets another one, is there once, and is counted once of its customer; so is its event."""
    product = await stocked(shop)
    other = await ordered(shop, product, customer={"phone": "0661000000"})
    context = await operator_context(str(shop.store_id))

    async def take() -> None:
        async with engine.transaction():
            await engine.write("UPDATE orders SET order_number = $1 WHERE id = $2", tried[0], other["id"])

    async with engine.transaction():
        tried.clear()
        creation = await order_create(context, body(product))
        # In a context of its own, so that it is not a part of this transaction.
        await asyncio.create_task(take(), context=TaskContext())
        identifier = await creation.make()
    order = given(await shop.get(f"/v1/orders/{identifier}"))
    assert order["order_number"] not in (tried[0], other["order_number"])
    assert len(order["items"]) == len(order["timeline"]) == 1
    assert len(given(await shop.get("/v1/orders"))["items"]) == 2
    assert given(await shop.get(f"/v1/customers/{order['customer']['id']}"))["total_orders"] == 1
    events = await engine.fetch("SELECT data FROM events WHERE store_id = $1 ORDER BY id", shop.store_id)
    assert [order["order_number"] in row["data"] for row in events] == [False, True]


@pytest.mark.parametrize("member", ["sku", "external_id"])
async def test_conflict_leaves_nothing(shop: Shop, member: str) -> None:
    """Images and the opening movement are undone with their product."""
    fields = {"name": "Thé", "price": 1, "stock_quantity": 3, "images": [{"url": "https://x.dz/1"}], member: "A-1"}
    given(await shop.write("POST", "/v1/products", fields), 201)
    refused = await shop.write("POST", "/v1/products", fields)
    assert refused.status_code == 409
    assert [each["field"] for each in refused.json()["error"].get("details", [])] in ([], [member])
    for table in ("products", "product_images", "stock_movements"):
        rows = await engine.fetch(f"SELECT FROM {table} WHERE store_id = $1", shop.store_id)
        assert len(rows) == 1, table


async def test_customer_of_a_refused_order_is_not_counted(shop: Shop) -> None:
    """The order's external id is taken: what the same statement made of the customer is undone."""
    product = await stocked(shop)
    order = await ordered(shop, product, external_id="E-1")
    refused = await shop.write("POST", "/v1/orders", body(product, external_id="E-1", customer={"name": "Other Name"}))
    assert (refused.status_code, "external_id" in refused.text) == (409, True)
    customer = given(await shop.get(f"/v1/customers/{order['customer']['id']}"))
    assert (customer["total_orders"], customer["first_name"]) == (1, "Ahmed")
