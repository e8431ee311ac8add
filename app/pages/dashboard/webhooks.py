"""Webhooks: who is told of the store's events, how that goes, and the secret that is shown once."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app.pages.asking import ask, do
from app.pages.dashboard import deliveries
from app.pages.dashboard.webhook_page import FIELDS, GRACES, HOME, WRITE, shown
from app.pages.forms import Form, form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import go, problem_of, render
from graph.errors import ApiError, Code
from graph.events import EVENTS
from graph.webhooks import GRACE_MAXIMUM, WEBHOOKS_MAXIMUM

LIST: Final = f"query Webhooks {{ webhooks(first: {WEBHOOKS_MAXIMUM}) {{ nodes {{ {FIELDS} }} }} }}"
PLAIN: Final = f"query WebhookAlone($id: ID!) {{ webhook(id: $id) {{ {FIELDS} }} }}"
CREATE: Final = f"""mutation Create($input: WebhookCreateInput!) {{
  webhookCreate(input: $input) {{ webhook {{ {FIELDS} }} secret standardSecret }} }}"""
UPDATE: Final = """mutation Update($id: ID!, $input: WebhookUpdateInput!) {
  webhookUpdate(id: $id, input: $input) { webhook { databaseId status } } }"""
ROTATE: Final = f"""mutation Rotate($id: ID!, $grace: Int) {{
  webhookRotateSecret(id: $id, graceSeconds: $grace) {{ webhook {{ {FIELDS} }} secret standardSecret }} }}"""
DELETE: Final = "mutation Delete($id: ID!) { webhookDelete(id: $id) { deleted } }"


@get(HOME, include_in_schema=False)
async def webhooks(request: Request[Any, Any, Any]) -> Response[str]:
    """Show every webhook and its health."""
    member = the_member(request)
    nodes = (await ask(member, LIST))["webhooks"]["nodes"]
    return render(
        request,
        "dashboard/webhooks.html",
        section="webhooks",
        rows=nodes,
        most=WEBHOOKS_MAXIMUM,
        written=member.writes(WRITE),
    )


@get(f"{HOME}/new", include_in_schema=False)
async def new(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form of a new webhook."""
    member = the_member(request)
    require_writer(member)
    return _form(request, action=f"{HOME}/new", url="", chosen=[])


@post(f"{HOME}/new", include_in_schema=False, status_code=200)
async def create(request: Request[Any, Any, Any]) -> Response[str]:
    """Create a webhook, and show its secret this once."""
    member = the_member(request)
    form = await form_of(request)
    given = {"url": form.get("url"), "events": form.all("events")}
    try:
        made = (await do(member, CREATE, form.key, input=given))["webhookCreate"]
    except ApiError as error:
        return _form_again(request, error, form, action=f"{HOME}/new")
    return _secret(request, made, created=True)


@get(f"{HOME}/{{webhook_id:str}}", include_in_schema=False)
async def one(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Response[str]:
    """Show a webhook, its health and its deliveries."""
    member = the_member(request)
    return await shown(request, member, webhook_id)


@get(f"{HOME}/{{webhook_id:str}}/edit", include_in_schema=False)
async def edit(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Response[str]:
    """Show the form of a webhook that is there."""
    member = the_member(request)
    require_writer(member)
    hook = (await ask(member, PLAIN, id=webhook_id))["webhook"]
    return _form(request, action=f"{HOME}/{hook['databaseId']}/edit", url=hook["url"], chosen=hook["events"], hook=hook)


@post(f"{HOME}/{{webhook_id:str}}/edit", include_in_schema=False, status_code=200)
async def update(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Response[str]:
    """Change where a webhook goes, or what it is told of."""
    member = the_member(request)
    form = await form_of(request)
    given = {"url": form.get("url"), "events": form.all("events")}
    try:
        await do(member, UPDATE, form.key, id=webhook_id, input=given)
    except ApiError as error:
        hook = (await ask(member, PLAIN, id=webhook_id))["webhook"]
        return _form_again(request, error, form, action=f"{HOME}/{hook['databaseId']}/edit", hook=hook)
    return go(request, f"{HOME}/{webhook_id}", "webhooks.saved")


@post(f"{HOME}/{{webhook_id:str}}/status", include_in_schema=False, status_code=200)
async def set_status(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Response[str]:
    """Pause a webhook, or let it be sent to again."""
    member = the_member(request)
    form = await form_of(request)
    wanted = "ACTIVE" if form.get("status") == "active" else "PAUSED"
    await do(member, UPDATE, form.key, id=webhook_id, input={"status": wanted})
    return go(request, f"{HOME}/{webhook_id}", "webhooks.activated" if wanted == "ACTIVE" else "webhooks.paused")


@post(f"{HOME}/{{webhook_id:str}}/rotate", include_in_schema=False, status_code=200)
async def rotate(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Response[str]:
    """Give a webhook another secret, and show it this once."""
    member = the_member(request)
    form = await form_of(request)
    chosen = form.get("grace")
    grace = int(chosen) if chosen in {str(each) for each in GRACES} else GRACE_MAXIMUM
    made = (await do(member, ROTATE, form.key, id=webhook_id, grace=grace))["webhookRotateSecret"]
    return _secret(request, made, created=False)


@post(f"{HOME}/{{webhook_id:str}}/delete", include_in_schema=False, status_code=200)
async def delete(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Response[str]:
    """Delete a webhook."""
    member = the_member(request)
    form = await form_of(request)
    await do(member, DELETE, form.key, id=webhook_id)
    return go(request, HOME, "webhooks.deleted")


def require_writer(member: Member) -> None:
    """Let a member see a form that their role may send.

    Raises:
        ApiError: `forbidden`.
    """
    if not member.writes(WRITE):
        raise ApiError(Code.FORBIDDEN, "Your role in this store lets you look, and change nothing")


def _form(request: Request[Any, Any, Any], **values: Any) -> Response[str]:
    shown = {"hook": None, "events": EVENTS, "problem": None, **values}
    return render(request, "dashboard/webhook_form.html", section="webhooks", **shown)


def _form_again(request: Request[Any, Any, Any], error: ApiError, form: Form, **values: Any) -> Response[str]:
    """Return the form as it was filled in, and what is wrong with it.

    Raises:
        ApiError: the error itself, where it is not about what was filled in.
    """
    if error.code in (Code.NOT_FOUND, Code.FORBIDDEN):
        raise error
    typed = {"url": form.get("url")[:500], "chosen": form.all("events")}
    return _form(request, problem=problem_of(request, error), **typed, **values)


def _secret(request: Request[Any, Any, Any], made: dict[str, Any], *, created: bool) -> Response[str]:
    hook = made["webhook"]
    return render(
        request,
        "dashboard/webhook_secret.html",
        section="webhooks",
        hook=hook,
        home=f"{HOME}/{hook['databaseId']}",
        secret=made["secret"],
        standard_secret=made["standardSecret"],
        created=created,
    )


handlers: Final = [webhooks, new, create, one, edit, update, set_status, rotate, delete, *deliveries.handlers]
