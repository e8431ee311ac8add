"""Customers: the list, and one of them with their orders; shutting out, and erasing."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import act, ask
from app.pages.forms import form_of
from app.pages.signed_in import the_member
from app.pages.site import Problem, go, problem_of, render
from graph.customer_admin import customer_ban, customer_erase
from graph.errors import ApiError, Code
from graph.geography import wilaya

PATH: Final = "/dashboard/customers"
SECTION: Final = "customers"
PAGE: Final = 50
ORDERS: Final = 20
BAN: Final = "orders:write"
LIST: Final = """
query Customers($first: Int!, $after: String, $phone: String, $email: String) {
  customers(first: $first, after: $after, phone: $phone, email: $email) {
    nodes { databaseId firstName lastName phone wilayaId commune totalOrders totalSpent isBanned createdAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ONE: Final = """
query Customer($id: ID!) {
  customer(id: $id) {
    databaseId firstName lastName phone email wilayaId commune address notes fraudScore totalOrders totalSpent
    isBanned metadata externalId createdAt updatedAt
  }
}
"""
THEIRS: Final = """
query Theirs($phone: String!, $first: Int!) {
  orders(customerPhone: $phone, first: $first) {
    nodes { databaseId orderNumber status total createdAt } pageInfo { hasNextPage }
  }
}
"""


@get(PATH, include_in_schema=False)
async def customers(request: Request[Any, Any, Any]) -> Response[str]:
    """List the customers, or the ones of a phone number or an e-mail address."""
    asked = request.query_params
    search = (asked.get("search") or "").strip()[:254]
    by_email = "@" in search
    problem: Problem | None = None
    found: dict[str, Any] = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    try:
        data = await ask(
            the_member(request),
            LIST,
            first=PAGE,
            after=asked.get("after"),
            phone=search if search and not by_email else None,
            email=search if by_email else None,
        )
        found = data["customers"]
    except ApiError as error:
        if not any(detail.field in ("phone", "email") for detail in error.details):
            raise
        problem = problem_of(request, error)
    return render(
        request,
        "dashboard/customers.html",
        section=SECTION,
        customers=found["nodes"],
        page_info=found["pageInfo"],
        search=search,
        query=[("search", search)] if search else [],
        unfit=problem,
        wilaya=wilaya,
    )


@get(f"{PATH}/{{number:int}}", include_in_schema=False)
async def customer(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Show one customer."""
    member = the_member(request)
    found = (await ask(member, ONE, id=str(number)))["customer"]
    orders: dict[str, Any] = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    if found["phone"] and member.may("orders:read"):
        orders = (await ask(member, THEIRS, phone=found["phone"], first=ORDERS))["orders"]
    return render(
        request,
        "dashboard/customer.html",
        section=SECTION,
        customer=found,
        orders=orders["nodes"],
        more=orders["pageInfo"]["hasNextPage"],
        wilaya=wilaya(found["wilayaId"]) if found["wilayaId"] else None,
        may_ban=member.may(BAN),
        may_erase=member.role.manages_members,
    )


@post(f"{PATH}/{{number:int}}/ban", include_in_schema=False, status_code=200)
async def ban_customer(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Shut a customer out of the shop, or let them in again."""
    member, form = the_member(request), await form_of(request)
    banned = form.get("banned") == "yes"

    async def work() -> dict[str, Any]:
        return {"id": await customer_ban(member.context, number, banned=banned)}

    await act(member, "customers.ban", form.key, {"number": number, "banned": banned}, work)
    return go(request, f"{PATH}/{number}", "customers.now_banned" if banned else "customers.now_let_in")


@post(f"{PATH}/{{number:int}}/erase", include_in_schema=False, status_code=200)
async def erase_customer(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Erase a customer's personal data for good; the owner's alone to decide."""
    member, form = the_member(request), await form_of(request)
    if not member.role.manages_members:
        raise ApiError(Code.FORBIDDEN, "Only an owner of the store erases a customer's data")

    async def work() -> dict[str, Any]:
        return {"orders": await customer_erase(member.context, number)}

    await act(member, "customers.erase", form.key, {"number": number}, work)
    return go(request, f"{PATH}/{number}", "customers.now_erased")


handlers: Final = [customers, customer, ban_customer, erase_customer]
