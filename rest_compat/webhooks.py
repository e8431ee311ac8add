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
    "secret": "What `X-DZ-Signature` is made with: 64 hexadecimal digits, used as text. Shown this once.",
    "standard_secret": "The same 32 bytes as the libraries of Standard Webhooks take them: `whsec_…`. Shown this once.",
    "note": "What to do with it.",
}
EVENTS: Final = (
    "`order.…` and `payment.received` tell of orders, `product.stock_low` of stock, `signup.counted` of people"
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
        Documentation("listWebhooks", "List webhooks", "Webhooks", "Newest first, by cursor.", scope="webhooks:read"),
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
            f"At most {webhooks.WEBHOOKS_MAXIMUM} a store. {EVENTS}. The secret is in this answer alone. Addresses "
            "that lead to loopback, private, link-local and cloud metadata networks are refused.",
            scope="webhooks:write",
            codes=("conflict",),
        ),
        secrets=SECRETS,
    ),
    reading(
        "/webhooks/{webhook_id}",
        _webhook,
        ROW,
        Documentation("getWebhook", "Get a webhook", "Webhooks", scope="webhooks:read", codes=("not_found",)),
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
            "Change a webhook",
            "Webhooks",
            "An absent field stays. A webhook that is `paused` or `dead` is told of nothing that happens meanwhile; "
            "what waited for it before goes out once it is `active` again.",
            scope="webhooks:write",
            codes=("not_found",),
        ),
    ),
    deleting(
        "/webhooks/{webhook_id}",
        _delete,
        Documentation("deleteWebhook", "Delete a webhook", "Webhooks", scope="webhooks:write", codes=("not_found",)),
    ),
    Route(
        "POST",
        "/webhooks/{webhook_id}/test",
        _test,
        Documentation(
            "testWebhook",
            "Send a test",
            "Webhooks",
            f"An event `{webhook_deliveries.TEST_EVENT}`, signed as any other, also to a webhook that is "
            "paused or dead. It is tried once and counts for nothing. Its outcome is in the list of deliveries.",
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
            "Give a webhook a new secret",
            "Webhooks",
            "For `grace_seconds` more (a day when it is left out; 0 ends it) `webhook-signature` has a signature of "
            "the old secret too, and an attempt that is answered 401 or 403 is made again at once with "
            "`X-DZ-Signature` of the old one. The body may be left out.",
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
            "List a webhook's deliveries",
            "Webhooks",
            "Newest first, by cursor; kept for 30 days.",
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
            "Send a delivery again",
            "Webhooks",
            "At once, with the whole schedule of attempts before it and the same `delivery_id`. It counts for "
            "no quota.",
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
            "Send many deliveries again",
            "Webhooks",
            "Those that are over and have a `status`, or that happened at or after `from` and before `to`: one of the "
            f"three at least. Oldest first, {webhook_deliveries.REPLAY_MAXIMUM:,} at most; `has_more` says whether "
            "there are more.",
            scope="webhooks:write",
            codes=("not_found",),
            addition=True,
        ),
        method="POST",
        body=webhook_deliveries.REPLAY,
    ),
)
