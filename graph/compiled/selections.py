"""What an operation wants of each type: its fields in the document's order, merged, skipped or included."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from graph.context import Context
from graph.fields import Children, Connected, Embedded, Entity, Parent, Scalar
from graph.plans import Apart, Constant, Renamed, Selected, Selection, Unplanned

Details = Sequence[FieldDetails]
Run = Callable[[Context, VariableValues], Awaitable[Any]]
Arguments = Callable[[VariableValues], dict[str, Any]]


class Below(NamedTuple):
    """A list of its own below a row: what it is, how the schema declares it, and what is wanted of it."""

    field: Connected
    declared: GraphQLField
    details: Details


class Selections:
    """Reads the selections of one operation, with the booleans of its `@skip` and `@include` as they are given."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDetails],
        operation: OperationDefinitionNode,
        booleans: VariableValues,
    ) -> None:
        self.schema = schema
        self._fragments = fragments
        self._operation = operation
        self._booleans = booleans

    def of_root(self, type_: GraphQLObjectType) -> dict[str, list[FieldDetails]]:
        """Return the root fields by the names that they go out under."""
        collected = collect_fields(self.schema, self._fragments, self._booleans, type_, self._operation)
        return collected.grouped_field_set

    def below(self, type_: GraphQLObjectType, details: Details) -> dict[str, list[FieldDetails]]:
        """Return the fields of an object by the names that they go out under."""
        collected = collect_subfields(
            self.schema, self._fragments, self._booleans, self._operation, type_, list(details)
        )
        return collected.grouped_field_set

    def of_entity(self, entity: Entity, type_: GraphQLObjectType, details: Details) -> Selection:
        """Return what is wanted of an entity's row.

        Raises:
            Unplanned: something is that no plan knows.
        """
        return tuple(
            self._selected(entity, type_, output, group) for output, group in self.below(type_, details).items()
        )

    def _selected(self, entity: Entity, type_: GraphQLObjectType, output: str, group: list[FieldDetails]) -> Selected:
        node = group[0].node
        if node.name.value == "__typename":
            return Selected(output, Constant(type_.name))
        declared: GraphQLField = type_.fields[node.name.value]
        field = entity.fields.get(python_name(declared))
        if isinstance(field, Connected):
            return Selected(output, Apart(Below(field, declared, group)))
        if field is None or node.arguments:
            raise Unplanned(f"{type_.name}.{node.name.value} is not declared as stored")
        required = is_non_null_type(declared.type)
        named: Any = get_named_type(declared.type)
        if isinstance(field, Embedded | Children | Parent):
            return Selected(output, field, self.of_entity(field.entity, named, group), required)
        if isinstance(named, GraphQLObjectType):
            raise Unplanned(f"{type_.name}.{node.name.value} runs by itself")
        if isinstance(field, Scalar) and isinstance(named, GraphQLEnumType):
            return Selected(output, _renamed(field, declared, named), (), required)
        return Selected(output, field, (), required)


def entity_of_type(type_: GraphQLObjectType) -> Entity:
    """Return what is stored of a type of the schema.

    Raises:
        Unplanned: nothing is.
    """
    entity = getattr(type_.extensions["strawberry-definition"].origin, "entity", None)
    if entity is None:
        raise Unplanned(f"{type_.name} is not stored")
    return entity  # type: ignore[no-any-return]


def python_name(declared: GraphQLField) -> str:
    """Return the name by which Python knows a field of the schema."""
    name: str = declared.extensions["strawberry-definition"].python_name
    return name


def _renamed(field: Scalar, declared: GraphQLField, enum: GraphQLEnumType) -> Renamed:
    plain: Any = get_nullable_type(declared.type)
    listed = isinstance(plain, GraphQLList)
    if listed:
        plain = get_nullable_type(plain.of_type)
    if plain is not enum:
        raise Unplanned("a list of lists of an enum's values")
    return Renamed(field, tuple((str(value.value), name) for name, value in enum.values.items()), listed)
