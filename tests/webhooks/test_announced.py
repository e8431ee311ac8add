"""The announcement's webhook handler, on the Express that it imports, and the library of Standard Webhooks.

Both take every delivery as it was sent, and neither takes one of which a bit was changed.
"""

import asyncio
import base64
import json
import os
import random
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.workers.deliver import Deliverer
from graph.events import EVENTS
from graph.webhook_signing import signed_headers
from tests.conftest import Shop
from tests.rest.answers import given
from tests.rest.ordering import changed, moved, stocked
from tests.rest.ordering import ordered as order_of
from tests.signed.conftest import PageMaker, PublicKeyMaker, app_keys, make_key, make_page
from tests.webhooks.conftest import hooked
from tests.webhooks.receiver import Received, answering, receiving
from tests.workers.test_ingest import sign_up, take_in

pytestmark = pytest.mark.anyio
__all__ = ["PublicKeyMaker", "app_keys", "make_key", "make_page"]

HANDLER = Path(__file__).parent / "express" / "announced.mjs"
# Where make installs Express.
MODULES = Path(sys.prefix) / "announced" / "node_modules"
SIGNING = ("x-dz-signature", "x-dz-timestamp")


class Handler:
    """The handler as a process, asked by bytes that no HTTP library would send."""

    def __init__(self, port: int, output: asyncio.StreamReader) -> None:
        self.output = output
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._asking = asyncio.Lock()

    async def status(self, headers: dict[str, bytes], body: bytes) -> int:
        """Return what it answers to a delivery."""
        async with self._asking:
            return await self._asked(headers, body)

    async def _asked(self, headers: dict[str, bytes], body: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        lines = [name.encode() + b": " + value for name, value in headers.items()]
        writer.write(b"\r\n".join((b"POST /webhooks/dzbuild HTTP/1.1", *lines, b"", body)))
        async with asyncio.timeout(30):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length: ")[2].partition(b"\r")[0]
            await reader.readexactly(int(length or 0))
        if b"connection: close" in head:
            writer.close()
            self._streams = None
        return int(head.split()[1])


@asynccontextmanager
async def handling(secret: str, folder: Path) -> AsyncIterator[Handler]:
    """Run the handler with a secret. CI has what it needs; another machine without it skips this."""
    if (shutil.which("node") is None or not MODULES.is_dir()) and not os.environ.get("CI"):
        pytest.skip("the announcement's handler needs Node.js and npm, and make test to install Express")
    shutil.copy(HANDLER, folder)
    (folder / "node_modules").symlink_to(MODULES)
    process = await asyncio.create_subprocess_exec(
        "node",
        folder / HANDLER.name,
        env=os.environ | {"DZBUILD_WEBHOOK_SECRET": secret, "NODE_ENV": "test"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield Handler(port, process.stdout)
    finally:
        process.kill()
        await process.wait()


def sent(received: Received) -> dict[str, bytes]:
    return {name: value.encode("latin-1") for name, value in received.headers.items()}


def flips(value: bytes, chance: random.Random | None) -> Iterator[bytes]:
    """Give the value with each of its bits changed, or with one by chance."""
    bits = range(len(value) * 8)
    for bit in bits if chance is None else [chance.choice(bits)]:
        flipped = bytearray(value)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


async def everything(shop: Shop, make_page: PageMaker, hook: dict[str, Any]) -> None:
    """Let everything happen that webhooks tell of."""
    product = await stocked(shop, 10, name="زيت الزيتون", low_stock_alert=9, price=1500)
    kept = await order_of(shop, product, 2)
    await moved(shop, kept["id"], "confirmed", "shipped", "delivered")
    await changed(shop, kept["id"], payment_status="paid", payment_reference="وصل 7")
    await moved(shop, kept["id"], "returned")
    await moved(shop, (await order_of(shop, product))["id"], "cancelled")
    assert (await sign_up(await make_page(shop.store_id), email="a@b.dz", source="حملة")).status_code == 202
    await take_in()
    given(await shop.write("POST", f"/v1/webhooks/{hook['id']}/test"), 202)


async def test_each_and_no_other(shop: Shop, deliverer: Deliverer, make_page: PageMaker, tmp_path: Path) -> None:
    async with receiving() as receiver:
        hook = await hooked(shop, receiver.url, *EVENTS)
        async with handling(hook["secret"], tmp_path) as handler:

            async def relayed(received: Received, writer: asyncio.StreamWriter) -> None:
                status = await handler.status(sent(received), received.body)
                await answering(status)(received, writer)

            receiver.answer = relayed
            await everything(shop, make_page, hook)
            await deliverer.settle()
            came = receiver.received
            rows = given(await shop.get(f"/v1/webhooks/{hook['id']}/deliveries"))["items"]
            assert {row["event"] for row in rows} == {*EVENTS, "webhook.test"}
            assert {(row["status"], row["response_status"]) for row in rows} == {("delivered", 200)}
            told = [each.json for each in came if each.json["event"] in ("order.created", "order.shipped")]
            async with asyncio.timeout(30):
                acted = [json.loads(await handler.output.readline()) for _ in told]
            assert sorted(acted, key=str) == sorted(([each["event"], each["data"]] for each in told), key=str)
            await none_with_another_bit(handler, came)
            await none_of_another_time_or_secret(handler, came[0], bytes.fromhex(hook["secret"]))
    library_takes_each_and_no_other(Webhook(hook["standard_secret"]), came)


async def none_with_another_bit(handler: Handler, came: list[Received]) -> None:
    chance = random.Random(7)
    for place, each in enumerate(came):
        one = chance if place else None
        head = sent(each)
        for body in flips(each.body, one):
            assert await handler.status(head, body) == 401
        for name in SIGNING:
            for value in flips(head[name], one):
                # A control character is no HTTP, and over one that is not ASCII `timingSafeEqual` throws.
                assert await handler.status(head | {name: value}, each.body) in (400, 401, 500)
        assert await handler.status(head, each.body) == 200


async def none_of_another_time_or_secret(handler: Handler, received: Received, secret: bytes) -> None:
    async def status(key: bytes, seconds: int) -> int:
        named = {"delivery_id": 1, "event": "order.created", "body": received.body}
        signed = signed_headers((key,), timestamp=int(time.time()) + seconds, **named)
        return await handler.status(
            sent(received) | {name.lower(): value.encode() for name, value in signed.items()}, received.body
        )

    assert await status(secret, 0) == 200
    assert await status(secret, -302) == await status(secret, 302) == await status(bytes(32), 0) == 401


def library_takes_each_and_no_other(library: Webhook, came: list[Received]) -> None:
    chance = random.Random(8)
    for place, each in enumerate(came):
        one = chance if place else None
        assert library.verify(each.body, each.headers) == each.json
        changed_ones = [(each.headers, body) for body in flips(each.body, one)]
        for name in ("webhook-id", "webhook-timestamp"):
            values = flips(each.headers[name].encode(), one)
            changed_ones += [(each.headers | {name: value.decode("latin-1")}, each.body) for value in values]
        version, _, signature = each.headers["webhook-signature"].partition(",")
        for value in flips(base64.b64decode(signature), one):
            told = f"{version},{base64.b64encode(value).decode()}"
            changed_ones.append((each.headers | {"webhook-signature": told}, each.body))
        for headers, body in changed_ones:
            # What is no text any more is refused before it is looked at.
            with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
                library.verify(body, headers)
