"""A root field as something that runs: its arguments, its source, its statement, and its value."""

from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    TypeNameMetaFieldDef,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues

from graph.api.declare import METADATA, Root
from graph.compiled.arguments import arguments
from graph.compiled.nodes import nodes_runner
from graph.compiled.pages import Beside, PageBuilder
from graph.compiled.selections import Arguments, Details, Run, Selections, entity_of_type
from graph.compiled.values import values_runner
from graph.context import Context
from graph.plans import Compiler, Unplanned, struct_of
from graph.sources import read_one


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
    given = arguments(selections, declared, node)
    if root.kind == "value":
        return Runner(output, details, declared, values_runner(selections, root, declared.type, details, given))
    if root.kind == "nodes":
        returned = get_nullable_type(declared.type)
        return Runner(output, details, declared, nodes_runner(selections, root, returned, named, details, given))
    make = {"list": _listing, "one": _single, "write": _written}[root.kind]
    return Runner(output, details, declared, make(selections, root, named, details, given))


def _listing(selections: Selections, root: Root, type_: GraphQLObjectType, details: Details, given: Arguments) -> Run:
    describe = root.call
    builder = PageBuilder(selections, entity_of_type(_node_type(type_)), type_, details)

    async def run(context: Context, variables: VariableValues) -> Any:
        return await builder.answer(describe, (context,), given(variables), variables)

    return run


def _single(selections: Selections, root: Root, type_: GraphQLObjectType, details: Details, given: Arguments) -> Run:
    describe = root.call
    entity = entity_of_type(type_)
    compiler = Compiler("response")
    build = compiler.builder(entity, selections.of_entity(entity, type_, details))
    terms, beside = compiler.terms, Beside(selections, compiler)

    async def run(context: Context, variables: VariableValues) -> Any:
        source = describe(context, **given(variables))
        (row,) = await beside.completed([await read_one(source, terms)], context, variables)
        return build(row, context)

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
    if compiler.apart:
        # What goes wrong there could not be worded by the executor any more: the mutation has been made by then.
        raise Unplanned("a list below a mutation's object")
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
