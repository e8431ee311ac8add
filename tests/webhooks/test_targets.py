"""Addresses that webhooks may not have, at registration and at the connection."""

import asyncio
import socket
import threading
from typing import Any

import pytest
from ssrfguard.httpx import AsyncSafeTransport

from app.workers.connections import Connections
from app.workers.deliver import Deliverer
from db.engine import engine
from graph import webhook_targets
from graph.webhook_targets import LOOK_UPS, policy_of, ports_of, targets
from tests.conftest import Shop
from tests.rest.answers import given
from tests.webhooks.conftest import deliveries, hooked, ordered
from tests.webhooks.receiver import receiving

pytestmark = pytest.mark.anyio

ALWAYS = (
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[fd00:ec2::254]/",
    "http://[fd20:ce::254]/",
    "http://metadata.google.internal/",
    "http://METADATA.google.internal./",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://[fe80::1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://0.0.0.0.0/",
    "http://user:secret@shop.example/",
    "http://shop.example@127.0.0.1/",
    "http://255.255.255.255/",
    "http://224.0.0.1/",
    "http://[::]/",
    "http://0/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[::127.0.0.1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[fe80::1%25eth0]/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",
    "http://metadata.goog/",
    "http://:secret@shop.example/",
    "http://@shop.example/",
    "http://shop.example:0/",
    "http://shop.example:99999/",
    "http://127.0.0.1\\@shop.example/",
)
WITHOUT_THE_SETTING = (
    "http://127.0.0.1/",
    "http://localhost/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://[::1]/",
    "http://[fd12::1]/",
    "http://127.0.0.1:80/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://LOCALHOST/",
    "http://[::ffff:10.0.0.1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://017700000001/",
)


async def refused(shop: Shop, url: str) -> dict[str, Any]:
    answer = await shop.write("POST", "/v1/webhooks", {"url": url, "events": ["order.created"]})
    assert answer.status_code == 400, url
    (detail,) = answer.json()["error"]["details"]
    assert detail["field"] == "url"
    return detail


class TestRegistration:
    async def test_always_refused(self, shop: Shop) -> None:
        for url in ALWAYS:
            await refused(shop, url)

    async def test_refused_without_the_setting(self, shop: Shop) -> None:
        targets.allow("80,443", private_networks=False)
        for url in (*ALWAYS, *WITHOUT_THE_SETTING):
            await refused(shop, url)

    @pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8081])
    async def test_ports(self, shop: Shop, port: int) -> None:
        targets.allow("80,443,8080", private_networks=False)
        assert "port 80, 443, 8080" in (await refused(shop, f"https://shop.example:{port}/"))["message"]

    @pytest.mark.parametrize("url", ["ftp://shop.example/", "https://", "https://a b/", "x" * 501, "https:///x", 7])
    async def test_form(self, shop: Shop, url: Any) -> None:
        await refused(shop, url)

    @pytest.mark.parametrize(
        "url", ["https://shop.example/x?y=1", "https://متجر.example/", "http://shop.example:8080/"]
    )
    async def test_taken(self, shop: Shop, url: str) -> None:
        targets.allow("80,443,8080", private_networks=False)
        assert (await hooked(shop, url))["url"] == url

    async def test_change(self, shop: Shop) -> None:
        hook = await hooked(shop, "https://shop.example/")
        answer = await shop.write("PATCH", f"/v1/webhooks/{hook['id']}", {"url": "http://169.254.169.254/"})
        assert answer.status_code == 400
        assert given(await shop.get(f"/v1/webhooks/{hook['id']}"))["url"] == "https://shop.example/"

    @pytest.mark.parametrize("text", ["", "0", "70000", "80;443", "http", "443-80"])
    def test_ports_that_are_none(self, text: str) -> None:
        with pytest.raises(ValueError, match="port"):
            ports_of(text)


class TestLookUps:
    async def test_a_server_of_names_that_hangs_holds_up_few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As many look-ups as there may be hang; whoever comes then waits for none of them."""
        hanging, begun = threading.Event(), []

        def hang(target: Any, **_: Any) -> None:
            begun.append(target.host)
            hanging.wait(60)

        monkeypatch.setattr(webhook_targets, "resolve", hang)
        checking = webhook_targets.Targets()
        first = [asyncio.create_task(checking.check(f"https://n{each}.example/")) for each in range(LOOK_UPS)]
        async with asyncio.timeout(30):
            while len(begun) < LOOK_UPS:  # noqa: ASYNC110 -- other threads' state
                await asyncio.sleep(0.01)
            for number in range(20):
                await checking.check(f"https://late{number}.example/")
            assert len(begun) == LOOK_UPS
            with pytest.raises(webhook_targets.RefusedTarget):
                await checking.check("https://169.254.169.254/")
            await asyncio.gather(*first)
            hanging.set()
            while True:
                await checking.check("https://again.example/")
                if begun[-1] == "again.example":
                    break
                await asyncio.sleep(0.01)


@pytest.mark.usefixtures("deliverer")
class TestConnection:
    """What was fine when it was given, and leads elsewhere when it is connected to."""

    async def test_address_in_the_database(self, shop: Shop) -> None:
        async with receiving() as receiver:
            hook = await hooked(shop, "https://shop.example/")
            async with engine.transaction():
                await engine.write("UPDATE webhooks SET url = $2 WHERE id = $1", hook["id"], receiver.url)
            await ordered(shop)
            strict = policy_of(frozenset(range(1, 65536)), private_networks=False)
            async with Connections(strict) as connections:
                await Deliverer(connections).settle()
            (delivery,) = await deliveries(shop, hook)
        assert receiver.received == []
        assert (delivery["status"], delivery["response_status"]) == ("retrying", None)
        assert "not allowed" in delivery["error"]

    async def test_name_that_is_bound_anew(self, shop: Shop) -> None:
        """The name is looked up once, and what was looked up is what is connected to."""
        answers = iter(["127.0.0.1", "93.184.216.34"])
        asked = []

        def resolver(host: str, port: int, *_: Any, **__: Any) -> Any:
            address = next(answers)
            asked.append((host, address))
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        async with receiving() as receiver:
            hook = await hooked(shop, f"http://shop.example:{receiver.port}/")
            await ordered(shop)
            strict = policy_of(frozenset(range(1, 65536)), private_networks=False)
            async with AsyncSafeTransport(policy=strict, resolver=resolver, trust_env=False) as connections:
                await Deliverer(connections).settle()
            (delivery,) = await deliveries(shop, hook)
        assert receiver.received == []
        assert asked == [("shop.example", "127.0.0.1")]
        assert "not allowed" in delivery["error"]
