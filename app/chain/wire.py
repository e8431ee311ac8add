"""One connection to Valkey for what every request asks: commands go out as they come, replies come back in their order.

redis-py connects (address, TLS, password, database), and from then on the bytes go through hiredis alone: its way from
a call to a reply and back takes longer than all else that finding a kept answer takes.
"""

import asyncio
import time
from collections import deque
from typing import Any, Final, NamedTuple, cast

import hiredis
import redis.asyncio as redis
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import NoScriptError, ResponseError

# The seconds after which a server that owes an answer is taken for gone: the next call connects anew.
OVERDUE: Final = 5.0

Part = bytes | str | int


class Owed(NamedTuple):
    """A reply that is to come, and since when."""

    future: asyncio.Future[Any]
    since: float


class Wire(asyncio.Protocol):
    """A connection that is made when it is needed, and made again once it was lost."""

    def __init__(self, pool: redis.ConnectionPool) -> None:
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        # redis-py's own, which closes the transport when it goes.
        self._connection: Any = None
        self._connecting: asyncio.Task[asyncio.Transport] | None = None
        self._reader = hiredis.Reader()
        self._owed: deque[Owed] = deque()

    async def call(self, *parts: Part) -> Any:
        """Return the reply to a command; of several calls at once each gets its own.

        Raises:
            redis.RedisError: the connection failed or was lost, or the server refuses the command.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            transport = await self._connected()
        now = time.monotonic()
        if self._owed and now - self._owed[0].since > OVERDUE:
            transport.abort()
            raise LostConnection("the server owes an answer for too long")
        future = asyncio.get_running_loop().create_future()
        self._owed.append(Owed(future, now))
        transport.write(_packed(parts))
        return await future

    def close(self) -> None:
        """Close the connection; calls that wait for a reply fail."""
        if self._transport is not None:
            self._transport.abort()
            self._lost(None)

    async def _connected(self) -> asyncio.Transport:
        """Connect, once for all who want to."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(self._settled)
        # Shielded: one that waits no longer takes nothing from the others.
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> asyncio.Transport:
        connection = self._connection = cast("Any", self._pool).make_connection()
        await connection.connect()
        transport = cast("asyncio.Transport", connection._writer.transport)  # noqa: SLF001 -- it has no public name
        self._reader = hiredis.Reader()
        transport.set_protocol(self)
        self._transport = transport
        return transport

    def _settled(self, task: asyncio.Task[asyncio.Transport]) -> None:
        self._connecting = None
        if not task.cancelled():
            # Whoever waits for it has it, too.
            task.exception()

    def data_received(self, data: bytes) -> None:
        """Give the replies that have come to whom they are owed."""
        self._reader.feed(data)
        reply = self._reader.gets()
        while reply is not False:
            future = self._owed.popleft().future
            if not future.done():
                if isinstance(reply, hiredis.ReplyError):
                    future.set_exception(_error(str(reply)))
                else:
                    future.set_result(reply)
            reply = self._reader.gets()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail all who wait for a reply."""
        self._lost(exc)

    def _lost(self, exc: Exception | None) -> None:
        self._transport = None
        owed, self._owed = self._owed, deque()
        for each in owed:
            if not each.future.done():
                each.future.set_exception(LostConnection(f"the connection was lost: {exc}"))


def _packed(parts: tuple[Part, ...]) -> bytes:
    """Return a command as the protocol has it (RESP, an array of strings)."""
    given = [each if isinstance(each, bytes) else str(each).encode() for each in parts]
    return b"".join([b"*%d\r\n" % len(given), *[b"$%d\r\n%b\r\n" % (len(each), each) for each in given]])


def _error(message: str) -> redis.RedisError:
    return NoScriptError(message) if message.startswith("NOSCRIPT") else ResponseError(message)
