"""Products: the list, and one of them with its stock and why that is what it is."""

from functools import partial
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import ask, do
from app.pages.changes import change
from app.pages.dashboard import product_edit, product_import
from app.pages.dashboard import product_fields as fields
from app.pages.forms import Form, form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import Problem, go, named, problem_of, render
from graph.errors import ApiError
from graph.product_forms import STATUSES, UPDATE
from graph.products import product as product_source
from graph.stock import Movement, movements

PATH: Final = "/dashboard/products"
SECTION: Final = "products"
# Rows with pictures weigh more than others.
PAGE: Final = 25
MOVEMENTS: Final = 20
SORTS: Final = ("newest", "oldest", "price_asc", "price_desc", "name")
WRITE: Final = "products:write"
LIST: Final = """
query Products(
  $first: Int!, $after: String, $status: ProductStatus, $search: String, $low: Boolean, $sort: ProductSort!
) {
  products(first: $first, after: $after, status: $status, search: $search, lowStock: $low, sort: $sort) {
    nodes { databaseId name primaryImage price comparePrice sku status stockQuantity trackStock inStock hasVariants
      inventory { lowStockAlert } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ONE: Final = """
query Product($id: ID!) {
  product(id: $id) {
    databaseId name slug status featured description shortDescription price comparePrice sku inStock hasVariants
    externalId metadata createdAt updatedAt
    category { name }
    pricing { costPrice }
    inventory { barcode trackStock stockQuantity lowStockAlert }
    shipping { weight height width length doInsurance }
    images { url alt }
    variants { databaseId name sku price stockQuantity inStock }
  }
}
"""


@get(PATH, include_in_schema=False)
async def products(request: Request[Any, Any, Any]) -> Response[str]:
    """List the products that are looked for."""
    asked = request.query_params
    status = asked.get("status") if asked.get("status") in STATUSES else None
    sort = asked.get("sort") if asked.get("sort") in SORTS else SORTS[0]
    search = (asked.get("search") or "").strip()[:255]
    low = "yes" if asked.get("low") == "yes" else ""
    found = await ask(
        the_member(request),
        LIST,
        first=PAGE,
        after=asked.get("after"),
        status=status and status.upper(),
        search=search or None,
        low=True if low else None,
        sort=str(sort).upper(),
    )
    nodes = found["products"]["nodes"]
    query = [("search", search), ("status", status or ""), ("low", low), ("sort", "" if sort == SORTS[0] else sort)]
    return render(
        request,
        "dashboard/products.html",
        section=SECTION,
        products=nodes,
        page_info=found["products"]["pageInfo"],
        search=search,
        chosen_status=status or "",
        sort=sort,
        low=low,
        statuses_named=named(request, STATUSES, lambda name: f"products.status_{name}"),
        sorts_named=named(request, SORTS, lambda name: f"products.sort_{name}"),
        query=[(name, value) for name, value in query if value],
        pictures=[each["primaryImage"] for each in nodes],
        may_write=the_member(request).may(WRITE),
    )


@get(f"{PATH}/{{number:int}}", include_in_schema=False)
async def product(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Show one product."""
    return await shown(request, number)


async def shown(
    request: Request[Any, Any, Any], number: int, problem: Problem | None = None, **typed: str
) -> Response[str]:
    """Return the page of one product, with what was typed there and refused."""
    member = the_member(request)
    found = (await ask(member, ONE, id=str(number)))["product"]
    before = request.query_params.get("before", "")
    ledger = await _ledger(member, number, before)
    return render(
        request,
        "dashboard/product.html",
        section=SECTION,
        problem=problem,
        product=found,
        movements=ledger[:MOVEMENTS],
        older=ledger[MOVEMENTS - 1].id if len(ledger) > MOVEMENTS else None,
        typed=typed,
        pictures=[image["url"] for image in found["images"]],
        may_write=member.may(WRITE),
    )


async def _ledger(member: Member, number: int, before: str) -> list[Movement]:
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    return await movements(member.context, number, below, MOVEMENTS + 1)


@post(f"{PATH}/{{number:int}}/stock", include_in_schema=False, status_code=200)
async def change_stock(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Add to the stock or take from it, or say what was counted."""
    member, form = the_member(request), await form_of(request)
    product_edit.require_write(member, WRITE)
    try:
        await _count(member, form, number)
    except ApiError as error:
        problem = problem_of(request, error)
        return await shown(request, number, problem, amount=form.get("amount"), how=form.get("how"))
    return go(request, f"{PATH}/{number}#stock", "products.counted")


async def _count(member: Member, form: Form, number: int) -> None:
    amount = fields.refuse_text("amount", fields.whole(form.get("amount")))
    how = form.get("how")
    try:
        if how == "count":
            UPDATE.check({"stock_quantity": amount})
            changed = {"stock_quantity": str(amount)}
            row, now = product_source(member.context, number), partial(product_edit.texts_now, member, number)
            await change(
                member,
                form,
                row,
                changed,
                now,
                product_edit.UPDATE_ONE,
                id=str(number),
                input={"stockQuantity": amount},
            )
            return
        delta = -amount if how == "take" else amount
        UPDATE.check({"stock_delta": delta})
        await do(member, product_edit.UPDATE_ONE, form.key, id=str(number), input={"stockDelta": delta})
    except ApiError as error:
        raise _about("amount", error) from error


def _about(field: str, error: ApiError) -> ApiError:
    """Return an error whose details are about the one field that the form has."""
    return ApiError(error.code, error.message, details=[each._replace(field=field) for each in error.details])


handlers: Final = [products, product, change_stock, *product_edit.handlers, *product_import.handlers]
