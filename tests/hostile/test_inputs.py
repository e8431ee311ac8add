"""The same over GraphQL: every member of every mutation's input, given as a variable."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

from graph.schema import schema, storefront_schema
from tests.graphql.requests import post
from tests.hostile.test_routes import Sender, sender
from tests.hostile.values import DATES, HUGE, MANY, NO_TEXT, UNREADABLE, WRONG

__all__ = ["sender"]

pytestmark = pytest.mark.anyio

SCHEMA = schema._schema
assert SCHEMA.mutation_type is not None
MUTATIONS = {
    name: field
    for name, field in SCHEMA.mutation_type.fields.items()
    if any(isinstance(get_named_type(argument.type), GraphQLInputObjectType) for argument in field.args.values())
}
assert storefront_schema._schema.mutation_type is not None
# What a public key alone may do is refused to this one for that, at the latest.
PUBLIC = set(storefront_schema._schema.mutation_type.fields)
# By the scalar's name; an ID may be an integer too.
SCALARS = {
    "String": NO_TEXT,
    "ID": ['"\\u0000"', '"\\ud800"', "1.5", "true", "[]", "{}", "1e3", HUGE],
    "Int": ["1e400", "1.5", '"1"', "true", "[]", "{}", HUGE, "2147483648"],
    "BigInt": ["1e400", "1.5", "true", "[]", "{}", HUGE, "9223372036854775808", '"x"'],
    "Money": ["1e400", "1.5", "true", "[]", "{}", HUGE, "9223372036854775808", "-1", '"x"'],
    "Float": ["1e400", '"1"', "true", "[]", "{}", HUGE],
    "Boolean": WRONG["boolean"],
    "DateTime": [*DATES, "true", "[]", "{}"],
    "JSON": ["1", '"x"', "true", "[]", MANY, '{"\\ud800": "x"}', '{"a": "\\u0000"}'],
}
Path = tuple[str | int, ...]


def members(type_: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every member of an input, those inside of others too, with its type."""
    bare = get_nullable_type(type_)
    if path:
        yield path, bare
    if isinstance(bare, GraphQLList):
        yield from members(bare.of_type, (*path, 0))
    elif isinstance(bare, GraphQLInputObjectType):
        for name, field in bare.fields.items():
            yield from members(field.type, (*path, name))


def wrong(type_: Any) -> list[str]:
    if isinstance(type_, GraphQLInputObjectType):
        return ['"x"', "1", "true", '{"\\ud800": 1}', MANY]
    if isinstance(type_, GraphQLList):
        return ['"x"', "true", '{"a": 1}']
    if isinstance(type_, GraphQLEnumType):
        return ['"none"', '"\\ud800"', '"\\u0000"', "1", "true", "{}", MANY]
    return SCALARS[type_.name]


def sample(type_: Any) -> str:
    """Return the JSON text of something that a member may be."""
    bare = get_nullable_type(type_)
    if isinstance(bare, GraphQLList):
        return f"[{sample(bare.of_type)}]"
    if isinstance(bare, GraphQLInputObjectType):
        needed = {name: field for name, field in bare.fields.items() if is_required_input_field(field)}
        return "{" + ", ".join(f'"{name}": {sample(field.type)}' for name, field in needed.items()) + "}"
    if isinstance(bare, GraphQLEnumType):
        return f'"{next(iter(bare.values))}"'
    return {"Boolean": "true", "String": '"x"', "JSON": "{}", "DateTime": '"2090-01-01T00:00:00Z"'}.get(bare.name, "1")


def written(type_: Any, path: Path, text: str) -> str:
    """Return the JSON text of an input whose member at a path is this text."""
    if not path:
        return text
    bare: Any = get_nullable_type(type_)
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        return f"[{written(bare.of_type, rest, text)}]"
    needed = {name: sample(field.type) for name, field in bare.fields.items() if is_required_input_field(field)}
    needed[head] = written(bare.fields[head].type, rest, text)
    return "{" + ", ".join(f'"{name}": {member}' for name, member in needed.items()) + "}"


def document(name: str, field: GraphQLField) -> str:
    """Return the mutation with a variable for each argument that it needs."""
    given = {each: argument for each, argument in field.args.items() if is_required_argument(argument)}
    given |= {each: field.args[each] for each in ("input",) if each in field.args}
    declared = ", ".join(f"${each}: {argument.type}" for each, argument in given.items())
    passed = ", ".join(f"{each}: ${each}" for each in given)
    payload = get_named_type(field.type)
    assert isinstance(payload, GraphQLObjectType)
    assert is_composite_type(payload)
    return f"mutation({declared}) {{ {name}({passed}) {{ __typename }} }}"


@pytest.mark.parametrize("name", MUTATIONS)
async def test_refused(sender: Sender, name: str) -> None:
    field = MUTATIONS[name]
    row = name.removesuffix("Create").removesuffix("Update").removesuffix("Rotate")
    rows = {"product": "product_id", "order": "order_id", "landingPage": "landing_page_id"}
    target = sender.targets[rows.get(row, "key_id")]
    before = await sender.stored()
    for path, type_ in members(field.args["input"].type):
        for text in [*wrong(type_), *UNREADABLE]:
            if text in UNREADABLE and text != HUGE and getattr(type_, "name", "") == "JSON":
                continue
            value = written(field.args["input"].type, path, text)
            body = f'{{"query": "{document(name, field)}", "variables": {{"id": "{target}", "input": {value}}}}}'
            response = await post(sender.shop, body.encode())
            answer = response.json()
            assert response.status_code < 500, (path, text[:40], answer)
            # A body that is no JSON of ours is refused before anybody looks for operations in it.
            errors = answer.get("errors")
            assert errors, (path, text[:40], answer)
            codes = {error["extensions"]["code"] for error in errors}
            assert codes == {"bad_request"} or (codes == {"forbidden"} and name in PUBLIC), (path, text[:40])
    assert await sender.stored() == before
