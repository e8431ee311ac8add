"""Landing pages in GraphQL."""

import strawberry
from strawberry import UNSET
from strawberry.relay.utils import to_base64

from graph import landing_pages
from graph.api.declare import Info, listing, single, written
from graph.api.inputs import given, storable, with_ids
from graph.connections import database_id
from graph.context import Context
from graph.creations import Creation
from graph.errors import Detail, bad_request
from graph.landing_pages import LandingPage, LandingPageStatus
from graph.scalars import BigInt
from graph.sources import Source, row_written
from graph.store import Language


@strawberry.input
class _LandingPageMembers:
    slug: str | None = strawberry.field(default=UNSET, description="Made from the title when left out.")
    status: LandingPageStatus | None = strawberry.field(default=UNSET, description="DRAFT by default.")
    language: Language | None = strawberry.field(default=UNSET, description="AR by default.")
    product_id: strawberry.ID | None = strawberry.field(default=UNSET, description="A product of the store.")
    meta_title: str | None = strawberry.field(default=UNSET, description="255 characters at most.")
    meta_description: str | None = strawberry.field(default=UNSET, description="1,000 characters at most.")


@strawberry.input(description="A new landing page.")
class LandingPageCreateInput(_LandingPageMembers):
    """The members of `landing_pages.CREATE`."""

    title: str = strawberry.field(description="1 to 255 characters.")


@strawberry.input(
    description="The fields of a landing page to change: absent fields keep their value, null clears one."
)
class LandingPageUpdateInput(_LandingPageMembers):
    """The members of `landing_pages.UPDATE`."""

    title: str | None = strawberry.field(default=UNSET, description="1 to 255 characters.")


@strawberry.type
class LandingPageCreatePayload:
    """What `landingPageCreate` answers."""

    landing_page: LandingPage


@strawberry.type
class LandingPageUpdatePayload:
    """What `landingPageUpdate` answers."""

    landing_page: LandingPage


@strawberry.type
class LandingPageDeletePayload:
    """What `landingPageDelete` answers."""

    deleted_id: strawberry.ID = strawberry.field(description="The global id of what was deleted.")
    database_id: BigInt = strawberry.field(description="The id that the REST API uses, an integer.")
    deleted: bool = strawberry.field(description="True.")


def _landing_pages(context: Context, status: LandingPageStatus | None = None) -> Source:
    return landing_pages.landing_pages(context, status=status and status.value)


def _landing_page(context: Context, id: strawberry.ID | None = None, slug: str | None = None) -> Source:
    if (id is None) == (slug is None):
        raise bad_request("Give an id or a slug, and not both", [Detail("id", "or slug is required")])
    if slug is not None:
        return landing_pages.landing_page_by_slug(context, storable(slug))
    return landing_pages.landing_page(context, database_id("LandingPage", str(id)), id)


async def _create(context: Context, input: LandingPageCreateInput) -> Creation:
    return await landing_pages.landing_page_create(context, with_ids(given(input), product_id="Product"))


async def _update(context: Context, id: strawberry.ID, input: LandingPageUpdateInput) -> Source:
    values = with_ids(given(input), product_id="Product")
    identifier = await landing_pages.landing_page_update(context, database_id("LandingPage", str(id)), values, id)
    return row_written(LandingPage, context, identifier)


@strawberry.type
class LandingPageQueries:
    """The store's landing pages."""

    landing_pages = listing(
        LandingPage,
        _landing_pages,
        description="The store's landing pages, newest first. Needs `landing_pages:read`.",
    )
    landing_page = single(
        LandingPage | None,
        _landing_page,
        description="One landing page, by its id (either form) or its slug. Needs `landing_pages:read`.",
    )


@strawberry.type
class LandingPageMutations:
    """What may happen to landing pages."""

    landing_page_create = written(
        LandingPageCreatePayload,
        "landing_page",
        _create,
        description="Create a landing page. Needs `landing_pages:write`.",
    )
    landing_page_update = written(
        LandingPageUpdatePayload,
        "landing_page",
        _update,
        description="Update a landing page. Needs `landing_pages:write`.",
    )

    @strawberry.mutation(description="Delete a landing page. Needs `landing_pages:write`.")
    async def landing_page_delete(self, info: Info, id: strawberry.ID) -> LandingPageDeletePayload:
        identifier = await landing_pages.landing_page_delete(info.context, database_id("LandingPage", str(id)), id)
        return LandingPageDeletePayload(
            deleted_id=strawberry.ID(to_base64("LandingPage", identifier)),
            database_id=BigInt(identifier),
            deleted=True,
        )
