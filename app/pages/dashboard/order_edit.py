"""What may happen to an order: it moves along, its address and its delivery are put right, a call is noted."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import act, ask, do
from app.pages.changes import Texts, camel_case, change, changed_in, merged, plain, written
from app.pages.dashboard.product_edit import require_write
from app.pages.dashboard.product_fields import whole
from app.pages.forms import form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import Problem, go, named, problem_of, render
from graph.errors import ApiError, Detail, invalid_fields
from graph.geography import ALGIERS, wilaya
from graph.order_forms import PAYMENT_STATUSES, UPDATE
from graph.order_states import EDITABLE
from graph.orders import order as order_source
from graph.sources import row_hold

PATH: Final = "/dashboard/orders"
SECTION: Final = "orders"
WRITE: Final = "orders:write"
# What a call to a customer may come to.
OUTCOMES: Final = ("confirmed", "no_answer", "call_back", "wrong_number", "refused", "other")
# To which one doesn't go without being asked.
ASKED: Final = ("cancelled", "returned")
ORDER: Final = """
    databaseId orderNumber status allowedTransitions paymentStatus paymentReference subtotal deliveryFee discount total
    notes externalId metadata createdAt updatedAt
    customer { databaseId name phone email wilayaId commune address }
    delivery { type deskName trackingNumber courier }
    items { databaseId productId name sku variant quantity unitPrice total }
    timeline { from to at actor }
"""
ONE: Final = f"query Order($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}"
WITH_WILAYAS: Final = f"query Order($id: ID!) {{ order(id: $id) {{ {ORDER} }} wilayas {{ databaseId name nameAr }} }}"
NOTES: Final = "query Notes($id: ID!) { order(id: $id) { notes } }"
UPDATE_ONE: Final = (
    "mutation Change($id: ID!, $input: OrderUpdateInput!) { orderUpdate(id: $id, input: $input) { order { status } } }"
)
CUSTOMER: Final = ("name", "phone", "wilaya_id", "commune", "address")
OWN: Final = ("payment_status", "payment_reference", "courier", "tracking_number", "notes", "discount")
NUMBERS: Final = ("wilaya_id", "discount")
KEPT_EMPTY: Final = ("name", "phone", "commune")


async def shown(
    request: Request[Any, Any, Any], number: int, problem: Problem | None = None, **typed: str
) -> Response[str]:
    """Return the page of one order, with what was typed there and refused."""
    member = the_member(request)
    found = (await ask(member, ONE, id=str(number)))["order"]
    return render(
        request,
        "dashboard/order.html",
        section=SECTION,
        problem=problem,
        order=found,
        wilaya=wilaya(found["customer"]["wilayaId"]),
        moves=[each.lower() for each in found["allowedTransitions"]],
        asked=ASKED,
        outcomes=named(request, OUTCOMES, lambda name: f"orders.call_{name}"),
        typed=typed,
        may_write=member.may(WRITE),
        may_see_customers=member.may("customers:read"),
    )


@post(f"{PATH}/{{number:int}}/move", include_in_schema=False, status_code=200)
async def move_order(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Move an order along its life."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    to = form.get("to")
    try:
        UPDATE.check({"status": to})
        await do(member, UPDATE_ONE, form.key, id=str(number), input={"status": to.upper()})
    except ApiError as error:
        return await shown(request, number, problem_of(request, error))
    return go(request, f"{PATH}/{number}", f"orders.now_{to}")


@post(f"{PATH}/{{number:int}}/call", include_in_schema=False, status_code=200)
async def note_call(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Note what a call to the customer came to, below what was noted before."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    said = plain(form.get("said"))
    outcome = next((text for name, text in _outcomes(request) if name == form.get("outcome")), "")

    async def work() -> dict[str, Any]:
        await row_hold(order_source(member.context, number))
        before = (await ask(member, NOTES, id=str(number)))["order"]["notes"]
        at = datetime.now(ALGIERS)
        line = " · ".join(filter(None, (f"{at:%Y-%m-%d %H:%M}", outcome, said)))
        notes = "\n".join(filter(None, (before, line)))
        return await ask(member, UPDATE_ONE, id=str(number), input={"notes": notes})

    try:
        if not outcome and not said:
            raise invalid_fields([Detail("said", "is required")])
        await act(member, "orders.call", form.key, {"number": number, "said": said, "outcome": outcome}, work)
    except ApiError as error:
        return await shown(request, number, problem_of(request, error), said=said, outcome=form.get("outcome"))
    return go(request, f"{PATH}/{number}", "orders.noted")


def _outcomes(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    return named(request, OUTCOMES, lambda name: f"orders.call_{name}")


@get(f"{PATH}/{{number:int}}/edit", include_in_schema=False)
async def edit_order(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Show the form of an order."""
    member = the_member(request)
    require_write(member, WRITE)
    found = await ask(member, WITH_WILAYAS, id=str(number))
    texts = _texts_of(found["order"])
    return _form(request, number, found, texts, written(texts))


