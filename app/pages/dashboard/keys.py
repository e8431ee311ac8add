"""Settings → API Keys: make one, see its secret once, rotate it, revoke it."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import ask, do
from app.pages.forms import Form, form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import Problem, go, problem_of, render
from graph.api_keys import GRACE_MAXIMUM
from graph.errors import ApiError, Detail, invalid_fields
from graph.geography import ALGIERS
from graph.scopes import SCOPES, KeyType, Scope

PATH: Final = "/dashboard/settings/keys"
SECTION: Final = "keys"
PAGE: Final = 50
GRACES: Final = (0, 3_600, GRACE_MAXIMUM)
TYPED: Final = ("name", "expires_at", "allowed_origins", "mode")
KEY: Final = "keyId type name scopes livemode allowedOrigins status lastUsedAt createdAt expiresAt"
LIST: Final = f"""
query Keys($first: Int!, $after: String) {{
  apiKeys(first: $first, after: $after) {{ nodes {{ {KEY} lastUsedIp }} pageInfo {{ hasNextPage endCursor }} }}
}}
"""
CREATE: Final = f"""
mutation Create($input: ApiKeyCreateInput!) {{
  issued: apiKeyCreate(input: $input) {{ apiKey {{ {KEY} }} bearerToken signingSecret }}
}}
"""
ROTATE: Final = f"""
mutation Rotate($id: ID!, $grace: Int!) {{
  issued: apiKeyRotate(id: $id, graceSeconds: $grace) {{ apiKey {{ {KEY} }} bearerToken signingSecret }}
}}
"""
REVOKE: Final = "mutation Revoke($id: ID!) { apiKeyRevoke(id: $id) { apiKey { keyId name } } }"


class Preset(NamedTuple):
    """Scopes that go together: all of a kind, or those that are named."""

    name: str
    key_type: KeyType
    scopes: tuple[str, ...]


_PLATFORM: Final = tuple(scope.name for scope in SCOPES if scope.key_type == "platform")
# The first one of a type is what a new key begins with.
PRESETS: Final = (
    Preset("everything", "platform", _PLATFORM),
    Preset("look", "platform", tuple(name for name in _PLATFORM if name.endswith(":read"))),
    Preset("catalogue", "platform", ("store:read", "products:read", "products:write")),
    Preset("orders", "platform", ("store:read", "products:read", "orders:read", "orders:write", "customers:read")),
    Preset("hooks", "platform", ("orders:read", "products:read", "webhooks:read", "webhooks:write")),
    Preset("tracking", "public", ("signups:write", "events:write")),
    Preset("storefront", "public", ("signups:write", "events:write", "storefront:read", "checkout:write")),
)


def grantable(member: Member, key_type: KeyType) -> list[Scope]:
    """Return what a member may give a key: of a platform key's scopes those that the member has."""
    return [each for each in SCOPES if each.key_type == key_type and (key_type == "public" or member.may(each.name))]


@get(PATH, include_in_schema=False)
async def keys(request: Request[Any, Any, Any]) -> Response[str]:
    """List the keys that aren't revoked."""
    return await _listed(request)


async def _listed(request: Request[Any, Any, Any], problem: Problem | None = None) -> Response[str]:
    after = None if problem else request.query_params.get("after")
    found = await ask(the_member(request), LIST, first=PAGE, after=after)
    connection = found["apiKeys"]
    return render(
        request,
        "dashboard/keys.html",
        section=SECTION,
        problem=problem,
        keys=connection["nodes"],
        page_info=connection["pageInfo"],
        graces=GRACES,
    )


