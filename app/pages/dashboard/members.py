"""Settings → Members: who else may come in, and what they may do. For owners."""

from dataclasses import asdict
from functools import partial
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import act
from app.pages.forms import form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import Problem, go, problem_of, render
from graph.accounts import member_add, member_remove, member_role_change, members
from graph.errors import ApiError, Code, not_found
from graph.roles import ROLES

PATH: Final = "/dashboard/settings/members"
SECTION: Final = "members"


def _owner(request: Request[Any, Any, Any]) -> Member:
    """Return the member who looks, if it is one who decides who else may.

    Raises:
        ApiError: `forbidden`.
    """
    member = the_member(request)
    if not member.role.manages_members:
        raise ApiError(Code.FORBIDDEN, "Only the store's owners decide who may come in")
    return member


@get(PATH, include_in_schema=False)
async def list_members(request: Request[Any, Any, Any]) -> Response[str]:
    """List who looks after the store."""
    _owner(request)
    return await _listed(request)


async def _listed(
    request: Request[Any, Any, Any], problem: Problem | None = None, email: str = "", role: str = "viewer"
) -> Response[str]:
    return render(
        request,
        "dashboard/members.html",
        section=SECTION,
        problem=problem,
        members=await members(the_member(request).context.store_id),
        roles=list(ROLES),
        email=email,
        role=role,
    )


@post(PATH, include_in_schema=False, status_code=200)
async def add_member(request: Request[Any, Any, Any]) -> Response[str]:
    """Let somebody in and show their password, this once; who has an account already keeps its own."""
    owner, form = _owner(request), await form_of(request)
    values = {"email": form.get("email"), "role": form.get("role")}

    async def work() -> dict[str, Any]:
        return asdict(await member_add(owner.context.store_id, values))

    try:
        added = await act(owner, "member_add", form.key, values, work, secret=True)
    except ApiError as error:
        return await _listed(request, problem_of(request, error), **values)
    return render(request, "dashboard/member_added.html", section=SECTION, added=added)


@post(f"{PATH}/{{member_id:int}}/role", include_in_schema=False, status_code=200)
async def change_role(request: Request[Any, Any, Any], member_id: FromPath[int]) -> Response[str]:
    """Give a member another role."""
    values = {"role": (await form_of(request)).get("role")}
    change = partial(member_role_change, values=values)
    return await _changed(request, change, member_id, "members.changed", **values)


@post(f"{PATH}/{{member_id:int}}/remove", include_in_schema=False, status_code=200)
async def remove_member(request: Request[Any, Any, Any], member_id: FromPath[int]) -> Response[str]:
    """Let a member in no longer."""
    return await _changed(request, member_remove, member_id, "members.removed")


async def _changed(
    request: Request[Any, Any, Any], change: Any, member_id: int, told: str, **values: str
) -> Response[str]:
    """Do something to a member, and go back to the list."""
    owner, form = _owner(request), await form_of(request)

    async def work() -> dict[str, Any]:
        await change(owner.context.store_id, member_id)
        return {}

    try:
        if not 0 < member_id < 2**53:
            raise not_found("Member", member_id)
        await act(owner, told, form.key, {"id": member_id, **values}, work)
    except ApiError as error:
        return await _listed(request, problem_of(request, error))
    return go(request, PATH, told)


handlers: Final = [list_members, add_member, change_role, remove_member]
