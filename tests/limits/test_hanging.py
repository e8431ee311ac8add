"""Valkey stops for a moment, or for longer: no window lets more through, no month begins anew, no answer grows old."""

import asyncio
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.chain.limits import Ask, Limiter, State
from app.chain.months import months
from app.chain.outdating import generation, outdater
from app.chain.valkey import PATIENCE, valkey
from app.services import Servers
from app.services.running import temporary_folder
from app.workers.usage import recorder
from tests.conftest import Shop, ShopMaker
from tests.limits.test_limits import use_up
from tests.limits.valkeys import OwnValkey, own_valkey

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
LIMIT = 60


@pytest.fixture(scope="module")
def server() -> Iterator[OwnValkey]:
    with own_valkey(temporary_folder()) as running:
        yield running


@pytest.fixture
async def hanging(server: OwnValkey, servers: Servers, application: object) -> AsyncIterator[OwnValkey]:
    """A Valkey that can be stopped in place of the ordinary one, waited for no longer than in production."""
    await valkey.close()
    patience, valkey.patience = valkey.patience, PATIENCE
    valkey.open(server.url)
    yield server
    server.go_on()
    await valkey.close()
    valkey.patience = patience
    valkey.open(servers.redis_url)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a state; fail when it does not come."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 -- it is another process that changes it
            await asyncio.sleep(0.02)


class TestWindow:
    async def test_no_more_passes_while_it_comes_and_goes(self, hanging: OwnValkey) -> None:
        limiter, ask = Limiter(), Ask(secrets.token_hex(8), 1, True, 1, LIMIT)
        states: Counter[State] = Counter()

        async def ask_for(seconds: float) -> None:
            async with asyncio.TaskGroup() as group:
                end = asyncio.get_running_loop().time() + seconds
                while asyncio.get_running_loop().time() < end:
                    group.create_task(count())
                    await asyncio.sleep(0.01)

        async def count() -> None:
            states[(await limiter.admit(ask)).state] += 1

        for _ in range(6):
            await ask_for(0.05)
            hanging.stop()
            # Longer than a request waits, and shorter than a late answer is waited for.
            await ask_for(0.2)
            hanging.go_on()
            await until(self.answers)
        while states[State.WINDOW_FULL] < 50:
            await count()
        # What the process let through by itself is as many as Valkey has not counted.
        assert states[State.ADMITTED] <= LIMIT
        assert states[State.ADMITTED] >= LIMIT - 6

    async def answers(self) -> bool:
        return await valkey.attempt(valkey.required().ping()) is not None

    async def test_what_is_left_is_what_there_was(self, hanging: OwnValkey) -> None:
        limiter, ask = Limiter(), Ask(secrets.token_hex(8), 1, True, 1, LIMIT)
        limiter.workers = 2
        while (verdict := await limiter.admit(ask)).remaining > 20 or verdict.alone:
            pass
        hanging.stop()
        alone = [await limiter.admit(ask) for _ in range(30)]
        # Half of twenty, as there is another process.
        assert Counter(verdict.state for verdict in alone) == {State.ADMITTED: 10, State.WINDOW_FULL: 20}
        assert all(verdict.alone and 0 < verdict.reset <= 61 for verdict in alone[1:10])
        assert all(0 < verdict.retry_after <= 61 for verdict in alone[10:])

    async def test_nothing_is_left(self, hanging: OwnValkey) -> None:
        limiter, ask = Limiter(), Ask(secrets.token_hex(8), 1, True, 1, 1)
        while (await limiter.admit(ask)).alone:
            ask = replace(ask, subject=secrets.token_hex(8))
        hanging.stop()
        refused = await limiter.admit(ask)
        assert (refused.state, refused.remaining) == (State.WINDOW_FULL, 0)
        assert 0 < refused.reset <= 61
        assert 0 < refused.retry_after <= 61

    async def test_each_answer_comes_alone(self, hanging: OwnValkey) -> None:
        """Whoever came while the first one waited is not made to wait as long again."""
        limiter = Limiter()
        hanging.stop()
        asks = [Ask(secrets.token_hex(8), number, True, 1, LIMIT) for number in range(200)]
        verdicts = await asyncio.gather(*(limiter.admit(ask) for ask in asks))
        assert all(verdict.alone and verdict.state is State.ADMITTED for verdict in verdicts)
        assert not valkey.usable


