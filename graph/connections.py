"""Relay: nodes, connections and global ids, and what a GraphQL selection wants of an entity."""

import binascii
import inspect
import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import strawberry
from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode
from strawberry.relay.utils import from_base64

from graph.context import Context
from graph.creations import Creation
from graph.errors import Detail, bad_request
from graph.fields import METADATA, Children, Connected, Embedded, Entity, Parent, expression, outward_name
from graph.plans import Selected, Selection, plan
from graph.sources import DEFAULT_LIMIT, MAXIMUM_LIMIT, Page, Source, fetch_one, fetch_page

T = TypeVar("T")
Raw = GraphQLResolveInfo[Any]
GLOBAL_ID = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@strawberry.interface(description="An object with an id that is its own among all objects of all types.")
class Node:
    """Relay's `Node`."""

    id: strawberry.ID = strawberry.field(description="The global id, for `node` and as an argument.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's `PageInfo`, walked forwards."""

    has_next_page: bool = strawberry.field(description="Whether there are rows after this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page came after a cursor.")
    start_cursor: str | None = strawberry.field(description="The first row's cursor.")
    end_cursor: str | None = strawberry.field(description="The last row's cursor: pass it as `after`.")


@strawberry.type(description="A row and its cursor.")
class Edge(Generic[T]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="Where the row stands in its list: pass it as `after`.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """Relay's connection, with the rows themselves as `nodes` too."""

    nodes: list[T] = strawberry.field(description="The rows of the page.")
    edges: list[Edge[T]] = strawberry.field(description="The rows of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


def global_id(type_name: str) -> Any:
    """Declare the field `id` of a type: its name and integer, in base64."""
    return expression(
        f"translate(encode(convert_to('{type_name}:' || t.id, 'UTF8'), 'base64'), E'\\n', '')",
        required=True,
        description="The global id, for `node` and as an argument.",
    )


def connection(type_: Any, describe: Callable[..., Source], *, description: str) -> Any:
    """Declare a list of its own below a row: a page of `describe(context, id, **arguments)`, with the row's id."""

    async def resolve(
        root: Any,
        info: strawberry.Info[Context, None],
        first: int | None = None,
        after: str | None = None,
        **arguments: Any,
    ) -> Any:
        # The record of the row has its id under the field's own name.
        source = describe(info.context, root[info.python_name], **arguments)
        return await resolve_connection(info, source, first, after)

    return strawberry.field(
        resolver=paged(resolve, describe, type_, "root"),
        metadata={METADATA: Connected(describe)},
        description=description,
    )


def paged(resolve: Any, describe: Callable[..., Any], type_: Any, *before: str) -> Any:
    """Give the resolver of a list `first`, `after`, and the arguments of the function that describes it."""
    paging = [_parameter("first", int | None, None), _parameter("after", str | None, None)]
    return signed(resolve, describe, Connection[type_], paging, *before)


def signed(
    resolve: Any,
    function: Callable[..., Any],
    returns: Any,
    paging: list[inspect.Parameter] | None = None,
    *before: str,
) -> Any:
    """Give a resolver the arguments of the function behind it, but for the context, as Strawberry reads them.

    Args:
        resolve: the resolver.
        function: what it calls; its first argument is the context.
        returns: the type that it resolves to.
        paging: arguments of the resolver's own.
        before: arguments that come before `info`, such as the row that it stands below; as many of the function's,
            after the context, are no arguments of the field.
    """
    arguments = list(inspect.signature(function).parameters.values())[1 + len(before) :]
    called = [
        *(_parameter(name, Any, inspect.Parameter.empty) for name in before),
        _parameter("info", strawberry.Info[Context, None], inspect.Parameter.empty),
        *(paging or ()),
        *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in arguments),
    ]
    resolve.__signature__ = inspect.Signature(called, return_annotation=returns)
    resolve.__module__ = function.__module__
    resolve.__name__ = function.__name__
    return resolve


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def database_id(type_name: str, given: str) -> int | None:
    """Return the integer of an id argument, which may be a global id of the type or the integer itself.

    Returns None for what can't be an id of this type: such a row is not found, as one of another store.
    """
    if given.isascii() and given.isdigit():
        return int(given) if len(given) <= 16 and int(given) < 2**53 else None
    named, number = parsed_global_id(given)
    return database_id(type_name, number) if named == type_name and number.isdigit() else None


def parsed_global_id(given: str) -> tuple[str, str]:
    """Return the type name and the number in a global id, or two empty strings when it is none."""
    if not GLOBAL_ID.fullmatch(given):
        return "", ""
    try:
        return from_base64(given)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return "", ""


async def resolve_one(info: strawberry.Info[Any, Any], source: Source) -> Any:
    """Return the source's row with the fields that the query wants of it."""
    raw: Raw = info._raw_info  # noqa: SLF001 -- Strawberry's own view lacks the merged field nodes
    return await fetch_one(source, plan(source.entity, wanted(raw, source.entity), "record"))


async def resolve_many(info: strawberry.Info[Any, Any], source: Source, ids: list[int]) -> dict[int, Any]:
    """Return those rows of the source that have these ids, by id, with the fields that the query wants of them."""
    raw: Raw = info._raw_info  # noqa: SLF001
    among = source.where("t.id = ANY({})", ids)
    page = await fetch_page(among, plan(source.entity, wanted(raw, source.entity), "record"), len(ids), None)
    return {keys[-1]: row for keys, row in zip(page.keys, page.rows, strict=True)}


async def resolve_payload(info: strawberry.Info[Any, Any], member: str, source: Source | Creation) -> Any:
    """Return a mutation's payload: the object under `member`, with the fields that the query wants of it."""
    raw: Raw = info._raw_info  # noqa: SLF001
    row = await fetch_one(source, plan(source.entity, wanted(raw, source.entity, (outward_name(member),)), "record"))
    return {member: row}


async def resolve_connection(
    info: strawberry.Info[Any, Any], source: Source, first: int | None, after: str | None
) -> Any:
    """Return a page of the source with the fields that the query wants of its nodes.

    Raises:
        ApiError: `bad_request` when `first` is not 0 to 200, or `after` is not a cursor of this list.
    """
    limit = checked_limit(first)
    raw: Raw = info._raw_info  # noqa: SLF001
    selection = merged(wanted(raw, source.entity, ("nodes",)), wanted(raw, source.entity, ("edges", "node")))
    page = await fetch_page(source, plan(source.entity, selection, "record"), limit, after, "after")
    return _connection(page, after is not None)


def checked_limit(first: int | None) -> int:
    """Return how many rows a connection is to have.

    Raises:
        ApiError: `bad_request` when `first` is not 0 to 200.
    """
    limit = DEFAULT_LIMIT if first is None else first
    if not 0 <= limit <= MAXIMUM_LIMIT:
        raise bad_request(
            f"first must be from 0 to {MAXIMUM_LIMIT}", [Detail("first", f"must be 0 to {MAXIMUM_LIMIT}")]
        )
    return limit


# The members of `PageInfo`: each from the page, and whether it came after a cursor.
PAGE_INFO: dict[str, Callable[[Page[Any], bool], Any]] = {
    "has_next_page": lambda page, _: page.has_more,
    "has_previous_page": lambda _, came_after: came_after,
    "start_cursor": lambda page, _: page.cursor(0) if page.read else None,
    "end_cursor": lambda page, _: page.end_cursor,
}


def _connection(page: Page[Any], came_after: bool) -> dict[str, Any]:
    pairs = zip(page.cursors(), page.rows, strict=True)
    return {
        "nodes": page.rows,
        "edges": [{"cursor": cursor, "node": row} for cursor, row in pairs],
        "page_info": {name: value(page, came_after) for name, value in PAGE_INFO.items()},
    }


def wanted(info: Raw, entity: Entity, below: tuple[str, ...] = ()) -> Selection:
    """Return the fields of an entity that the running field selects, `below` some members of its own type.

    Fields that `@skip` or `@include` leave out are fetched all the same: the executor drops them.
    """
    sets = [node.selection_set for node in info.field_nodes if node.selection_set]
    for name in below:
        sets = [node.selection_set for node in _fields(info, sets) if node.name.value == name and node.selection_set]
    return _selection(info, entity, sets)


def _selection(info: Raw, entity: Entity, sets: list[SelectionSetNode]) -> Selection:
    found: dict[str, list[SelectionSetNode]] = {}
    for node in _fields(info, sets):
        found.setdefault(node.name.value, []).extend([node.selection_set] if node.selection_set else [])
    selection = []
    for python_name, field in entity.fields.items():
        below = found.get(outward_name(python_name))
        if below is None:
            continue
        inner = field.entity if isinstance(field, Embedded | Children | Parent) else None
        selection.append(Selected(python_name, field, _selection(info, inner, below) if inner else ()))
    return tuple(selection)


def _fields(info: Raw, sets: list[SelectionSetNode]) -> list[FieldNode]:
    """Return the field nodes of selection sets, those in fragments included."""
    nodes: list[FieldNode] = []
    for each in sets:
        for node in each.selections:
            if isinstance(node, FieldNode):
                nodes.append(node)
            elif isinstance(node, InlineFragmentNode):
                nodes.extend(_fields(info, [node.selection_set]))
            elif isinstance(node, FragmentSpreadNode):
                nodes.extend(_fields(info, [info.fragments[node.name.value].selection_set]))
    return nodes


def merged(one: Selection, other: Selection) -> Selection:
    """Return what both selections want together."""
    if not other or one == other:
        return one
    both = {each.output: each for each in one}
    for each in other:
        there = both.get(each.output)
        both[each.output] = Selected(each.output, each.field, merged(there.below, each.below)) if there else each
    return tuple(both.values())