@post(f"{PATH}/{{number:int}}/edit", include_in_schema=False, status_code=200)
async def change_order(request: Request[Any, Any, Any], number: FromPath[int]) -> Response[str]:
    """Change what of an order was changed in its form."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    typed = {name: plain(form.get(name)) for name in (*CUSTOMER, *OWN) if name in form}
    changed = changed_in(form, typed)
    try:
        row, now = order_source(member.context, number), partial(_texts_now, member, number)
        await change(member, form, row, changed, now, UPDATE_ONE, id=str(number), input=_wanted(changed))
    except ApiError as error:
        found = await ask(member, WITH_WILAYAS, id=str(number))
        texts, was = merged(form, typed, _texts_of(found["order"]), error)
        return _form(request, number, found, texts, was, problem_of(request, error))
    return go(request, f"{PATH}/{number}", "orders.saved")


async def _texts_now(member: Member, number: int) -> Texts:
    return _texts_of((await ask(member, ONE, id=str(number)))["order"])


def _texts_of(order: Mapping[str, Any]) -> dict[str, str]:
    """Return an order as its form shows it."""
    flat = {**order, **order["delivery"], **order["customer"]}
    texts = {name: plain(flat[camel_case(name)]) for name in (*CUSTOMER, *OWN)}
    return texts | {"payment_status": texts["payment_status"].lower()}


def _wanted(changed: Texts) -> dict[str, Any]:
    """Return changed fields as the mutation's input.

    Raises:
        ApiError: `bad_request` with a detail for each that keeps the resolver's rules not.
    """
    values: dict[str, Any] = {}
    customer: dict[str, Any] = {}
    for name, text in changed.items():
        value = whole(text) if name in NUMBERS and text else text or (text if name in KEPT_EMPTY else None)
        (customer if name in CUSTOMER else values)[name] = value
    if customer:
        values["customer"] = customer
    UPDATE.check(values)
    outward = {camel_case(name): value for name, value in values.items()}
    if customer:
        outward["customer"] = {camel_case(name): value for name, value in customer.items()}
    if "payment_status" in values:
        outward["paymentStatus"] = values["payment_status"].upper()
    return outward


def _form(
    request: Request[Any, Any, Any],
    number: int,
    found: Mapping[str, Any],
    texts: Texts,
    was: str,
    problem: Problem | None = None,
) -> Response[str]:
    order = found["order"]
    return render(
        request,
        "dashboard/order_form.html",
        section=SECTION,
        problem=problem,
        order=order,
        number=number,
        texts=texts,
        was=was,
        wilayas=found["wilayas"],
        communes=communes_of(texts["wilaya_id"]),
        payments=named(request, PAYMENT_STATUSES, lambda name: f"orders.payment_{name}"),
        editable=order["status"].lower() in EDITABLE,
    )


def communes_of(wilaya_id: str) -> list[dict[str, str]]:
    """Return the names of a wilaya's communes, to choose from."""
    found = wilaya(int(wilaya_id)) if wilaya_id.isascii() and wilaya_id.isdigit() and len(wilaya_id) < 4 else None
    return [{"name": each.name, "ar": each.name_ar} for each in found.communes] if found else []


handlers: Final = [move_order, note_call, edit_order, change_order]
