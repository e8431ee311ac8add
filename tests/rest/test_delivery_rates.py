"""`GET|PUT /v1/delivery-rates`, and the same over GraphQL."""

from typing import Any

import pytest

from graph.delivery import ZONES
from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import asked
from tests.rest.answers import given, refused, refused_fields, refused_query, until_kept

pytestmark = pytest.mark.anyio

PATH = "/v1/delivery-rates"
QUERY = "{ deliveryRates { wilaya_id: wilayaId home desk } }"
UPDATE = """mutation ($input: DeliveryRatesUpdateInput!) {
    deliveryRatesUpdate(input: $input) { deliveryRates { wilaya_id: wilayaId home desk } } }"""
STARTING = sorted(
    ({"wilaya_id": wilaya_id, "home": zone.home, "desk": zone.desk} for zone in ZONES for wilaya_id in zone.wilayas),
    key=lambda rate: rate["wilaya_id"],
)
ALGIERS = {"wilaya_id": 16, "home": 350, "desk": None}
ADRAR = {"wilaya_id": 1, "home": None, "desk": None}


def changed(*rates: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a new store has, with these rates in place of its own."""
    given_rates = {rate["wilaya_id"]: rate for rate in rates}
    return [given_rates.get(rate["wilaya_id"], rate) for rate in STARTING]


class TestGet:
    async def test_new_store_has_a_fee_for_every_wilaya(self, shop: Shop) -> None:
        assert given(await shop.get(PATH)) == {"rates": STARTING}
        assert len(STARTING) == 69
        assert all(rate["home"] and rate["desk"] for rate in STARTING)

    async def test_same_over_graphql(self, shop: Shop) -> None:
        assert await asked(shop, QUERY) == {"deliveryRates": STARTING}

    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["store:write"])
        assert refused(await shop.get(PATH), 403, "forbidden")["required_scope"] == "store:read"
        refused_query(await shop.graphql(QUERY), "forbidden")


class TestPut:
    async def test_sets_what_is_given_and_leaves_the_rest(self, shop: Shop) -> None:
        data = given(await shop.write("PUT", PATH, {"rates": [ALGIERS, ADRAR]}))
        assert data == {"rates": changed(ALGIERS, ADRAR)}
        assert given(await shop.get(PATH)) == data
        again = given(await shop.write("PUT", PATH, {"rates": [STARTING[15]]}))
        assert again == {"rates": changed(ADRAR)}

    async def test_all_of_it_back(self, shop: Shop) -> None:
        await shop.write("PUT", PATH, {"rates": [ALGIERS, ADRAR]})
        assert given(await shop.write("PUT", PATH, {"rates": STARTING})) == {"rates": STARTING}

    async def test_nothing(self, shop: Shop) -> None:
        assert given(await shop.write("PUT", PATH, {"rates": []})) == {"rates": STARTING}

    async def test_over_graphql(self, shop: Shop) -> None:
        rates = [{"wilayaId": 16, "home": 350, "desk": None}, {"wilayaId": 1, "home": None, "desk": None}]
        data = await asked(shop, UPDATE, input={"rates": rates})
        assert data == {"deliveryRatesUpdate": {"deliveryRates": changed(ALGIERS, ADRAR)}}
        assert given(await shop.get(PATH)) == {"rates": changed(ALGIERS, ADRAR)}

    async def test_seen_at_once_behind_the_cache(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        await until_kept(shop, PATH)
        given(await shop.write("PUT", PATH, {"rates": [ALGIERS]}))
        assert given(await shop.get(PATH)) == {"rates": changed(ALGIERS)}

    async def test_each_store_and_mode_has_its_own(self, shop: Shop, make_shop: ShopMaker) -> None:
        sandbox, other = await make_shop(store_id=shop.store_id, livemode=False), await make_shop()
        given(await shop.write("PUT", PATH, {"rates": [ALGIERS]}))
        assert given(await sandbox.get(PATH)) == {"rates": STARTING}
        assert given(await other.get(PATH)) == {"rates": STARTING}
        given(await sandbox.write("PUT", PATH, {"rates": [ADRAR]}))
        assert given(await shop.get(PATH)) == {"rates": changed(ALGIERS)}

    async def test_replayed(self, shop: Shop) -> None:
        first = await shop.write("PUT", PATH, {"rates": [ALGIERS]}, key="rates")
        again = await shop.write("PUT", PATH, {"rates": [ALGIERS]}, key="rates")
        assert again.headers["idempotency-replayed"] == "true"
        assert again.content == first.content

    async def test_needs_an_idempotency_key(self, shop: Shop) -> None:
        answer = await shop.client.put(PATH, json={"rates": [ALGIERS]})
        refused(answer, 400, "idempotency_key_required")

    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["store:read"])
        answer = await shop.write("PUT", PATH, {"rates": [ALGIERS]})
        assert refused(answer, 403, "forbidden")["required_scope"] == "store:write"
        refused_query(await shop.graphql(UPDATE, {"input": {"rates": []}}), "forbidden")
        assert given(await shop.get(PATH)) == {"rates": STARTING}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "rates"),
            ({"rates": None}, "rates"),
            ({"rates": {}}, "rates"),
            ({"rates": [ALGIERS], "currency": "DZD"}, "currency"),
            ({"rates": [16]}, "rates.0"),
            ({"rates": [{"wilaya_id": 16, "home": 1}]}, "rates.0.desk"),
            ({"rates": [ADRAR, ALGIERS | {"wilaya_id": 70}]}, "rates.1.wilaya_id"),
            ({"rates": [ALGIERS | {"wilaya_id": 0}]}, "rates.0.wilaya_id"),
            ({"rates": [ALGIERS | {"wilaya_id": "16"}]}, "rates.0.wilaya_id"),
            ({"rates": [ALGIERS | {"wilaya_id": None}]}, "rates.0.wilaya_id"),
            ({"rates": [ALGIERS | {"wilaya_id": 10**18}]}, "rates.0.wilaya_id"),
            ({"rates": [ALGIERS, ADRAR, ALGIERS]}, "rates.2.wilaya_id"),
            ({"rates": [ALGIERS | {"home": -1}]}, "rates.0.home"),
            ({"rates": [ALGIERS | {"home": 10**12 + 1}]}, "rates.0.home"),
            ({"rates": [ALGIERS | {"desk": 1.5}]}, "rates.0.desk"),
            ({"rates": [ALGIERS | {"desk": "free"}]}, "rates.0.desk"),
            ({"rates": [ALGIERS | {"zone": 1}]}, "rates.0.zone"),
            ({"rates": [ALGIERS] * 70}, "rates"),
        ],
    )
    async def test_refused(self, shop: Shop, body: Any, field: str) -> None:
        assert refused_fields(await shop.write("PUT", PATH, body)) == [field]
        assert given(await shop.get(PATH)) == {"rates": STARTING}

    async def test_refused_over_graphql(self, shop: Shop) -> None:
        answer = await shop.graphql(UPDATE, {"input": {"rates": [{"wilayaId": 16, "home": 1}]}})
        details = refused_query(answer, "bad_request")["extensions"]["details"]
        assert [detail["field"] for detail in details] == ["rates.0.desk"]
