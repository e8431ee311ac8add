"""The connection that what every request asks of Valkey goes by."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis.asyncio as redis
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import NoScriptError, ResponseError

from app.chain import wire as module
from app.chain.wire import Wire
from app.services import Servers

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[Wire]:
    pool = redis.ConnectionPool.from_url(url, protocol=2)
    wire = Wire(pool)
    yield wire
    wire.close()
    await pool.aclose()


@pytest.fixture
async def wire(servers: Servers) -> AsyncIterator[Wire]:
    async with wired(servers.redis_url) as opened:
        yield opened


class TestCall:
    async def test_each_gets_its_own_reply(self, wire: Wire) -> None:
        replies = await asyncio.gather(*(wire.call("ECHO", f"نداء {number}") for number in range(500)))
        assert [reply.decode() for reply in replies] == [f"نداء {number}" for number in range(500)]

    async def test_bytes_of_any_length(self, wire: Wire) -> None:
        for length in (0, 1, 300_000):
            assert await wire.call("ECHO", b"\r\n" * length) == b"\r\n" * length

    async def test_what_is_given_up_shifts_no_reply(self, wire: Wire) -> None:
        await wire.call("PING")
        given_up = [asyncio.create_task(wire.call("ECHO", "given up")) for _ in range(5)]
        await asyncio.sleep(0)
        for each in given_up:
            each.cancel()
        assert await wire.call("ECHO", "wanted") == b"wanted"

    async def test_refusals(self, wire: Wire) -> None:
        with pytest.raises(NoScriptError):
            await wire.call("EVALSHA", "0" * 40, 0)
        with pytest.raises(ResponseError, match="unknown command"):
            await wire.call("NO-COMMAND")
        assert await wire.call("ECHO", "after") == b"after"


class TestConnection:
    async def test_is_made_anew_where_it_was_lost(self, wire: Wire, servers: Servers) -> None:
        mine = await wire.call("CLIENT", "ID")
        waiting = asyncio.create_task(wire.call("BLPOP", "wire:nothing", 0))
        async with redis.Redis.from_url(servers.redis_url) as other:
            await other.execute_command("CLIENT", "KILL", "ID", mine)
        with pytest.raises(LostConnection):
            await waiting
        assert await wire.call("CLIENT", "ID") > mine

    async def test_one_that_owes_too_long_is_given_up(self, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
        mine = await wire.call("CLIENT", "ID")
        waiting = asyncio.create_task(wire.call("BLPOP", "wire:nothing", 0))
        await asyncio.sleep(0)
        monkeypatch.setattr(module, "OVERDUE", 0.0)
        with pytest.raises(LostConnection):
            await wire.call("PING")
        with pytest.raises(LostConnection):
            await waiting
        monkeypatch.undo()
        assert await wire.call("CLIENT", "ID") > mine

    async def test_nobody_there(self) -> None:
        async with wired("redis://127.0.0.1:1") as wire:
            failed = await asyncio.gather(*(wire.call("PING") for _ in range(3)), return_exceptions=True)
            assert all(isinstance(each, LostConnection) for each in failed)

    async def test_as_whom_and_where_the_address_says(self, servers: Servers) -> None:
        async with redis.Redis.from_url(servers.redis_url) as other:
            await other.execute_command("ACL", "SETUSER", "wire", "on", ">secret word", "~*", "+@all")
            path = servers.redis_url.removeprefix("unix://").partition("?")[0]
            async with wired(f"unix://wire:secret%20word@{path}?db=3") as wire:
                assert await wire.call("ACL", "WHOAMI") == b"wire"
                assert b" db=3 " in await wire.call("CLIENT", "INFO")
            await other.execute_command("ACL", "DELUSER", "wire")
