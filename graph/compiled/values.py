"""Values that no row stands for, by plan: what a function returned, read once by its attributes."""

from collections.abc import Callable
from inspect import isawaitable
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues

from graph.api.declare import Root
from graph.compiled.selections import Arguments, Details, Run, Selections, python_name
from graph.context import Context
from graph.plans import Unplanned, struct_of

# From a value that is not null to what goes out; None where that is the same.
Shape = Callable[[Any], Any] | None


def values_runner(selections: Selections, root: Root, returned: Any, details: Details, given: Arguments) -> Run:
    """Return what runs a root field whose function answers the value itself, or what will be it.

    Raises:
        Unplanned: something is selected that is no attribute.
    """
    shape = _shape(selections, returned, details) or _same

    async def run(context: Context, variables: VariableValues) -> Any:
        value = root.call(context, **given(variables))
        if isawaitable(value):
            value = await value
        try:
            return shape(value)
        except GraphQLError as error:
            raise Unplanned("a value that its type does not take") from error

    return run


def _shape(selections: Selections, type_: Any, details: Details) -> Shape:
    """Return what shapes a value of a type, null included."""
    plain = get_nullable_type(type_)
    shape = _listed(selections, plain, details) if is_list_type(plain) else _single(selections, plain, details)
    if not is_non_null_type(type_):
        return shape and (lambda value: None if value is None else shape(value))

    def there(value: Any) -> Any:
        if value is None:
            raise Unplanned("a value that must not be null is")
        return shape(value) if shape else value

    return there


def _listed(selections: Selections, type_: Any, details: Details) -> Shape:
    shape = _shape(selections, type_.of_type, details) or _same
    return lambda values: [shape(each) for each in values]


def _single(selections: Selections, type_: Any, details: Details) -> Shape:
    if isinstance(type_, GraphQLObjectType):
        return _object(selections, type_, details)
    if type_ is GraphQLString:
        return None
    if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
        return type_.coerce_output_value
    raise Unplanned(f"{type_.name} is more than one type")


def _object(selections: Selections, type_: GraphQLObjectType, details: Details) -> Shape:
    shapes: dict[str, Callable[[Any], Any]] = {}
    for output, group in selections.below(type_, details).items():
        node = group[0].node
        if node.name.value == "__typename":
            shapes[output] = lambda _value: type_.name
            continue
        declared = type_.fields[node.name.value]
        if node.arguments or declared.extensions["strawberry-definition"].base_resolver is not None:
            raise Unplanned(f"{type_.name}.{node.name.value} runs by itself")
        shapes[output] = _attribute(python_name(declared), _shape(selections, declared.type, group))
    struct, makers = struct_of(tuple(shapes)), tuple(shapes.values())
    return lambda value: struct(*[make(value) for make in makers])


def _attribute(name: str, shape: Shape) -> Callable[[Any], Any]:
    read = attrgetter(name)
    return (lambda value: shape(read(value))) if shape else read


def _same(value: Any) -> Any:
    return value
