"""An order that a merchant takes by phone: its form holds all there is, and each button sends the whole of it."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get, post
from strawberry.relay.utils import to_base64

from app.pages.asking import ask, do
from app.pages.changes import plain
from app.pages.dashboard.order_edit import communes_of
from app.pages.dashboard.product_edit import require_write
from app.pages.dashboard.product_fields import whole
from app.pages.forms import Form, form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import Problem, go, problem_of, render
from graph.delivery import DELIVERY_TYPES
from graph.errors import ApiError, Detail, invalid_fields
from graph.order_forms import CREATE
from graph.pricing import ITEMS_MAXIMUM

PATH: Final = "/dashboard/orders"
SECTION: Final = "orders"
WRITE: Final = "orders:write"
FOUND: Final = 10
CUSTOMER: Final = ("name", "phone", "email", "wilaya_id", "commune", "address")
OWN: Final = ("delivery_type", "desk_name", "notes", "discount")
PRODUCT: Final = "databaseId name price primaryImage inStock variants { databaseId name price inStock }"
SEARCH: Final = f"""
query Found($search: String, $first: Int!) {{
  products(search: $search, first: $first, status: ACTIVE) {{ nodes {{ {PRODUCT} }} }}
}}
"""
LINES: Final = f"query Lines($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Product {{ {PRODUCT} }} }} }}"
WILAYAS: Final = "{ wilayas { databaseId name nameAr } }"
QUOTE: Final = """
query Quote($wilaya: Int!, $type: DeliveryType!, $items: [DeliveryQuoteItemInput!]!) {
  deliveryQuote(wilayaId: $wilaya, deliveryType: $type, items: $items) { subtotal fee total }
}
"""
CREATE_ONE: Final = (
    "mutation Create($input: OrderCreateInput!) { orderCreate(input: $input) { order { databaseId orderNumber } } }"
)


class Line(NamedTuple):
    """A line as the form has it: a product, one of its variants, and how many of it, as typed."""

    product: int
    variant: int | None
    quantity: str

    @property
    def called(self) -> str:
        """Return what the form calls the line by."""
        return f"{self.product}:{self.variant or ''}"


@get(f"{PATH}/new", include_in_schema=False)
async def new_order(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form of a new order."""
    require_write(the_member(request), WRITE)
    return await _form(request, Form({"delivery_type": [DELIVERY_TYPES[0]]}, {}), [])


@post(f"{PATH}/new", include_in_schema=False, status_code=200)
async def create_order(request: Request[Any, Any, Any]) -> Response[str]:
    """Look for a product, add or remove a line, say what it comes to, or create the order: as the button says."""
    member, form = the_member(request), await form_of(request)
    require_write(member, WRITE)
    lines = _lines(form)
    added, removed = form.get("add"), form.get("remove")
    if added:
        lines = _with(lines, added)
    elif removed:
        lines = [line for line in lines if line.called != removed]
    elif form.get("step") == "create":
        try:
            made = await do(member, CREATE_ONE, form.key, input=_input(form, lines))
        except ApiError as error:
            return await _form(request, form, lines, problem_of(request, error))
        order = made["orderCreate"]["order"]
        return go(request, f"{PATH}/{order['databaseId']}", "orders.made", number=order["orderNumber"])
    return await _form(request, form, lines)


def _lines(form: Form) -> list[Line]:
    found = []
    for called, quantity in zip(form.all("line"), form.all("quantity"), strict=False):
        line = _line(called, quantity.strip())
        if line is not None:
            found.append(line)
    return found[:ITEMS_MAXIMUM]


def _line(called: str, quantity: str) -> Line | None:
    product, _, variant = called.partition(":")
    if not all(each.isascii() and each.isdigit() and len(each) < 16 for each in filter(None, (product, variant))):
        return None
    return Line(int(product), int(variant) if variant else None, quantity) if product else None


def _with(lines: Sequence[Line], called: str) -> list[Line]:
    """Return the lines with one more, or with one more of a line that is there."""
    same = next((line for line in lines if line.called == called), None)
    if same is None:
        line = _line(called, "1")
        return [*lines, *([line] if line else [])][:ITEMS_MAXIMUM]
    more = whole(same.quantity)
    raised = same._replace(quantity=str(more + 1) if isinstance(more, int) else same.quantity)
    return [raised if line is same else line for line in lines]


