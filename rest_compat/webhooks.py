"""`/v1/webhooks`."""

from typing import Final

import msgspec

from graph import webhook_deliveries, webhooks
from graph.sources import Issued, Source, fetch_one, fetch_page, row_written
from rest_compat.routing import (
    Call,
    Documentation,
    Route,
    chosen,
    deleting,
    issuing,
    limit_of,
    listing,
    page_of,
    reading,
    reporting,
    writing,
)
from rest_compat.shapes import shape

ROW = shape(webhooks.Webhook, "id url events status last_success_at last_failure_at failure_count created_at")
DELIVERY = shape(
    webhook_deliveries.WebhookDelivery,
    "id event status attempts response_status duration_ms error next_attempt_at created_at delivered_at response_body",
)
SECRETS: Final = {
    "secret": "The secret of `X-DZ-Signature`: 64 hexadecimal digits, used as text. Shown only once.",
    "standard_secret": "The same secret as Standard Webhooks libraries take it: `whsec_…`. Shown only once.",
    "note": "A reminder of how to use the secret.",
}
EVENTS: Final = (
    "`order.…` and `payment.received` are about orders, `product.stock_low` about stock, `signup.counted` about signups"
)


def _called(call: Call) -> str:
    return call.path["webhook_id"]


def _webhook(call: Call) -> Source:
    return webhooks.webhook(call.context, call.id("webhook_id"), _called(call))


async def _create(call: Call) -> Issued:
    return await webhooks.webhook_create(call.context, dict(call.body))


async def _update(call: Call) -> Source:
    identifier = await webhooks.webhook_update(call.context, call.id("webhook_id"), dict(call.body), _called(call))
    return row_written(webhooks.Webhook, call.context, identifier)


async def _delete(call: Call) -> int:
    return await webhooks.webhook_delete(call.context, call.id("webhook_id"), _called(call))


async def _rotate(call: Call) -> Issued:
    return await webhooks.webhook_rotate_secret(call.context, call.id("webhook_id"), dict(call.body), _called(call))


async def _deliveries(call: Call) -> bytes:
    filters = chosen(webhook_deliveries.FILTERS, call.query)
    source = await webhook_deliveries.webhook_deliveries(call.context, call.id("webhook_id"), _called(call), **filters)
    cursor = call.query.get("cursor")
    return page_of(await fetch_page(source, DELIVERY.plan, limit_of(call.query), cursor))


async def _delivery(call: Call, identifier: int) -> bytes:
    source = row_written(webhook_deliveries.WebhookDelivery, call.context, identifier)
    return msgspec.json.encode(await fetch_one(source, DELIVERY.plan))


async def _test(call: Call) -> bytes:
    identifier = await webhook_deliveries.webhook_test(call.context, call.id("webhook_id"), _called(call))
    return await _delivery(call, identifier)


async def _replay(call: Call) -> bytes:
    identifier = await webhook_deliveries.webhook_delivery_replay(
        call.context, call.id("delivery_id"), call.id("webhook_id") or 0, call.path["delivery_id"]
    )
    return await _delivery(call, identifier)


async def _replay_many(call: Call) -> object:
    return await webhook_deliveries.webhook_deliveries_replay(
        call.context, call.id("webhook_id"), dict(call.body), _called(call)
    )


