"""Random documents: whatever is selected, by whatever ids, nothing shows that the key's scopes or store don't allow."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from strawberry.relay.utils import to_base64

from db.engine import engine
from graph import operations
from graph.context import Context, Rate
from graph.keys import find_key
from graph.schema import graphql_schema
from tests.conftest import Shop, ShopMaker
from tests.graphql.documents import Arguments, Writer
from tests.parity.stores import Rows, filled

pytestmark = pytest.mark.anyio

DOCUMENTS = 150
ROOTS = (
    *("products", "product", "categories", "store", "orders", "order", "customers", "customer", "landingPages"),
    *("landingPage", "node", "nodes"),
)
# In which columns a mark stands, by the scope that it takes to see it.
MARKED = {
    "products:read": ("products.name products.slug products.description categories.name", "seen-by-products"),
    "orders:read": ("orders.customer_name orders.notes", "seen-by-orders"),
    "customers:read": ("customers.first_name customers.last_name customers.notes", "seen-by-customers"),
    "landing_pages:read": ("landing_pages.title landing_pages.slug", "seen-by-pages"),
    "store:read": ("stores.name stores.description", "seen-by-store"),
}


async def marked(shop: Shop) -> Rows:
    rows = await filled(shop)
    async with engine.transaction():
        for columns, mark in MARKED.values():
            for name in columns.split():
                table, column = name.split(".")
                own = "id" if table == "stores" else "store_id"
                await engine.write(f"UPDATE {table} SET {column} = $2 || id WHERE {own} = $1", shop.store_id, mark)
        await engine.write(
            "UPDATE order_items SET name = $2 WHERE order_id IN (SELECT id FROM orders WHERE store_id = $1)",
            shop.store_id,
            MARKED["orders:read"][1],
        )
    return rows


def arguments_of(rows: Rows, store_id: int) -> Arguments:
    named = {"Product": "product", "Order": "order", "Customer": "customer", "LandingPage": "page", "Category": "shelf"}
    global_ids = [to_base64(type_name, rows[name]) for type_name, name in named.items()]
    global_ids.append(to_base64("Store", store_id))

    def one(*values: Any) -> Any:
        return lambda chance: str(chance.choice(values))

    return {
        ("product", "id"): one(rows["product"], rows["draft"]),
        ("order", "id"): one(rows["order"], rows["shipped"]),
        ("customer", "id"): one(rows["customer"]),
        ("landingPage", "id"): one(rows["page"], rows["bare"]),
        ("node", "id"): one(*global_ids),
        ("nodes", "ids"): lambda chance: [chance.choice(global_ids) for _ in range(3)],
        **{(name, "first"): lambda chance: chance.choice((1, 3, 7)) for name in ROOTS if name.endswith("s")},
    }


async def context_of(shop: Shop) -> Context:
    found = await find_key(shop.token.partition(".")[0])
    assert found is not None
    return replace(found.context, rate=Rate(100, 99, 3))


async def told(context: Context, arguments: Arguments, number: int) -> tuple[str, list[bytes]]:
    """Return a random document, and what it is answered by plan and field by field; none where it is not valid."""
    chance = random.Random(number)
    document = Writer(graphql_schema("office"), arguments, chance).document(list(ROOTS))
    try:
        operation = operations.prepare(document.text, None)
        runs = (operations.run, operations.execute_by_field)
        outcomes = [await run(operation, document.variables, context) for run in runs]
    except operations.InvalidDocument:
        return document.text, []
    return document.text, [each.data + repr(each.errors).encode() for each in outcomes]


class TestScopes:
    async def test_nothing_without_its_scope(self, shop: Shop) -> None:
        rows, context = await marked(shop), await context_of(shop)
        arguments = arguments_of(rows, shop.store_id)
        seen: Counter[str] = Counter()
        for number in range(DOCUMENTS):
            chance = random.Random(-1 - number)
            granted = frozenset(chance.sample(sorted(MARKED), chance.randrange(len(MARKED) + 1)))
            text, answers = await told(replace(context, scopes=granted), arguments, number)
            for answer in answers:
                for scope, (_, mark) in MARKED.items():
                    shown = mark.encode() in answer
                    assert not shown or scope in granted, (text, granted, answer)
                    seen[scope] += shown
        # Each could be seen by who may.
        assert min(seen[scope] for scope in MARKED) > 0, seen


class TestStores:
    async def test_nothing_of_another(self, shop: Shop, make_shop: ShopMaker) -> None:
        for other in (await make_shop(), await make_shop(store_id=shop.store_id, livemode=False)):
            rows, context = await marked(other), await context_of(shop)
            marks = [mark.encode() for scope, (_, mark) in MARKED.items() if scope != "store:read"]
            for number in range(DOCUMENTS // 2):
                text, answers = await told(context, arguments_of(rows, other.store_id), number)
                for answer in answers:
                    assert not any(mark in answer for mark in marks), (text, answer)
                    if other.store_id != shop.store_id:
                        assert MARKED["store:read"][1].encode() not in answer, (text, answer)
