"""Categories: the shelves of the catalogue (`contract.md §12`)."""

from typing import Any

import asyncpg
import strawberry

from db import tables
from db.engine import engine
from graph import rules
from graph.connections import Node, global_id
from graph.context import Context
from graph.creations import Creation, creation
from graph.errors import Detail, invalid_fields
from graph.fields import column, entity, entity_of
from graph.scalars import BigInt, DateTime
from graph.slugs import insert_under_slug, slug_of, slug_rule
from graph.sources import Source


@entity(tables.Category)
class Category(Node):
    """A category of the catalogue."""

    id: strawberry.ID = global_id("Category")
    database_id: BigInt = column("id", description="The id that the REST API uses, an integer.")
    name: str = column(description="The name, in any script.")
    slug: str = column(description="The name in URLs, unique in the store.")
    parent_id: BigInt | None = column(description="The id of its parent category.")
    position: int = column(description="Position among its siblings.")
    created_at: DateTime = column(description="When it was created.")
    updated_at: DateTime = column(description="When it was last changed.")


CREATE = rules.Form(
    {
        "name": rules.text(1, 255),
        "slug": slug_rule(),
        "parent_id": rules.identifier().or_null(),
        "position": rules.integer(),
    },
    required=("name",),
)


def categories(context: Context) -> Source:
    """Return the store's categories; needs `products:read`."""
    context.require("products:read")
    return Source(entity_of(Category), context)


async def exists(context: Context, identifier: int) -> bool:
    """Tell whether the store has this category, and keep it there until the running transaction ends."""
    found = await engine.write(
        "SELECT FROM categories WHERE id = $1 AND store_id = $2 AND livemode = $3 FOR KEY SHARE",
        identifier,
        context.store_id,
        context.livemode,
    )
    return bool(found)


async def category_create(context: Context, values: dict[str, Any]) -> Creation:
    """Return a new category, to be made on the running transaction.

    Args:
        context: who asks; needs `products:write`.
        values: the members of `CREATE`.

    Raises:
        ApiError: `bad_request` with details; when it is made, `conflict`: the slug is taken.
    """
    context.require("products:write")
    given = CREATE.check(values)
    above = given.get("parent_id")
    if above is not None and not await exists(context, above):
        raise invalid_fields([Detail("parent_id", f"category {above} not found in this store")])
    chosen = given.pop("slug", None)
    stored = {"store_id": context.store_id, "livemode": context.livemode, **given}
    stem = chosen or slug_of(given["name"], "category")

    async def insert(terms: str) -> asyncpg.Record:
        return await insert_under_slug("categories", stored, stem, terms, chosen=chosen is not None)

    return creation(Category, context, insert)
