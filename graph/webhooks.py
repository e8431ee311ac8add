"""Webhooks: what they are, which may be read, and what may happen to them (`contract.md §8`)."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import strawberry

from db import tables
from db.engine import engine
from graph import rules
from graph.connections import Connection, Node, connection, global_id
from graph.context import Context
from graph.errors import ApiError, Code, Detail, invalid_fields, not_found
from graph.events import EVENTS
from graph.fields import column, entity, entity_of, values_told
from graph.scalars import BigInt, DateTime
from graph.sealing import seal
from graph.sources import Issued, Source, row_written
from graph.webhook_deliveries import WebhookDelivery, WebhookDeliveryStatus, deliveries
from graph.webhook_signing import secret_hex, secret_new, secret_standard
from graph.webhook_targets import URL_LENGTH, RefusedTarget, targets

# In each mode of a store.
WEBHOOKS_MAXIMUM: Final = 10
GRACE_MAXIMUM: Final = 86_400
NOTE: Final = (
    "Keep the secret: it is shown this once. X-DZ-Signature is keyed with `secret`, as text; the libraries of Standard "
    "Webhooks take `standard_secret`."
)


@values_told(
    active="It is sent to.",
    paused="It is not sent to, as its store or a 410 of its receiver wants it.",
    dead="It is not sent to any more, as five deliveries in a row were given up.",
)
@strawberry.enum(description="The status of a webhook.")
class WebhookStatus(Enum):
    """`paused` by the merchant or by an answer of 410; `dead` after five dead letters in a row."""

    ACTIVE = "active"
    PAUSED = "paused"
    DEAD = "dead"


@values_told(active="It is sent to.", paused="It is not sent to until it is active again.")
@strawberry.enum(description="The statuses a webhook can be set to.")
class WebhookSetting(Enum):
    """ACTIVE also revives one that is dead, and lets what waits go."""

    ACTIVE = "active"
    PAUSED = "paused"


def _deliveries(context: Context, webhook_id: int, status: WebhookDeliveryStatus | None = None) -> Source:
    return deliveries(context).filtered(webhook_id=webhook_id, status=status and status.value)


@entity(tables.Webhook)
class Webhook(Node):
    """A URL that the store's events are sent to."""

    id: strawberry.ID = global_id("Webhook")
    database_id: BigInt = column("id", description="The id that the REST API uses, an integer.")
    url: str = column(description="The URL that deliveries are sent to.")
    events: list[str] = column(description="The events it receives.")
    status: WebhookStatus = column(
        description="Deliveries are sent while it is active; it becomes dead after five dead deliveries in a row."
    )
    last_success_at: DateTime | None = column(description="When a delivery last succeeded.")
    last_failure_at: DateTime | None = column(description="When an attempt last failed.")
    failure_count: int = column(description="Dead deliveries in a row; the fifth makes the webhook dead.")
    created_at: DateTime = column(description="When it was created.")
    deliveries: Connection[WebhookDelivery] = connection(
        WebhookDelivery, _deliveries, description="Its deliveries, newest first; kept for 30 days."
    )


CREATE = rules.Form(
    {
        "url": rules.text(8, URL_LENGTH, r"https?://[!-~\u00a1-\uffff]+", "must be an http or https address"),
        "events": rules.strings(rules.choice(*EVENTS), 1, len(EVENTS)),
    },
    required=("url", "events"),
)
UPDATE = rules.Form({**CREATE.members, "status": rules.choice(*(each.value for each in WebhookSetting))})
ROTATE = rules.Form({"grace_seconds": rules.integer(0, GRACE_MAXIMUM)})

# What waits for its webhook, and isn't with a worker just now.
HOLD: Final = (
    "UPDATE webhook_deliveries SET due_at = NULL, next_attempt_at = NULL"
    " WHERE webhook_id = $1 AND due_at IS NOT NULL AND due_at = next_attempt_at"
)
RELEASE: Final = (
    "UPDATE webhook_deliveries SET due_at = now(), next_attempt_at = now()"
    " WHERE webhook_id = $1 AND status IN ('pending', 'retrying') AND due_at IS NULL"
)


def webhooks(context: Context) -> Source:
    """Return the store's webhooks, newest first; needs `webhooks:read`."""
    context.require("webhooks:read")
    return Source(entity_of(Webhook), context)


def webhook(context: Context, identifier: int | None, called: object = None) -> Source:
    """Return one webhook by its id; None, as anything that is no id, is not found.

    Args:
        context: who asks; needs `webhooks:read`.
        identifier: the integer id.
        called: what the client called it, for the message.
    """
    context.require("webhooks:read")
    source = Source(entity_of(Webhook), context, missing=lambda: not_found("Webhook", called or identifier))
    return source.where("t.id = {}", identifier)


