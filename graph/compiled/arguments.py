"""The arguments of a field, as its operation gives them, by their Python names."""

from typing import Any

import msgspec
from graphql import FieldNode, GraphQLField, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from graph.compiled.selections import Arguments, Selections


def arguments(selections: Selections, declared: GraphQLField, node: FieldNode) -> Arguments:
    """Return what gives the arguments of a field by their Python names; those without variables are read once."""
    known = declared.extensions["strawberry-definition"].arguments
    converter = selections.schema.extensions["strawberry-definition"].schema_converter
    registry, config = converter.scalar_registry, converter.config

    def read(variables: VariableValues) -> dict[str, Any]:
        values = get_argument_values(declared, node, variables)
        return convert_arguments(values, known, scalar_registry=registry, config=config)

    if _has_variables(node):
        return read
    constant = msgspec.UNSET

    def read_once(variables: VariableValues) -> dict[str, Any]:
        nonlocal constant
        if constant is msgspec.UNSET:
            constant = read(variables)  # type: ignore[assignment]
        return dict(constant)  # type: ignore[call-overload, no-any-return]

    return read_once


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
