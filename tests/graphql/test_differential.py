"""Compiled plans and graphql-core's executor give the same data and the same errors: to the letter, and in order.

A few hundred random documents here; `make fuzz` runs thousands (`FUZZ_DOCUMENTS`, and `FUZZ_SEED` to see one again).
"""

import contextlib
import json
import os
import random
import sys
from collections import Counter
from typing import Any

import pytest
from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, parse, visit

from db.engine import engine
from graph import operations
from graph.context import Context
from graph.schema import graphql_schema
from tests.conftest import ShopMaker
from tests.graphql.documents import Writer
from tests.graphql.places import REPORTS, STORED, Place, made_place
from tests.graphql.written import MUTATIONS, WRITTEN

pytestmark = pytest.mark.anyio

DOCUMENTS = int(os.environ.get("FUZZ_DOCUMENTS", "400"))
SEED = int(os.environ.get("FUZZ_SEED", "20260430"))
# Types of `orderTrack` alone, which asks who may try first, and so runs field by field.
TRACKED = {"TrackedOrder", "TrackedDelivery", "TrackedItem", "TrackedChange"}
# Of so many documents at most one may run field by field that asks for stored rows alone.
RARELY = 50


@pytest.fixture
async def place(make_shop: ShopMaker) -> Place:
    return await made_place(await make_shop(tier="enterprise"), "office")


@pytest.fixture
async def front(make_shop: ShopMaker) -> Place:
    return await made_place(await make_shop(tier="enterprise"), "storefront")


def exact(data: bytes) -> Any:
    """Return JSON with its members in their order."""
    return json.loads(data, object_pairs_hook=lambda pairs: ("object", pairs))


async def compared(
    place: Place, text: str, variables: dict[str, Any], context: Context | None = None
) -> operations.Outcome | None:
    """Run a document both ways, hold them to be the same, and return what the first way gave; None if it is invalid."""
    context = context or place.context
    try:
        operation = operations.prepare(text, None, place.audience)
    except operations.InvalidDocument:
        return None
    told = f"{text}\n{json.dumps(variables)}"
    try:
        by_field = await operations.execute_by_field(operation, variables, context)
    except operations.InvalidDocument as invalid:
        with pytest.raises(operations.InvalidDocument) as raised:
            await operations.run(operation, variables, context)
        told_both_ways = (raised.value.errors, invalid.errors)
    else:
        told_both_ways = None
    if told_both_ways is not None:
        assert told_both_ways[0] == told_both_ways[1], told
        return None
    by_plan = await operations.run(operation, variables, context)
    assert exact(by_plan.data) == exact(by_field.data), told
    if by_plan.executed_as == "executor" and by_plan.data == b"null":
        # Of fields that are read side by side, the first that fails ends it: which one that is, the moment says.
        assert by_plan.errors, told
        assert by_field.errors, told
        return by_plan
    # Fields that are read side by side fail in any order.
    assert sorted(by_plan.errors, key=json.dumps) == sorted(by_field.errors, key=json.dumps), told
    return by_plan


def has_rows(data: bytes) -> bool:
    return any(character in data for character in (b'":"', b'":1', b'":2', b'":true', b'":false', b'":null'))


