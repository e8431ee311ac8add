"""What was sent to a webhook: one delivery, tests, and sending again."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from strawberry.relay.utils import to_base64

from app.pages.asking import ask, do
from app.pages.dashboard.webhook_page import HOME, OVER, WRITE, shown
from app.pages.forms import Form, form_of
from app.pages.signed_in import Member, the_member
from app.pages.site import go, render
from graph.errors import ApiError, Code, Detail, invalid_fields
from graph.geography import ALGIERS

DELIVERY: Final = """
query Delivery($webhook: ID!, $delivery: ID!) {
  webhook(id: $webhook) { databaseId url status }
  node(id: $delivery) { ... on WebhookDelivery {
    databaseId webhookId event data status attempts responseStatus responseBody durationMs error nextAttemptAt
    createdAt deliveredAt
  } }
}
"""
TEST: Final = "mutation Test($id: ID!) { webhookTest(id: $id) { delivery { databaseId } } }"
AGAIN: Final = "mutation Again($id: ID!) { webhookDeliveryReplay(id: $id) { delivery { databaseId webhookId } } }"
MANY: Final = """mutation Many($id: ID!, $input: WebhookDeliveriesReplayInput!) {
  webhookDeliveriesReplay(id: $id, input: $input) { replayed hasMore } }"""


@get(f"{HOME}/{{webhook_id:str}}/deliveries/{{delivery_id:str}}", include_in_schema=False)
async def delivery(
    request: Request[Any, Any, Any], webhook_id: FromPath[str], delivery_id: FromPath[str]
) -> Response[str]:
    """Show what was sent, and what was answered."""
    member = the_member(request)
    hook, found = await _found(member, webhook_id, delivery_id)
    sent = {
        "event": found["event"],
        "store_id": member.context.store_id,
        "occurred_at": datetime.fromisoformat(found["createdAt"]).isoformat(),
        "data": found["data"],
        "delivery_id": found["databaseId"],
        "livemode": member.context.livemode,
    }
    return render(
        request,
        "dashboard/webhook_delivery.html",
        section="webhooks",
        hook=hook,
        home=f"{HOME}/{hook['databaseId']}",
        row=found,
        body=msgspec.json.format(msgspec.json.encode(sent), indent=2).decode(),
        written=member.writes(WRITE),
    )


@post(f"{HOME}/{{webhook_id:str}}/test", include_in_schema=False, status_code=200)
async def test(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Response[str]:
    """Send a test, and show what becomes of it."""
    member = the_member(request)
    form = await form_of(request)
    made = (await do(member, TEST, form.key, id=webhook_id))["webhookTest"]["delivery"]
    return go(request, f"{HOME}/{webhook_id}/deliveries/{made['databaseId']}", "webhooks.test_sent")


@post(f"{HOME}/{{webhook_id:str}}/deliveries/{{delivery_id:str}}/replay", include_in_schema=False, status_code=200)
async def replay(
    request: Request[Any, Any, Any], webhook_id: FromPath[str], delivery_id: FromPath[str]
) -> Response[str]:
    """Send a delivery again, and show what becomes of it."""
    member = the_member(request)
    form = await form_of(request)
    _, found = await _found(member, webhook_id, delivery_id)
    await do(member, AGAIN, form.key, id=str(found["databaseId"]))
    return go(request, f"{HOME}/{webhook_id}/deliveries/{found['databaseId']}", "webhooks.replayed_one")


@post(f"{HOME}/{{webhook_id:str}}/replay", include_in_schema=False, status_code=200)
async def replay_many(request: Request[Any, Any, Any], webhook_id: FromPath[str]) -> Response[str]:
    """Send all deliveries again that are dead, or those of a time."""
    member = the_member(request)
    form = await form_of(request)
    try:
        answer = await do(member, MANY, form.key, id=webhook_id, input=_wanted(form))
    except ApiError as error:
        if error.code is not Code.BAD_REQUEST:
            raise
        typed = {name: form.get(name)[:40] for name in ("from", "to", "status")}
        return await shown(request, member, webhook_id, error, **typed)
    made = answer["webhookDeliveriesReplay"]
    told = "webhooks.replayed_more" if made["hasMore"] else "webhooks.replayed"
    return go(request, f"{HOME}/{webhook_id}", told, count=str(made["replayed"]))


def _wanted(form: Form) -> dict[str, Any]:
    """Return what a form asks to send again: a status and, by the clock of Algiers, a time."""
    wanted: dict[str, Any] = {}
    if form.get("status") in OVER:
        wanted["status"] = form.get("status").upper()
    for name in ("from", "to"):
        if form.get(name):
            wanted[name] = _moment(name, form.get(name))
    return wanted


def _moment(name: str, typed: str) -> str:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=ALGIERS).isoformat()
    except ValueError as error:
        raise invalid_fields([Detail(name, "must be an ISO 8601 time such as 2026-04-30T14:22:10Z")]) from error


async def _found(member: Member, webhook_id: str, delivery_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a webhook and a delivery to it.

    Raises:
        ApiError: `not_found`.
    """
    known = delivery_id.isascii() and delivery_id.isdigit() and len(delivery_id) < 16
    node = to_base64("WebhookDelivery", delivery_id if known else "0")
    data = await ask(member, DELIVERY, webhook=webhook_id, delivery=node)
    found = data["node"]
    if not found or found["webhookId"] != data["webhook"]["databaseId"]:
        raise ApiError(Code.NOT_FOUND, "There is no such page")
    return data["webhook"], found


handlers: Final = [delivery, test, replay, replay_many]