ROUTES = (
    listing(
        "/webhooks",
        webhooks.webhooks,
        ROW,
        Documentation(
            "listWebhooks", "List webhooks", "Webhooks", "The store's webhooks, newest first.", scope="webhooks:read"
        ),
        cached=False,
    ),
    issuing(
        "/webhooks",
        _create,
        ROW,
        webhooks.CREATE,
        Documentation(
            "createWebhook",
            "Create a webhook",
            "Webhooks",
            f"The secret is shown in this response only. {EVENTS}. A store has at most {webhooks.WEBHOOKS_MAXIMUM} "
            "webhooks. URLs that lead to loopback, private, link-local or cloud metadata addresses are refused.",
            scope="webhooks:write",
            codes=("conflict",),
        ),
        secrets=SECRETS,
    ),
    reading(
        "/webhooks/{webhook_id}",
        _webhook,
        ROW,
        Documentation(
            "getWebhook",
            "Get a webhook",
            "Webhooks",
            "One webhook, its status and when it last succeeded or failed; never its secret.",
            scope="webhooks:read",
            codes=("not_found",),
        ),
        cached=False,
    ),
    writing(
        "PATCH",
        "/webhooks/{webhook_id}",
        _update,
        ROW,
        webhooks.UPDATE,
        Documentation(
            "updateWebhook",
            "Update a webhook",
            "Webhooks",
            "Absent fields keep their value. Events that happen while a webhook is `paused` or `dead` are not sent to "
            "it; deliveries that were waiting go out once it is `active` again.",
            scope="webhooks:write",
            codes=("not_found",),
        ),
    ),
    deleting(
        "/webhooks/{webhook_id}",
        _delete,
        Documentation(
            "deleteWebhook",
            "Delete a webhook",
            "Webhooks",
            "Nothing more is sent to it, including what was waiting.",
            scope="webhooks:write",
            codes=("not_found",),
        ),
    ),
    Route(
        "POST",
        "/webhooks/{webhook_id}/test",
        _test,
        Documentation(
            "testWebhook",
            "Send a test event",
            "Webhooks",
            f"Sends the event `{webhook_deliveries.TEST_EVENT}`, signed like any other, even to a webhook that is "
            "paused or dead. It is tried once and uses no quota; the list of deliveries shows how it went.",
            scope="webhooks:write",
            codes=("not_found",),
        ),
        "sent",
        202,
        shape=DELIVERY,
    ),
    issuing(
        "/webhooks/{webhook_id}/rotate-secret",
        _rotate,
        ROW,
        webhooks.ROTATE,
        Documentation(
            "rotateWebhookSecret",
            "Rotate a webhook's secret",
            "Webhooks",
            "The new secret is shown in this response only. For `grace_seconds` (a day if left out; 0 ends it now) the "
            "old one works too: `webhook-signature` carries a signature of each, and an attempt answered 401 or 403 is "
            "repeated at once with an `X-DZ-Signature` of the old secret. The body is optional.",
            scope="webhooks:write",
            codes=("not_found",),
        ),
        secrets=SECRETS,
        status=200,
        body_required=False,
    ),
    Route(
        "GET",
        "/webhooks/{webhook_id}/deliveries",
        _deliveries,
        Documentation(
            "listWebhookDeliveries",
            "List deliveries",
            "Webhooks",
            "What was sent to a webhook, newest first, with the receiver's responses. Kept for 30 days.",
            scope="webhooks:read",
            codes=("not_found",),
        ),
        "list",
        shape=DELIVERY,
        filters=webhook_deliveries.FILTERS,
    ),
    Route(
        "POST",
        "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
        _replay,
        Documentation(
            "replayWebhookDelivery",
            "Replay a delivery",
            "Webhooks",
            "Sends it now, with the same `delivery_id` and a fresh schedule of retries. Uses no quota.",
            scope="webhooks:write",
            codes=("not_found",),
        ),
        "sent",
        202,
        shape=DELIVERY,
    ),
    reporting(
        "/webhooks/{webhook_id}/replay",
        _replay_many,
        webhook_deliveries.Replayed,
        Documentation(
            "replayWebhookDeliveries",
            "Replay many deliveries",
            "Webhooks",
            "Replays finished deliveries by `status`, or by time (at or after `from`, before `to`), or by both: give "
            f"at least one. Oldest first, {webhook_deliveries.REPLAY_MAXIMUM:,} at most; `has_more` tells whether more "
            "remain.",
            scope="webhooks:write",
            codes=("not_found",),
            addition=True,
        ),
        method="POST",
        body=webhook_deliveries.REPLAY,
    ),
)
