"""Makes events happen, by doing through the API what they tell of: a product, an order and its way, a signup."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from typing import Any, Final

from app.developer.api import Api, Refused
from graph.signatures import sign

NAME: Final = "dzbuild trigger"
# The way of an order to each status that is told of.
WAYS: Final = {
    "order.created": (),
    "order.confirmed": ("confirmed",),
    "order.shipped": ("confirmed", "shipped"),
    "order.delivered": ("confirmed", "shipped", "delivered"),
    "order.cancelled": ("cancelled",),
    "order.returned": ("confirmed", "shipped", "returned"),
}
ALERT: Final = 5
# How long an event may take to be in the event log: signups are taken in by a worker.
PATIENCE: Final = 15.0
INTERVAL: Final = 0.3


class NeverTold(Exception):
    """What was made is not told of."""


class Trigger:
    """Makes events in a sandbox. `tell` gets a line for each thing that is made."""

    def __init__(self, api: Api, tell: Callable[[str], None]) -> None:
        self._api = api
        self._tell = tell

    async def fire(self, event: str) -> dict[str, Any]:
        """Make an event happen, and return its row in the event log.

        Raises:
            Refused: the API said no.
            OutOfReach: it is not there.
            NeverTold: the event is not in the log after a while.
        """
        begun = await self._api.get("/event-log", start="now", types=event)
        if event == "signup.counted":
            await self._signup()
        elif event == "product.stock_low":
            await self._sell_out()
        else:
            await self._order(event)
        return await self._in_log(event, begun["next_cursor"])

    async def _in_log(self, event: str, cursor: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            page = await self._api.get("/event-log", types=event, cursor=cursor)
            if page["items"]:
                found: dict[str, Any] = page["items"][-1]
                return found
            await asyncio.sleep(INTERVAL)
        raise NeverTold(f"{event} is not in the event log after {PATIENCE:.0f} s: see that the workers run")

    async def _product(self, **fields: Any) -> int:
        body = {"name": NAME, "price": 1500, "status": "active", **fields}
        product = await self._api.write("POST", "/products", body)
        self._tell(f"product {product['id']}, {product['slug']}")
        return int(product["id"])

    async def _order(self, event: str) -> None:
        order = await self._api.write(
            "POST",
            "/orders",
            {
                "customer": {"name": NAME, "phone": "0555123456", "wilaya_id": await self._wilaya(), "commune": NAME},
                "delivery": {"type": "home"},
                "items": [{"product_id": await self._product(), "quantity": 1}],
            },
        )
        self._tell(f"order {order['id']}, {order['order_number']}")
        changes = [{"status": status} for status in WAYS.get(event, ())]
        if event == "payment.received":
            changes = [{"payment_status": "paid", "payment_reference": NAME}]
        for change in changes:
            await self._api.write("PATCH", f"/orders/{order['id']}", change)
            self._tell(f"order {order['id']} is {next(iter(change.values()))}")

    async def _wilaya(self) -> int:
        """Return one that the store delivers to, at the door."""
        rates = (await self._api.get("/delivery-rates"))["rates"]
        served = [rate["wilaya_id"] for rate in rates if rate["home"] is not None]
        if not served:
            raise Refused("The store delivers to no wilaya's doors: PUT /v1/delivery-rates sets a fee", "conflict")
        return int(served[0])

    async def _sell_out(self) -> None:
        sku = secrets.token_hex(4)
        product = await self._product(track_stock=True, stock_quantity=ALERT, low_stock_alert=ALERT, sku=sku)
        await self._api.write("PATCH", f"/products/{product}", {"stock_delta": -1})
        self._tell(f"product {product} has {ALERT - 1} left, and {ALERT} is its alert")

    async def _signup(self) -> None:
        """Sign up somebody new, with a public key of the sandbox that is made for it and revoked at once."""
        body = {"type": "public", "name": NAME, "scopes": ["signups:write"], "livemode": False}
        key = await self._api.write("POST", "/keys", body)
        self._tell(f"public key {key['key_id']}, for this alone")
        try:
            person = secrets.token_hex(8)
            raw = json.dumps({"external_user_id": person, "source": "trigger", "country": "DZ"}).encode()
            await self._api.send("/signups", raw, _signed(key["key_id"], key["signing_secret"], raw))
            self._tell(f"signup of {person}")
        finally:
            await self._api.write("DELETE", f"/keys/{key['key_id']}")


def _signed(key_id: str, secret: str, raw: bytes) -> dict[str, str]:
    nonce, moment = secrets.token_hex(16), str(int(time.time()))
    return {
        "Authorization": f"DZ-Public {key_id}",
        "X-DZ-Timestamp": moment,
        "X-DZ-Nonce": nonce,
        "X-DZ-Signature": sign(secret.encode(), key_id, nonce, moment, raw),
    }
