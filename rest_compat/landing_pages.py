"""`/v1/landing-pages`."""

from graph import landing_pages
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


async def _create(call: Call) -> Source:
    identifier = await landing_pages.landing_page_create(call.context, dict(call.body))
    return row_written(landing_pages.LandingPage, call.context, identifier)


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
            "Newest first, by cursor.",
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
            "The slug is made from the title and made unique with `-2`, `-3` when none is given. Its sections are "
            "made in the page editor.",
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
            "Change a landing page",
            "Landing pages",
            "An absent field stays, null clears.",
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
            scope="landing_pages:write",
            codes=("not_found",),
        ),
    ),
)
