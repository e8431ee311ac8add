"""A write happens once, whatever runs beside it and wherever it stops."""

import asyncio

import pytest

from db.engine import engine
from tests.chain.conftest import Gate, ledger
from tests.conftest import Shop
from tests.rest.answers import given, refused

pytestmark = pytest.mark.anyio


class TestSameRequestAtOnce:
    async def test_one_row(self, shop: Shop) -> None:
        body = {"name": "Thé", "price": 1}
        answers = await asyncio.gather(*(shop.write("POST", "/v1/products", body, key="k") for _ in range(8)))
        made = [answer for answer in answers if answer.status_code == 201]
        assert made
        assert len({answer.content for answer in made}) == 1
        for answer in answers:
            if answer.status_code != 201:
                assert refused(answer, 409, "idempotency_in_progress")["retry_after"] == 1
        assert len(given(await shop.get("/v1/products"))["items"]) == 1

    async def test_second_is_told_to_wait(self, shop: Shop, gate: Gate) -> None:
        product = await shop.create(stock_quantity=5)
        path = f"/v1/products/{product['id']}"
        await gate.shut(product["id"])
        first = asyncio.create_task(shop.write("PATCH", path, {"stock_delta": -1}, key="k"))
        await gate.somebody_waits()
        second = await shop.write("PATCH", path, {"stock_delta": -1}, key="k")
        assert refused(second, 409, "idempotency_in_progress")["retry_after"] == 1
        assert second.headers["retry-after"] == "1"
        await gate.open()
        assert given(await first)["inventory"]["stock_quantity"] == 4
        third = await shop.write("PATCH", path, {"stock_delta": -1}, key="k")
        assert third.headers["idempotency-replayed"] == "true"
        assert given(third)["inventory"]["stock_quantity"] == 4

    async def test_other_request_is_told_to_wait_too(self, shop: Shop, gate: Gate) -> None:
        product = await shop.create()
        await gate.shut(product["id"])
        path = f"/v1/products/{product['id']}"
        first = asyncio.create_task(shop.write("PATCH", path, {"price": 2}, key="k"))
        await gate.somebody_waits()
        refused(await shop.write("PATCH", path, {"price": 3}, key="k"), 409, "idempotency_in_progress")
        await gate.open()
        given(await first)
        refused(await shop.write("PATCH", path, {"price": 3}, key="k"), 422, "idempotency_key_reused")

    async def test_other_keys_wait_for_nobody(self, shop: Shop, gate: Gate) -> None:
        product = await shop.create()
        await gate.shut(product["id"])
        path = f"/v1/products/{product['id']}"
        first = asyncio.create_task(shop.write("PATCH", path, {"price": 2}, key="k"))
        await gate.somebody_waits()
        await shop.create()
        await gate.open()
        given(await first)


class TestCancelled:
    async def test_nothing_is_half_done(self, shop: Shop, gate: Gate) -> None:
        product = await shop.create(stock_quantity=5)
        path = f"/v1/products/{product['id']}"
        kept = len(await ledger(shop.token.split(".")[0]))
        await gate.shut(product["id"])
        document = (
            'mutation($id: ID!) { a: productCreate(input: {name: "half", price: 1}) { product { name } }'
            " b: productUpdate(id: $id, input: {stockDelta: -1}) { product { name } } }"
        )
        task = asyncio.create_task(shop.graphql(document, {"id": str(product["id"])}, key="k"))
        await gate.somebody_waits()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await gate.open()
        assert given(await shop.get(path)) == product
        assert len(given(await shop.get("/v1/products"))["items"]) == 1
        assert len(await ledger(shop.token.split(".")[0])) == kept
        again = await shop.graphql(document, {"id": str(product["id"])}, key="k")
        assert "errors" not in again
        assert given(await shop.get(path))["inventory"]["stock_quantity"] == 4

    async def test_connections_come_back(self, shop: Shop, gate: Gate) -> None:
        """More are cancelled than the pool has connections."""
        product = await shop.create()
        path = f"/v1/products/{product['id']}"
        for number in range(12):
            await gate.shut(product["id"])
            task = asyncio.create_task(shop.write("PATCH", path, {"price": number}))
            await gate.somebody_waits()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await gate.open()
        answers = await asyncio.gather(*(shop.get("/v1/products") for _ in range(16)))
        assert [answer.status_code for answer in answers] == [200] * 16


class TestDeadlock:
    async def test_runs_again(self, shop: Shop, gate: Gate) -> None:
        """Two transactions want two rows in opposite orders; PostgreSQL undoes the one that waited first."""
        one, two = [(await shop.create(stock_quantity=5))["id"] for _ in range(2)]
        mutation = " ".join(
            f"p{identifier}: productUpdate(id: {identifier}, input: {{stockDelta: -1}})"
            " { product { stockQuantity } }"
            for identifier in (one, two)
        )
        # It is the application's transaction that looks for a deadlock first.
        await gate.connection.execute("SET deadlock_timeout = '60s'")
        await gate.shut(two)
        task = asyncio.create_task(shop.graphql(f"mutation {{ {mutation} }}"))
        await gate.somebody_waits()
        await gate.connection.execute("SELECT FROM products WHERE id = $1 FOR UPDATE", one)
        await gate.open()
        answer = await task
        assert "errors" not in answer, answer
        assert [each["product"]["stockQuantity"] for each in answer["data"].values()] == [4, 4]


class TestLedgerThatCannotBeWritten:
    async def test_undoes_the_work(self, shop: Shop) -> None:
        """The ledger refuses the row: what was answered never happened, and the retry runs."""
        body = {"name": "Thé", "price": 1}
        await self.alter("ADD CONSTRAINT closed CHECK (status <> 201) NOT VALID")
        try:
            refused(await shop.write("POST", "/v1/products", body, key="k"), 500, "internal_error")
        finally:
            await self.alter("DROP CONSTRAINT closed")
        assert given(await shop.get("/v1/products"))["items"] == []
        response = await shop.write("POST", "/v1/products", body, key="k")
        given(response, 201)
        assert "idempotency-replayed" not in response.headers

    async def alter(self, change: str) -> None:
        async with engine.transaction():
            await engine.write(f"ALTER TABLE idempotency_keys {change}")
