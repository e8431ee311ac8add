"""Erasing a customer, and counting totals anew, as the command line does."""

import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import httpx
import pytest

from db.engine import engine
from graph.customer_admin import customer_erase, totals_mend, totals_wrong
from graph.errors import ApiError
from graph.store_admin import operator_context
from tests.conftest import Instance, Shop
from tests.rest.answers import given
from tests.rest.ordering import body, changed, customer_of, events, moved, ordered, stocked

pytestmark = pytest.mark.anyio

WHO = {"name": "Zoubida Qarfi", "phone": "0699887766", "email": "zoubida@x.dz", "address": "7, rue Didouche"}


class TestErase:
    async def test_nothing_personal_is_left(self, shop: Shop) -> None:
        product = await stocked(shop)
        order = await ordered(shop, product, customer=WHO | {"external_id": "C"}, notes="chez Zoubida")
        other = await ordered(shop, product)
        delivered = await moved(shop, order["id"], "confirmed", "shipped", "delivered")
        async with engine.transaction():
            assert await customer_erase(await operator_context(str(shop.store_id)), order["customer"]["id"]) == 1
        answers = [
            (await shop.get(path)).text
            for path in (
                "/v1/customers",
                f"/v1/orders/{order['id']}",
                "/v1/orders",
                f"/v1/customers/{order['customer']['id']}",
            )
        ]
        told = " ".join((*answers, json.dumps(await events(shop))))
        for trace in ("Zoubida", "Qarfi", "0699887766", "zoubida@x.dz", "Didouche"):
            assert trace not in told
        found = given(await shop.get(f"/v1/orders/{order['id']}"))
        assert found["customer_name"] == found["customer_phone"] == ""
        for kept in ("total", "subtotal", "items", "status", "wilaya_id", "order_number"):
            assert found[kept] == delivered[kept]
        customer = await customer_of(shop, order)
        assert (customer["total_orders"], customer["total_spent"]) == (1, delivered["total"])
        assert given(await shop.get(f"/v1/orders/{other['id']}")) == other

    async def test_same_number_is_a_new_customer(self, shop: Shop) -> None:
        product = await stocked(shop)
        order = await ordered(shop, product, customer=WHO)
        async with engine.transaction():
            await customer_erase(await operator_context(str(shop.store_id)), order["customer"]["id"])
        again = await ordered(shop, product, customer=WHO)
        assert again["customer"]["id"] != order["customer"]["id"]
        async with engine.transaction():
            await customer_erase(await operator_context(str(shop.store_id)), again["customer"]["id"])
        await changed(shop, order["id"], status="cancelled")
        assert (await customer_of(shop, order))["total_orders"] == 0

    async def test_of_this_store_and_mode(self, shop: Shop, other_shop: Shop) -> None:
        order = await ordered(shop, await stocked(shop))
        contexts = [
            await operator_context(str(other_shop.store_id)), await operator_context(str(shop.store_id), livemode=False)
        ]  # fmt: skip
        for context in contexts:
            with pytest.raises(ApiError, match="not found"):
                async with engine.transaction():
                    await customer_erase(context, order["customer"]["id"])
        assert given(await shop.get(f"/v1/orders/{order['id']}")) == order


class TestTotals:
    async def test_counted_anew(self, shop: Shop) -> None:
        product = await stocked(shop)
        first, second = await ordered(shop, product), await ordered(shop, product, customer=WHO)
        delivered = await moved(shop, first["id"], "confirmed", "shipped", "delivered")
        before = await customer_of(shop, second)
        others = await totals_wrong()
        async with engine.transaction():
            await engine.write(
                "UPDATE customers SET total_orders = 9, total_spent = 9 WHERE id = $1", first["customer"]["id"]
            )
        assert await totals_wrong() == others + 1
        async with engine.transaction():
            assert await totals_mend() == others + 1
        assert await totals_wrong() == 0
        found = await customer_of(shop, first)
        assert (found["total_orders"], found["total_spent"]) == (1, delivered["total"])
        assert await customer_of(shop, second) == before


async def test_command_line(instance: Instance) -> None:
    """On the sandbox's database, as an operator does it."""
    headers = {"Authorization": f"Bearer {instance.members['unlimited_key']}"}
    database = await asyncpg.connect(instance.members["database_url"])
    async with httpx.AsyncClient(base_url=instance.base_url, headers=headers) as client:
        sent = {"name": "Sac", "price": 5, "status": "active"}
        made = await client.post("/v1/products", json=sent, headers={"Idempotency-Key": "admin p"})
        sent = body(made.json()["data"]["id"], customer=WHO)
        response = await client.post("/v1/orders", json=sent, headers={"Idempotency-Key": "admin o"})
        customer = given(response, 201)["customer"]["id"]
        await database.execute("UPDATE customers SET total_orders = 5 WHERE id = $1", customer)
        assert (await client.get("/v1/customers")).status_code == 200
        store = str(await database.fetchval("SELECT store_id FROM customers WHERE id = $1", customer))
        environment = {"DATABASE_URL": instance.members["database_url"], "REDIS_URL": instance.members["redis_url"]}

        def dzbuild(*arguments: str) -> "subprocess.CompletedProcess[str]":
            command = [sys.executable, "-m", "app.cli", *arguments]
            folder = Path(__file__).parents[2]
            return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)

        assert "1 wrong" in dzbuild("doctor").stdout
        assert "1 mended" in dzbuild("doctor", "--fix").stdout
        assert await database.fetchval("SELECT total_orders FROM customers WHERE id = $1", customer) == 1
        erased = dzbuild("customers", "erase", str(customer), "--store", store, "--yes")
        assert (erased.returncode, "orders that named them: 1" in erased.stdout) == (0, True), erased.stderr
        assert await database.fetchval("SELECT phone FROM customers WHERE id = $1", customer) == ""
        assert dzbuild("customers", "erase", "999999", "--store", store, "--yes").returncode == 1
    await database.close()
