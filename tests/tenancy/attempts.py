"""Every place of every operation where somebody could name a row, taken from `openapi.yaml` and from the schemas."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)

from graph.schema import Audience, field_name, graphql_schema
from tests.parity.cases import CASES, asked
from tests.parity.stores import Rows, with_rows
from tests.parity.table import PAIRS
from tests.parity.translate import Operation, argument_name, dereferenced, operations
from tests.tenancy.victims import Pair, Victim

Place = tuple[str | int, ...]
# Where rows are named, or looked for: there everything is tried; elsewhere one text and one number.
NAMES_ROWS = re.compile(r"(.*_)?ids?|slug|sku|cursor|after|search|.*phone|email|number|category|key_id", re.IGNORECASE)
DEPTH = 5
# What is asked of operations that no root field of GraphQL stands for.
ONLY_REST_CASES = {"listWebhookDeliveries": [asked(webhook_id="$webhook")]}
# What the fields are asked with that no operation of `/v1` stands for.
QUOTE = {"wilayaId": 16, "deliveryType": "HOME", "items": [{"productId": "$product", "quantity": 1}]}
# What a shopper may try so often a minute alone: they have tests of their own.
LIMITED = frozenset({"orderPlace", "orderTrack"})
OTHER_BASES: Mapping[str, Mapping[str, Any]] = {
    "node": {"id": "UHJvZHVjdDox"},
    "usageSeries": {"step": "DAY"},
    "nodes": {"ids": ["UHJvZHVjdDox"]},
    "deliveryQuote": QUOTE,
    "eventTrack": {"input": {"name": "x"}},
    "signupTrack": {"input": {"externalUserId": "x"}},
}


@dataclass(frozen=True)
class Leaf:
    """A place that takes a text or a number."""

    place: Place
    takes: frozenset[str]

    @property
    def name(self) -> str:
        return next(str(each) for each in reversed(self.place) if isinstance(each, str))

    def pairs(self, victim: Victim) -> list[Pair]:
        """Return what is tried here."""
        texts = list(victim.texts) if "text" in self.takes else []
        numbers = list(victim.numbers) if "number" in self.takes else []
        snake = re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), self.name)
        return [*texts, *numbers] if NAMES_ROWS.fullmatch(snake) else [*texts[:1], *numbers[:1]]


def base(operation: Operation, rows: Rows) -> dict[str, Any]:
    """Return the shortest call that is answered, so that it can be made again and again."""
    good = [case for case in {**CASES, **ONLY_REST_CASES}[operation.name] if case.status < 300]
    arguments = min(good, key=lambda case: len(json.dumps(case.arguments.body or {}))).arguments
    call: dict[str, Any] = {"parameters": with_rows(dict(arguments.parameters), rows)}
    if arguments.body is not None:
        call["body"] = with_rows(arguments.body, rows)
    return call


def rest_leaves(operation: Operation) -> Iterator[Leaf]:
    for name in operation.parameters:
        yield Leaf(("parameters", name), frozenset({"text", "number"}))
    if operation.body is not None:
        yield from _schema_leaves(operation.body, ("body",))


def _schema_leaves(told: Any, place: Place) -> Iterator[Leaf]:
    told = dereferenced(told)
    types = told.get("type", ())
    types = {types} if isinstance(types, str) else set(types)
    if "properties" in told:
        for name, below in told["properties"].items():
            yield from _schema_leaves(below, (*place, name))
    elif "array" in types:
        yield from _schema_leaves(told["items"], (*place, 0))
    elif "string" in types and "enum" not in told:
        yield Leaf(place, frozenset({"text"}))
    elif "integer" in types:
        yield Leaf(place, frozenset({"number"}))


def fields(audience: Audience) -> Iterator[tuple[str, str, Any]]:
    """Give each root field: `query` or `mutation`, its name, and how it is declared."""
    schema = graphql_schema(audience)
    for kind, type_ in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        assert type_ is not None
        for name, declared in type_.fields.items():
            if name in LIMITED:
                continue
            yield kind, name, declared


def graphql_base(name: str, declared: Any, rows: Rows) -> dict[str, Any]:
    """Return arguments that a field can be asked with again and again."""
    if name in OTHER_BASES:
        return with_rows(OTHER_BASES[name], rows)
    operation_name = next(each for each, pair in PAIRS.items() if pair.field == name)
    operation, pair = operations()[operation_name], PAIRS[operation_name]
    call = base(operation, rows)
    values = {argument_name(pair, each): value for each, value in call["parameters"].items()}
    if "body" in call:
        body = _camel(declared.args["input"].type, call["body"]) if not pair.spread else {}
        values |= {"input": body} if not pair.spread else {}
    return {each: value for each, value in values.items() if each in declared.args}


def _camel(type_: Any, value: Any) -> Any:
    named = get_named_type(type_)
    if isinstance(value, list):
        return [_camel(named, each) for each in value]
    if isinstance(named, GraphQLInputObjectType):
        return {field_name(name): _camel(named.fields[field_name(name)].type, each) for name, each in value.items()}
    return value.upper() if hasattr(named, "values") else value


def graphql_leaves(declared: Any) -> Iterator[Leaf]:
    for name, argument in declared.args.items():
        yield from _type_leaves(argument.type, (name,))


def _type_leaves(type_: Any, place: Place) -> Iterator[Leaf]:
    type_ = get_nullable_type(type_)
    if isinstance(type_, GraphQLList):
        yield from _type_leaves(type_.of_type, (*place, 0))
    elif isinstance(type_, GraphQLInputObjectType):
        for name, member in type_.fields.items():
            yield from _type_leaves(member.type, (*place, name))
    else:
        takes = {"ID": {"text", "number"}, "String": {"text"}, "Int": {"number"}, "BigInt": {"number"}}
        takes["Money"] = {"number"}
        if type_.name in takes:
            yield Leaf(place, frozenset(takes[type_.name]))


def put(values: Any, place: Place, value: Any) -> Any:
    """Return a copy of values with one of them replaced; what is on the way and not there is made."""
    if not place:
        return value
    first, rest = place[0], place[1:]
    if isinstance(first, int):
        there = list(values or [])
        return [put(there[0] if there else None, rest, value), *there[1:]]
    return {**(values or {}), first: put((values or {}).get(first), rest, value)}


def document(kind: str, name: str, declared: Any, given: Mapping[str, Any], audience: Audience) -> str:
    """Return a document that selects all that there is of a field."""
    head = ", ".join(f"${each}: {declared.args[each].type}" for each in given)
    arguments = ", ".join(f"{each}: ${each}" for each in given)
    selection = everything(get_named_type(declared.type), DEPTH, audience)
    return f"{kind} Q{f'({head})' if head else ''} {{ {name}{f'({arguments})' if arguments else ''} {selection} }}"


def everything(type_: Any, depth: int, audience: Audience) -> str:
    if not is_composite_type(type_):
        return ""
    if isinstance(type_, GraphQLInterfaceType):
        possible: list[GraphQLObjectType] = graphql_schema(audience).get_possible_types(type_)
        # One after the other would ask for a field of each under the same name; those that differ in type get an alias.
        return "{ id " + " ".join(f"... on {each.name} {_aliased(each, depth, audience)}" for each in possible) + " }"
    parts = [
        f"{name} {everything(get_named_type(each.type), depth - 1, audience)}"
        for name, each in type_.fields.items()
        if (name != "edges" or depth <= 0) and (depth > 0 or not is_composite_type(get_named_type(each.type)))
    ]
    return "{ " + " ".join(parts) + " }"


def _aliased(type_: GraphQLObjectType, depth: int, audience: Audience) -> str:
    parts = [
        f"{type_.name}_{name}: {name} {everything(get_named_type(each.type), depth - 2, audience)}"
        for name, each in type_.fields.items()
        if not is_composite_type(get_named_type(each.type)) or name in ("pricing", "items", "customer")
    ]
    return "{ " + " ".join(parts[:24]) + " }"
