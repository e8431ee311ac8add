"""`eventTrack`, and what a public key may do over GraphQL: reads with its id alone, mutations signed."""

import asyncio
import json
import secrets
from collections import Counter
from typing import Any

import httpx
import pytest

from app.chain.credentials import keys as key_cache
from db.engine import engine
from graph.keys import key_hold
from graph.registered import register
from tests.conftest import Shop
from tests.signed.clients import EVENT, Page
from tests.signed.conftest import PageMaker

pytestmark = pytest.mark.anyio

TRACK = "mutation ($input: EventTrackInput!) { eventTrack(input: $input) { status kind storeId } }"
INPUT = {"input": EVENT}


async def track(page: Page, query: str = TRACK, variables: Any = None, **signing: Any) -> httpx.Response:
    signing.setdefault("idempotency_key", secrets.token_hex(8))
    return await page.graphql(query, INPUT if variables is None else variables, **signing)


def code(response: httpx.Response) -> str:
    body = response.json()
    assert body.get("data") is None
    return body["errors"][0]["extensions"]["code"]


class TestEventTrack:
    async def test_queued(self, page: Page) -> None:
        response = await track(page)
        assert response.json()["data"] == {
            "eventTrack": {"status": "queued", "kind": "event", "storeId": page.key.store_id}
        }
        (row,) = await page.key.inbox()
        assert json.loads(row["payload"]) == EVENT
        assert (row["store_id"], row["livemode"], row["kind"]) == (page.key.store_id, True, "event")

    async def test_the_same_as_rest(self, page: Page) -> None:
        over_rest, over_graphql = await page.track(), await track(page)
        told = over_graphql.json()["data"]["eventTrack"]
        assert over_rest.json()["data"] == {
            "status": told["status"],
            "kind": told["kind"],
            "store_id": told["storeId"],
        }
        first, second = ({**row, "id": 0, "received_at": 0} for row in await page.key.inbox())
        assert first == second

    async def test_literals(self, page: Page) -> None:
        query = 'mutation { eventTrack(input: {name: "x", properties: {a: [1, 2.5, true, null], b: "ق"}}) { kind } }'
        assert (await track(page, query)).json()["data"] == {"eventTrack": {"kind": "event"}}
        assert json.loads((await page.key.inbox())[0]["payload"])["properties"] == {"a": [1, 2.5, True, None], "b": "ق"}

    @pytest.mark.parametrize(
        "event",
        [
            {"name": ""},
            {"name": "x" * 65},
            {"name": "x", "properties": []},
            {"name": "x", "properties": None},
            {"name": "x", "properties": {"a": "\0"}},
            {"name": "x", "properties": {"a": "x" * 16_384}},
        ],
    )
    async def test_bad_request(self, page: Page, event: dict[str, Any]) -> None:
        assert code(await track(page, variables={"input": event})) == "bad_request"
        assert await page.key.inbox() == []
        assert await page.key.signed() == []

    async def test_all_of_one_request_or_none(self, page: Page) -> None:
        query = 'mutation { a: eventTrack(input: {name: "x"}) { kind } b: eventTrack(input: {name: ""}) { kind } }'
        assert code(await track(page, query)) == "bad_request"
        assert await page.key.inbox() == []

    async def test_platform_key(self, shop: Shop) -> None:
        answer = await shop.graphql(TRACK, INPUT)
        assert answer["errors"][0]["extensions"]["code"] == "forbidden"

    async def test_scope(self, make_page: PageMaker) -> None:
        page = await make_page(granted=["signups:write"])
        response = await track(page)
        assert code(response) == "forbidden"
        assert response.json()["errors"][0]["extensions"]["required_scope"] == "events:write"


