"""The worker as a process of a sandbox: it sends soon whatever others' receivers do, and ends well."""

import asyncio
import os
import secrets
import shutil
import signal
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Instance
from tests.webhooks.receiver import Receiver, answering, closing, hanging, receiving, streaming

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PATIENCE = 60.0


class Merchant:
    """A client of the sandbox with the key of one of its stores."""

    def __init__(self, instance: Instance, key: str) -> None:
        self.client = httpx.AsyncClient(
            base_url=instance.base_url, headers={"Authorization": f"Bearer {instance.members[key]}"}, timeout=20
        )

    async def write(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Idempotency-Key": secrets.token_hex(8)}
        answer = await self.client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    async def hooked(self, url: str, *events: str) -> int:
        body = {"url": url, "events": list(events or ("order.created",))}
        return (await self.write("POST", "/v1/webhooks", body))["id"]

    async def ordered(self) -> None:
        product = await self.write("POST", "/v1/products", {"name": "زيت", "price": 100, "status": "active"})
        customer = {"name": "Amina", "phone": "0555123456", "wilaya_id": 16, "commune": "Hydra"}
        items = [{"product_id": product["id"], "quantity": 1}]
        await self.write("POST", "/v1/orders", {"customer": customer, "delivery": {"type": "home"}, "items": items})

    async def delivery(self, hook: int) -> dict[str, Any]:
        """Return a webhook's newest delivery."""
        answer = await self.client.get(f"/v1/webhooks/{hook}/deliveries")
        return answer.json()["data"]["items"][0]

    async def until(self, hook: int, *statuses: str) -> dict[str, Any]:
        """Wait until the newest delivery of a webhook stands so."""
        async with asyncio.timeout(PATIENCE):
            while (found := await self.delivery(hook))["status"] not in statuses:  # noqa: ASYNC110 -- another process's state
                await asyncio.sleep(0.05)
        return found


@pytest.fixture
async def merchant(instance: Instance) -> AsyncIterator[Merchant]:
    """Store D of the sandbox, without its webhooks afterwards."""
    made = Merchant(instance, "unlimited_key")
    yield made
    for hook in (await made.client.get("/v1/webhooks")).json()["data"]["items"]:
        await made.write("DELETE", f"/v1/webhooks/{hook['id']}")
    await made.client.aclose()


@pytest.fixture(scope="session")
def untrusted(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate that nobody trusts."""
    folder: Path = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    files = (folder / "key.pem", folder / "cert.pem")
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    subprocess.run([*command, "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    return context


async def test_a_healthy_receiver_waits_for_nobody(merchant: Merchant, untrusted: ssl.SSLContext) -> None:
    """Each bad receiver has its documented outcome, and a good one beside them is told at once all the while."""
    count, waits = [0], []
    outcomes: dict[str, tuple[Any, str, int | None]] = {
        "hangs": (hanging, "retrying", None),
        "500": (answering(500), "retrying", 500),
        "410": (answering(410), "dead", 410),
        "429": (answering(429, retry_after="120"), "retrying", 429),
        "302": (answering(302, location="http://127.0.0.1:1/"), "dead", 302),
        "gigabyte": (streaming(count), "delivered", 200),
        "closes": (closing, "retrying", None),
    }
    async with receiving() as good, receiving(ssl=untrusted) as secured:
        opened = {name: receiving(answer) for name, (answer, _, _) in outcomes.items()}
        bad: dict[str, Receiver] = {name: await each.__aenter__() for name, each in opened.items()}
        hooks = {name: await merchant.hooked(receiver.url) for name, receiver in bad.items()}
        hooks["certificate"] = await merchant.hooked(secured.url.replace("http:", "https:"))
        await merchant.hooked(good.url)
        loop = asyncio.get_running_loop()
        # The fifth dead letter in a row would end a webhook.
        for number in range(1, 5):
            await merchant.ordered()
            done = loop.time()
            waits.append((await good.until(number, PATIENCE))[number - 1].at - done)
        print(f"the good one was told within {max(waits):.3f} s")  # noqa: T201
        # On a quiet machine it is 0.1 s. Behind the one that hangs it would be its whole timeout.
        assert max(waits) < 10.0
        for name, (_, status, answered) in outcomes.items():
            if name == "410":
                rows = (await merchant.client.get(f"/v1/webhooks/{hooks[name]}/deliveries")).json()["data"]["items"]
                assert any((row["status"], row["response_status"]) == (status, answered) for row in rows)
                shown = (await merchant.client.get(f"/v1/webhooks/{hooks[name]}")).json()["data"]
                assert shown["status"] == "paused"
                continue
            if name == "hangs":
                continue  # with one at a time its newest is far behind; its first is looked at below
            found = await merchant.until(hooks[name], status, "dead")
            assert (found["status"], found["response_status"]) == (status, answered), name
        assert count[0] < 4 * 64 * 1024 * 1024
        refused = await merchant.until(hooks["certificate"], "retrying")
        assert refused["error"] == "its certificate is not trusted"
        assert secured.received == []
        async with asyncio.timeout(PATIENCE):
            while True:
                path = f"/v1/webhooks/{hooks['hangs']}/deliveries?status=retrying"
                if rows := (await merchant.client.get(path)).json()["data"]["items"]:
                    break
                await asyncio.sleep(0.1)
        assert (rows[0]["response_status"], rows[0]["error"]) == (None, "no answer within 10 s")
        assert 10_000 <= rows[0]["duration_ms"] < 15_000
        for each in opened.values():
            await each.__aexit__(None, None, None)


async def test_stops_when_told_to(merchant: Merchant, instance: Instance) -> None:
    """What is under way at SIGTERM is let end, and noted."""

    async def slow(received: Any, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)
        await answering(200)(received, writer)

    async with receiving(slow) as receiver:
        hook = await merchant.hooked(receiver.url)
        await merchant.ordered()
        await receiver.until(1)
        os.kill(instance.pids()["deliver"], signal.SIGTERM)
        found = await merchant.until(hook, "delivered")
        assert found["attempts"] == 1
        assert len(receiver.received) == 1


async def test_measured(merchant: Merchant) -> None:
    async with receiving() as receiver:
        await merchant.hooked(receiver.url)
        await merchant.ordered()
        await receiver.until(1)
    async with asyncio.timeout(PATIENCE):
        while 'dzbuild_webhook_deliveries_total{outcome="delivered"}' not in (  # noqa: ASYNC110 -- another process's state
            shown := (await merchant.client.get("/metrics")).text
        ):
            await asyncio.sleep(0.1)
    assert "dzbuild_webhook_oldest_due_seconds" in shown