def fields_of(text: str, schema: GraphQLSchema) -> set[str]:
    """Return the fields that a document selects, each with its type's name."""
    found: set[str] = set()
    type_info = TypeInfo(schema)

    class Finder(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = type_info.get_parent_type()
            found.add(f"{parent.name if parent else None}.{node.name.value}")

    visit(parse(text), TypeInfoVisitor(type_info, Finder()))
    return found


def unreached(schema: GraphQLSchema, reached: set[str]) -> set[str]:
    """Return the fields of stored types that no document has asked a plan for."""
    stored = [
        each
        for each in schema.type_map.values()
        if isinstance(each, GraphQLObjectType) and each.name not in TRACKED and hasattr(origin_of(each), "entity")
    ]
    return {f"{each.name}.{name}" for each in stored for name in each.fields} - reached


def origin_of(type_: GraphQLObjectType) -> Any:
    definition = type_.extensions.get("strawberry-definition")
    return definition.origin if definition is not None else None


async def fuzzed(place: Place, documents: int) -> None:
    seen: Counter[str] = Counter()
    reached: set[str] = set()
    number = 0
    while seen["plan with rows"] < documents:
        number += 1
        assert number < documents * 5, seen
        chance = random.Random(SEED * 1_000_000 + number)
        document = Writer(place.schema, place.arguments, chance).document(place.roots)
        outcome = await compared(place, document.text, document.variables, place.context_of(chance))
        if outcome is None:
            seen["invalid"] += 1
        elif outcome.executed_as == "executor":
            # What fails is worded by the executor where several fields are read side by side.
            kind = "orderTrack" if "orderTrack" in document.text else "errors" if outcome.errors else "stored rows"
            seen[f"by field: {kind}"] += 1
        else:
            by_rows = has_rows(outcome.data) and not outcome.errors
            seen["plan with rows" if by_rows else "plan, empty or refused"] += 1
            reached |= fields_of(document.text, place.schema) if by_rows else set()
    # Shown by `make fuzz` (pytest -s).
    sys.stdout.write(f"{place.audience}: {dict(seen)}, {len(reached)} fields reached\n")
    assert unreached(place.schema, reached) == set()
    assert seen["by field: stored rows"] <= number // RARELY, seen
    assert seen["plan, empty or refused"] > 0


class TestRandom:
    async def test_the_same_both_ways(self, place: Place) -> None:
        await fuzzed(place, DOCUMENTS)

    async def test_the_same_both_ways_for_shoppers(self, front: Place) -> None:
        await fuzzed(front, DOCUMENTS // 3)

    def test_every_root_field_is_asked_for(self) -> None:
        """A new one has to be told how it is asked for."""
        for audience, stored in STORED.items():
            query = graphql_schema(audience).query_type
            assert query is not None
            assert {*stored, *REPORTS} >= set(query.fields), audience


def named_rows(place: Place, variables: dict[str, Any]) -> dict[str, Any]:
    """Return variables with the ids of rows in the place of their names."""
    known = {
        "product": place.rows["goods"][0],
        "order": place.rows["orders"][0],
        "shipped": place.rows["orders"][1],
    }
    return {name: known.get(value, value) if isinstance(value, str) else value for name, value in variables.items()}


class TestWritten:
    @pytest.mark.parametrize(("text", "variables"), WRITTEN.values(), ids=WRITTEN)
    async def test_the_same_both_ways(self, place: Place, text: str, variables: dict[str, Any]) -> None:
        await compared(place, text, named_rows(place, variables))

    async def test_all_selected_fields_of_a_connection_are_planned(self, place: Place) -> None:
        for name in (
            "aliases",
            "named and inline fragments",
            "merged fields",
            "children and parent",
            "edges with cursors",
            "a list below a list",
            "the event log",
            "values that no row stands for",
            "a value that is refused",
            "a commune's codes",
        ):
            text, variables = WRITTEN[name]
            outcome = await compared(place, text, named_rows(place, variables))
            assert outcome is not None
            assert outcome.executed_as == "plan", name


class Undone(Exception):
    """Ends a transaction, so that nothing of it stays."""


async def written(place: Place, text: str, variables: dict[str, Any], *, by_plan: bool) -> operations.Outcome:
    """Run mutations one way, and undo them."""
    operation = operations.prepare(text, None)
    run = operations.run if by_plan else operations.execute_by_field
    outcome = None
    with contextlib.suppress(Undone):
        async with engine.transaction():
            outcome = await run(operation, variables, place.context)
            raise Undone
    assert outcome is not None
    return outcome


class TestMutations:
    @pytest.mark.parametrize(("text", "variables"), MUTATIONS.values(), ids=MUTATIONS)
    async def test_the_same_both_ways(self, place: Place, text: str, variables: dict[str, Any]) -> None:
        variables = named_rows(place, variables)
        by_field = await written(place, text, variables, by_plan=False)
        by_plan = await written(place, text, variables, by_plan=True)
        assert by_plan.executed_as == "plan"
        assert exact(by_plan.data) == exact(by_field.data)
        assert by_plan.errors == by_field.errors
        for error in by_plan.errors:
            assert error["path"]
            assert error["locations"]
            assert by_plan.data == b"null"
