"""Deliveries of webhooks: which there were, tests, and sending again (`contract.md §8`)."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import strawberry

from db import tables
from db.engine import engine
from graph import rules
from graph.connections import Node, global_id
from graph.context import Context
from graph.errors import Detail, invalid_fields, not_found
from graph.events import deliveries_written
from graph.fields import column, entity, entity_of, expression, values_told
from graph.scalars import BigInt, DateTime, JsonObject
from graph.sources import Source

# The event of a test: nobody can subscribe to it, it counts for nothing, and is tried once.
TEST_EVENT: Final = "webhook.test"
# What one request sends again at most.
REPLAY_MAXIMUM: Final = 10_000
OVER: Final = ("delivered", "dead", "over_quota")


@values_told(
    pending="Waits for its first attempt.",
    delivered="The receiver answered with a 2xx.",
    retrying="An attempt failed, and there will be another.",
    dead="Given up: refused for good, or after the last attempt.",
    over_quota="Not sent, as the plan allows no more this month.",
)
@strawberry.enum(description="The status of a delivery.")
class WebhookDeliveryStatus(Enum):
    """`retrying` waits for its next attempt; `dead` was given up; `over_quota` came when the month was used up."""

    PENDING = "pending"
    DELIVERED = "delivered"
    RETRYING = "retrying"
    DEAD = "dead"
    OVER_QUOTA = "over_quota"


@values_told(
    delivered="What was delivered.",
    dead="What was given up.",
    over_quota="What was not sent, as the plan allowed no more.",
)
@strawberry.enum(description="The statuses that can be replayed.")
class WebhookReplayStatus(Enum):
    """Deliveries that no attempt is coming for by itself."""

    DELIVERED = "delivered"
    DEAD = "dead"
    OVER_QUOTA = "over_quota"


@entity(tables.WebhookDelivery)
class WebhookDelivery(Node):
    """The delivery of one event to one webhook, kept for 30 days."""

    id: strawberry.ID = global_id("WebhookDelivery")
    database_id: BigInt = column("id", description="The id that the REST API uses, and the `delivery_id` of the body.")
    webhook_id: BigInt = column(description="The id of its webhook.")
    event: str = column(description="The event's name; `webhook.test` for a test.")
    data: JsonObject = expression("t.data", kind="json", required=True, description="The `data` of its body.")
    status: WebhookDeliveryStatus = column(description="The delivery's status.")
    attempts: int = column(description="The number of attempts, counted anew by each replay.")
    response_status: int | None = column(description="The HTTP status of the last response; null if there was none.")
    response_body: str | None = column(description="The first kilobyte of the last response.")
    duration_ms: int | None = column(description="How long the last attempt took, in milliseconds.")
    error: str | None = column(description="Why the last attempt failed.")
    next_attempt_at: DateTime | None = column(description="When the next attempt is due; null if none is.")
    created_at: DateTime = column(description="When it happened.")
    delivered_at: DateTime | None = column(description="When the receiver answered 2xx.")


@strawberry.type(description="The result of a replay.")
class Replayed:
    """What a replay of many answers."""

    replayed: int = strawberry.field(description="The number of deliveries replayed.")
    has_more: bool = strawberry.field(description="Whether more remain: repeat the request.")


FILTERS: dict[str, rules.Rule] = {"status": rules.choice(*(each.value for each in WebhookDeliveryStatus))}
REPLAY = rules.Form({"status": rules.choice(*OVER), "from": rules.moment(), "to": rules.moment()})


async def webhook_deliveries(
    context: Context, webhook_id: int | None, called: object = None, *, status: str | None = None
) -> Source:
    """Return a webhook's deliveries, newest first.

    Args:
        context: who asks; needs `webhooks:read`.
        webhook_id: the webhook's integer id.
        called: what the client called it, for the message.
        status: only those of this status.

    Raises:
        ApiError: `not_found`: there is no such webhook.
    """
    await _require_webhook(context, webhook_id, called)
    return deliveries(context).filtered(webhook_id=webhook_id, status=status)


def deliveries(context: Context) -> Source:
    """Return the deliveries of all the store's webhooks; needs `webhooks:read`."""
    context.require("webhooks:read")
    return Source(entity_of(WebhookDelivery), context)


