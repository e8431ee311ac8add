"""Relay's `node` and `nodes`: any object by its global id."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from graph import api_keys, categories, customers, landing_pages, orders, products, store, webhook_deliveries, webhooks
from graph.api.declare import METADATA, Info, Root
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
    "Webhook": webhooks.webhooks,
    "WebhookDelivery": webhook_deliveries.deliveries,
}


# The type's name and the number in a global id; None where no row can have it.
Named = tuple[str, int | None]


def _named(global_id: str) -> Named:
    type_name, number = parsed_global_id(global_id)
    return type_name, database_id(type_name, number)


def _node(id: strawberry.ID) -> list[Named]:
    return [_named(str(id))]


def _nodes(ids: list[strawberry.ID]) -> list[Named]:
    if len(ids) > NODES_MAXIMUM:
        raise bad_request(f"Ask for at most {NODES_MAXIMUM} nodes", [Detail("ids", f"has {len(ids)}")])
    return [_named(str(each)) for each in ids]


@strawberry.type
class NodeQueries:
    """Objects by their global ids."""

    @strawberry.field(
        description="The object of a global id, or null when this store has none.",
        metadata={METADATA: Root("nodes", _node)},
    )
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return (await _found(info, _node(id)))[0]

    @strawberry.field(
        description=f"The objects of up to {NODES_MAXIMUM} global ids, null where there is none.",
        metadata={METADATA: Root("nodes", _nodes)},
    )
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        return await _found(info, _nodes(ids))


async def _found(info: Info, named: list[Named]) -> list[Any]:
    async def read(source: Source, ids: list[int]) -> dict[int, Any]:
        return await resolve_many(info, source, ids)

    return await nodes_read(info.context, named, read)


async def nodes_read(
    context: Context, named: list[Named], read: Callable[[Source, list[int]], Awaitable[dict[int, Any]]]
) -> list[Any]:
    """Return the object of each name, or None in its place; `read` reads those of one type, in one statement."""
    found: dict[tuple[str, int], Any] = {}
    for type_name, source in NODE_SOURCES.items():
        ids = [number for name, number in named if name == type_name and number is not None]
        if ids:
            rows = await read(source(context), ids)
            found |= {(type_name, number): row for number, row in rows.items()}
    return [found.get((type_name, number or 0)) for type_name, number in named]
