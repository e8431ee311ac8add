"""Automatic persisted queries, by Apollo's protocol, and keys that are held to registered operations."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.chain.credentials import keys as key_cache
from app.chain.valkey import valkey
from app.graphql import persisted
from db.engine import engine
from graph.errors import ApiError
from graph.keys import key_hold
from graph.registered import MAXIMUM, register, remove
from tests.conftest import Shop, ShopMaker, Statements
from tests.database.test_statements import KEY_LOOKUP
from tests.graphql.requests import GRAPHQL_JSON, post
from tests.rest.answers import given, refused_query

pytestmark = pytest.mark.anyio

QUERY = "query Currency { store { currency } }"
CREATE = 'mutation { productCreate(input: {name: "قميص", price: 1}) { product { name } } }'
NO_HASHES: list[Any] = [5, "x" * 64, "0" * 63, "0" * 64 + "\n", None, ["0" * 64]]
DATA = {"store": {"currency": "DZD"}}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """This process keeps nothing before a test."""
    persisted.forget()
    yield
    persisted.forget()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def by_hash(text: str, *, whole: bool = False, **members: Any) -> dict[str, Any]:
    """Return a body that names a document by its hash."""
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}, **members}
    return body | {"query": text} if whole else body


def unknown(response: httpx.Response, status: int = 200) -> None:
    assert response.status_code == status
    (error,) = response.json()["errors"]
    assert error == {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
    assert "data" not in response.json()


class TestProtocol:
    async def test_by_post(self, shop: Shop) -> None:
        unknown(await post(shop, by_hash(QUERY)))
        unknown(await post(shop, by_hash(QUERY), Accept=GRAPHQL_JSON), 400)
        assert (await post(shop, by_hash(QUERY, whole=True))).json()["data"] == DATA
        assert (await post(shop, by_hash(QUERY))).json()["data"] == DATA

    async def test_by_get(self, shop: Shop) -> None:
        query = {"extensions": json.dumps(by_hash(QUERY)["extensions"])}
        unknown(await shop.get("/graphql", params=query))
        assert (await shop.get("/graphql", params=query | {"query": QUERY})).json()["data"] == DATA
        assert (await shop.get("/graphql", params=query)).json()["data"] == DATA
        assert (await shop.get("/graphql", params=query | {"query": ""})).json()["data"] == DATA

    async def test_variables_and_name(self, shop: Shop) -> None:
        product = await shop.create(name="زيت")
        text = "query A($id: ID!) { product(id: $id) { name } } query B { store { name } }"
        members = {"variables": {"id": product["id"]}, "operationName": "A"}
        for whole in (True, False):
            answer = (await post(shop, by_hash(text, whole=whole, **members))).json()
            assert answer["data"] == {"product": {"name": "زيت"}}

    async def test_hash_of_another_text(self, shop: Shop) -> None:
        body = by_hash(QUERY, query="{ store { name } }")
        response = await post(shop, body)
        assert response.status_code == 400
        assert refused_query(response.json(), "bad_request")["message"].startswith("provided sha does not match query")
        unknown(await post(shop, by_hash(QUERY)))

    async def test_capital_digits(self, shop: Shop) -> None:
        await post(shop, by_hash(QUERY, whole=True))
        body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(QUERY).upper()}}}
        assert (await post(shop, body)).json()["data"] == DATA

    @pytest.mark.parametrize("version", [0, 2, "1", None, True, [], 1.5])
    async def test_version(self, shop: Shop, version: Any) -> None:
        body = {"query": QUERY, "extensions": {"persistedQuery": {"version": version, "sha256Hash": sha256(QUERY)}}}
        (error,) = (await post(shop, body)).json()["errors"]
        assert error["message"] == "PersistedQueryNotSupported"
        assert error["extensions"] == {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}

    @pytest.mark.parametrize(
        "extension",
        [5, "x", [], {"version": 1}, *({"version": 1, "sha256Hash": name} for name in NO_HASHES)],
        ids=str,
    )
    async def test_malformed(self, shop: Shop, extension: Any) -> None:
        for query in ({}, {"query": QUERY}):
            response = await post(shop, {"extensions": {"persistedQuery": extension}} | query)
            assert response.status_code == 400
            refused_query(response.json(), "bad_request")

    async def test_no_extension_and_no_query(self, shop: Shop) -> None:
        response = await post(shop, {"extensions": {"persistedQuery": None}})
        assert response.status_code == 400
        refused_query(response.json(), "bad_request")


class TestKept:
    async def test_by_another_process(self, shop: Shop) -> None:
        await post(shop, by_hash(QUERY, whole=True))
        persisted.forget()
        assert (await post(shop, by_hash(QUERY))).json()["data"] == DATA

    async def test_for_a_day(self, shop: Shop) -> None:
        await post(shop, by_hash(QUERY, whole=True))
        (name,) = await valkey.required().keys(f"query:*:{shop.store_id}:*")
        assert persisted.LIFETIME - 60 < await valkey.required().ttl(name) <= persisted.LIFETIME

    async def test_by_store_and_mode(self, shop: Shop, other_shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        await post(shop, by_hash(QUERY, whole=True))
        unknown(await post(other_shop, by_hash(QUERY)))
        unknown(await post(sandbox, by_hash(QUERY)))

    async def test_another_text_in_its_place(self, shop: Shop) -> None:
        await post(shop, by_hash(QUERY, whole=True))
        (name,) = await valkey.required().keys(f"query:*:{shop.store_id}:*")
        for found in ("{ store { name } }", b"\xff\xfe", ""):
            persisted.forget()
            await valkey.required().set(name, found)
            unknown(await post(shop, by_hash(QUERY)))

    async def test_places_are_bounded(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(persisted, "PLACES", 3)
        for number in range(20):
            await post(shop, by_hash(f"query Q{number} {{ store {{ currency }} }}", whole=True))
        assert len(await valkey.required().keys(f"query:*:{shop.store_id}:*")) <= 3

    async def test_long_ones_are_not(self, shop: Shop) -> None:
        text = QUERY + "#" * persisted.LARGEST
        assert (await post(shop, by_hash(text, whole=True))).json()["data"] == DATA
        unknown(await post(shop, by_hash(text)))

    async def test_invalid_ones_are_not(self, shop: Shop) -> None:
        for text in ("{ nothing }", "{", "subscription { x }"):
            refused_query((await post(shop, by_hash(text, whole=True))).json(), "bad_request")
            unknown(await post(shop, by_hash(text)))

    async def test_without_valkey(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(valkey, "client", None)
        unknown(await post(shop, by_hash(QUERY)))
        assert (await post(shop, by_hash(QUERY, whole=True))).json()["data"] == DATA
        assert (await post(shop, by_hash(QUERY))).json()["data"] == DATA
        persisted.forget()
        unknown(await post(shop, by_hash(QUERY)))

    async def test_shares_the_cache_of_answers(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        assert (await post(shop, {"query": QUERY})).headers["x-cache"] == "MISS"
        assert (await post(shop, by_hash(QUERY, whole=True))).headers["x-cache"] == "HIT"
        assert (await post(shop, by_hash(QUERY))).headers["x-cache"] == "HIT"


class TestMutation:
    async def test_once(self, shop: Shop) -> None:
        """A miss leaves nothing under its key, and what came with the text comes again without it."""
        headers = {"Idempotency-Key": secrets.token_hex(8)}
        unknown(await post(shop, by_hash(CREATE), **headers))
        first = await post(shop, by_hash(CREATE, whole=True), **headers)
        assert first.json()["data"]["productCreate"]["product"] == {"name": "قميص"}
        for whole in (False, True):
            again = await post(shop, by_hash(CREATE, whole=whole), **headers)
            assert again.content == first.content
            assert again.headers["idempotency-replayed"] == "true"
        assert len(given(await shop.get("/v1/products"))["items"]) == 1
        other = await post(shop, by_hash(CREATE, variables={"x": 1}), **headers)
        assert other.status_code == 422

    async def test_not_by_get(self, shop: Shop) -> None:
        await post(shop, by_hash(CREATE, whole=True))
        response = await shop.get("/graphql", params={"extensions": json.dumps(by_hash(CREATE)["extensions"])})
        assert response.status_code == 405
        assert len(given(await shop.get("/v1/products"))["items"]) == 1

    async def test_a_miss_counts_one(self, shop: Shop) -> None:
        before = int((await shop.get("/v1/whoami")).headers["x-ratelimit-remaining"])
        assert int((await post(shop, by_hash(CREATE))).headers["x-ratelimit-remaining"]) == before - 1


async def hold(shop: Shop, *texts: str, held: bool = True) -> None:
    """Hold a shop's key to these operations."""
    async with engine.transaction():
        if texts:
            await register(shop.store_id, {text[:20] + str(number): text for number, text in enumerate(texts)})
        assert await key_hold(shop.token.partition(".")[0], registered_operations_only=held)
    key_cache.clear()


