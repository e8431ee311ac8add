"""`/v1/landing-pages`."""

from graph import landing_pages
from graph.creations import Creation
from graph.sources import Source, row_written
from rest_compat.routing import Call, Documentation, deleting, listing, reading, writing
from rest_compat.shapes import shape

ROW = shape(
    landing_pages.LandingPage,
    "id title slug status language product_id views is_purchased created_at updated_at",
)
DETAIL = shape(
    landing_pages.LandingPage,
    "id title slug status language product_id views is_purchased created_at updated_at"
    " meta_title meta_description section_count sections",
)


def _page(call: Call) -> Source:
    return landing_pages.landing_page(call.context, call.id("landing_page_id"), call.path["landing_page_id"])


async def _create(call: Call) -> Creation:
    return await landing_pages.landing_page_create(call.context, dict(call.body))


async def _update(call: Call) -> Source:
    called = call.path["landing_page_id"]
    identifier = await landing_pages.landing_page_update(
        call.context, call.id("landing_page_id"), dict(call.body), called
    )
    return row_written(landing_pages.LandingPage, call.context, identifier)


async def _delete(call: Call) -> int:
    return await landing_pages.landing_page_delete(
        call.context, call.id("landing_page_id"), call.path["landing_page_id"]
    )


ROUTES = (
    listing(
        "/landing-pages",
        landing_pages.landing_pages,
        ROW,
        Documentation(
            "listLandingPages",
            "List landing pages",
            "Landing pages",
            "The store's landing pages, newest first.",
            scope="landing_pages:read",
        ),
        landing_pages.FILTERS,
    ),
    writing(
        "POST",
        "/landing-pages",
        _create,
        DETAIL,
        landing_pages.CREATE,
        Documentation(
            "createLandingPage",
            "Create a landing page",
            "Landing pages",
            "Only `title` is required. Without a `slug`, one is made from the title and made unique with `-2`, `-3`. "
            "Sections are built in the page editor, not over the API.",
            scope="landing_pages:write",
            codes=("conflict",),
        ),
    ),
    reading(
        "/landing-pages/{landing_page_id}",
        _page,
        DETAIL,
        Documentation(
            "getLandingPage",
            "Get a landing page",
            "Landing pages",
            "One landing page with its sections and texts for search engines.",
            scope="landing_pages:read",
            codes=("not_found",),
        ),
    ),
    writing(
        "PATCH",
        "/landing-pages/{landing_page_id}",
        _update,
        DETAIL,
        landing_pages.UPDATE,
        Documentation(
            "updateLandingPage",
            "Update a landing page",
            "Landing pages",
            "Absent fields keep their value; null clears a nullable one.",
            scope="landing_pages:write",
            codes=("not_found", "conflict"),
        ),
    ),
    deleting(
        "/landing-pages/{landing_page_id}",
        _delete,
        Documentation(
            "deleteLandingPage",
            "Delete a landing page",
            "Landing pages",
            "The page disappears from every read and its address answers 404.",
            scope="landing_pages:write",
            codes=("not_found",),
        ),
    ),
)
