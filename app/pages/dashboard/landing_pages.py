"""Landing pages: the list, and the form of one."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import ask, do
from app.pages.changes import Texts, camel_case, change, changed_in, merged, plain, written
from app.pages.dashboard.product_edit import require_write
from app.pages.dashboard.product_fields import whole
from app.pages.forms import Form, form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import go, named, problem_of, render
from app.pages.texts import NAMES
from graph.errors import ApiError
from graph.landing_pages import CREATE, STATUSES, UPDATE
from graph.landing_pages import landing_page as page_source
from graph.rules import Form as Rules

PATH: Final = "/dashboard/landing-pages"
SECTION: Final = "landing_pages"
WRITE: Final = "landing_pages:write"
PAGE: Final = 50
OFFERED: Final = 200
FIELDS: Final = ("title", "slug", "status", "language", "product_id", "meta_title", "meta_description")
NULLABLE: Final = ("product_id", "meta_title", "meta_description")
ROW: Final = "databaseId title slug status language productId metaTitle metaDescription views sectionCount updatedAt"
LIST: Final = f"""
query Pages($first: Int!, $after: String, $status: LandingPageStatus) {{
  landingPages(first: $first, after: $after, status: $status) {{
    nodes {{ {ROW} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
ONE: Final = f"query Page($id: ID!) {{ landingPage(id: $id) {{ {ROW} }} }}"
PRODUCTS: Final = "query Products($first: Int!) { products(first: $first) { nodes { databaseId name } } }"
PRODUCT: Final = "query Product($id: ID!) { product(id: $id) { databaseId name } }"
MAKE: Final = (
    "mutation Make($input: LandingPageCreateInput!) { landingPageCreate(input: $input) { landingPage { title } } }"
)
CHANGE: Final = (
    "mutation Change($id: ID!, $input: LandingPageUpdateInput!)"
    " { landingPageUpdate(id: $id, input: $input) { landingPage { title } } }"
)
DELETE: Final = "mutation Delete($id: ID!) { landingPageDelete(id: $id) { deleted } }"


@get(PATH, include_in_schema=False)
async def landing_pages(request: Request[Any, Any, Any]) -> Response[str]:
    """List the landing pages."""
    member, asked = the_member(request), request.query_params
    status = asked.get("status") if asked.get("status") in STATUSES else None
    found = await ask(member, LIST, first=PAGE, after=asked.get("after"), status=status and status.upper())
    return render(
        request,
        "dashboard/landing_pages.html",
        section=SECTION,
        pages_found=found["landingPages"]["nodes"],
        page_info=found["landingPages"]["pageInfo"],
        chosen_status=status or "",
        statuses=STATUSES,
        query=[("status", status)] if status else [],
        may_write=member.may(WRITE),
    )


@get(f"{PATH}/new", include_in_schema=False)
async def new_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form of a new landing page, of a product where one is named."""
    require_write(the_member(request), WRITE)
    product = request.query_params.get("product") or ""
    texts = dict.fromkeys(FIELDS, "") | {"status": "draft", "language": "ar"}
    return await _form(request, texts | {"product_id": product if product.isdigit() else ""})


@post(PATH, include_in_schema=False, status_code=200)
async def create_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Make a landing page."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    typed = _typed(form)
    try:
        given = {name: text for name, text in typed.items() if text or name == "title"}
        await do(member, MAKE, form.key, input=_wanted(given, CREATE))
    except ApiError as error:
        return await _form(request, typed, error=error)
    return go(request, PATH, "landing_pages.made")


@get(f"{PATH}/{{number:int}}", include_in_schema=False)
async def landing_page(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Show the form of a landing page; who may not change it sees what it says."""
    found = (await ask(the_member(request), ONE, id=str(number)))["landingPage"]
    texts = _texts_of(found)
    return await _form(request, texts, page=found, was=written(texts))


@post(f"{PATH}/{{number:int}}", include_in_schema=False, status_code=200)
async def change_page(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Change what of a landing page was changed in its form."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    typed = _typed(form)
    changed = changed_in(form, typed)
    try:
        row, now = page_source(member.context, number), partial(_texts_now, member, number)
        await change(member, form, row, changed, now, CHANGE, id=str(number), input=_wanted(changed, UPDATE))
    except ApiError as error:
        found = (await ask(member, ONE, id=str(number)))["landingPage"]
        texts, was = merged(form, typed, _texts_of(found), error)
        return await _form(request, texts, page=found, was=was, error=error)
    return go(request, PATH, "landing_pages.saved")


@post(f"{PATH}/{{number:int}}/delete", include_in_schema=False, status_code=200)
async def delete_page(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Delete a landing page."""
    member, form = the_member(request), await form_of(request)
    await do(member, DELETE, form.key, id=str(number))
    return go(request, PATH, "landing_pages.deleted")


def _typed(form: Form) -> dict[str, str]:
    return {name: plain(form.get(name)) for name in FIELDS}


def _texts_of(page: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: plain(page[camel_case(name)]) for name in FIELDS}
    return texts | {name: texts[name].lower() for name in ("status", "language")}


async def _texts_now(member: Member, number: int) -> Texts:
    return _texts_of((await ask(member, ONE, id=str(number)))["landingPage"])


def _wanted(texts: Texts, rules: Rules) -> dict[str, Any]:
    """Return fields as a mutation's input.

    Raises:
        ApiError: `bad_request` with a detail for each that keeps the resolver's rules not.
    """
    values: dict[str, Any] = {name: text or (None if name in NULLABLE else "") for name, text in texts.items()}
    if values.get("product_id"):
        values["product_id"] = whole(values["product_id"])
    rules.check(values)
    outward = {camel_case(name): value for name, value in values.items()}
    outward |= {name: values[name].upper() for name in ("status", "language") if name in values}
    return outward | ({"productId": str(values["product_id"])} if values.get("product_id") else {})


async def _form(
    request: Request[Any, Any, Any],
    texts: Texts,
    *,
    page: Mapping[str, Any] | None = None,
    was: str = "",
    error: ApiError | None = None,
) -> Response[str]:
    member = the_member(request)
    nodes = (await ask(member, PRODUCTS, first=OFFERED))["products"]["nodes"] if member.may("products:read") else []
    products = [(str(each["databaseId"]), each["name"]) for each in nodes]
    chosen = texts["product_id"]
    if chosen and chosen not in dict(products):
        products.insert(0, (chosen, await _called(member, chosen)))
    return render(
        request,
        "dashboard/landing_page.html",
        section=SECTION,
        problem=None if error is None else problem_of(request, error),
        page=page,
        texts=texts,
        was=was,
        products=products,
        spoken=list(NAMES.items()),
        statuses=named(request, STATUSES, lambda name: f"landing_pages.status_{name}"),
        may_write=member.may(WRITE),
    )


async def _called(member: Member, number: str) -> str:
    try:
        return str((await ask(member, PRODUCT, id=number))["product"]["name"])
    except ApiError:
        return f"#{number}"


handlers: Final = [landing_pages, new_page, create_page, landing_page, change_page, delete_page]
