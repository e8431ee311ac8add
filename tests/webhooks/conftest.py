"""Webhooks of a store that may go to this machine, and a worker that sends what is due when told to."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.workers.connections import Connections
from app.workers.deliver import Deliverer
from db.engine import engine
from graph.webhook_targets import targets
from tests.conftest import Shop
from tests.rest.answers import given

Ahead = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def own_networks() -> Iterator[None]:
    """Let webhooks go to loopback, as in a sandbox."""
    before = targets.policy
    targets.allow("1-65535", private_networks=True)
    yield
    targets.policy = before


@pytest.fixture
async def deliverer(application: object) -> AsyncIterator[Deliverer]:
    """What sends; nothing of other tests is due."""
    async with engine.transaction():
        await engine.write(
            "UPDATE webhook_deliveries SET due_at = NULL, next_attempt_at = NULL WHERE due_at IS NOT NULL"
        )
    async with Connections(targets.policy) as connections:
        yield Deliverer(connections)


async def hooked(shop: Shop, url: str, *events: str) -> dict[str, Any]:
    """Create a webhook and return it with its secrets."""
    body = {"url": url, "events": list(events or ("order.created",))}
    return given(await shop.write("POST", "/v1/webhooks", body), 201)


async def ordered(shop: Shop) -> dict[str, Any]:
    """Create an order, which fires `order.created`."""
    product = await shop.create(status="active")
    customer = {"name": "Amina", "phone": "0555123456", "wilaya_id": 16, "commune": "Hydra"}
    items = [{"product_id": product["id"], "quantity": 1}]
    body = {"customer": customer, "delivery": {"type": "home"}, "items": items}
    return given(await shop.write("POST", "/v1/orders", body), 201)


async def deliveries(shop: Shop, hook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    """Return a webhook's deliveries, newest first."""
    return given(await shop.get(f"/v1/webhooks/{hook['id']}/deliveries{query}"))["items"]


async def webhook(shop: Shop, hook: dict[str, Any]) -> dict[str, Any]:
    """Return a webhook as it is now."""
    return given(await shop.get(f"/v1/webhooks/{hook['id']}"))