async def webhook_create(context: Context, values: Mapping[str, Any]) -> Issued:
    """Create a webhook on the running transaction.

    Args:
        context: who asks; needs `webhooks:write`.
        values: the members of `CREATE`.

    Raises:
        ApiError: `bad_request` with details; `conflict` when there are as many as there may be.
    """
    context.require("webhooks:write")
    given = CREATE.check(values)
    await _require_target(given)
    await _require_room(context)
    secret = secret_new()
    rows = await engine.write(
        "INSERT INTO webhooks (store_id, livemode, url, events, secret) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        context.store_id,
        context.livemode,
        given["url"],
        given["events"],
        seal(secret),
    )
    return _issued(context, rows[0]["id"], secret)


async def webhook_update(
    context: Context, identifier: int | None, values: Mapping[str, Any], called: object = None
) -> int:
    """Change the fields given of a webhook on the running transaction and return its id.

    Args:
        context: who asks; needs `webhooks:write`.
        identifier: the integer id.
        values: the members of `UPDATE`; absent ones stay.
        called: what the client called it, for the message.

    Raises:
        ApiError: `bad_request` with details; `not_found`.
    """
    context.require("webhooks:write")
    given = UPDATE.check(values)
    await _require_target(given)
    before = await _held(context, identifier, called)
    changes = {name: value for name, value in given.items() if before[name] != value}
    if not changes:
        return int(before["id"])
    if changes.get("status") == "active":
        changes["failure_count"] = 0
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, 2))
    await engine.write(
        f"UPDATE webhooks SET {places}, updated_at = now() WHERE id = $1", before["id"], *changes.values()
    )
    if "status" in changes:
        await engine.write(RELEASE if changes["status"] == "active" else HOLD, before["id"])
    return int(before["id"])


async def webhook_delete(context: Context, identifier: int | None, called: object = None) -> int:
    """Delete a webhook, its secrets and what waits for it, on the running transaction, and return its id.

    Raises:
        ApiError: `not_found`.
    """
    context.require("webhooks:write")
    row = await _held(context, identifier, called)
    # The rows of its log are too many for one request: they leave with their time, and the webhook after them.
    await engine.write(
        "UPDATE webhooks SET deleted_at = now(), updated_at = now(), secret = '', previous_secret = NULL,"
        " previous_secret_until = NULL WHERE id = $1",
        row["id"],
    )
    await engine.write(HOLD, row["id"])
    return int(row["id"])


async def webhook_rotate_secret(
    context: Context, identifier: int | None, values: Mapping[str, Any], called: object = None
) -> Issued:
    """Give a webhook a new secret on the running transaction; the old one signs too for `grace_seconds` more.

    Args:
        context: who asks; needs `webhooks:write`.
        identifier: the integer id.
        values: the members of `ROTATE`; a day of grace when it is left out.
        called: what the client called it, for the message.

    Raises:
        ApiError: `bad_request` with details; `not_found`.
    """
    context.require("webhooks:write")
    grace = ROTATE.check(values).get("grace_seconds", GRACE_MAXIMUM)
    row = await _held(context, identifier, called)
    secret = secret_new()
    await engine.write(
        "UPDATE webhooks SET secret = $2, updated_at = now(),"
        " previous_secret = CASE WHEN $3::int > 0 THEN secret END,"
        " previous_secret_until = CASE WHEN $3::int > 0 THEN now() + make_interval(secs => $3::int) END WHERE id = $1",
        row["id"],
        seal(secret),
        grace,
    )
    return _issued(context, row["id"], secret)


def _issued(context: Context, identifier: int, secret: bytes) -> Issued:
    shown = {"secret": secret_hex(secret), "standard_secret": secret_standard(secret), "note": NOTE}
    return Issued(row_written(Webhook, context, identifier), shown, str(identifier))


async def _held(context: Context, identifier: int | None, called: object) -> Any:
    """Return a webhook's row, which nobody else changes until the running transaction ends."""
    rows = await engine.write(
        "SELECT id, url, events, status FROM webhooks"
        " WHERE id = $1 AND store_id = $2 AND livemode = $3 AND deleted_at IS NULL FOR NO KEY UPDATE",
        identifier,
        context.store_id,
        context.livemode,
    )
    if not rows:
        raise not_found("Webhook", called or identifier)
    return rows[0]


async def _require_target(given: Mapping[str, Any]) -> None:
    if "url" not in given:
        return
    try:
        await targets.check(given["url"])
    except RefusedTarget as error:
        raise invalid_fields([Detail("url", str(error))]) from error


async def _require_room(context: Context) -> None:
    """Let a webhook be added; whoever else adds one to this store waits until the running transaction ends."""
    await engine.write("SELECT FROM stores WHERE id = $1 FOR NO KEY UPDATE", context.store_id)
    rows = await engine.write(
        "SELECT count(*) AS there FROM webhooks WHERE store_id = $1 AND livemode = $2 AND deleted_at IS NULL",
        context.store_id,
        context.livemode,
    )
    if rows[0]["there"] >= WEBHOOKS_MAXIMUM:
        raise ApiError(Code.CONFLICT, f"The store has {WEBHOOKS_MAXIMUM} webhooks, which is the most: delete one first")
