"""The schemas as a developer of a storefront or an integration reads them: nothing stands there without a word."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    is_introspection_type,
    is_specified_scalar_type,
    print_schema,
)

from graph.schema import Audience, graphql_schema
from tests.conftest import Shop
from tests.graphql.requests import asked

pytestmark = pytest.mark.anyio

AUDIENCES: tuple[Audience, ...] = ("office", "storefront")


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Give each thing that the schema names, and what it says of it."""
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{each}", value.description) for each, value in type_.values.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in type_.fields.items():
                yield f"{name}.{field_name}", field.description
                arguments: dict[str, Any] = getattr(field, "args", {})
                yield from ((f"{name}.{field_name}({each})", given.description) for each, given in arguments.items())


@pytest.mark.parametrize("audience", AUDIENCES)
def test_everything_is_described(audience: Audience) -> None:
    things = dict(described(graphql_schema(audience)))
    assert [name for name, text in things.items() if not text] == []
    # A sentence each.
    assert [name for name, text in things.items() if text and text.strip()[-1] not in ".:"] == []


async def test_introspection_is_what_tools_build_on(shop: Shop) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )
    built = build_client_schema(await asked(shop, query))
    schema = graphql_schema("office")
    assert print_schema(built) == print_schema(schema)
    assert {each.name for each in built.directives} == {"include", "skip", "deprecated", "specifiedBy", "oneOf"}
    scalars: dict[str, Any] = {name: built.type_map[name] for name in ("DateTime", "JSON", "JSONObject")}
    assert [each.specified_by_url is not None for each in scalars.values()] == [True] * 3