class TestRegistered:
    async def test_by_hash_and_by_text(self, shop: Shop) -> None:
        await hold(shop, QUERY)
        for body in (by_hash(QUERY), {"query": QUERY}, by_hash(QUERY, whole=True)):
            assert (await post(shop, body)).json()["data"] == DATA

    @pytest.mark.parametrize("accept", [GRAPHQL_JSON, "application/json"])
    async def test_others(self, shop: Shop, accept: str) -> None:
        # Sent before, so it is kept as any client's: that is no registration.
        await post(shop, by_hash("{ store { name } }", whole=True))
        await hold(shop, QUERY)
        other = "{ store { name } }"
        for body in (
            {"query": other},
            by_hash(other),
            by_hash(other, whole=True),
            {"query": QUERY + " "},
            {"query": "{ __schema { types { name } } }"},
            {"query": "{"},
        ):
            response = await post(shop, body, Accept=accept)
            assert response.status_code == 403
            assert "dzbuild operations register" in refused_query(response.json(), "forbidden")["message"]

    async def test_hash_of_another_text(self, shop: Shop) -> None:
        await hold(shop, QUERY)
        response = await post(shop, by_hash(QUERY, query="{ store { name } }"))
        assert response.status_code == 400

    async def test_other_keys_run_any(self, shop: Shop, make_shop: ShopMaker) -> None:
        await hold(shop, QUERY)
        free = await make_shop(store_id=shop.store_id)
        assert (await post(free, {"query": "{ store { id } }"})).status_code == 200
        await hold(shop, held=False)
        assert "data" in (await post(shop, {"query": "{ store { id } }"})).json()

    async def test_of_its_own_store(self, shop: Shop, other_shop: Shop) -> None:
        await hold(shop, QUERY)
        await hold(other_shop, "{ store { id } }")
        assert (await post(other_shop, {"query": QUERY})).status_code == 403
        assert (await post(other_shop, by_hash(QUERY))).status_code == 403

    async def test_of_both_modes(self, shop: Shop, make_shop: ShopMaker) -> None:
        await hold(shop, QUERY)
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        await hold(sandbox)
        assert (await post(sandbox, by_hash(QUERY))).json()["data"] == DATA

    async def test_no_query_of_its_own(self, make_cached_shop: ShopMaker, statements: Statements) -> None:
        shop = await make_cached_shop()
        await hold(shop, QUERY)
        await post(shop, by_hash(QUERY))
        with statements.counted() as sent:
            for _ in range(5):
                await post(shop, by_hash(QUERY))
                await post(shop, {"query": "{ other }"})
                await post(shop, by_hash("{ other }"))
        assert [each for each in sent if KEY_LOOKUP not in each] == []

    async def test_coming_and_going(self, shop: Shop) -> None:
        """Whatever changes, the key's own look-up (less than a second old) tells it."""
        other = "query Name { store { name } }"
        await hold(shop, QUERY)
        assert (await post(shop, by_hash(QUERY))).status_code == 200
        async with engine.transaction():
            await register(shop.store_id, {"other": other})
        key_cache.clear()
        assert "data" in (await post(shop, by_hash(other))).json()
        async with engine.transaction():
            assert await remove(shop.store_id, [sha256(QUERY)[:12]]) == [sha256(QUERY)]
        key_cache.clear()
        assert (await post(shop, by_hash(QUERY))).status_code == 403
        async with engine.transaction():
            assert await remove(shop.store_id, None) == [sha256(other)]
            await register(shop.store_id, {"other": QUERY})
        key_cache.clear()
        assert (await post(shop, by_hash(other))).status_code == 403
        assert (await post(shop, by_hash(QUERY))).json()["data"] == DATA

    async def test_mutation(self, shop: Shop) -> None:
        await hold(shop, CREATE)
        headers = {"Idempotency-Key": "k"}
        first = await post(shop, by_hash(CREATE), **headers)
        assert first.json()["data"]["productCreate"]["product"] == {"name": "قميص"}
        assert (await post(shop, {"query": CREATE}, **headers)).status_code == 422
        assert (await post(shop, by_hash(CREATE), **headers)).content == first.content

    async def test_rest_is_not_held(self, shop: Shop) -> None:
        await hold(shop, QUERY)
        assert (await shop.get("/v1/store")).status_code == 200


