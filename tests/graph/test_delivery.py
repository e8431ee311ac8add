"""What delivery costs: the fees that a store starts with, and the fee of one delivery."""

import secrets
from dataclasses import replace

import asyncpg
import pytest

from db.engine import engine
from graph.delivery import ZONES, fee
from graph.geography import wilayas
from graph.store_admin import operator_context, store_create
from tests.conftest import Shop

STARTING = {wilaya_id: (zone.home, zone.desk) for zone in ZONES for wilaya_id in zone.wilayas}


async def rates(connection: "asyncpg.Connection[asyncpg.Record]", store_id: int, livemode: bool) -> dict[int, object]:
    rows = await connection.fetch(
        "SELECT wilaya_id, home, desk FROM delivery_rates WHERE store_id = $1 AND livemode = $2", store_id, livemode
    )
    return {row["wilaya_id"]: (row["home"], row["desk"]) for row in rows}


class TestZones:
    def test_every_wilaya_is_in_one(self) -> None:
        inside = [wilaya_id for zone in ZONES for wilaya_id in zone.wilayas]
        assert sorted(inside) == [each.id for each in wilayas()]

    def test_desk_is_cheaper(self) -> None:
        assert all(zone.desk < zone.home for zone in ZONES)


@pytest.mark.usefixtures("application")
class TestStart:
    @pytest.mark.parametrize("livemode", [True, False])
    async def test_new_store(self, livemode: bool) -> None:
        async with engine.transaction() as transaction:
            store_id = await store_create({"name": "x", "subdomain": f"rates-{secrets.token_hex(6)}"})
            assert await rates(transaction.connection, store_id, livemode) == STARTING


class TestFee:
    @pytest.mark.parametrize("livemode", [True, False])
    @pytest.mark.parametrize("delivery_type", ["home", "desk"])
    async def test_of_each_wilaya(self, shop: Shop, livemode: bool, delivery_type: str) -> None:
        context = await operator_context(str(shop.store_id), livemode=livemode)
        for wilaya_id, (home, desk) in STARTING.items():
            assert await fee(context, wilaya_id, delivery_type) == (home if delivery_type == "home" else desk)

    async def test_not_served(self, shop: Shop) -> None:
        context = await operator_context(str(shop.store_id))
        assert await fee(context, 70, "home") is None
        async with engine.transaction():
            await engine.write(
                "UPDATE delivery_rates SET desk = NULL WHERE store_id = $1 AND livemode AND wilaya_id = 16",
                shop.store_id,
            )
            # As the running transaction has it.
            assert await fee(context, 16, "desk") is None
            assert await fee(context, 16, "home") == 400
        assert await fee(replace(context, livemode=False), 16, "desk") == 250
