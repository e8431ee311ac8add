"""Landing pages: what they are, which may be read, and what may happen to them (`contract.md §8`)."""

from enum import Enum
from typing import Any

import asyncpg
import strawberry

from db import tables
from db.engine import engine
from graph import products, rules
from graph.connections import Node, global_id
from graph.context import Context
from graph.creations import Creation, creation
from graph.errors import Detail, conflict, invalid_fields, not_found
from graph.fields import column, entity, entity_of, expression, values_told
from graph.scalars import BigInt, DateTime, JsonObject
from graph.slugs import insert_under_slug, slug_of, slug_rule
from graph.sources import Source
from graph.store import Language

STATUSES = ("active", "draft")
SLUG_INDEX = "landing_pages_slug"


@values_told(active="Visitors see it.", draft="Only the merchant sees it.")
@strawberry.enum(description="The status of a landing page: visitors see active ones.")
class LandingPageStatus(Enum):
    """`draft` is not shown yet."""

    ACTIVE = "active"
    DRAFT = "draft"


@entity(tables.LandingPage)
class LandingPage(Node):
    """A page that sells one product."""

    id: strawberry.ID = global_id("LandingPage")
    database_id: BigInt = column("id", description="The id that the REST API uses, an integer.")
    title: str = column(description="The title, in any script.")
    slug: str = column(description="The name in URLs, unique among the store's landing pages.")
    status: LandingPageStatus = column(description="Only active pages are visible to visitors.")
    language: Language = column(description="The page's language.")
    product_id: BigInt | None = column(description="The id of the product it sells.")
    views: BigInt = column(description="The number of views.")
    is_purchased: bool = column(description="Whether its design was purchased.")
    meta_title: str | None = column(description="The title for search engines.")
    meta_description: str | None = column(description="The description for search engines.")
    section_count: int = expression("jsonb_array_length(t.sections)", description="The number of sections.")
    sections: list[JsonObject] = column(description="The sections, in order, as built in the page editor.")
    created_at: DateTime = column(description="When it was created.")
    updated_at: DateTime = column(description="When it was last changed.")


CREATE = rules.Form(
    {
        "title": rules.text(1, 255),
        "slug": slug_rule(),
        "status": rules.choice(*STATUSES),
        "language": rules.choice(*(language.value for language in Language)),
        "product_id": rules.identifier().or_null(),
        "meta_title": rules.text(0, 255).or_null(),
        "meta_description": rules.text(0, 1_000).or_null(),
    },
    required=("title",),
)
UPDATE = rules.Form(CREATE.members)

FILTERS: dict[str, rules.Rule] = {"status": rules.choice(*STATUSES)}


def landing_pages(context: Context, *, status: str | None = None) -> Source:
    """Return the store's landing pages, newest first.

    Args:
        context: who asks; needs `landing_pages:read`.
        status: only those of this status.
    """
    context.require("landing_pages:read")
    return Source(entity_of(LandingPage), context).filtered(status=status)


def landing_page(context: Context, identifier: int | None, called: object = None) -> Source:
    """Return one landing page by its id; None, as anything that is no id, is not found.

    Args:
        context: who asks; needs `landing_pages:read`.
        identifier: the integer id.
        called: what the client called it, for the message.
    """
    return _one(context, called or identifier).where("t.id = {}", identifier)


def landing_page_by_slug(context: Context, slug: str) -> Source:
    """Return one landing page by its slug; needs `landing_pages:read`."""
    return _one(context, slug).where("t.slug = {}", slug)


def _one(context: Context, called: object) -> Source:
    context.require("landing_pages:read")
    return Source(entity_of(LandingPage), context, missing=lambda: not_found("Landing page", called))


async def landing_page_create(context: Context, values: dict[str, Any]) -> Creation:
    """Return a new landing page, to be made on the running transaction.

    Args:
        context: who asks; needs `landing_pages:write`.
        values: the members of `CREATE`.

    Raises:
        ApiError: `bad_request` with details; when it is made, `conflict`: the slug is taken.
    """
    context.require("landing_pages:write")
    given = CREATE.check(values)
    await _require_product(context, given)
    chosen = given.pop("slug", None)
    stored = {"store_id": context.store_id, "livemode": context.livemode, **given}
    stem = chosen or slug_of(given["title"], "page")

    async def insert(terms: str) -> asyncpg.Record:
        return await insert_under_slug("landing_pages", stored, stem, terms, chosen=chosen is not None)

    return creation(LandingPage, context, insert)


async def landing_page_update(
    context: Context, identifier: int | None, values: dict[str, Any], called: object = None
) -> int:
    """Change the fields given of a landing page on the running transaction and return its id.

    Args:
        context: who asks; needs `landing_pages:write`.
        identifier: the integer id.
        values: the members of `UPDATE`; absent ones stay, null clears.
        called: what the client called it, for the message.

    Raises:
        ApiError: `bad_request` with details; `not_found`; `conflict` when the slug is taken.
    """
    context.require("landing_pages:write")
    given = UPDATE.check(values)
    await _require_product(context, given)
    changes = "".join(f"{name} = ${place}, " for place, name in enumerate(given, 4))
    try:
        rows = await engine.write(
            f"UPDATE landing_pages SET {changes}updated_at = {'now()' if given else 'updated_at'}"
            " WHERE id = $1 AND store_id = $2 AND livemode = $3 RETURNING id",
            identifier,
            context.store_id,
            context.livemode,
            *given.values(),
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != SLUG_INDEX:
            raise
        raise conflict("slug", f"The slug {given['slug']} is taken in this store: choose another one") from error
    if not rows:
        raise not_found("Landing page", called or identifier)
    return int(rows[0]["id"])


async def landing_page_delete(context: Context, identifier: int | None, called: object = None) -> int:
    """Delete a landing page on the running transaction and return its id.

    Raises:
        ApiError: `not_found`.
    """
    context.require("landing_pages:write")
    rows = await engine.write(
        "DELETE FROM landing_pages WHERE id = $1 AND store_id = $2 AND livemode = $3 RETURNING id",
        identifier,
        context.store_id,
        context.livemode,
    )
    if not rows:
        raise not_found("Landing page", called or identifier)
    return int(rows[0]["id"])


async def _require_product(context: Context, given: dict[str, Any]) -> None:
    product = given.get("product_id")
    if product is not None and not await products.exists(context, product):
        raise invalid_fields([Detail("product_id", f"product {product} not found in this store")])
