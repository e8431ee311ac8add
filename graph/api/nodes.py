"""Relay's `node` and `nodes`: any object by its global id."""

from collections.abc import Callable
from typing import Any

import strawberry

from graph import api_keys, categories, customers, landing_pages, orders, products, store
from graph.api.declare import Info
from graph.connections import Node, database_id, parsed_global_id, resolve_many
from graph.context import Context
from graph.errors import Detail, bad_request
from graph.sources import Source

NODES_MAXIMUM = 100
# Among which rows the nodes of each type are found.
NODE_SOURCES: dict[str, Callable[[Context], Source]] = {
    "Product": products.products,
    "Category": categories.categories,
    "LandingPage": landing_pages.landing_pages,
    "ApiKey": api_keys.api_keys,
    "Store": store.store,
    "Order": orders.orders,
    "Customer": customers.customers,
}


@strawberry.type
class NodeQueries:
    """Objects by their global ids."""

    @strawberry.field(description="The object of a global id, or null when this store has none.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return (await _nodes(info, [str(id)]))[0]

    @strawberry.field(description=f"The objects of up to {NODES_MAXIMUM} global ids, null where there is none.")
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        if len(ids) > NODES_MAXIMUM:
            raise bad_request(f"Ask for at most {NODES_MAXIMUM} nodes", [Detail("ids", f"has {len(ids)}")])
        return await _nodes(info, [str(each) for each in ids])


async def _nodes(info: Info, global_ids: list[str]) -> list[Any]:
    """Return the object of each global id, or None in its place; those of one type are one statement."""
    named = [(type_name, database_id(type_name, number)) for type_name, number in map(parsed_global_id, global_ids)]
    found: dict[tuple[str, int], Any] = {}
    for type_name, source in NODE_SOURCES.items():
        ids = [number for name, number in named if name == type_name and number is not None]
        if ids:
            rows = await resolve_many(info, source(info.context), ids)
            found |= {(type_name, number): row for number, row in rows.items()}
    return [found.get((type_name, number or 0)) for type_name, number in named]