@get(f"{PATH}/new", include_in_schema=False)
async def new_key(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form of a new key."""
    key_type: KeyType = "public" if request.query_params.get("type") == "public" else "platform"
    presets = [preset for preset in PRESETS if preset.key_type == key_type]
    named = request.query_params.get("preset")
    chosen = next((preset for preset in presets if preset.name == named), presets[0])
    return _form(request, key_type, dict.fromkeys(TYPED, ""), chosen.scopes)


def _form(
    request: Request[Any, Any, Any],
    key_type: KeyType,
    typed: Mapping[str, str],
    ticked: tuple[str, ...] | list[str],
    problem: Problem | None = None,
) -> Response[str]:
    member = the_member(request)
    offered = grantable(member, key_type)
    names = {scope.name for scope in offered}
    return render(
        request,
        "dashboard/key_new.html",
        section=SECTION,
        problem=problem,
        key_type=key_type,
        typed=typed,
        ticked=set(ticked),
        offered=offered,
        presets=[
            (preset.name, [name for name in preset.scopes if name in names])
            for preset in PRESETS
            if preset.key_type == key_type
        ],
        today=datetime.now(ALGIERS).date().isoformat(),
    )


@post(PATH, include_in_schema=False, status_code=200)
async def create_key(request: Request[Any, Any, Any]) -> Response[str]:
    """Make a key and show its secret, this once; the same form sent again shows the same key."""
    form = await form_of(request)
    key_type: KeyType = "public" if form.get("type") == "public" else "platform"
    try:
        data = await do(the_member(request), CREATE, form.key, input=_input(form, key_type))
    except ApiError as error:
        typed = {name: form.get(name) for name in TYPED}
        return _form(request, key_type, typed, form.all("scopes"), problem_of(request, error))
    return _shown(request, data["issued"], rotated=False)


def _input(form: Form, key_type: KeyType) -> dict[str, Any]:
    """Return a form as the mutation takes it.

    Raises:
        ApiError: `bad_request` for what has no form of its own there.
    """
    wanted: dict[str, Any] = {"type": key_type.upper(), "name": form.get("name")}
    wanted["livemode"] = form.get("mode") != "test"
    wanted["scopes"] = form.all("scopes")
    if not wanted["scopes"]:
        raise invalid_fields([Detail("scopes", "choose at least one")])
    if form.get("expires_at"):
        wanted["expiresAt"] = _end_of_day(form.get("expires_at"))
    origins = form.get("allowed_origins").split()
    if key_type == "public" and origins:
        wanted["allowedOrigins"] = origins
    return wanted


def _end_of_day(day: str) -> str:
    """Return the end of a day in Algiers."""
    try:
        return datetime.combine(date.fromisoformat(day), time(23, 59, 59), ALGIERS).isoformat()
    except ValueError as error:
        raise invalid_fields([Detail("expires_at", "must be a day such as 2027-01-31")]) from error


@post(f"{PATH}/{{key_id:str}}/rotate", include_in_schema=False, status_code=200)
async def rotate_key(request: Request[Any, Any, Any], key_id: FromPath[str]) -> Response[str]:
    """Give a key another secret and show it, this once."""
    form = await form_of(request)
    given = form.get("grace")
    grace = next((grace for grace in GRACES if str(grace) == given), GRACE_MAXIMUM)
    try:
        data = await do(the_member(request), ROTATE, form.key, id=key_id, grace=grace)
    except ApiError as error:
        return await _listed(request, problem_of(request, error))
    return _shown(request, data["issued"], rotated=True, grace=grace)


@post(f"{PATH}/{{key_id:str}}/revoke", include_in_schema=False, status_code=200)
async def revoke_key(request: Request[Any, Any, Any], key_id: FromPath[str]) -> Response[str]:
    """Revoke a key."""
    form = await form_of(request)
    try:
        data = await do(the_member(request), REVOKE, form.key, id=key_id)
    except ApiError as error:
        return await _listed(request, problem_of(request, error))
    return go(request, PATH, "keys.revoked", name=data["apiKeyRevoke"]["apiKey"]["name"])


def _shown(
    request: Request[Any, Any, Any], issued: Mapping[str, Any], *, rotated: bool, grace: int = 0
) -> Response[str]:
    return render(
        request,
        "dashboard/key_shown.html",
        section=SECTION,
        key=issued["apiKey"],
        secret=issued["bearerToken"] or issued["signingSecret"],
        rotated=rotated,
        grace=grace,
    )


handlers: Final = [keys, new_key, create_key, rotate_key, revoke_key]
