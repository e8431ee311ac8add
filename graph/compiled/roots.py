"""A root field as something that runs: its arguments, its source, its statement, and its value."""

from typing import Any

import msgspec
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    TypeNameMetaFieldDef,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from graph.api.declare import METADATA, Root
from graph.compiled.nodes import nodes_runner
from graph.compiled.pages import PageBuilder
from graph.compiled.selections import Arguments, Details, Run, Selections, entity_of_type
from graph.connections import checked_limit
from graph.context import Context
from graph.plans import Compiler, Unplanned, struct_of
from graph.sources import read_one, read_page


class Runner:
    """A root field: the name it goes out under, its node for errors, and what runs it.

    `nullable` says that an error of it leaves the rest of the answer as it is.
    """

    __slots__ = ("node_list", "nullable", "output", "run")

    def __init__(self, output: str, details: Details, declared: GraphQLField, run: Run) -> None:
        self.output = output
        self.node_list: list[FieldNode] = [each.node for each in details]
        self.nullable = not is_non_null_type(declared.type)
        self.run = run


def runner(selections: Selections, type_: GraphQLObjectType, output: str, details: Details) -> Runner:
    """Return what runs a root field.

    Raises:
        Unplanned: it is declared in a way that has no plan, or selects something that has none.
    """
    node = details[0].node
    if node.name.value == "__typename":
        return Runner(output, details, TypeNameMetaFieldDef, _constant(type_.name))
    declared = type_.fields.get(node.name.value)
    root = _root(declared)
    if declared is None or root is None:
        raise Unplanned(f"{node.name.value} runs by itself")
    named: Any = get_named_type(declared.type)
    if root.kind == "nodes":
        arguments = _arguments(selections, declared, node)
        returned = get_nullable_type(declared.type)
        return Runner(output, details, declared, nodes_runner(selections, root, returned, named, details, arguments))
    make = {"list": _listing, "one": _single, "write": _written}[root.kind]
    arguments = _arguments(selections, declared, node)
    return Runner(output, details, declared, make(selections, root, named, details, arguments))


def _listing(selections: Selections, root: Root, type_: GraphQLObjectType, details: Details, given: Arguments) -> Run:
    describe = root.call
    builder = PageBuilder(selections, entity_of_type(_node_type(type_)), type_, details)

    async def run(context: Context, variables: VariableValues) -> Any:
        arguments = given(variables)
        first, after = arguments.pop("first", None), arguments.pop("after", None)
        source = describe(context, **arguments)
        page = await read_page(source, builder.terms, checked_limit(first), after, "after")
        return builder.build(page, context, after is not None)

    return run


def _single(selections: Selections, root: Root, type_: GraphQLObjectType, details: Details, given: Arguments) -> Run:
    describe = root.call
    entity = entity_of_type(type_)
    compiler = Compiler("response")
    build = compiler.builder(entity, selections.of_entity(entity, type_, details))
    terms = compiler.terms

    async def run(context: Context, variables: VariableValues) -> Any:
        source = describe(context, **given(variables))
        return build(await read_one(source, terms), context)

    return run


def _written(selections: Selections, root: Root, type_: GraphQLObjectType, details: Details, given: Arguments) -> Run:
    act = root.call
    compiler = Compiler("response")
    members: list[tuple[str, Any]] = []
    for output, group in selections.below(type_, details).items():
        name = group[0].node.name.value
        if name == "__typename":
            members.append((output, type_.name))
            continue
        named: Any = get_named_type(type_.fields[name].type)
        entity = entity_of_type(named)
        members.append((output, compiler.builder(entity, selections.of_entity(entity, named, group))))
    payload, terms = struct_of(tuple(output for output, _ in members)), compiler.terms

    async def run(context: Context, variables: VariableValues) -> Any:
        source = await act(context, **given(variables))
        row = await read_one(source, terms)
        return payload(*(each if isinstance(each, str) else each(row, context) for _, each in members))

    return run


def _constant(text: str) -> Run:
    async def run(_context: Context, _variables: VariableValues) -> Any:
        return text

    return run


def _node_type(connection: GraphQLObjectType) -> Any:
    return get_named_type(connection.fields["nodes"].type)


def _root(declared: GraphQLField | None) -> Root | None:
    if declared is None:
        return None
    definition = declared.extensions.get("strawberry-definition")
    return definition.metadata.get(METADATA) if definition is not None else None


def _arguments(selections: Selections, declared: GraphQLField, node: FieldNode) -> Arguments:
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