def _input(form: Form, lines: Sequence[Line]) -> dict[str, Any]:
    """Return the form as the mutation takes it.

    Raises:
        ApiError: `bad_request` with a detail for each field that keeps the resolver's rules not.
    """
    customer = {name: plain(form.get(name)) for name in CUSTOMER}
    given: dict[str, Any] = {name: text for name, text in customer.items() if text}
    if "wilaya_id" in given:
        given["wilaya_id"] = whole(given["wilaya_id"])
    items = _items(lines)
    delivery = {"type": form.get("delivery_type")}
    if form.get("desk_name") and delivery["type"] == "desk":
        delivery["desk_name"] = form.get("desk_name")
    values: dict[str, Any] = {"customer": given, "delivery": delivery, "items": items}
    if form.get("notes"):
        values["notes"] = plain(form.get("notes"))
    if form.get("discount"):
        values["discount"] = whole(form.get("discount"))
    if not items:
        raise invalid_fields([Detail("items", "add at least one product")])
    CREATE.check(values)
    outward = {name: value for name, value in values.items() if name in ("notes", "discount")}
    return outward | {
        "customer": {("wilayaId" if name == "wilaya_id" else name): value for name, value in given.items()},
        "delivery": {
            "type": delivery["type"].upper(),
            **({"deskName": delivery["desk_name"]} if "desk_name" in delivery else {}),
        },
        "items": _outward(items),
    }


def _items(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            "product_id": line.product,
            "quantity": whole(line.quantity),
            **({"variant_id": line.variant} if line.variant else {}),
        }
        for line in lines
    ]


def _outward(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "productId": str(item["product_id"]),
            "quantity": item["quantity"],
            **({"variantId": item["variant_id"]} if "variant_id" in item else {}),
        }
        for item in items
    ]


async def _form(
    request: Request[Any, Any, Any], form: Form, lines: Sequence[Line], problem: Problem | None = None
) -> Response[str]:
    member = the_member(request)
    search = form.get("search")[:255]
    shown = await _shown_lines(member, lines)
    known = [line for line, product, _ in shown if product]
    found = None
    if form.get("step") == "search":
        found = (await ask(member, SEARCH, search=search or None, first=FOUND))["products"]["nodes"]
    wilayas = (await ask(member, WILAYAS))["wilayas"]
    pictures = [each["primaryImage"] for each in (found or [])]
    return render(
        request,
        "dashboard/order_new.html",
        section=SECTION,
        problem=problem,
        typed={name: form.get(name) for name in (*CUSTOMER, *OWN)},
        lines=shown,
        search=search,
        found=found,
        wilayas=wilayas,
        communes=communes_of(form.get("wilaya_id")),
        delivery_types=DELIVERY_TYPES,
        quote=await _quote(member, form, known),
        pictures=[*pictures, *(product["primaryImage"] for _, product, _ in shown if product)],
    )


async def _shown_lines(member: Member, lines: Sequence[Line]) -> list[tuple[Line, Any, Any]]:
    """Return each line with its product and its variant, where there are such."""
    ids = [to_base64("Product", number) for number in dict.fromkeys(line.product for line in lines)]
    nodes = (await ask(member, LINES, ids=ids))["nodes"] if ids else []
    known = {node["databaseId"]: node for node in nodes if node}
    shown = []
    for line in lines:
        product = known.get(line.product)
        variants = product["variants"] if product else []
        shown.append((line, product, next((v for v in variants if v["databaseId"] == line.variant), None)))
    return shown


async def _quote(member: Member, form: Form, lines: Sequence[Line]) -> dict[str, Any] | None:
    """Return what the order would come to, once enough of it is known."""
    wilaya_id, kind = whole(form.get("wilaya_id")), form.get("delivery_type")
    items = _items(lines)
    if not items or kind not in DELIVERY_TYPES:
        return None
    if not isinstance(wilaya_id, int) or not all(isinstance(item["quantity"], int) for item in items):
        return None
    try:
        quoted = await ask(member, QUOTE, wilaya=wilaya_id, type=kind.upper(), items=_outward(items))
    except ApiError:
        # The same is refused when the order is to be created, and told beside its field then.
        return None
    found: dict[str, Any] = quoted["deliveryQuote"]
    return found


@get(f"{PATH}/communes", include_in_schema=False)
async def communes(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the communes of a wilaya, for a field that is filled in."""
    return render(request, "dashboard/communes.html", communes=communes_of(request.query_params.get("wilaya_id") or ""))


handlers: Final = [new_order, create_order, communes]
