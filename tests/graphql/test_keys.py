"""API keys in GraphQL: the same rules as in REST, and secrets that are shown once."""

from typing import Any

import pytest

from app.chain.credentials import keys as key_cache
from db.engine import engine
from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import answered, asked, post
from tests.graphql.test_queries import global_id
from tests.rest.answers import given, refused_query
from tests.rest.test_keys import ROW, own_id
from tests.rest.test_keys import create as create_by_rest

pytestmark = pytest.mark.anyio

FIELDS = """
    key_id: keyId type name scopes rate_limit_tier: rateLimitTier status last_used_at: lastUsedAt
    last_used_ip: lastUsedIp created_at: createdAt expires_at: expiresAt
"""
CREATE = f"""mutation($input: ApiKeyCreateInput!) {{
    apiKeyCreate(input: $input) {{
        apiKey {{ id databaseId livemode allowedOrigins {FIELDS} }} bearerToken signingSecret }} }}"""
ROTATE = """mutation($id: ID!, $grace: Int) {
    apiKeyRotate(id: $id, graceSeconds: $grace) { apiKey { keyId } bearerToken signingSecret } }"""
REVOKE = "mutation($id: ID!) { apiKeyRevoke(id: $id) { apiKey { keyId status } } }"
PLATFORM = {"type": "PLATFORM", "name": "ERP"}


async def works(shop: Shop, token: str) -> bool:
    key_cache.clear()
    response = await shop.client.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"})
    return response.status_code == 200


