"""A connection's page, from its rows to the object that a document asks for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, get_named_type
from graphql.execution.values import VariableValues

from graph.compiled.arguments import arguments
from graph.compiled.selections import Below, Details, Selections, entity_of_type, python_name
from graph.connections import PAGE_INFO, checked_limit
from graph.context import Context
from graph.errors import ApiError
from graph.fields import Entity
from graph.plans import Compiler, Unplanned, struct_of
from graph.sources import Page, Source, read_page

# From a page, the context and whether it came after a cursor, to the value of one member.
Member = Callable[[Page[Any], Context, bool], Any]


class PageBuilder:
    """Makes the value of a connection: one SELECT for all that is wanted of its rows, under whatever names."""

    def __init__(self, selections: Selections, entity: Entity, type_: GraphQLObjectType, details: Details) -> None:
        self._selections = selections
        self._entity = entity
        self._compiler = Compiler("response")
        members = {output: self._member(type_, group) for output, group in selections.below(type_, details).items()}
        self._struct = struct_of(tuple(members))
        self._members = tuple(members.values())
        self._terms = self._compiler.terms
        self._beside = Beside(selections, self._compiler)

    async def answer(
        self,
        describe: Callable[..., Source],
        whose: tuple[Any, ...],
        arguments: dict[str, Any],
        variables: VariableValues,
    ) -> Any:
        """Return the connection's value: of a page of `describe(*whose, **arguments)`, `first` and `after` apart.

        Raises:
            ApiError: `bad_request` for these two; or what `describe` raises.
        """
        first, after = arguments.pop("first", None), arguments.pop("after", None)
        source = describe(*whose, **arguments)
        page = await read_page(source, self._terms, checked_limit(first), after, "after")
        page.rows = await self._beside.completed(page.rows, source.context, variables)
        return self._struct(*[member(page, source.context, after is not None) for member in self._members])

    def _member(self, type_: GraphQLObjectType, group: Details) -> Member:
        name = group[0].node.name.value
        if name == "__typename":
            return _always(type_.name)
        named: Any = get_named_type(type_.fields[name].type)
        if name == "nodes":
            return self._nodes(named, group)
        if name == "edges":
            return self._edges(named, group)
        if name == "pageInfo":
            return self._page_info(named, group)
        raise Unplanned(f"{type_.name}.{name} is no part of a connection")

    def _nodes(self, type_: GraphQLObjectType, group: Details) -> Member:
        build = self._compiler.builder(self._entity, self._selections.of_entity(self._entity, type_, group))
        return lambda page, context, _: [build(row, context) for row in page.rows]

    def _edges(self, type_: GraphQLObjectType, group: Details) -> Member:
        """Return what makes the edges: of each row its cursor and its node, as often as they are wanted."""
        makers: dict[str, Callable[[Any, str, Context], Any]] = {}
        cursors_wanted = False
        for output, inner in self._selections.below(type_, group).items():
            name = inner[0].node.name.value
            if name == "cursor":
                cursors_wanted = True
                makers[output] = lambda _row, cursor, _context: cursor
            elif name == "__typename":
                makers[output] = lambda _row, _cursor, _context: type_.name
            else:
                makers[output] = self._node(get_named_type(type_.fields[name].type), inner)
        edge, members = struct_of(tuple(makers)), tuple(makers.values())

        def edges(page: Page[Any], context: Context, _: bool) -> Any:
            cursors = page.cursors() if cursors_wanted else [""] * len(page.rows)
            pairs = zip(page.rows, cursors, strict=True)
            return [edge(*[member(row, cursor, context) for member in members]) for row, cursor in pairs]

        return edges

    def _node(self, type_: Any, group: Details) -> Callable[[Any, str, Context], Any]:
        build = self._compiler.builder(self._entity, self._selections.of_entity(self._entity, type_, group))
        return lambda row, _cursor, context: build(row, context)

    def _page_info(self, type_: GraphQLObjectType, group: Details) -> Member:
        wanted: dict[str, Callable[[Page[Any], bool], Any]] = {}
        for output, inner in self._selections.below(type_, group).items():
            name = inner[0].node.name.value
            if name == "__typename":
                wanted[output] = lambda _page, _came_after: type_.name
            else:
                wanted[output] = PAGE_INFO[python_name(type_.fields[name])]
        struct, values = struct_of(tuple(wanted)), tuple(wanted.values())
        return lambda page, _, came_after: struct(*[value(page, came_after) for value in values])


class Beside:
    """Reads what stands below rows in lists of their own: of each row a page of each, side by side."""

    def __init__(self, selections: Selections, compiler: Compiler) -> None:
        """Read what the builders of this compiler need; all of them have been made."""
        self._below = [(place, _below(selections, apart.what)) for place, apart in compiler.apart]

    async def completed(self, rows: Sequence[Any], context: Context, variables: VariableValues) -> Sequence[Any]:
        """Return the rows with those values behind them.

        Raises:
            Unplanned: one of them is an error, for the executor to word and to say where it is.
        """
        if not self._below:
            return rows
        running = (read(context, row[place], variables) for row in rows for place, read in reversed(self._below))
        try:
            values = await asyncio.gather(*running)
        except (ApiError, GraphQLError) as error:
            raise Unplanned("an error below a row") from error
        width = len(self._below)
        return [(*row, *values[place * width : (place + 1) * width]) for place, row in enumerate(rows)]


def _below(selections: Selections, below: Below) -> Callable[[Context, int, VariableValues], Awaitable[Any]]:
    type_: Any = get_named_type(below.declared.type)
    entity = entity_of_type(get_named_type(type_.fields["nodes"].type))
    builder = PageBuilder(selections, entity, type_, below.details)
    given = arguments(selections, below.declared, below.details[0].node)

    async def read(context: Context, identifier: int, variables: VariableValues) -> Any:
        return await builder.answer(below.field.describe, (context, identifier), given(variables), variables)

    return read


def _always(text: str) -> Member:
    return lambda _page, _context, _came_after: text
