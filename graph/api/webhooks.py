"""Webhooks in GraphQL."""

from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.relay.utils import to_base64

from graph import webhook_deliveries, webhooks
from graph.api.declare import Info, listing, single, written
from graph.api.inputs import given
from graph.connections import database_id, resolve_payload
from graph.context import Context
from graph.scalars import BigInt, DateTime
from graph.sources import Issued, Source, row_written
from graph.webhook_deliveries import Replayed, WebhookDelivery, WebhookReplayStatus
from graph.webhooks import Webhook, WebhookSetting


@strawberry.input(description="A new webhook.")
class WebhookCreateInput:
    """The members of `webhooks.CREATE`."""

    url: str = strawberry.field(description="An http or https URL, up to 500 characters.")
    events: list[str] = strawberry.field(description="The events to receive, such as `order.created`.")


@strawberry.input(description="The fields of a webhook to change: absent fields keep their value.")
class WebhookUpdateInput:
    """The members of `webhooks.UPDATE`."""

    url: str | None = strawberry.field(default=UNSET, description="An http or https URL, up to 500 characters.")
    events: list[str] | None = strawberry.field(default=UNSET, description="The events to receive.")
    status: WebhookSetting | None = strawberry.field(
        default=UNSET,
        description="Deliveries are sent while it is active; it becomes dead after five dead deliveries in a row.",
    )


@strawberry.input(description="Which deliveries to replay; give at least one member.")
class WebhookDeliveriesReplayInput:
    """The members of `webhook_deliveries.REPLAY`."""

    status: WebhookReplayStatus | None = strawberry.field(default=UNSET, description="Deliveries of this status.")
    from_: DateTime | None = strawberry.field(
        name="from", default=UNSET, description="Deliveries of events at or after this time."
    )
    to: DateTime | None = strawberry.field(default=UNSET, description="Deliveries of events before this time.")


@strawberry.type
class WebhookCreatePayload:
    """What `webhookCreate` answers."""

    webhook: Webhook
    secret: str = strawberry.field(description="The secret of `X-DZ-Signature`. Shown only once.")
    standard_secret: str = strawberry.field(
        description="The same secret in the form that Standard Webhooks libraries take."
    )
    note: str = strawberry.field(description="What to do with it.")


@strawberry.type
class WebhookRotateSecretPayload:
    """What `webhookRotateSecret` answers."""

    webhook: Webhook
    secret: str = strawberry.field(description="The secret of `X-DZ-Signature`. Shown only once.")
    standard_secret: str = strawberry.field(
        description="The same secret in the form that Standard Webhooks libraries take."
    )
    note: str = strawberry.field(description="What to do with it.")


@strawberry.type
class WebhookUpdatePayload:
    """What `webhookUpdate` answers."""

    webhook: Webhook


@strawberry.type
class WebhookDeletePayload:
    """What `webhookDelete` answers."""

    deleted_id: strawberry.ID = strawberry.field(description="The global id of what was deleted.")
    database_id: BigInt = strawberry.field(description="The id that the REST API uses, an integer.")
    deleted: bool = strawberry.field(description="True.")


@strawberry.type
class WebhookTestPayload:
    """What `webhookTest` answers."""

    delivery: WebhookDelivery


@strawberry.type
class WebhookDeliveryReplayPayload:
    """What `webhookDeliveryReplay` answers."""

    delivery: WebhookDelivery


def _webhook(context: Context, id: strawberry.ID) -> Source:
    return webhooks.webhook(context, database_id("Webhook", str(id)), id)


async def _update(context: Context, id: strawberry.ID, input: WebhookUpdateInput) -> Source:
    identifier = await webhooks.webhook_update(context, database_id("Webhook", str(id)), given(input), id)
    return row_written(Webhook, context, identifier)


async def _test(context: Context, id: strawberry.ID) -> Source:
    identifier = await webhook_deliveries.webhook_test(context, database_id("Webhook", str(id)), id)
    return row_written(WebhookDelivery, context, identifier)


async def _replay(context: Context, id: strawberry.ID) -> Source:
    number = database_id("WebhookDelivery", str(id))
    identifier = await webhook_deliveries.webhook_delivery_replay(context, number, called=id)
    return row_written(WebhookDelivery, context, identifier)


@strawberry.type
class WebhookQueries:
    """Who is told of the store's events."""

    webhooks = listing(
        Webhook, webhooks.webhooks, description="The store's webhooks, newest first. Needs `webhooks:read`.", live=True
    )
    webhook = single(
        Webhook | None,
        _webhook,
        description="One webhook, by its id (either form). Needs `webhooks:read`.",
        live=True,
    )


@strawberry.type
class WebhookMutations:
    """What may happen to webhooks."""

    # Their answers hold a secret.
    secret_fields = ("webhookCreate", "webhookRotateSecret")

    webhook_update = written(
        WebhookUpdatePayload,
        "webhook",
        _update,
        description="Update a webhook. Setting it to ACTIVE sends what was waiting for it. Needs `webhooks:write`.",
    )
    webhook_test = written(
        WebhookTestPayload,
        "delivery",
        _test,
        description="Send a test event to a webhook, whatever its status, in one attempt. Needs `webhooks:write`.",
    )
    webhook_delivery_replay = written(
        WebhookDeliveryReplayPayload,
        "delivery",
        _replay,
        description="Replay a delivery now, under the same id. Needs `webhooks:write`.",
    )

    @strawberry.mutation(description="Create a webhook. Its secret is in this response only. Needs `webhooks:write`.")
    async def webhook_create(self, info: Info, input: WebhookCreateInput) -> WebhookCreatePayload:
        return await _shown(info, await webhooks.webhook_create(info.context, given(input)))

    @strawberry.mutation(
        description="Give a webhook a new secret; the old one signs too for `graceSeconds` more, 0 to "
        f"{webhooks.GRACE_MAXIMUM}, which is the default. Needs `webhooks:write`."
    )
    async def webhook_rotate_secret(
        self, info: Info, id: strawberry.ID, grace_seconds: int | None = None
    ) -> WebhookRotateSecretPayload:
        values = {} if grace_seconds is None else {"grace_seconds": grace_seconds}
        number = database_id("Webhook", str(id))
        return await _shown(info, await webhooks.webhook_rotate_secret(info.context, number, values, id))

    @strawberry.mutation(description="Delete a webhook and its waiting deliveries. Needs `webhooks:write`.")
    async def webhook_delete(self, info: Info, id: strawberry.ID) -> WebhookDeletePayload:
        identifier = await webhooks.webhook_delete(info.context, database_id("Webhook", str(id)), id)
        return WebhookDeletePayload(
            deleted_id=strawberry.ID(to_base64("Webhook", identifier)), database_id=BigInt(identifier), deleted=True
        )

    @strawberry.mutation(
        description="Send a webhook's deliveries again that are over: of a status, of a time, or both; oldest first, "
        f"{webhook_deliveries.REPLAY_MAXIMUM:,} at most. Needs `webhooks:write`."
    )
    async def webhook_deliveries_replay(
        self, info: Info, id: strawberry.ID, input: WebhookDeliveriesReplayInput
    ) -> Replayed:
        values = {name.removesuffix("_"): value for name, value in given(input).items()}
        number = database_id("Webhook", str(id))
        return await webhook_deliveries.webhook_deliveries_replay(info.context, number, values, id)


async def _shown(info: Info, issued: Issued) -> Any:
    """Return a payload with the webhook's row, and its secret."""
    return {**await resolve_payload(info, "webhook", issued.source), **issued.secrets}