class TestRegister:
    async def refused(self, shop: Shop, given_documents: dict[str, str]) -> ApiError:
        with pytest.raises(ApiError) as refusal:
            async with engine.transaction():
                await register(shop.store_id, given_documents)
        assert await engine.fetch("SELECT FROM registered_operations WHERE store_id = $1", shop.store_id) == []
        return refusal.value

    async def test_again(self, shop: Shop) -> None:
        async with engine.transaction():
            assert (await register(shop.store_id, {"a": QUERY, "b": QUERY})).new == 1
            assert await register(shop.store_id, {"c": QUERY}) == ({"c": sha256(QUERY)}, 0)

    @pytest.mark.parametrize("text", ["{ nothing }", "{", "", "{ a \0 }", "\ud800", "{ __typename }" + " " * 65_536])
    async def test_what_can_not_be_run(self, shop: Shop, text: str) -> None:
        error = await self.refused(shop, {"good": QUERY, "bad.graphql": text})
        assert {detail.field for detail in error.details} == {"bad.graphql"}

    async def test_too_many(self, shop: Shop) -> None:
        many = {str(number): f"{{ __typename }} # {number}" for number in range(MAXIMUM + 1)}
        assert f"{MAXIMUM:,}" in (await self.refused(shop, many)).message

    async def test_too_long_together(self, shop: Shop) -> None:
        many = {str(number): f"{{ __typename }} # {number}" + "x" * 60_000 for number in range(40)}
        assert "bytes" in (await self.refused(shop, many)).message

    @pytest.mark.parametrize("prefix", ["", "zz", "0" * 64])
    async def test_remove_what_is_not_there(self, shop: Shop, prefix: str) -> None:
        with pytest.raises(ApiError):
            async with engine.transaction():
                await remove(shop.store_id, [prefix])
