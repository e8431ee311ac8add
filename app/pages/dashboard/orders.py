"""Orders: the list, and one of them with what may happen to it next."""

from datetime import date, datetime, time
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from app.pages.asking import ask
from app.pages.dashboard import order_edit, order_new
from app.pages.dashboard.order_edit import shown
from app.pages.signed_in import the_member
from app.pages.site import Problem, go, problem_of, render
from graph.errors import ApiError, Detail, invalid_fields
from graph.geography import ALGIERS, wilaya
from graph.order_states import STATUSES
from graph.orders import order_numbered

PATH: Final = "/dashboard/orders"
SECTION: Final = "orders"
PAGE: Final = 50
LIST: Final = """
query Orders($first: Int!, $after: String, $status: OrderStatus, $since: DateTime, $phone: String) {
  orders(first: $first, after: $after, status: $status, since: $since, customerPhone: $phone) {
    nodes { databaseId orderNumber status total customerName customerPhone wilayaId commune deliveryType createdAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@get(PATH, include_in_schema=False)
async def orders(request: Request[Any, Any, Any]) -> Response[str]:
    """List the orders that are looked for; a whole order number leads to its order."""
    member, asked = the_member(request), request.query_params
    status = asked.get("status") if asked.get("status") in STATUSES else None
    search, since = (asked.get("search") or "").strip()[:100], asked.get("since") or ""
    number = await order_numbered(member.context, search)
    if number is not None:
        return go(request, f"{PATH}/{number}")
    problem: Problem | None = None
    found: dict[str, Any] = {"orders": {"nodes": [], "pageInfo": {"hasNextPage": False}}}
    try:
        found = await ask(
            member,
            LIST,
            first=PAGE,
            after=asked.get("after"),
            status=status and status.upper(),
            since=_beginning(since),
            phone=search or None,
        )
    except ApiError as error:
        if not any(detail.field in ("customer_phone", "since") for detail in error.details):
            raise
        problem = problem_of(request, error)
    query = [("status", status or ""), ("search", search), ("since", since)]
    return render(
        request,
        "dashboard/orders.html",
        section=SECTION,
        orders=found["orders"]["nodes"],
        page_info=found["orders"]["pageInfo"],
        wilaya=wilaya,
        search=search,
        since=since,
        chosen_status=status or "",
        statuses=STATUSES,
        query=[(name, value) for name, value in query if value],
        unfit=problem,
        may_write=member.may(order_edit.WRITE),
    )


def _beginning(day: str) -> str | None:
    """Return the beginning of a day in Algiers."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), ALGIERS).isoformat()
    except ValueError as error:
        raise invalid_fields([Detail("since", "must be a day such as 2027-01-31")]) from error


@get(f"{PATH}/{{number:int}}", include_in_schema=False)
async def order(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Show one order."""
    return await shown(request, number)


handlers: Final = [orders, order, *order_edit.handlers, *order_new.handlers]
