"""A connection's page, from its rows to the object that a document asks for."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType, get_named_type

from graph.compiled.selections import Details, Selections, python_name
from graph.connections import PAGE_INFO
from graph.context import Context
from graph.fields import Entity
from graph.plans import Compiler, Unplanned, struct_of
from graph.sources import Page

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
        self.terms = self._compiler.terms

    def build(self, page: Page[Any], context: Context, came_after: bool) -> Any:
        """Return the connection's value."""
        return self._struct(*[member(page, context, came_after) for member in self._members])

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


def _always(text: str) -> Member:
    return lambda _page, _context, _came_after: text
