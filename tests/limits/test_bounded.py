"""However many keys and addresses ask, what a process remembers of them is bounded."""

import secrets

import httpx
import pytest

from app.asgi import Application
from app.chain import alone, credentials, limits, tries
from app.chain.alone import Alone
from app.chain.credentials import keys
from app.chain.limits import Ask, Limiter, State
from graph.tries import LIMITS
from tests.addresses import fresh_address
from tests.conftest import Shop

pytestmark = pytest.mark.anyio
BOUND = 20


async def test_keys(application: Application, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "KEYS_REMEMBERED", BOUND)
    keys.clear()
    for _ in range(BOUND):
        transport = httpx.ASGITransport(application, client=(fresh_address(), 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as stranger:
            for _ in range(3):
                token = f"dzpk_live_{secrets.token_hex(8)}.{secrets.token_hex(32)}"
                refused = await stranger.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"})
                assert refused.status_code == 401
        assert (await shop.get("/v1/whoami")).status_code == 200
        # Whoever makes up keys drives out no key that is in use.
        assert shop.token.partition(".")[0] in keys._keys
    assert len(keys._keys) == BOUND


async def test_refusals(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", BOUND)
    limiter, name = Limiter(), secrets.token_hex(8)
    for number in range(3 * BOUND):
        assert (await limiter.admit(Ask(f"{name}-{number}", 1, True, 2, 1))).state is State.WINDOW_FULL
    assert len(limiter._full) == BOUND
    # What has been forgotten is asked for again.
    assert (await limiter.admit(Ask(f"{name}-0", 1, True, 2, 1))).state is State.WINDOW_FULL


def test_windows_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "REMEMBERED", BOUND)
    own = Alone()
    for number in range(3 * BOUND):
        own.told(str(number), 1)
        own.judge(Ask(str(number), 1, True, 1, 10, f"198.18.0.{number}", 5), 1)
    assert len(own._windows) == len(own._told) == BOUND
    # One window has a count for each of its seconds at most.
    window = own._window(("busy", ""))
    for moment in range(10_000):
        window.has_room(moment / 10, 1, 10**9)
        window.add(moment / 10, 1)
    assert len(window.counts) <= 62


def test_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "REMEMBERED", BOUND)
    own, limit = tries.Own(), LIMITS["sign_in"][0]
    for number in range(3 * BOUND):
        assert own.counted([tries.Counted(limit, str(number))], float(number)) is None
    assert len(own._moments) == BOUND