class TestCreate:
    async def test_platform(self, shop: Shop) -> None:
        payload = (await asked(shop, CREATE, input=PLATFORM))["apiKeyCreate"]
        assert payload["signingSecret"] is None
        assert await works(shop, payload["bearerToken"])
        key = payload["apiKey"]
        assert key["id"] == global_id("ApiKey", key["databaseId"])
        assert (key["type"], key["status"], key["livemode"], key["allowedOrigins"]) == ("PLATFORM", "ACTIVE", True, [])
        shown = given(await shop.get("/v1/keys"))["items"][0]
        assert list(shown) == ROW
        for name in ("key_id", "name", "scopes", "rate_limit_tier", "last_used_at", "last_used_ip", "expires_at"):
            assert key[name] == shown[name]

    async def test_public(self, shop: Shop) -> None:
        members: dict[str, Any] = {
            "type": "PUBLIC",
            "name": "page",
            "scopes": ["storefront:read"],
            "livemode": False,
            "expiresAt": "2999-01-01T00:00:00+01:00",
            "allowedOrigins": ["https://shop.example"],
        }
        payload = (await asked(shop, CREATE, input=members))["apiKeyCreate"]
        assert (payload["bearerToken"], len(payload["signingSecret"])) == (None, 64)
        key = payload["apiKey"]
        assert (key["scopes"], key["livemode"]) == (["storefront:read"], False)
        assert key["allowedOrigins"] == ["https://shop.example"]
        assert key["expires_at"] == "2998-12-31T23:00:00.000000Z"

    @pytest.mark.parametrize(
        ("members", "field"),
        [
            ({"name": ""}, "name"),
            ({"scopes": ["x"]}, "scopes.0"),
            ({"expiresAt": "2020-01-01"}, "expiresAt"),
            ({"allowedOrigins": ["https://shop.example"]}, "allowedOrigins"),
        ],
    )
    async def test_refused(self, shop: Shop, members: dict[str, Any], field: str) -> None:
        error = refused_query(await answered(shop, CREATE, input=PLATFORM | members), "bad_request")
        assert [detail["field"] for detail in error["extensions"]["details"]] == [field]

    async def test_scopes_that_it_lacks(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read"])
        error = refused_query(await answered(shop, CREATE, input=PLATFORM | {"scopes": ["orders:read"]}), "forbidden")
        assert error["extensions"]["required_scope"] == "orders:read"

    async def test_answer_is_kept_sealed_and_replayed(self, shop: Shop) -> None:
        """By whatever name its field goes, in a fragment too."""
        mutation = """mutation($input: ApiKeyCreateInput!) { ...on Mutation { x: apiKeyCreate(input: $input) {
            bearerToken } } }"""
        body = {"query": mutation, "variables": {"input": PLATFORM}}
        first, again = [await post(shop, body, **{"Idempotency-Key": "sealed"}) for _ in range(2)]
        token = first.json()["data"]["x"]["bearerToken"]
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        rows = await engine.fetch(
            "SELECT l.sealed, l.body FROM idempotency_keys l JOIN api_keys k ON k.id = l.api_key_id"
            " WHERE k.store_id = $1",
            shop.store_id,
        )
        assert [row["sealed"] for row in rows] == [True]
        assert token.partition(".")[2].encode() not in rows[0]["body"]

    async def test_answer_without_a_secret_is_not(self, shop: Shop) -> None:
        await asked(shop, REVOKE, id=(await create_by_rest(shop))["key_id"])
        rows = await engine.fetch(
            "SELECT l.sealed FROM idempotency_keys l JOIN api_keys k ON k.id = l.api_key_id WHERE k.store_id = $1"
            " ORDER BY l.id",
            shop.store_id,
        )
        assert [row["sealed"] for row in rows] == [True, False]


class TestByEitherName:
    @pytest.fixture
    async def names(self, shop: Shop) -> list[str]:
        payload = (await asked(shop, CREATE, input=PLATFORM))["apiKeyCreate"]
        key = payload["apiKey"]
        return [key["key_id"], key["id"], str(key["databaseId"])]

    async def test_rotate(self, shop: Shop, names: list[str]) -> None:
        tokens = []
        for name in names:
            payload = (await asked(shop, ROTATE, id=name, grace=0))["apiKeyRotate"]
            assert payload["apiKey"] == {"keyId": names[0]}
            tokens.append(payload["bearerToken"])
        assert [await works(shop, token) for token in tokens] == [False, False, True]

    @pytest.mark.parametrize("place", [0, 1, 2])
    async def test_revoke(self, shop: Shop, names: list[str], place: int) -> None:
        payload = (await asked(shop, REVOKE, id=names[place]))["apiKeyRevoke"]
        assert payload["apiKey"] == {"keyId": names[0], "status": "REVOKED"}
        refused_query(await answered(shop, REVOKE, id=names[place]), "not_found")

    async def test_of_another_store(self, shop: Shop, other_shop: Shop) -> None:
        key = (await asked(other_shop, CREATE, input=PLATFORM))["apiKeyCreate"]["apiKey"]
        for name in (key["key_id"], key["id"], key["databaseId"], "x", "dz\0", "UHJvZHVjdDox", ""):
            for mutation in (REVOKE, ROTATE):
                refused_query(await answered(shop, mutation, id=name), "not_found")

    @pytest.mark.parametrize("grace", [-1, 86_401])
    async def test_grace(self, shop: Shop, grace: int) -> None:
        error = refused_query(await answered(shop, ROTATE, id=own_id(shop), grace=grace), "bad_request")
        assert [detail["field"] for detail in error["extensions"]["details"]] == ["graceSeconds"]


class TestList:
    async def test_rows_and_pages(self, shop: Shop, other_shop: Shop) -> None:
        await create_by_rest(other_shop)
        made = [(await create_by_rest(shop))["key_id"] for _ in range(2)]
        query = """query($after: String) { apiKeys(first: 2, after: $after) {
            nodes { keyId } pageInfo { hasNextPage endCursor } } }"""
        first = (await asked(shop, query))["apiKeys"]
        second = (await asked(shop, query, after=first["pageInfo"]["endCursor"]))["apiKeys"]
        found = [node["keyId"] for node in first["nodes"] + second["nodes"]]
        assert found == [*made[::-1], own_id(shop)]
        assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)

    async def test_is_never_kept(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        for _ in range(2):
            assert "x-cache" not in (await post(shop, {"query": "{ apiKeys { nodes { lastUsedAt } } }"})).headers

    async def test_node(self, shop: Shop, other_shop: Shop) -> None:
        found = [await asked(each, "{ apiKeys { nodes { id } } }") for each in (shop, other_shop)]
        ids = [data["apiKeys"]["nodes"][0]["id"] for data in found]
        data = await asked(shop, "query($ids: [ID!]!) { nodes(ids: $ids) { ... on ApiKey { keyId } } }", ids=ids)
        assert data["nodes"] == [{"keyId": own_id(shop)}, None]
