"""Compiled plans and graphql-core's executor give the same data and the same errors: to the letter, and in order.

A few hundred random documents here; `make fuzz` runs thousands (`FUZZ_DOCUMENTS`, and `FUZZ_SEED` to see one again).
"""

import json
import os
import random
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from db.engine import engine
from graph import operations
from graph.context import Context
from graph.keys import find_key
from graph.schema import schema
from tests.conftest import Shop, ShopMaker
from tests.graphql.documents import Arguments, Writer, enum_values
from tests.graphql.written import WRITTEN

pytestmark = pytest.mark.anyio

DOCUMENTS = int(os.environ.get("FUZZ_DOCUMENTS", "400"))
SEED = int(os.environ.get("FUZZ_SEED", "20260430"))
SCHEMA = schema._schema
NAMES = ("قميص قطني", "Robe d’été", "Cotton T-Shirt", 'with "quotes" \\ and\nlines', "🧵 fil", "زيت زيتون")


@dataclass
class Place:
    """A store with something of everything, and who asks in it."""

    context: Context
    arguments: Arguments
    roots: list[str]


@pytest.fixture
async def place(make_shop: ShopMaker) -> Place:
    shop = await make_shop(tier="enterprise")
    products = await stocked(shop)
    found = await find_key(shop.token.partition(".")[0])
    assert found is not None
    return Place(
        found.context, arguments_of(products, await cursors(shop)), ["products", "product", "categories", "store"]
    )


async def stocked(shop: Shop) -> list[dict[str, Any]]:
    """Fill the store with products that have everything, something and nothing."""
    response = await shop.write("POST", "/v1/categories", {"name": "ملابس"})
    category = response.json()["data"]["id"]
    await shop.write("POST", "/v1/categories", {"name": "Robes", "parent_id": category})
    products = []
    for number, name in enumerate(NAMES * 2):
        full = {
            "description": "نص\u200f طويل",
            "category_id": category,
            "sku": f"SKU-{number}",
            "compare_price": 10**12,
            "weight": 1.5,
            "metadata": {"رنگ": "أحمر", "b": ""},
            "external_id": f"e{number}",
            "images": [
                {"url": f"https://x.dz/{each}.jpg", "alt": None if each else "صورة"} for each in range(number % 4)
            ],
            "status": ("active", "draft", "archived")[number % 3],
        }
        given = full if number % 2 else {}
        products.append(await shop.create(name=name, price=number * 100, **given))
    async with engine.transaction():
        await engine.write(
            "INSERT INTO product_variants (store_id, livemode, product_id, name, sku, price, position)"
            " SELECT $1, true, id, 'L / Bleu ' || n, NULL, CASE n WHEN 1 THEN 1500 END, n FROM products,"
            " generate_series(0, 2) n WHERE store_id = $1 AND price > 500",
            shop.store_id,
        )
    return products


async def cursors(shop: Shop) -> list[str]:
    answer = await shop.graphql("{ products(first: 7) { edges { cursor } } }")
    return [edge["cursor"] for edge in answer["data"]["products"]["edges"]]


def arguments_of(products: list[dict[str, Any]], after: list[str]) -> Arguments:
    """Return what may be given to the root fields: what finds rows, mostly, and now and then what is refused."""
    ids = [str(each["id"]) for each in products]
    statuses, sorts = enum_values(SCHEMA, "ProductStatus"), enum_values(SCHEMA, "ProductSort")

    def first(chance: random.Random) -> int:
        return chance.choice((1, 2, 3, 7, 7, 12, 0, 200, 201, -1) if chance.random() < 0.1 else (1, 2, 3, 7, 12))

    def rarely(usual: list[Any], odd: list[Any]) -> Any:
        return lambda chance: chance.choice(odd if chance.random() < 0.08 else usual)

    return {
        ("products", "first"): first,
        ("products", "after"): rarely(after, ["", "no cursor", "AAAA"]),
        ("products", "status"): rarely(statuses, statuses),
        ("products", "search"): rarely(["قميص", "Robe", "cotton", "SKU-3", "e"], ["", "x" * 300]),
        ("products", "externalId"): rarely(["e1", "e3"], ["", "none"]),
        ("products", "sort"): rarely(sorts, sorts),
        ("categories", "first"): first,
        ("product", "id"): rarely(ids, ["0", "-1", "abc", ""]),
    }


def exact(data: bytes) -> Any:
    """Return JSON with its members in their order."""
    return json.loads(data, object_pairs_hook=lambda pairs: ("object", pairs))


async def compared(place: Place, text: str, variables: dict[str, Any]) -> operations.Outcome | None:
    """Run a document both ways, hold them to be the same, and return what the first way gave; None if it is invalid."""
    try:
        operation = operations.prepare(text, None)
    except operations.InvalidDocument:
        return None
    told = f"{text}\n{json.dumps(variables)}"
    try:
        by_field = await operations.execute_by_field(operation, variables, place.context)
    except operations.InvalidDocument as invalid:
        with pytest.raises(operations.InvalidDocument) as raised:
            await operations.run(operation, variables, place.context)
        told_both_ways = (raised.value.errors, invalid.errors)
    else:
        told_both_ways = None
    if told_both_ways is not None:
        assert told_both_ways[0] == told_both_ways[1], told
        return None
    by_plan = await operations.run(operation, variables, place.context)
    assert exact(by_plan.data) == exact(by_field.data), told
    # Fields that are read side by side fail in any order.
    assert sorted(by_plan.errors, key=json.dumps) == sorted(by_field.errors, key=json.dumps), told
    return by_plan


def has_rows(data: bytes) -> bool:
    return any(character in data for character in (b'":"', b'":1', b'":2', b'":true', b'":false', b'":null'))


class TestRandom:
    async def test_the_same_both_ways(self, place: Place) -> None:
        seen: Counter[str] = Counter()
        number = 0
        while seen["plan with rows"] < DOCUMENTS:
            number += 1
            assert number < DOCUMENTS * 5, seen
            chance = random.Random(SEED * 1_000_000 + number)
            document = Writer(SCHEMA, place.arguments, chance).document(place.roots)
            outcome = await compared(place, document.text, document.variables)
            if outcome is None:
                seen["invalid"] += 1
            elif outcome.executed_as == "executor":
                seen["by field"] += 1
            else:
                seen[
                    "plan with rows" if has_rows(outcome.data) and not outcome.errors else "plan, empty or refused"
                ] += 1
        # Shown by `make fuzz` (pytest -s).
        sys.stdout.write(f"{dict(seen)}\n")
        assert seen["by field"] < number * 0.25, seen
        assert seen["plan, empty or refused"] > 0


class TestWritten:
    @pytest.mark.parametrize(("text", "variables"), WRITTEN.values(), ids=WRITTEN)
    async def test_the_same_both_ways(self, place: Place, text: str, variables: dict[str, Any]) -> None:
        await compared(place, text, variables)

    async def test_all_selected_fields_of_a_connection_are_planned(self, place: Place) -> None:
        for name in (
            "aliases",
            "named and inline fragments",
            "merged fields",
            "children and parent",
            "edges with cursors",
        ):
            outcome = await compared(place, *WRITTEN[name])
            assert outcome is not None
            assert outcome.executed_as == "plan", name
