"""Settings → Store: its name, its language, how its storefront looks."""

from typing import Any, Final

from litestar import Request, Response, get, post

from app.pages.asking import ask, do
from app.pages.forms import Form, form_of
from app.pages.signed_in import the_member
from app.pages.site import go, problem_of, render
from graph.errors import ApiError

PATH: Final = "/dashboard/settings/store"
SECTION: Final = "store"
THEME: Final = ("primary_color", "secondary_color", "background_color", "font_family")
TEXTS: Final = ("name", "description", "logo", "favicon", "banner")
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
async def store(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the settings."""
    return await _shown(request)


async def _shown(
    request: Request[Any, Any, Any], form: Form | None = None, error: ApiError | None = None
) -> Response[str]:
    """Return the page, with what was typed where it was refused."""
    member = the_member(request)
    kept = (await ask(member, READ))["store"]
    typed = {**kept, **kept["theme"], "language": kept["language"].lower()}
    if form is not None:
        typed |= {name: form.get(name) for name in (*TEXTS, *THEME, "language")}
        typed["hideBranding"] = form.get("hide_branding") == "yes"
    return render(
        request,
        "dashboard/store.html",
        section=SECTION,
        problem=None if error is None else problem_of(request, error),
        store=kept,
        typed=typed,
        editable=member.may("store:write") and member.context.livemode,
    )


@post(PATH, include_in_schema=False, status_code=200)
async def change_store(request: Request[Any, Any, Any]) -> Response[str]:
    """Change the settings."""
    form = await form_of(request)
    wanted: dict[str, Any] = {name: form.get(name) or (None if name in CLEARED else "") for name in TEXTS}
    wanted["language"] = form.get("language").upper()
    wanted["hideBranding"] = form.get("hide_branding") == "yes"
    wanted["theme"] = {_camel_case(name): form.get(name) for name in THEME}
    try:
        await do(the_member(request), UPDATE, form.key, input=wanted)
    except ApiError as error:
        return await _shown(request, form, error)
    return go(request, PATH, "store.saved")


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.title() for each in others)


handlers: Final = [store, change_store]
