"""`dzbuild listen` and `dzbuild trigger`, as processes beside a real instance: nothing but its address and a key."""

import asyncio
import hashlib
import hmac
import json
import os
import re
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from standardwebhooks import Webhook

from app.cli import main
from graph.events import EVENTS
from tests.conftest import Instance
from tests.webhooks.receiver import Received, Receiver, answering, receiving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
LINE = re.compile(r"\d\d:\d\d:\d\d  (\S+) +(\d{3}|---) +\d+ ms  (\d+)(?:  (.+))?")
Process = asyncio.subprocess.Process


async def started(instance: Instance, *arguments: str, key: str = "test_key") -> Process:
    environment = os.environ | {"DZ_KEY": instance.members[key], "DZ_URL": instance.base_url, "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "app.cli", *arguments)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environment, cwd=ROOT)


async def line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().rstrip("\n")


@asynccontextmanager
async def listening(instance: Instance, url: str, *arguments: str) -> AsyncIterator[tuple[Process, list[str]]]:
    """Give a listener that is ready, and what it said."""
    process = await started(instance, "listen", "--forward-to", url, *arguments)
    said: list[str] = []
    while not (said and said[-1].startswith("Ready")):
        said.append(await line(process))
        assert said[-1] or process.returncode is None, (await process.communicate())[1].decode()
    yield process, said
    process.send_signal(signal.SIGINT)
    rest, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, errors.decode()) == (0, errors.decode() if "tried again" in errors.decode() else "")
    said.extend(rest.decode().splitlines())


async def triggered(instance: Instance, *events: str) -> list[dict[str, Any]]:
    process = await started(instance, "trigger", *events)
    told, made = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, made.decode()
    assert made.decode().count("made") >= len(events)
    return [json.loads(each) for each in told.decode().splitlines()]