class TestMonth:
    async def test_used_up_is_used_up_without_valkey(self, hanging: OwnValkey, make_shop: ShopMaker) -> None:
        shop = await make_shop(tier="free")
        await use_up(shop, 10_000)
        hanging.stop()
        # Nobody knows it yet: requests go on.
        assert (await shop.get("/v1/whoami")).status_code == 200

        async def refused() -> bool:
            # The process looks at what is written within seconds; other tests have left months in doubt as well.
            await months.compare()
            return (await shop.get("/v1/whoami")).status_code == 429

        await until(refused)
        for _ in range(3):
            response = await shop.get("/v1/whoami")
            assert response.json()["error"]["code"] == "quota_exceeded"
            assert response.json()["error"]["retry_after"] <= 31 * 86_400
        hanging.go_on()
        await recorder.flush()

        async def known() -> bool:
            await months.compare()
            response = await shop.get("/v1/whoami")
            assert response.json()["error"]["code"] == "quota_exceeded"
            return valkey.usable

        await until(known)

    async def test_another_store_goes_on(self, hanging: OwnValkey, make_shop: ShopMaker) -> None:
        shop = await make_shop(tier="free")
        await use_up(shop, 9_999)
        hanging.stop()
        for _ in range(2):
            await months.compare()
            assert (await shop.get("/v1/whoami")).status_code == 200


class TestOutdated:
    async def test_as_soon_as_it_goes_on(self, hanging: OwnValkey, make_cached_shop: ShopMaker) -> None:
        shop: Shop = await make_cached_shop()
        product = await shop.create(price=1)
        path = f"/v1/products/{product['id']}"

        async def kept() -> bool:
            return (await shop.get(path)).headers["x-cache"] == "HIT"

        await until(kept)
        with hanging.client() as client:
            before = client.get(generation(shop.store_id, True))
            hanging.stop()
            changed = await shop.write("PATCH", path, {"price": 2})
            assert changed.json()["data"]["pricing"]["price"] == 2
            assert outdater.is_pending(shop.store_id, True)
            hanging.go_on()
            # This process tells no old value from the first moment, and the others from when Valkey is told.
            assert (await shop.get(path)).json()["data"]["pricing"]["price"] == 2

            async def told() -> bool:
                return client.get(generation(shop.store_id, True)) != before

            await until(told)

        async def over() -> bool:
            return not outdater.is_pending(shop.store_id, True)

        await until(over)
        await until(kept)
        assert (await shop.get(path)).json()["data"]["pricing"]["price"] == 2


COMPLAINING = """
import asyncio
from app.chain import metrics
from app.chain.valkey import COMPLAINT_EVERY, valkey
from app.logs import configure
from app.settings import Settings

async def main():
    configure(Settings(log_level="info"))
    valkey.open("unix:///nowhere/valkey.sock")
    for _ in range(30):
        await valkey.attempt(valkey.required().ping())
    print(int(metrics.DEGRADED._value.get()))
    valkey._complained -= COMPLAINT_EVERY
    for _ in range(30):
        await valkey.attempt(valkey.required().ping())
    print(int(metrics.DEGRADED._value.get()))

asyncio.run(main())
"""


class TestTold:
    def test_each_is_counted_and_one_a_minute_is_logged(self) -> None:
        run = [sys.executable, "-c", COMPLAINING]
        told = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
        assert told.stdout.split() == ["30", "60"]
        assert told.stderr.count("valkey is away") == 2
        assert len(told.stderr.splitlines()) == 2
