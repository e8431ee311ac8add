"""Webhooks over REST and GraphQL: what may be said, and what is refused."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from strawberry.relay.utils import to_base64

from app.workers.deliver import Deliverer
from db.engine import engine
from tests.conftest import Shop, ShopMaker, Statements
from tests.rest.answers import given
from tests.webhooks.conftest import deliveries, hooked, ordered, webhook
from tests.webhooks.receiver import receiving

pytestmark = pytest.mark.anyio

URL = "http://127.0.0.1:9/hook"
MEMBERS = ["id", "url", "events", "status", "last_success_at", "last_failure_at", "failure_count", "created_at"]


class TestRest:
    async def test_create(self, shop: Shop) -> None:
        hook = await hooked(shop, URL, "order.created", "signup.counted")
        assert list(hook) == [*MEMBERS, "secret", "standard_secret", "note"]
        assert len(bytes.fromhex(hook["secret"])) == 32
        assert hook["standard_secret"].startswith("whsec_")
        assert (hook["status"], hook["failure_count"], hook["events"]) == (
            "active",
            0,
            ["order.created", "signup.counted"],
        )
        assert list(await webhook(shop, hook)) == MEMBERS
        listed = given(await shop.get("/v1/webhooks"))["items"]
        assert listed == [{name: hook[name] for name in MEMBERS}]

    async def test_secret_is_stored_nowhere_in_the_clear(self, shop: Shop) -> None:
        key = secrets.token_hex(8)
        body = {"url": URL, "events": ["order.created"]}
        first = await shop.write("POST", "/v1/webhooks", body, key)
        again = await shop.write("POST", "/v1/webhooks", body, key)
        assert again.content == first.content
        secret = first.json()["data"]["secret"].encode()
        rows = await engine.fetch(
            "SELECT i.body, i.sealed FROM idempotency_keys i JOIN api_keys k ON k.id = i.api_key_id"
            " WHERE k.store_id = $1",
            shop.store_id,
        )
        assert [row["sealed"] for row in rows] == [True]
        stored = await engine.fetch("SELECT secret FROM webhooks WHERE store_id = $1", shop.store_id)
        assert not any(secret in bytes(row[0]) for row in (*rows, *stored))
        assert not any(bytes.fromhex(secret.decode()) in bytes(row[0]) for row in stored)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"events": ["order.created"]}, "url"),
            ({"url": URL}, "events"),
            ({"url": URL, "events": []}, "events"),
            ({"url": URL, "events": ["order.eaten"]}, "events.0"),
            ({"url": URL, "events": ["order.created", "order.created"]}, "events"),
            ({"url": URL, "events": ["order.created"], "secret": "x"}, "secret"),
            ({"url": URL + "\x00", "events": ["order.created"]}, "url"),
        ],
    )
    async def test_wrong(self, shop: Shop, body: dict[str, Any], field: str) -> None:
        answer = await shop.write("POST", "/v1/webhooks", body)
        assert answer.status_code == 400
        assert answer.json()["error"]["details"][0]["field"] == field if "\x00" not in str(body) else True

    async def test_ten_in_each_mode(self, make_shop: ShopMaker, shop: Shop) -> None:
        hooks = [await hooked(shop, f"{URL}/{number}") for number in range(10)]
        answer = await shop.write("POST", "/v1/webhooks", {"url": URL, "events": ["order.created"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        await hooked(await make_shop(livemode=False, store_id=shop.store_id), URL)
        assert given(await shop.write("DELETE", f"/v1/webhooks/{hooks[0]['id']}")) == {
            "id": hooks[0]["id"],
            "deleted": True,
        }
        await hooked(shop, URL)
        assert (await shop.get(f"/v1/webhooks/{hooks[0]['id']}")).status_code == 404

    async def test_change(self, shop: Shop) -> None:
        hook = await hooked(shop, URL)
        path = f"/v1/webhooks/{hook['id']}"
        changed = given(await shop.write("PATCH", path, {"events": ["order.shipped"], "status": "paused"}))
        assert (changed["events"], changed["status"]) == (["order.shipped"], "paused")
        assert (await shop.write("PATCH", path, {"status": "dead"})).status_code == 400

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/test"),
            ("POST", "/rotate-secret"),
            ("GET", "/deliveries"),
            ("POST", "/deliveries/{delivery}/replay"),
            ("POST", "/replay"),
        ],
    )
    async def test_of_another_store_or_mode(
        self, make_shop: ShopMaker, shop: Shop, other_shop: Shop, method: str, path: str
    ) -> None:
        hook = await hooked(shop, URL)
        delivery = given(await shop.write("POST", f"/v1/webhooks/{hook['id']}/test"), 202)
        body = {"PATCH": {"status": "paused"}}.get(method, {"status": "dead"} if path == "/replay" else None)
        address = f"/v1/webhooks/{hook['id']}{path.format(delivery=delivery['id'])}"
        for stranger in (other_shop, await make_shop(livemode=False, store_id=shop.store_id)):
            answer = await (stranger.get(address) if method == "GET" else stranger.write(method, address, body))
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")

    async def test_scopes(self, make_shop: ShopMaker, shop: Shop) -> None:
        reader = await make_shop(["webhooks:read"], store_id=shop.store_id)
        writer = await make_shop(["webhooks:write"], store_id=shop.store_id)
        hook = await hooked(writer, URL)
        assert (await webhook(reader, hook))["id"] == hook["id"]
        for path in (f"/v1/webhooks/{hook['id']}/test", f"/v1/webhooks/{hook['id']}/rotate-secret"):
            answer = await reader.write("POST", path)
            assert answer.json()["error"]["required_scope"] == "webhooks:write"
        for path in ("/v1/webhooks", f"/v1/webhooks/{hook['id']}", f"/v1/webhooks/{hook['id']}/deliveries"):
            assert (await writer.get(path)).json()["error"]["required_scope"] == "webhooks:read"

    async def test_deliveries_by_status_and_page(self, shop: Shop) -> None:
        hook = await hooked(shop, URL)
        for _ in range(3):
            await ordered(shop)
        rows = await deliveries(shop, hook)
        assert [row["status"] for row in rows] == ["pending"] * 3
        assert await deliveries(shop, hook, "?status=dead") == []
        page = given(await shop.get(f"/v1/webhooks/{hook['id']}/deliveries?limit=2"))
        rest = given(await shop.get(f"/v1/webhooks/{hook['id']}/deliveries?limit=2&cursor={page['next_cursor']}"))
        assert [*page["items"], *rest["items"]] == rows
        assert (await shop.get(f"/v1/webhooks/{hook['id']}/deliveries?status=lost")).status_code == 400

    @pytest.mark.parametrize("body", [{}, {"status": "pending"}, {"from": "2026-05-02", "to": "2026-05-01"}])
    async def test_replay_of_what(self, shop: Shop, body: dict[str, str]) -> None:
        hook = await hooked(shop, URL)
        assert (await shop.write("POST", f"/v1/webhooks/{hook['id']}/replay", body)).status_code == 400

    async def test_replay_of_a_time(self, shop: Shop) -> None:
        hook = await hooked(shop, URL)
        for _ in range(2):
            await ordered(shop)
        newest, oldest = await deliveries(shop, hook)
        async with engine.transaction():
            await engine.write(
                "UPDATE webhook_deliveries SET status = 'dead', due_at = NULL, next_attempt_at = NULL,"
                " created_at = CASE WHEN id = $2 THEN now() - interval '2 days' ELSE created_at END"
                " WHERE webhook_id = $1",
                hook["id"],
                oldest["id"],
            )
        yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
        path = f"/v1/webhooks/{hook['id']}/replay"
        assert given(await shop.write("POST", path, {"from": yesterday}))["replayed"] == 1
        assert [row["id"] for row in await deliveries(shop, hook, "?status=pending")] == [newest["id"]]
        assert given(await shop.write("POST", path, {"to": yesterday, "status": "dead"}))["replayed"] == 1


class TestGraphql:
    async def test_life(self, shop: Shop) -> None:
        made = await shop.graphql(
            "mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input)"
            " { webhook { id databaseId url events status } secret standardSecret note } }",
            {"input": {"url": URL, "events": ["order.created"]}},
        )
        created = made["data"]["webhookCreate"]
        hook = created["webhook"]
        assert (len(created["secret"]), hook["status"], hook["events"]) == (64, "ACTIVE", ["order.created"])
        await ordered(shop)
        tested = await shop.graphql(
            "mutation ($id: ID!) { webhookTest(id: $id) { delivery { id databaseId event status } } }",
            {"id": hook["id"]},
        )
        delivery = tested["data"]["webhookTest"]["delivery"]
        assert (delivery["event"], delivery["status"]) == ("webhook.test", "PENDING")
        query = (
            "query ($id: ID!) { webhook(id: $id) { url deliveries(first: 1) { nodes { databaseId event data }"
            " pageInfo { hasNextPage endCursor } } all: deliveries(status: PENDING) { edges { node { event } } } }"
            " webhooks { nodes { databaseId } } }"
        )
        read = (await shop.graphql(query, {"id": hook["id"]}))["data"]
        assert read["webhook"]["deliveries"]["nodes"] == [
            {
                "databaseId": delivery["databaseId"],
                "event": "webhook.test",
                "data": {"webhook_id": hook["databaseId"]},
            }
        ]
        assert read["webhook"]["deliveries"]["pageInfo"]["hasNextPage"] is True
        assert len(read["webhook"]["all"]["edges"]) == 2
        assert read["webhooks"]["nodes"] == [{"databaseId": hook["databaseId"]}]
        node = await shop.graphql(
            "query ($id: ID!) { node(id: $id) { id ...D } } fragment D on WebhookDelivery { data }",
            {"id": delivery["id"]},
        )
        assert node["data"]["node"] == {"id": delivery["id"], "data": {"webhook_id": hook["databaseId"]}}
        replayed = await shop.graphql(
            "mutation ($id: ID!) { webhookDeliveryReplay(id: $id) { delivery { attempts } } }", {"id": delivery["id"]}
        )
        assert replayed["data"]["webhookDeliveryReplay"]["delivery"]["attempts"] == 0
        rotated = await shop.graphql(
            "mutation ($id: ID!) { webhookRotateSecret(id: $id, graceSeconds: 60) { secret webhook { databaseId } } }",
            {"id": hook["id"]},
        )
        assert rotated["data"]["webhookRotateSecret"]["secret"] != created["secret"]
        changed = await shop.graphql(
            "mutation ($id: ID!) { webhookUpdate(id: $id, input: { status: PAUSED }) { webhook { status } } }",
            {"id": hook["id"]},
        )
        assert changed["data"]["webhookUpdate"]["webhook"]["status"] == "PAUSED"
        many = await shop.graphql(
            'mutation ($id: ID!) { webhookDeliveriesReplay(id: $id, input: { from: "2026-01-01" })'
            " { replayed hasMore } }",
            {"id": hook["id"]},
        )
        assert many["data"]["webhookDeliveriesReplay"] == {"replayed": 0, "hasMore": False}
        gone = await shop.graphql("mutation ($id: ID!) { webhookDelete(id: $id) { databaseId } }", {"id": hook["id"]})
        assert gone["data"]["webhookDelete"]["databaseId"] == hook["databaseId"]
        missing = await shop.graphql(query, {"id": hook["id"]})
        assert missing["errors"][0]["extensions"]["code"] == "not_found"

    async def test_replay_is_sealed(self, shop: Shop) -> None:
        document = (
            'mutation { webhookCreate(input: { url: "http://127.0.0.1:9/", events: ["order.created"] }) { secret } }'
        )
        key = secrets.token_hex(8)
        first, again = [await shop.graphql(document, key=key) for _ in range(2)]
        assert first["data"] == again["data"]
        rows = await engine.fetch(
            "SELECT i.sealed FROM idempotency_keys i JOIN api_keys k ON k.id = i.api_key_id WHERE k.store_id = $1",
            shop.store_id,
        )
        assert [row["sealed"] for row in rows] == [True]

    async def test_what_became_of_a_delivery_is_seen_at_once(
        self, make_cached_shop: ShopMaker, deliverer: Deliverer
    ) -> None:
        shop = await make_cached_shop()
        async with receiving() as receiver:
            hook = await hooked(shop, receiver.url)
            await ordered(shop)
            node = to_base64("Webhook", hook["id"])
            sent = "deliveries { nodes { status } }"
            documents = (
                f"{{ webhooks {{ nodes {{ {sent} }} }} }}",
                f'{{ webhook(id: "{node}") {{ {sent} }} }}',
                f'{{ node(id: "{node}") {{ ... on Webhook {{ {sent} }} }} }}',
                # As good as a space, a comma stands here.
                f'{{ node(id: "{node}") {{ ... on,Webhook {{ {sent} }} }} }}',
            )
            for status in ("PENDING", "DELIVERED"):
                for document in documents:
                    assert f"'status': '{status}'" in str(await shop.graphql(document))
                await deliverer.settle()

    async def test_same_codes(self, shop: Shop) -> None:
        refused = await shop.graphql(
            'mutation { webhookCreate(input: { url: "http://169.254.169.254/", events: ["order.created"] })'
            " { secret } }"
        )
        extensions = refused["errors"][0]["extensions"]
        assert (extensions["code"], extensions["details"][0]["field"]) == ("bad_request", "url")


async def test_an_order_and_its_deliveries_are_eight_statements(shop: Shop, statements: Statements) -> None:
    for number in range(3):
        await hooked(shop, f"{URL}/{number}")
    await ordered(shop)
    product = await shop.create(status="active")
    customer = {"name": "Amina", "phone": "0555123456", "wilaya_id": 16, "commune": "Hydra"}
    body = {"customer": customer, "delivery": {"type": "home"}, "items": [{"product_id": product["id"], "quantity": 1}]}
    with statements.counted() as sent:
        given(await shop.write("POST", "/v1/orders", body), 201)
    told = [sql for sql in sent if not sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "ROLLBACK"))]
    assert len(told) <= 8, "\n".join(told)
