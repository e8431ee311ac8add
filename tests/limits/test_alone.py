"""Valkey away: the process judges by windows of its own, as the script does (`contract.md §4`)."""

import itertools
from collections.abc import Iterator

import httpx
import pytest

from app.asgi import Application
from app.chain.limits import Ask, Limiter, State
from app.chain.valkey import valkey
from db.engine import engine
from graph.public_keys import public_key_create
from tests.conftest import ShopMaker

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("away")]

addresses = (f"198.18.0.{number}" for number in itertools.count(1))


@pytest.fixture
def away(application: Application) -> Iterator[None]:
    """Leave the process without Valkey."""
    client, valkey.client = valkey.client, None
    yield
    valkey.client = client


def ask(key: str, address: str, cost: int = 1) -> Ask:
    """Return what one request of an address asks: ten a minute with the key, four of one address."""
    return Ask(key, 1, True, cost, 10, address, 4, public=True)


class TestTwoWindows:
    async def states(self, limiter: Limiter, *asks: Ask) -> list[State]:
        return [(await limiter.admit(each)).state for each in asks]

    async def test_each_is_kept(self) -> None:
        limiter = Limiter()
        for address in ("a", "b"):
            assert await self.states(limiter, *[ask("k", address)] * 5) == [State.ADMITTED] * 4 + [State.ADDRESS_FULL]
        assert await self.states(limiter, *[ask("k", "c")] * 3) == [State.ADMITTED] * 2 + [State.WINDOW_FULL]

    async def test_refused_by_the_key_counts_for_no_address(self) -> None:
        limiter = Limiter()
        await self.states(limiter, *[ask("k", address) for address in "abc" for _ in range(3)])
        # One is left of the key's ten: what costs more is refused, whatever the address has left.
        assert await self.states(limiter, *[ask("k", "d", 2)] * 20) == [State.WINDOW_FULL] * 20
        assert await self.states(limiter, ask("k", "d")) == [State.ADMITTED]
        assert limiter.alone.passed("k", "d") == 1

    async def test_refused_by_the_address_counts_for_no_key(self) -> None:
        limiter = Limiter()
        assert await self.states(limiter, *[ask("k", "a")] * 30) == [State.ADMITTED] * 4 + [State.ADDRESS_FULL] * 26
        assert (await limiter.admit(ask("k", "b"))).remaining == 5

    async def test_share_of_a_process(self) -> None:
        limiter = Limiter()
        limiter.workers = 2
        assert await self.states(limiter, *[ask("k", "a")] * 3) == [State.ADMITTED] * 2 + [State.ADDRESS_FULL]


class TestPublicKey:
    async def test_refused_by_the_key_costs_the_address_nothing(
        self, application: Application, make_shop: ShopMaker
    ) -> None:
        store_id = (await make_shop(tier="free")).store_id
        async with engine.transaction():
            key = await public_key_create(store_id, "page")
        transport = httpx.ASGITransport(application, client=(next(addresses), 1))
        headers = {"Authorization": f"DZ-Public {key.key_id}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as page:
            # Let through, and then told that this is not for a page: it counts.
            for _ in range(30):
                assert (await page.get("/v1/whoami")).status_code == 403
            transport.client = (next(addresses), 1)
            # More often than one address may: each is refused for the key's sake.
            for _ in range(70):
                refused = await page.get("/v1/whoami")
                assert refused.status_code == 429
                assert "with this key" in refused.json()["error"]["message"]
