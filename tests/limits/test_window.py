"""The sliding window against its definition: in any 60 s no more than N; no refusal without N in the last 61 s."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.commands.core import Script

from app.chain.limits import SCRIPT, Ask, State
from app.chain.window import Window
from app.services import Servers

# The script under a clock of the test's: the one line that reads the server's gives what the test says.
CLOCK = "redis.call('TIME')"
SIMULATED = SCRIPT.replace(CLOCK, "{ARGV[3], ARGV[4]}")
START = 1_798_761_590_000
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)

# Steps in milliseconds: bursts, the edges of seconds and of the window, and long silences.
steps = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 1, 250, 499, 999, 1000, 1001, 5_000, 29_500])
        | st.sampled_from([58_999, 59_999, 60_000, 60_001, 61_000, 61_001])
        | st.integers(0, 62_000),
        st.sampled_from([1, 1, 1, 2, 5]),
        st.integers(1, 40),
    ),
    min_size=5,
    max_size=60,
)  # fmt: skip


class Model:
    """What was let through, as it was."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.passed: list[tuple[int, int]] = []

    def since(self, now: int, milliseconds: int) -> int:
        return sum(cost for at, cost in self.passed if at > now - milliseconds)

    def check(self, now: int, cost: int, admitted: bool) -> None:
        if admitted:
            self.passed.append((now, cost))
            assert self.since(now, 60_000) <= self.limit
        else:
            assert self.since(now, 61_000) + cost > self.limit


@pytest.fixture
def client(servers: Servers) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(servers.redis_url) as connected:
        yield connected


def called(script: Script, asks: list[Ask], now: int) -> list[list[Any]]:
    """Run the script once for all of these, at a moment in milliseconds."""
    packed = b"".join(ask.packed() for ask in asks)
    return script(keys=[asks[0].tag], args=["token", packed, now // 1000, now % 1000 * 1000])


def test_the_script_reads_the_clock_once() -> None:
    assert SCRIPT.count(CLOCK) == 1


@pytest.mark.parametrize("limit", [1, 30, 1_200, 6_000])
class TestScript:
    @EXAMPLES
    @given(steps=steps)
    def test_window(self, client: redis.Redis, limit: int, steps: list[tuple[int, int, int]]) -> None:
        script = client.register_script(SIMULATED)
        ask = Ask(secrets.token_hex(8), 1, True, 1, limit)
        model, now = Model(limit), START
        for pause, cost, repeats in steps:
            now += pause
            # As many at once as it takes to meet the limit; all in one call.
            size = max(1, cost * limit // 100)
            asks = [replace(ask, cost=size)] * min(repeats, 3 + limit // 2)
            for state, remaining, reset, retry, *_ in called(script, asks, now):
                model.check(now, size, state == State.ADMITTED)
                assert 0 <= remaining <= limit
                assert 0 <= reset <= 61_000
                assert (retry > 0) == (state != State.ADMITTED)
        assert client.memory_usage(ask.window) < 8_192

    @EXAMPLES
    @given(steps=steps)
    def test_what_it_says_to_wait_is_enough_and_no_more(
        self, client: redis.Redis, limit: int, steps: list[tuple[int, int, int]]
    ) -> None:
        script = client.register_script(SIMULATED)
        ask = Ask(secrets.token_hex(8), 1, True, 1, limit)
        now = START

        def admit(at: int, size: int) -> tuple[int, int]:
            state, _, _, retry, *_ = called(script, [replace(ask, cost=size)], at)[0]
            return state, retry

        for pause, cost, _ in steps:
            now += pause
            size = max(1, cost * limit // 8)
            state, retry = admit(now, min(size, limit))
            if state == State.WINDOW_FULL:
                assert admit(now + retry - 1, min(size, limit))[0] == State.WINDOW_FULL
                now += retry
                assert admit(now, min(size, limit))[0] == State.ADMITTED


@pytest.mark.parametrize("limit", [1, 30, 1_200, 6_000])
class TestProcessWindow:
    @EXAMPLES
    @given(steps=steps)
    def test_window(self, limit: int, steps: list[tuple[int, int, int]]) -> None:
        window, model, now = Window(), Model(limit), START
        for pause, cost, repeats in steps:
            now += pause
            for _ in range(min(repeats, 3 + limit // 2)):
                size = max(1, cost * limit // 100)
                has_room = window.has_room(now / 1000, size, limit)
                if has_room:
                    window.add(now / 1000, size)
                model.check(now, size, has_room)
        assert len(window.counts) <= 62


class TestClockSetBack:
    def test_lets_no_more_through(self, client: redis.Redis) -> None:
        script = client.register_script(SIMULATED)
        ask = Ask(secrets.token_hex(8), 1, True, 1, 10)
        admitted = 0
        for seconds in (100, 95, 90, 100, 105, 99, 110):
            for _ in range(10):
                admitted += called(script, [ask], START + seconds * 1000)[0][0] == State.ADMITTED
        assert admitted == 10


class TestMonth:
    """The script's own calendar."""

    def admit(self, client: redis.Redis, seconds: int, ask: Ask) -> list[int]:
        return called(client.register_script(SIMULATED), [ask], seconds * 1000)[0]

    @EXAMPLES
    @given(moment=st.datetimes())
    def test_every_second_has_its_month(self, client: redis.Redis, moment: datetime) -> None:
        at = moment.replace(tzinfo=UTC, year=1970 + moment.year % 130, microsecond=0, day=min(moment.day, 28))
        ask = Ask(secrets.token_hex(6), secrets.randbits(40), True, 1, 10, per_month=5)
        answer = self.admit(client, int(at.timestamp()), ask)
        assert answer[0] == State.UNSEEDED
        number = answer[6]
        assert number == at.year * 12 + at.month - 1
        month = f"{ask.month[2]}{number}"
        client.hset(month, mapping={"all": 5, "public": 0})
        refused = self.admit(client, int(at.timestamp()), ask)
        following = datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)
        assert refused[0] == State.MONTH_FULL
        assert refused[3] == (following - at).total_seconds() * 1000
        client.delete(month, ask.window)
