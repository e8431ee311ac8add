"""Settings → Delivery fees: what delivery costs in each wilaya, as a table to fill in."""

from functools import partial
from typing import Any, Final

from litestar import Request, Response, get, post

from app.pages.asking import ask
from app.pages.changes import Texts, change, changed_in, merged, plain, written
from app.pages.forms import Form, form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import Problem, go, language_of, problem_of, render
from app.pages.texts import text
from graph.errors import ApiError, Detail, invalid_fields
from graph.geography import wilayas
from graph.store import store

PATH: Final = "/dashboard/settings/delivery"
SECTION: Final = "delivery"
KINDS: Final = ("home", "desk")
# Of the largest sum that there is.
DIGITS: Final = 13
READ: Final = "{ deliveryRates { wilayaId home desk } }"
UPDATE: Final = """
mutation Update($input: DeliveryRatesUpdateInput!) {
  deliveryRatesUpdate(input: $input) { deliveryRates { wilayaId } }
}
"""
Fees = dict[int, dict[str, int | None]]


@get(PATH, include_in_schema=False)
async def fees(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the table."""
    kept = await _kept(the_member(request))
    return _shown(request, kept, written(kept))


async def _kept(member: Member) -> Texts:
    """Return the fees as the fields of the table have them by now."""
    rates = (await ask(member, READ))["deliveryRates"]
    return {f"{kind}-{rate['wilayaId']}": plain(rate[kind]) for rate in rates for kind in KINDS}


def _shown(request: Request[Any, Any, Any], typed: Texts, was: str, problem: Problem | None = None) -> Response[str]:
    arabic = language_of(request) == "ar"
    return render(
        request,
        "dashboard/delivery.html",
        section=SECTION,
        problem=problem,
        rows=[(each.id, each.name_ar if arabic else each.name) for each in wilayas()],
        kinds=KINDS,
        typed=typed,
        was=was,
        editable=the_member(request).may("store:write"),
    )


@post(PATH, include_in_schema=False, status_code=200)
async def change_fees(request: Request[Any, Any, Any]) -> Response[str]:
    """Set the fees of the wilayas in which one was changed; an empty one is not served."""
    member, form = the_member(request), await form_of(request)
    typed = {name: form.get(name) for each in wilayas() for name in _fields(each.id) if name in form}
    changed: list[int] = []
    try:
        wanted, others = _fees(form), changed_in(form, typed)
        changed = [number for number in wanted if not others.keys().isdisjoint(_fields(number))]
        if changed:
            rates = [{"wilayaId": number, **wanted[number]} for number in changed]
            both = {name: typed[name] for number in changed for name in _fields(number)}
            now = partial(_kept, member)
            await change(member, form, store(member.context), both, now, UPDATE, input={"rates": rates})
    except ApiError as error:
        texts, was = merged(form, typed, await _kept(member), error)
        return _shown(request, texts, was, _placed(request, error, changed))
    count = str(len(changed))
    return go(request, PATH, "delivery.saved" if changed else "delivery.same", **({"count": count} if changed else {}))


def _fields(number: int) -> list[str]:
    """Return what a wilaya's fields are called."""
    return [f"{kind}-{number}" for kind in KINDS]


def _fees(form: Form) -> Fees:
    """Return the fees of a form, of the wilayas that it has.

    Raises:
        ApiError: `bad_request`, with a detail for each field that is no sum.
    """
    details: list[Detail] = []
    found: Fees = {}
    for each in wilayas():
        typed = {kind: form.get(f"{kind}-{each.id}") for kind in KINDS if f"{kind}-{each.id}" in form}
        wrong = [kind for kind, given in typed.items() if given and not _is_sum(given)]
        details += [Detail(f"{kind}-{each.id}", "must be a whole number of dinars") for kind in wrong]
        if len(typed) == len(KINDS) and not wrong:
            found[each.id] = {kind: int(given) if given else None for kind, given in typed.items()}
    if details:
        raise invalid_fields(details)
    return found


def _is_sum(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) <= DIGITS


def _placed(request: Request[Any, Any, Any], error: ApiError, changed: list[int]) -> Problem:
    """Return a refusal with its fields called as the form calls them: `rates.3.home` is of the fourth that changed."""
    problem = problem_of(request, error)
    fields = {}
    for name, said in problem.fields.items():
        rates, _, rest = name.partition(".")
        place, _, kind = rest.partition(".")
        fields[f"{kind}-{changed[int(place)]}" if rates == "rates" and place.isdigit() else name] = said
    message = text(language_of(request), "errors.form") if fields else problem.message
    return Problem(message, fields, problem.status)


handlers: Final = [fees, change_fees]