class TestSigned:
    async def test_unsigned_mutation(self, page: Page) -> None:
        response = await track(page, signed=False)
        assert (response.status_code, code(response)) == (401, "unauthorized")
        assert await page.key.inbox() == []

    async def test_changed_body(self, page: Page) -> None:
        headers = page.key.headers(b"{}", idempotency_key="k")
        response = await page.client.post("/graphql", json={"query": TRACK, "variables": INPUT}, headers=headers)
        assert (response.status_code, code(response)) == (401, "unauthorized")

    async def test_idempotency_key_is_required(self, page: Page) -> None:
        response = await track(page, idempotency_key=None)
        assert (response.status_code, code(response)) == (400, "idempotency_key_required")
        assert await page.key.signed() == []

    async def test_nonce_once(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        assert (await track(page, nonce=nonce)).status_code == 200
        response = await track(page, nonce=nonce)
        assert (response.status_code, code(response)) == (401, "unauthorized")
        assert (await page.track(nonce=nonce)).status_code == 401
        assert len(await page.key.inbox()) == 1

    async def test_nonce_of_rest(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        assert (await page.track(nonce=nonce)).status_code == 202
        assert (await track(page, nonce=nonce)).status_code == 401

    async def test_fifty_with_one_nonce(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        answers = await asyncio.gather(*(track(page, nonce=nonce) for _ in range(50)))
        assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 49}
        assert len(await page.key.inbox()) == 1

    async def test_refused_one_leaves_its_nonce_good(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        assert code(await track(page, variables={"input": {"name": ""}}, nonce=nonce)) == "bad_request"
        assert (await track(page, nonce=nonce)).status_code == 200

    async def test_replay_uses_up_its_own(self, page: Page) -> None:
        first, second = (secrets.token_hex(16) for _ in range(2))
        answers = [await track(page, nonce=nonce, idempotency_key="k") for nonce in (first, second)]
        assert answers[0].content == answers[1].content
        assert answers[1].headers["idempotency-replayed"] == "true"
        for nonce in (first, second):
            assert (await track(page, nonce=nonce, idempotency_key="k")).status_code == 401
        assert len(await page.key.inbox()) == 1

    async def test_a_day_old_nonce_brings_no_idempotency_key_back(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        assert (await page.track(nonce=nonce, idempotency_key="k")).status_code == 202
        async with engine.transaction():
            await engine.write(
                "UPDATE signed_requests SET created_at = now() - interval '1 day' WHERE api_key_id = $1",
                page.key.row_id,
            )
        assert (await track(page, nonce=nonce)).status_code == 200
        assert (await page.track(b'{"name": "other"}', idempotency_key="k")).status_code == 202

    async def test_a_day_old_nonce_is_good_again(self, page: Page) -> None:
        nonce = secrets.token_hex(16)
        assert (await track(page, nonce=nonce)).status_code == 200
        async with engine.transaction():
            await engine.write(
                "UPDATE signed_requests SET created_at = now() - interval '1 day' WHERE api_key_id = $1",
                page.key.row_id,
            )
        assert (await track(page, nonce=nonce)).status_code == 200
        assert (await track(page, nonce=nonce)).status_code == 401


class TestReads:
    async def test_need_no_signature(self, page: Page) -> None:
        response = await page.graphql("{ __typename }", signed=False)
        assert response.json()["data"] == {"__typename": "Query"}

    async def test_get(self, page: Page) -> None:
        headers = {"Authorization": f"DZ-Public {page.key.key_id}"}
        response = await page.client.get("/graphql", params={"query": "{ __typename }"}, headers=headers)
        assert response.json()["data"] == {"__typename": "Query"}

    @pytest.mark.parametrize(
        "query",
        ["{ store { name } }", "{ products(first: 1) { nodes { price } } }", '{ product(slug: "x") { name } }'],
    )
    async def test_without_the_scope(self, page: Page, query: str) -> None:
        error = (await page.graphql(query, signed=False)).json()["errors"][0]
        assert error["extensions"] == {"code": "forbidden", "required_scope": "storefront:read"}

    async def test_unknown_key(self, page: Page) -> None:
        headers = {"Authorization": "DZ-Public dzpub_live_0123456789abcdef"}
        response = await page.client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert (response.status_code, code(response)) == (401, "unauthorized")

    async def test_registered_operations_alone(self, page: Page) -> None:
        async with engine.transaction():
            await register(page.key.store_id, {"typename": "{ __typename }"})
            await key_hold(page.key.key_id, registered_operations_only=True)
        key_cache.clear()
        assert (await page.graphql("{ __typename }", signed=False)).json()["data"] == {"__typename": "Query"}
        response = await page.graphql("{ __schema { types { name } } }", signed=False)
        assert (response.status_code, code(response)) == (403, "forbidden")


class TestWilayas:
    """What any key may read, over either surface."""

    async def test_public_key(self, page: Page) -> None:
        authorization = {"Authorization": f"DZ-Public {page.key.key_id}"}
        over_rest = (await page.client.get("/v1/wilayas", headers=authorization)).json()["data"]["items"]
        response = await page.graphql("{ wilayas { databaseId communes { code } } }", signed=False)
        assert [each["databaseId"] for each in response.json()["data"]["wilayas"]] == [each["id"] for each in over_rest]
        assert len(over_rest) == 69


class TestDeliveryQuote:
    """What a shopper may know of prices and fees."""

    QUERY = """query ($items: [DeliveryQuoteItemInput!]!) {
        deliveryQuote(wilayaId: 16, deliveryType: DESK, items: $items) { subtotal fee total } }"""

    async def test_with_the_scope_of_storefronts(self, shop: Shop, make_page: PageMaker) -> None:
        product = await shop.create(price=1500, status="active")
        page = await make_page(shop.store_id, granted=["storefront:read"])
        items = [{"productId": str(product["id"]), "quantity": 2}]
        response = await page.graphql(self.QUERY, {"items": items}, signed=False)
        assert response.json()["data"]["deliveryQuote"] == {"subtotal": 3000, "fee": 250, "total": 3250}

    async def test_without_it(self, shop: Shop, make_page: PageMaker) -> None:
        page = await make_page(shop.store_id)
        answer = (await page.graphql(self.QUERY, {"items": [{"productId": "1", "quantity": 1}]}, signed=False)).json()
        assert answer["errors"][0]["extensions"]["required_scope"] == "storefront:read"