@pytest.fixture
async def sandbox(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A client of store A's sandbox, without its webhooks afterwards."""
    credentials = {"Authorization": f"Bearer {instance.members['test_key']}"}
    async with httpx.AsyncClient(base_url=instance.base_url, headers=credentials, timeout=20) as client:
        yield client
        for hook in (await client.get("/v1/webhooks")).json()["data"]["items"]:
            await client.delete(f"/v1/webhooks/{hook['id']}", headers={"Idempotency-Key": secrets.token_hex(8)})


def alike(received: list[Received]) -> list[tuple[str, Any]]:
    """Return what a listener and the worker send alike: names of headers, and bodies with their members in order."""
    found = []
    for each in received:
        body = json.loads(each.body, object_pairs_hook=list)
        names = [name for name, _ in body]
        assert names == ["event", "store_id", "occurred_at", "data", "delivery_id", "livemode"]
        values = dict(body)
        moment = re.sub(r"\.\d+", "", values["occurred_at"])
        told = (values["event"], moment, values["data"], values["store_id"], values["livemode"])
        found.append((sorted(each.headers), told))
    return sorted(found, key=str)


def assert_signed(received: Received, secret: str, standard: str) -> None:
    hashed = hashlib.sha256(received.body).hexdigest()
    signed = f"{received.headers['x-dz-timestamp']}.{hashed}".encode()
    assert received.headers["x-dz-signature"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    Webhook(standard).verify(received.body, received.headers)
    assert received.headers["x-dz-delivery"] == received.headers["webhook-id"] == str(received.json["delivery_id"])
    assert received.headers["x-dz-event"] == received.json["event"]


async def test_a_listener_forwards_what_the_worker_sends(instance: Instance, sandbox: httpx.AsyncClient) -> None:
    """Every event there is, once each, with the same bodies, headers and signatures."""
    async with receiving() as hooked, receiving() as laptop:
        body = {"url": hooked.url, "events": list(EVENTS)}
        headers = {"Idempotency-Key": secrets.token_hex(8)}
        made = (await sandbox.post("/v1/webhooks", json=body, headers=headers)).json()["data"]
        async with listening(instance, laptop.url, "--secret", made["standard_secret"]) as (_, said):
            assert f"  secret  {made['secret']}" in said
            told = await triggered(instance, *EVENTS)
            assert [each["event"] for each in told] == list(EVENTS)
            assert all(list(each["data"]) for each in told)
            # Orders on their way to a status are told of as well.
            await hooked.until(20, PATIENCE)
            await laptop.until(20, PATIENCE)
            said.clear()
        assert alike(laptop.received) == alike(hooked.received)
        for each in (*laptop.received, *hooked.received):
            assert_signed(each, made["secret"], made["standard_secret"])
    matches = [LINE.fullmatch(each) for each in said[:-1]]
    assert sorted(match[3] for match in matches if match) == sorted(
        each.headers["webhook-id"] for each in laptop.received
    )
    assert {match and match[2] for match in matches} == {"200"}
    assert said[-1] == "Stopped: 20 delivered, 0 given up, 0 left undone"
    keys = (await sandbox.get("/v1/keys")).json()["data"]["items"]
    assert [key["name"] for key in keys if key["name"] == "dzbuild trigger"] == []


async def test_refused_events_come_again_and_an_outage_loses_none(
    instance: Instance, sandbox: httpx.AsyncClient
) -> None:
    async def badly(received: Received, writer: asyncio.StreamWriter) -> None:
        await answering(500 if len(laptop.received) == 1 else 404)(received, writer)

    laptop: Receiver
    async with receiving(badly) as laptop:
        async with listening(instance, laptop.url, "--events", "order.created, order.shipped") as (process, said):
            (secret,) = (each.split()[-1] for each in said if each.startswith("  secret"))
            await triggered(instance, "order.confirmed", "product.stock_low")
            lines = [LINE.fullmatch(await line(process)) for _ in range(2)]
            assert [match and (match[1], match[2], match[4]) for match in lines] == [
                ("order.created", "500", "answered 500: again in 0.5 s"),
                ("order.created", "404", "answered 404: given up"),
            ]
            laptop.answer = answering(200)
            os.kill(instance.pids()["app-1"], signal.SIGKILL)
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        if (await sandbox.get("/v1/ping")).status_code == 200:
                            break
                    except httpx.TransportError:
                        await asyncio.sleep(0.1)
            await triggered(instance, "order.shipped")
            received = await laptop.until(4, PATIENCE)
            assert {each.json["event"] for each in received[2:]} == {"order.created", "order.shipped"}
            first, again = (each.headers["webhook-id"] for each in received[:2])
            assert first == again
            standard = next(each.split()[0] for each in said if "whsec_" in each)
            assert_signed(received[-1], secret, standard)
        assert said[-1].startswith("Stopped: 2 delivered, 1 given up")


REFUSED = [
    (["listen", "--forward-to", "http://localhost:9"], "", 2, "DZ_KEY"),
    (["listen", "--forward-to", "http://localhost:9"], "platform_key", 2, "--live"),
    (["listen", "--forward-to", "http://localhost:9"], "free", 1, "key"),
    (["listen", "--forward-to", "http://localhost:9", "--events", "order.eaten"], "test_key", 2, "order.created"),
    (["listen", "--forward-to", "localhost:9"], "test_key", 2, "http://"),
    (["listen", "--forward-to", "http://localhost:9", "--secret", "x"], "test_key", 2, "64 hexadecimal digits"),
    (["trigger"], "test_key", 2, "EVENT"),
    (["trigger", "order.eaten"], "test_key", 2, "order.created"),
    (["trigger", "order.created"], "platform_key", 2, "a test key"),
    (["trigger", "order.created", "--api", "http://127.0.0.1:1"], "test_key", 2, "out of reach"),
]


@pytest.mark.parametrize(("arguments", "key", "code", "told"), REFUSED)
def test_refused(instance: Instance, arguments: list[str], key: str, code: int, told: str) -> None:
    variables = {
        "DZ_KEY": instance.members.get(key, key and "dzpk_test_0123456789abcdef.x"),
        "DZ_URL": instance.base_url,
    }
    answer = CliRunner().invoke(main, arguments, env=variables)
    assert (answer.exit_code, told in answer.output) == (code, True), answer.output
