"""What is sent, how it is signed, and what comes of each answer, through real sockets."""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from app.workers.deliver import Deliverer
from db.engine import engine
from tests.conftest import Shop
from tests.rest.answers import given
from tests.webhooks.conftest import deliveries, hooked, ordered, webhook
from tests.webhooks.receiver import Received, answering, closing, hanging, receiving, streaming

pytestmark = pytest.mark.anyio


def own_signature(secret: str, received: Received) -> str:
    """Sign as the announcement's handler does."""
    signed = f"{received.headers['x-dz-timestamp']}.{hashlib.sha256(received.body).hexdigest()}"
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()


async def sent_once(shop: Shop, deliverer: Deliverer, url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let one event be sent to an address; return the webhook and the delivery."""
    hook = await hooked(shop, url)
    await ordered(shop)
    await deliverer.settle()
    (delivery,) = await deliveries(shop, hook)
    return await webhook(shop, hook), delivery


class TestDelivery:
    async def test_body_headers_and_signatures(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving() as receiver:
            hook = await hooked(shop, receiver.url, "order.created")
            order = await ordered(shop)
            assert await deliverer.settle() == 1
        (received,) = receiver.received
        (delivery,) = await deliveries(shop, hook)
        body = received.json
        occurred = datetime.fromisoformat(body.pop("occurred_at"))
        assert abs(datetime.now(UTC) - occurred) < timedelta(seconds=10)
        assert occurred.utcoffset() == timedelta()
        assert list(body) == ["event", "store_id", "data", "delivery_id", "livemode"]
        assert body == {
            "event": "order.created",
            "store_id": shop.store_id,
            "data": {
                "order_id": order["id"],
                "order_number": order["order_number"],
                "customer_phone": "0555123456",
                "total": order["total"],
                "payment_method": "cod",
            },
            "delivery_id": delivery["id"],
            "livemode": True,
        }
        headers = received.headers
        assert (headers["x-dz-event"], headers["x-dz-delivery"]) == ("order.created", str(delivery["id"]))
        assert headers["x-dz-signature"] == own_signature(hook["secret"], received)
        assert headers["content-type"] == "application/json"
        Webhook(hook["standard_secret"]).verify(received.body, headers)
        assert headers["webhook-id"] == str(delivery["id"])
        assert (delivery["status"], delivery["attempts"], delivery["response_status"]) == ("delivered", 1, 200)
        assert (delivery["response_body"], delivery["error"], delivery["next_attempt_at"]) == ("thanks", None, None)
        assert delivery["delivered_at"] is not None
        shown = await webhook(shop, hook)
        assert shown["last_success_at"] is not None
        assert shown["failure_count"] == 0

    async def test_of_a_sandbox(self, make_shop: Any, shop: Shop, deliverer: Deliverer) -> None:
        box = await make_shop(livemode=False, store_id=shop.store_id)
        async with receiving() as receiver:
            await hooked(shop, receiver.url)
            await hooked(box, receiver.url)
            await ordered(box)
            await deliverer.settle()
        assert [each.json["livemode"] for each in receiver.received] == [False]
        used = given(await box.get("/v1/usage"))["usage"]["webhook"]
        assert used == {"total": 1, "billable": 0}

    async def test_undone_with_its_change(self, shop: Shop) -> None:
        hook = await hooked(shop, "http://127.0.0.1:9/x")
        answer = await shop.write("POST", "/v1/orders", {"items": []})
        assert answer.status_code == 400
        assert await deliveries(shop, hook) == []


class TestAnswers:
    """Each answer with its documented outcome."""

    @pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
    async def test_tried_again(self, shop: Shop, deliverer: Deliverer, status: int) -> None:
        async with receiving(answering(status, b"busy")) as receiver:
            hook, delivery = await sent_once(shop, deliverer, receiver.url)
        assert (delivery["status"], delivery["response_status"], delivery["attempts"]) == ("retrying", status, 1)
        assert delivery["error"] == f"answered {status}"
        wait = await _wait(delivery)
        assert 54 <= wait <= 66
        assert (hook["status"], hook["failure_count"]) == ("active", 0)
        assert hook["last_failure_at"] is not None

    @pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 422])
    async def test_dead_at_once(self, shop: Shop, deliverer: Deliverer, status: int) -> None:
        async with receiving() as elsewhere, receiving(answering(status, location=elsewhere.url)) as receiver:
            hook, delivery = await sent_once(shop, deliverer, receiver.url)
        assert (delivery["status"], delivery["response_status"]) == ("dead", status)
        assert delivery["next_attempt_at"] is None
        assert (hook["status"], hook["failure_count"]) == ("active", 1)
        assert len(receiver.received) == 1
        assert elsewhere.received == []

    async def test_gone(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving(answering(410)) as receiver:
            hook, delivery = await sent_once(shop, deliverer, receiver.url)
            assert (delivery["status"], hook["status"]) == ("dead", "paused")
            await ordered(shop)
            assert await deliverer.settle() == 0
        assert len(await deliveries(shop, hook)) == 1

    @pytest.mark.parametrize(
        ("asked", "least", "most"), [("3600", 3595, 3600), ("999999", 43195, 43200), ("5", 54, 66)]
    )
    async def test_retry_after(self, shop: Shop, deliverer: Deliverer, asked: str, least: int, most: int) -> None:
        async with receiving(answering(429, retry_after=asked)) as receiver:
            _, delivery = await sent_once(shop, deliverer, receiver.url)
        assert least <= await _wait(delivery) <= most

    @pytest.mark.parametrize("status", [429, 503])
    async def test_retry_after_a_date(self, shop: Shop, deliverer: Deliverer, status: int) -> None:
        """A date is as good as seconds; one that is over, or none at all, changes nothing."""
        in_an_hour = datetime.now(UTC) + timedelta(hours=1)
        async with receiving(answering(status, retry_after=format_datetime(in_an_hour, usegmt=True))) as receiver:
            hook, delivery = await sent_once(shop, deliverer, receiver.url)
            assert 3500 <= await _wait(delivery) <= 3600
            for wish in (format_datetime(in_an_hour - timedelta(days=1), usegmt=True), "soon", "-3600", "1e3"):
                receiver.answer = answering(status, retry_after=wish)
                await ordered(shop)
                await deliverer.settle()
                assert 50 <= await _wait((await deliveries(shop, hook))[0]) <= 66

    async def test_closed_early(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving(closing) as receiver:
            _, delivery = await sent_once(shop, deliverer, receiver.url)
        assert (delivery["status"], delivery["response_status"]) == ("retrying", None)
        assert "closed" in delivery["error"]

    async def test_nobody_listens(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving() as receiver:
            url = receiver.url
        _, delivery = await sent_once(shop, deliverer, url)
        assert (delivery["status"], delivery["error"]) == ("retrying", "no connection")

    async def test_hangs(self, shop: Shop, deliverer: Deliverer) -> None:
        deliverer.timeout = 0.3
        async with receiving(hanging) as receiver:
            _, delivery = await sent_once(shop, deliverer, receiver.url)
        assert (delivery["status"], delivery["response_status"]) == ("retrying", None)
        assert delivery["error"] == "no answer within 0.3 s"
        assert delivery["duration_ms"] >= 300

    async def test_a_gigabyte(self, shop: Shop, deliverer: Deliverer) -> None:
        count = [0]
        async with receiving(streaming(count)) as receiver:
            _, delivery = await sent_once(shop, deliverer, receiver.url)
        assert delivery["status"] == "delivered"
        assert len(delivery["response_body"]) == 1024
        assert count[0] < 64 * 1024 * 1024

    async def test_status_and_then_nothing(self, shop: Shop, deliverer: Deliverer) -> None:
        deliverer.timeout = 0.5

        async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
            await hanging(received, writer)

        async with receiving(answer) as receiver:
            _, delivery = await sent_once(shop, deliverer, receiver.url)
        assert (delivery["status"], delivery["response_status"]) == ("delivered", 200)

    async def test_a_body_that_is_no_text(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving(answering(500, b"\x00\xff\xfe\x00caf\xe9")) as receiver:
            _, delivery = await sent_once(shop, deliverer, receiver.url)
        assert delivery["status"] == "retrying"
        assert "\0" not in delivery["response_body"]


class TestSchedule:
    async def test_whole(self, shop: Shop, deliverer: Deliverer) -> None:
        """Six attempts at their times, then a dead letter; the fifth of those in a row ends the webhook."""
        async with receiving(answering(500)) as receiver:
            hook = await hooked(shop, receiver.url)
            for _ in range(5):
                await ordered(shop)
            waits = []
            for attempt, minutes in enumerate((1, 5, 30, 120, 720), 1):
                assert await deliverer.settle() == 5
                assert await deliverer.settle() == 0
                rows = await deliveries(shop, hook)
                assert {(row["status"], row["attempts"]) for row in rows} == {("retrying", attempt)}
                soonest = min([await _wait(row, deliverer.ahead) for row in rows])
                waits.append(soonest)
                assert minutes * 54 - 2 <= soonest <= minutes * 66
                deliverer.ahead += timedelta(seconds=soonest - 5)
                assert await deliverer.settle() == 0
                deliverer.ahead += timedelta(minutes=minutes)
            assert await deliverer.settle() == 5
        rows = await deliveries(shop, hook)
        assert {(row["status"], row["attempts"], row["next_attempt_at"]) for row in rows} == {("dead", 6, None)}
        shown = await webhook(shop, hook)
        assert (shown["status"], shown["failure_count"]) == ("dead", 5)
        assert len(receiver.received) == 30
        by_delivery = {each.headers["x-dz-delivery"] for each in receiver.received}
        assert len(by_delivery) == 5
        for received in receiver.received:
            assert received.headers["x-dz-signature"] == own_signature(hook["secret"], received)

    async def test_success_ends_the_row(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving(answering(404)) as receiver:
            hook = await hooked(shop, receiver.url)
            for _ in range(4):
                await ordered(shop)
            await deliverer.settle()
            assert (await webhook(shop, hook))["failure_count"] == 4
            receiver.answer = answering(204)
            await ordered(shop)
            await deliverer.settle()
            shown = await webhook(shop, hook)
            assert (shown["failure_count"], shown["status"]) == (0, "active")

    async def test_dead_is_revived_with_what_waits(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving(answering(500)) as receiver:
            hook = await hooked(shop, receiver.url)
            await ordered(shop)
            await deliverer.settle()
            receiver.answer = answering(404)
            for _ in range(5):
                await ordered(shop)
            await deliverer.settle()
            assert (await webhook(shop, hook))["status"] == "dead"
            (waiting,) = await deliveries(shop, hook, "?status=retrying")
            assert waiting["next_attempt_at"] is None
            deliverer.ahead = timedelta(days=1)
            assert await deliverer.settle() == 0
            receiver.answer = answering(200)
            deliverer.ahead = timedelta()
            given(await shop.write("PATCH", f"/v1/webhooks/{hook['id']}", {"status": "active"}))
            assert await deliverer.settle() == 1
        shown = await webhook(shop, hook)
        assert (shown["status"], shown["failure_count"]) == ("active", 0)


class TestSecretThatCannotBeOpened:
    async def test_holds_up_nobody(self, shop: Shop, deliverer: Deliverer) -> None:
        """It was sealed with an app key that is not in use: its deliveries wait for their next attempt."""
        async with receiving() as first, receiving() as second:
            hook, other = await hooked(shop, first.url), await hooked(shop, second.url)
            async with engine.transaction():
                await engine.write("UPDATE webhooks SET secret = 'sealed elsewhere' WHERE id = $1", hook["id"])
            await ordered(shop)
            await deliverer.settle()
            (waiting,), (sent,) = await deliveries(shop, hook), await deliveries(shop, other)
        assert first.received == []
        assert (waiting["status"], waiting["attempts"]) == ("retrying", 1)
        assert waiting["error"] == "its secret can't be opened on the platform's side"
        assert sent["status"] == "delivered"


class TestRotation:
    async def test_both_sign_while_the_old_one_is_good(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving() as receiver:
            old = await hooked(shop, receiver.url)
            new = given(await shop.write("POST", f"/v1/webhooks/{old['id']}/rotate-secret"))
            await ordered(shop)
            await deliverer.settle()
            given(await shop.write("POST", f"/v1/webhooks/{old['id']}/rotate-secret", {"grace_seconds": 0}))
            await ordered(shop)
            await deliverer.settle()
        first, second = receiver.received
        assert first.headers["x-dz-signature"] == own_signature(new["secret"], first)
        for each in (old, new):
            Webhook(each["standard_secret"]).verify(first.body, first.headers)
        assert len(second.headers["webhook-signature"].split()) == 1

    @pytest.mark.parametrize("status", [401, 403])
    async def test_old_one_is_tried_at_once(self, shop: Shop, deliverer: Deliverer, status: int) -> None:
        async with receiving() as receiver:
            old = await hooked(shop, receiver.url)

            async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
                known = received.headers["x-dz-signature"] == own_signature(old["secret"], received)
                await answering(200 if known else status)(received, writer)

            receiver.answer = answer
            given(await shop.write("POST", f"/v1/webhooks/{old['id']}/rotate-secret", {"grace_seconds": 600}))
            await ordered(shop)
            await deliverer.settle()
            (delivery,) = await deliveries(shop, old)
        assert (delivery["status"], delivery["attempts"]) == ("delivered", 1)
        assert len(receiver.received) == 2

    async def test_over_its_grace(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving(answering(401)) as receiver:
            hook = await hooked(shop, receiver.url)
            given(await shop.write("POST", f"/v1/webhooks/{hook['id']}/rotate-secret", {"grace_seconds": 600}))
            async with engine.transaction():
                await engine.write(
                    "UPDATE webhooks SET previous_secret_until = now() - interval '1 s' WHERE id = $1", hook["id"]
                )
            await ordered(shop)
            await deliverer.settle()
            (delivery,) = await deliveries(shop, hook)
        assert delivery["status"] == "dead"
        assert len(receiver.received) == 1


class TestQuota:
    async def test_over_quota_and_replayed(self, make_shop: Any, deliverer: Deliverer) -> None:
        shop = await make_shop(tier="pro_plus")
        async with engine.transaction():
            await engine.write(
                "UPDATE stores SET limit_overrides = limit_overrides || '{\"webhooks_per_month\": 2}' WHERE id = $1",
                shop.store_id,
            )
        async with receiving() as receiver:
            hook = await hooked(shop, receiver.url)
            for _ in range(4):
                await ordered(shop)
            given(await shop.write("POST", f"/v1/webhooks/{hook['id']}/test"), 202)
            await deliverer.settle()
            refused = await deliveries(shop, hook, "?status=over_quota")
            assert [(row["attempts"], row["next_attempt_at"]) for row in refused] == [(0, None), (0, None)]
            assert len(receiver.received) == 3  # the test counts for nothing
            used = given(await shop.get("/v1/usage"))["usage"]["webhook"]
            assert used == {"total": 2, "billable": 2}
            path = f"/v1/webhooks/{hook['id']}/deliveries/{refused[0]['id']}/replay"
            given(await shop.write("POST", path), 202)
            await deliverer.settle()
            assert [row["id"] for row in await deliveries(shop, hook, "?status=over_quota")] == [refused[1]["id"]]
            answer = given(await shop.write("POST", f"/v1/webhooks/{hook['id']}/replay", {"status": "over_quota"}))
            assert answer == {"replayed": 1, "has_more": False}
            await deliverer.settle()
        assert len(receiver.received) == 5
        assert given(await shop.get("/v1/usage"))["usage"]["webhook"] == {"total": 2, "billable": 2}

    async def test_retries_do_not_count(self, shop: Shop, deliverer: Deliverer) -> None:
        async with receiving(answering(500)) as receiver:
            await hooked(shop, receiver.url)
            await ordered(shop)
            await deliverer.settle()
            deliverer.ahead = timedelta(minutes=2)
            assert await deliverer.settle() == 1
        assert given(await shop.get("/v1/usage"))["usage"]["webhook"] == {"total": 1, "billable": 1}


async def _wait(delivery: dict[str, Any], ahead: timedelta = timedelta()) -> float:
    """Return the seconds until a delivery's next attempt, by the exact time in the database."""
    (row,) = await engine.fetch(
        "SELECT extract(epoch FROM due_at - now() - $2::interval)::float8 AS seconds"
        " FROM webhook_deliveries WHERE id = $1",
        delivery["id"],
        ahead,
    )
    return row["seconds"]