async def webhook_test(context: Context, webhook_id: int | None, called: object = None) -> int:
    """Send a test to a webhook, whatever its status, and return the delivery's id.

    Args:
        context: who asks; needs `webhooks:write`.
        webhook_id: the webhook's integer id.
        called: what the client called it, for the message.

    Raises:
        ApiError: `not_found`.
    """
    context.require("webhooks:write")
    rows = await engine.write(
        "INSERT INTO webhook_deliveries (store_id, livemode, webhook_id, event, data, due_at, next_attempt_at)"
        " SELECT store_id, livemode, id, $4, json_build_object('webhook_id', id)::text, now(), now() FROM webhooks"
        " WHERE id = $1 AND store_id = $2 AND livemode = $3 AND deleted_at IS NULL RETURNING id",
        webhook_id,
        context.store_id,
        context.livemode,
        TEST_EVENT,
    )
    if not rows:
        raise not_found("Webhook", called or webhook_id)
    deliveries_written.set(True)
    return int(rows[0]["id"])


async def webhook_delivery_replay(
    context: Context, delivery_id: int | None, webhook_id: int | None = None, called: object = None
) -> int:
    """Send a delivery again, with the whole schedule before it, and return its id; it counts for no quota.

    Args:
        context: who asks; needs `webhooks:write`.
        delivery_id: its integer id.
        webhook_id: its webhook's, where the client named it.
        called: what the client called it, for the message.

    Raises:
        ApiError: `not_found`.
    """
    context.require("webhooks:write")
    rows = await engine.write(
        f"{_RESET} AND d.id = $3 AND ($4::bigint IS NULL OR d.webhook_id = $4) RETURNING d.id",
        context.store_id,
        context.livemode,
        delivery_id,
        webhook_id,
    )
    if not rows:
        raise not_found("Delivery", called or delivery_id)
    deliveries_written.set(True)
    return int(rows[0]["id"])


async def webhook_deliveries_replay(
    context: Context, webhook_id: int | None, values: Mapping[str, Any], called: object = None
) -> Replayed:
    """Send a webhook's deliveries again that are over: those of a status, of a time, or both; oldest first.

    Args:
        context: who asks; needs `webhooks:write`.
        webhook_id: the webhook's integer id.
        values: the members of `REPLAY`, one at least: happened at or after `from`, and before `to`.
        called: what the client called it, for the message.

    Raises:
        ApiError: `bad_request` with details; `not_found`.
    """
    context.require("webhooks:write")
    given = REPLAY.check(values)
    if not given:
        raise invalid_fields([Detail("status", "say which deliveries to send again: a status, or from and to")])
    if "from" in given and "to" in given and given["from"] > given["to"]:
        raise invalid_fields([Detail("to", "must not be before from")])
    await _require_webhook(context, webhook_id, called)
    rows = await engine.write(
        f"WITH chosen AS (SELECT c.id FROM webhook_deliveries c WHERE c.webhook_id = $3 AND c.status = ANY($4)"
        " AND c.created_at >= coalesce($5::timestamptz, '-infinity')"
        " AND c.created_at < coalesce($6::timestamptz, 'infinity')"
        f" ORDER BY (c.id + 0) LIMIT {REPLAY_MAXIMUM + 1} FOR UPDATE),"
        f" again AS ({_RESET} AND d.id IN (SELECT id FROM chosen ORDER BY id LIMIT {REPLAY_MAXIMUM}) RETURNING d.id)"
        f" SELECT (SELECT count(*) FROM again) AS replayed, (SELECT count(*) FROM chosen) > {REPLAY_MAXIMUM} AS more",
        context.store_id,
        context.livemode,
        webhook_id,
        [given["status"]] if "status" in given else list(OVER),
        given.get("from"),
        given.get("to"),
    )
    deliveries_written.set(True)
    return Replayed(replayed=rows[0]["replayed"], has_more=rows[0]["more"])


# From the beginning; it waits while its webhook is not sent to. Who has it just now finds its lease gone.
_RESET: Final = (
    "UPDATE webhook_deliveries d SET status = 'pending', attempts = 0,"
    " counted = d.counted OR d.status <> 'pending', error = NULL, delivered_at = NULL,"
    " due_at = CASE WHEN w.status = 'active' OR d.event = 'webhook.test' THEN now() END,"
    " next_attempt_at = CASE WHEN w.status = 'active' OR d.event = 'webhook.test' THEN now() END"
    " FROM webhooks w WHERE w.id = d.webhook_id AND w.deleted_at IS NULL AND d.store_id = $1 AND d.livemode = $2"
)


async def _require_webhook(context: Context, webhook_id: int | None, called: object) -> None:
    rows = await engine.fetch(
        "SELECT FROM webhooks WHERE id = $1 AND store_id = $2 AND livemode = $3 AND deleted_at IS NULL",
        webhook_id,
        context.store_id,
        context.livemode,
    )
    if not rows:
        raise not_found("Webhook", called or webhook_id)
