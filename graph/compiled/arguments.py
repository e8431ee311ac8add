"""The arguments of a field, as its operation gives them, by their Python names.

They come out as Strawberry's own `convert_arguments` makes them; which members an input has is looked at once.
"""

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any

import msgspec
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    VariableNode,
    Visitor,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values

from graph.compiled.selections import Arguments, Selections
from graph.plans import Unplanned

Convert = Callable[[Any], Any]


def arguments(selections: Selections, declared: GraphQLField, node: FieldNode) -> Arguments:
    """Return what gives the arguments of a field by their Python names; those without variables are read once."""
    names = selections.schema.extensions["strawberry-definition"].config.name_converter
    known = [
        (name, argument.python_name, _converter(declared.args[name].type, names))
        for argument in declared.extensions["strawberry-definition"].arguments
        for name in [names.from_argument(argument)]
    ]

    def read(variables: VariableValues) -> dict[str, Any]:
        values = get_argument_values(declared, node, variables)
        return {python_name: convert(values[name]) for name, python_name, convert in known if name in values}

    if _has_variables(node):
        return read
    constant = msgspec.UNSET

    def read_once(variables: VariableValues) -> dict[str, Any]:
        nonlocal constant
        if constant is msgspec.UNSET:
            constant = read(variables)  # type: ignore[assignment]
        return dict(constant)  # type: ignore[call-overload, no-any-return]

    return read_once


def _converter(type_: Any, names: Any) -> Convert:
    """Return what makes the Python value of a coerced one.

    Raises:
        Unplanned: it is an input that makes itself.
    """
    plain: Any = get_nullable_type(type_)
    if is_leaf_type(plain):
        return lambda value: value
    if is_list_type(plain):
        one = _converter(plain.of_type, names)
        return lambda value: None if value is None else [one(each) for each in value]
    return _input_converter(plain, names)


def _input_converter(type_: GraphQLInputObjectType, names: Any) -> Convert:
    definition = type_.extensions["strawberry-definition"]
    if definition.from_input is not None:
        raise Unplanned(f"{type_.name} makes itself")
    make = definition.origin
    graphql_names = {field.python_name: names.from_field(field) for field in definition.fields}
    members = [
        (graphql_name, name, _converter(type_.fields[graphql_name].type, names))
        for name, graphql_name in graphql_names.items()
    ]
    absent = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }

    def convert(value: Any) -> Any:
        if value is None:
            return None
        given = {name: one(value[graphql_name]) for graphql_name, name, one in members if graphql_name in value}
        return make(**(absent | given))

    return convert


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_: Any) -> None:
        self.found = True


def _has_variables(node: FieldNode) -> bool:
    looker = _Variables()
    for argument in node.arguments or ():
        visit(argument, looker)
    return looker.found
