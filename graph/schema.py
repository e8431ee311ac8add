"""Puts the parts together: the queries and mutations of `contract.md §9`, each over the resolver that REST calls."""

import re
from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.relay.utils import to_base64
from strawberry.schema.config import StrawberryConfig

from graph import categories as categories_module
from graph import products as products_module
from graph import store as store_module
from graph import tracking as tracking_module
from graph.categories import Category
from graph.connections import (
    Connection,
    Node,
    database_id,
    parsed_global_id,
    resolve_connection,
    resolve_many,
    resolve_one,
    resolve_payload,
)
from graph.context import Context
from graph.errors import Detail, bad_request
from graph.inputs import CategoryCreateInput, EventTrackInput, ProductCreateInput, ProductUpdateInput, given
from graph.products import Product, ProductSort, ProductStatus
from graph.rules import Form, Rule
from graph.scalars import SCALARS, BigInt, DateTime
from graph.sources import Source
from graph.store import Store, Viewer

Info = strawberry.Info[Context, None]
NODES_MAXIMUM = 100
# Among which rows the nodes of each type are found.
NODE_SOURCES: dict[str, Callable[[Context], Source]] = {
    "Product": products_module.products,
    "Category": categories_module.categories,
    "Store": store_module.store,
}


@strawberry.type(description="What may be read.")
class Query:
    """Every read of `/v1`, and Relay's two."""

    @strawberry.field(description="The key that asks, and its store.")
    async def viewer(self, info: Info) -> Viewer:
        return await resolve_one(info, store_module.viewer(info.context))

    @strawberry.field(description="The store. Needs `store:read`.")
    async def store(self, info: Info) -> Store:
        return await resolve_one(info, store_module.store(info.context))

    @strawberry.field(description="The store's products, newest first. Needs `products:read`.")
    async def products(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        status: ProductStatus | None = None,
        search: str | None = None,
        external_id: str | None = None,
        updated_since: DateTime | None = None,
        sort: ProductSort = ProductSort.NEWEST,
    ) -> Connection[Product]:
        filters = {"search": search, "external_id": external_id, "updated_since": updated_since}
        source = products_module.products(
            info.context, status=status and status.value, sort=sort.value, **checked(filters, products_module.FILTERS)
        )
        return await resolve_connection(info, source, first, after)

    @strawberry.field(description="One product, by its id (either form) or its slug. Needs `products:read`.")
    async def product(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        slug: str | None = None,
    ) -> Product | None:
        if (id is None) == (slug is None):
            raise bad_request("Give an id or a slug, and not both", [Detail("id", "or slug is required")])
        if slug is not None:
            return await resolve_one(info, products_module.product_by_slug(info.context, storable(slug)))
        return await resolve_one(info, products_module.product(info.context, database_id("Product", str(id)), id))

    @strawberry.field(description="The store's categories, newest first. Needs `products:read`.")
    async def categories(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Category]:
        return await resolve_connection(info, categories_module.categories(info.context), first, after)

    @strawberry.field(description="The object of a global id, or null when this store has none.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return (await _nodes(info, [str(id)]))[0]

    @strawberry.field(description=f"The objects of up to {NODES_MAXIMUM} global ids, null where there is none.")
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        if len(ids) > NODES_MAXIMUM:
            raise bad_request(f"Ask for at most {NODES_MAXIMUM} nodes", [Detail("ids", f"has {len(ids)}")])
        return await _nodes(info, [str(each) for each in ids])


@strawberry.type
class ProductCreatePayload:
    """What `productCreate` answers."""

    product: Product


@strawberry.type
class ProductUpdatePayload:
    """What `productUpdate` answers."""

    product: Product


@strawberry.type
class ProductDeletePayload:
    """What `productDelete` answers."""

    deleted_id: strawberry.ID = strawberry.field(description="The global id of what is gone.")
    database_id: BigInt = strawberry.field(description="The id that REST uses.")
    deleted: bool = strawberry.field(description="True.")


@strawberry.type
class CategoryCreatePayload:
    """What `categoryCreate` answers."""

    category: Category


@strawberry.type
class EventTrackPayload:
    """What `eventTrack` answers."""

    status: str = strawberry.field(description="`queued`: it is stored, and taken in within seconds.")
    kind: str = strawberry.field(description="`event`.")
    store_id: BigInt = strawberry.field(description="The store's id, as REST uses it.")


@strawberry.type(description="What may happen. All mutations of one request are one transaction.")
class Mutation:
    """Every write of `/v1`."""

    @strawberry.mutation(description="Create a product. Needs `products:write`.")
    async def product_create(self, info: Info, input: ProductCreateInput) -> ProductCreatePayload:
        values = with_ids(given(input), category_id="Category")
        identifier = await products_module.product_create(info.context, values)
        return await resolve_payload(info, "product", _written(Product, info.context, identifier))

    @strawberry.mutation(description="Change fields of a product. Needs `products:write`.")
    async def product_update(
        self,
        info: Info,
        id: strawberry.ID,
        input: ProductUpdateInput,
    ) -> ProductUpdatePayload:
        values = with_ids(given(input), category_id="Category")
        identifier = await products_module.product_update(info.context, database_id("Product", str(id)), values, id)
        return await resolve_payload(info, "product", _written(Product, info.context, identifier))

    @strawberry.mutation(description="Delete a product: it is gone from every read. Needs `products:write`.")
    async def product_delete(self, info: Info, id: strawberry.ID) -> ProductDeletePayload:
        identifier = await products_module.product_delete(info.context, database_id("Product", str(id)), id)
        return ProductDeletePayload(
            deleted_id=strawberry.ID(to_base64("Product", identifier)),
            database_id=BigInt(identifier),
            deleted=True,
        )

    @strawberry.mutation(description="Create a category. Needs `products:write`.")
    async def category_create(self, info: Info, input: CategoryCreateInput) -> CategoryCreatePayload:
        values = with_ids(given(input), parent_id="Category")
        identifier = await categories_module.category_create(info.context, values)
        return await resolve_payload(info, "category", _written(Category, info.context, identifier))

    @strawberry.mutation(description="Log an event. Needs a public key's signature and `events:write`.")
    async def event_track(self, info: Info, input: EventTrackInput) -> EventTrackPayload:
        message = tracking_module.event_track(info.context, given(input))
        await tracking_module.message_queue(message)
        told = tracking_module.queued(message)
        return EventTrackPayload(status=told.status, kind=told.kind, store_id=BigInt(told.store_id))


def _written(type_: Any, context: Context, identifier: int) -> Source:
    """Return what a write answers with: its own row, which it may show whatever the key may read."""
    return Source(type_.entity, context).where("t.id = {}", identifier)


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


def checked(filters: dict[str, Any], filter_rules: dict[str, Rule]) -> dict[str, Any]:
    """Return the filters that were given, each as its rule has it; raises `bad_request` naming what is not."""
    return Form(filter_rules).check({name: value for name, value in filters.items() if value is not None})


def storable(value: str) -> str:
    """Return text that can be compared with what is stored; text that can't be is nobody's name."""
    return value if value.isprintable() else ""


def with_ids(values: dict[str, Any], **types: str) -> dict[str, Any]:
    """Return values whose ids, in either form, are integers; 0, that no row has, where one is of another type."""
    ids = {name: database_id(types[name], str(values[name])) or 0 for name in types if values.get(name) is not None}
    return values | ids


def field_name(python_name: str) -> str:
    """Return a field's name as this schema has it."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), python_name)


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[Product, Category, Store],
    config=StrawberryConfig(
        auto_camel_case=True,
        default_resolver=lambda row, name: row[name] if isinstance(row, dict) else getattr(row, name),
        scalar_map=SCALARS,
        disable_field_suggestions=False,
    ),
)
