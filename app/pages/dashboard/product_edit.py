"""What may happen to products: made, changed, counted, archived, deleted."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import ask, do
from app.pages.changes import Texts, change, changed_in, merged, plain, written
from app.pages.dashboard import product_fields as fields
from app.pages.forms import form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import go, named, problem_of, render
from graph.errors import ApiError, Code
from graph.product_forms import CREATE, STATUSES, UPDATE
from graph.products import product as product_source

PATH: Final = "/dashboard/products"
SECTION: Final = "products"
WRITE: Final = "products:write"
READ: Final = f"query Product($id: ID!) {{ product(id: $id) {{ {fields.READ} }} {fields.CATEGORIES} }}"
# Within a transaction one thing is asked at a time.
NOW: Final = f"query Now($id: ID!) {{ product(id: $id) {{ {fields.READ} }} }}"
OFFERED: Final = f"{{ {fields.CATEGORIES} }}"
MAKE: Final = (
    "mutation Make($input: ProductCreateInput!) { productCreate(input: $input) { product { databaseId name } } }"
)
UPDATE_ONE: Final = (
    "mutation Change($id: ID!, $input: ProductUpdateInput!)"
    " { productUpdate(id: $id, input: $input) { product { databaseId name } } }"
)
DELETE: Final = "mutation Delete($id: ID!) { productDelete(id: $id) { deleted } }"
NEW: Final = dict.fromkeys(fields.KINDS, "") | {
    "status": "DRAFT",
    "track_stock": "yes",
    "low_stock_alert": "5",
    "stock_quantity": "0",
    "images": "[]",
}


def require_write(member: Member, scope: str) -> None:
    """Let somebody see a form who may send it.

    Raises:
        ApiError: `forbidden`.
    """
    if not member.may(scope):
        raise ApiError(Code.FORBIDDEN, "Your role in this store lets you look, and change nothing")


@get(f"{PATH}/new", include_in_schema=False)
async def new_product(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form of a new product."""
    member = the_member(request)
    require_write(member, WRITE)
    return _form(request, NEW, await ask(member, OFFERED))


@post(PATH, include_in_schema=False, status_code=200)
async def create_product(request: Request[Any, Any, Any]) -> Response[str]:
    """Make a product."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    typed = fields.typed_in(form)
    given = {name: text for name, text in typed.items() if text or name == "name" or fields.KINDS[name] is bool}
    try:
        made = await do(member, MAKE, form.key, input=fields.wanted(given, CREATE))
    except ApiError as error:
        return _form(request, typed, await ask(member, OFFERED), error=error)
    product = made["productCreate"]["product"]
    return go(request, f"{PATH}/{product['databaseId']}", "products.made", name=product["name"])


@get(f"{PATH}/{{number:int}}/edit", include_in_schema=False)
async def edit_product(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Show the form of a product."""
    member = the_member(request)
    require_write(member, WRITE)
    found = await ask(member, READ, id=str(number))
    texts = fields.texts_of(found["product"])
    return _form(request, texts, found, number=number, was=written(texts))


@post(f"{PATH}/{{number:int}}/edit", include_in_schema=False, status_code=200)
async def change_product(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Change what of a product was changed in its form."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    typed = {name: text for name, text in fields.typed_in(form).items() if name != "stock_quantity"}
    changed = changed_in(form, typed)
    try:
        wanted = fields.wanted(changed, UPDATE)
        row, now = product_source(member.context, number), partial(texts_now, member, number)
        await change(member, form, row, changed, now, UPDATE_ONE, id=str(number), input=wanted)
    except ApiError as error:
        found = await ask(member, READ, id=str(number))
        texts, was = merged(form, typed, fields.texts_of(found["product"]), error)
        return _form(request, texts, found, number=number, was=was, error=error)
    return go(request, f"{PATH}/{number}", "products.saved")


async def texts_now(member: Member, number: int) -> Texts:
    """Return what the fields of a product are by now."""
    return fields.texts_of((await ask(member, NOW, id=str(number)))["product"])


def _form(
    request: Request[Any, Any, Any],
    texts: Texts,
    offered: Mapping[str, Any],
    *,
    number: int | None = None,
    was: str = "",
    error: ApiError | None = None,
) -> Response[str]:
    categories = [(str(each["databaseId"]), each["name"]) for each in offered["categories"]["nodes"]]
    chosen = texts["category_id"]
    if chosen and chosen not in dict(categories):
        categories.insert(0, (chosen, f"#{chosen}"))
    return render(
        request,
        "dashboard/product_form.html",
        section=SECTION,
        problem=None if error is None else problem_of(request, error),
        texts=texts,
        number=number,
        was=was,
        categories=categories,
        statuses_named=named(request, STATUSES, lambda name: f"products.status_{name}"),
        images=fields.image_rows(texts),
        pictures=[url for url, _ in json.loads(texts["images"])],
    )


@post(f"{PATH}/{{number:int}}/status", include_in_schema=False, status_code=200)
async def change_status(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Show a product to shoppers, or archive it."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    UPDATE.check({"status": plain(form.get("status"))})
    status = form.get("status")
    await do(member, UPDATE_ONE, form.key, id=str(number), input={"status": status.upper()})
    return go(request, f"{PATH}/{number}", f"products.now_{status}")


@post(f"{PATH}/{{number:int}}/delete", include_in_schema=False, status_code=200)
async def delete_product(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Take a product out of the store."""
    member, form = the_member(request), await form_of(request)
    await do(member, DELETE, form.key, id=str(number))
    return go(request, PATH, "products.deleted")


handlers: Final = [
    new_product,
    create_product,
    edit_product,
    change_product,
    change_status,
    delete_product,
]
