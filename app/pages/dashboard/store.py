"""Settings → Store: its name, its language, how its storefront looks."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from litestar import Request, Response, get, post

from app.pages.asking import ask
from app.pages.changes import Texts, camel_case, change, changed_in, merged, plain, written
from app.pages.forms import form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import go, problem_of, render
from graph.errors import ApiError
from graph.store import store

PATH: Final = "/dashboard/settings/store"
SECTION: Final = "store"
THEME: Final = ("primary_color", "secondary_color", "background_color", "font_family")
TEXTS: Final = ("name", "description", "logo", "favicon", "banner")
FIELDS: Final = (*TEXTS, "language", "hide_branding", *THEME)
# Where nothing is typed, nothing is kept; the name has to be there.
CLEARED: Final = frozenset(TEXTS) - {"name"}
READ: Final = """
{
  store {
    name slug language description logo favicon banner publicUrl hideBranding createdAt plan { tier }
    theme { primary_color: primaryColor secondary_color: secondaryColor background_color: backgroundColor
      font_family: fontFamily }
  }
}
"""
UPDATE: Final = "mutation Update($input: StoreUpdateInput!) { storeUpdate(input: $input) { store { name } } }"


@get(PATH, include_in_schema=False)
async def store_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the settings."""
    kept = await _read(the_member(request))
    texts = _texts_of(kept)
    return _shown(request, kept, texts, written(texts))


async def _read(member: Member) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(member, READ))["store"]
    return found


def _texts_of(kept: Mapping[str, Any]) -> Texts:
    """Return the settings as the fields of the form have them."""
    values = {**kept, **kept["theme"], "language": kept["language"].lower(), "hide_branding": kept["hideBranding"]}
    return {name: plain(values[name]) for name in FIELDS}


async def _texts_now(member: Member) -> Texts:
    return _texts_of(await _read(member))


def _shown(
    request: Request[Any, Any, Any], kept: Mapping[str, Any], texts: Texts, was: str, error: ApiError | None = None
) -> Response[str]:
    member = the_member(request)
    return render(
        request,
        "dashboard/store.html",
        section=SECTION,
        problem=None if error is None else problem_of(request, error),
        store=kept,
        typed=texts,
        was=was,
        editable=member.may("store:write") and member.context.livemode,
    )


@post(PATH, include_in_schema=False, status_code=200)
async def change_store(request: Request[Any, Any, Any]) -> Response[str]:
    """Change what of the settings was changed in the form; a theme's parts are one."""
    member, form = the_member(request), await form_of(request)
    typed = {name: plain(form.get(name)) for name in FIELDS}
    changed = changed_in(form, typed)
    if not changed.keys().isdisjoint(THEME):
        changed |= {name: typed[name] for name in THEME}
    try:
        now = partial(_texts_now, member)
        await change(member, form, store(member.context), changed, now, UPDATE, input=_wanted(changed))
    except ApiError as error:
        kept = await _read(member)
        texts, was = merged(form, typed, _texts_of(kept), error)
        return _shown(request, kept, texts, was, error)
    return go(request, PATH, "store.saved")


def _wanted(changed: Texts) -> dict[str, Any]:
    """Return the input that changes just these fields."""
    wanted: dict[str, Any] = {
        name: changed[name] or (None if name in CLEARED else "") for name in TEXTS if name in changed
    }
    if "language" in changed:
        wanted["language"] = changed["language"].upper()
    if "hide_branding" in changed:
        wanted["hideBranding"] = changed["hide_branding"] == "yes"
    if THEME[0] in changed:
        wanted["theme"] = {camel_case(name): changed[name] for name in THEME}
    return wanted


handlers: Final = [store_page, change_store]
