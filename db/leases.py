"""Connections at hand: lent and taken back without the tasks and timers that asyncpg's pool makes for each.

asyncpg's pool stays below. It connects, ends what a cancelled request left running, and closes; what it gave out once
stays here, on a stack. The connection that was used last goes first, so that few of them have to prepare a statement.
"""

import asyncio
from collections import deque
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, cast

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]


class Leases:
    """The connections of one pool, which nobody else may take from it."""

    def __init__(self, pool: "Pool", size: int) -> None:
        """Lend at most `size` connections, as many as the pool has."""
        self._pool = pool
        self._size = size
        self._free: list[Connection] = []
        # Those taken from the pool: free, lent, or about to be connected.
        self._held = 0
        # Who waits gets a connection, or None: there is room for another one.
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._returning: set[asyncio.Task[None]] = set()
        self._closing = False

    async def take(self, patience: float) -> "Connection":
        """Return a connection that is connected and in no transaction; give it back with `give` or `give_up`.

        Args:
            patience: the seconds to wait for one, where all are lent.

        Raises:
            TimeoutError: none came back in time.
            OSError: the server is out of reach; or one of `db.engine.OUTAGES`.
        """
        free = self._free
        while free:
            connection = free.pop()
            if _is_open(connection):
                return connection
            self.give_up(connection)
        async with asyncio.timeout(patience):
            return await self._come_by(patience)

    def give(self, connection: "Connection") -> None:
        """Take back a connection: for the next one at once, where nothing is left to end on it."""
        if self._closing or not _is_open(connection) or connection.is_in_transaction():
            self.give_up(connection)
        elif not self._handed(connection):
            self._free.append(connection)

    def give_up(self, connection: "Connection") -> None:
        """Take back a connection on which something went wrong: asyncpg's pool finds out what, and ends it."""
        self._held -= 1
        # With a context of its own: it goes on after the request, and without its transaction.
        task = asyncio.create_task(self._returned(connection), context=Context())
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)
        self._handed(None)

    async def close(self) -> None:
        """Lend no more, and return to the pool what is free; what is lent follows when it is given back."""
        self._closing = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(asyncpg.InterfaceError("the connections are being closed"))
        self._waiting.clear()
        while self._free:
            self.give_up(self._free.pop())
        if self._returning:
            await asyncio.wait(self._returning)

    async def _come_by(self, patience: float) -> "Connection":
        """Connect once more, or wait until somebody gives back."""
        while True:
            if self._closing:
                raise asyncpg.InterfaceError("the connections are being closed")
            if self._held < self._size:
                return await self._connected(patience)
            future: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                connection = await future
            except asyncio.CancelledError:
                # It may have been given something in the same moment.
                if future.done() and not future.cancelled() and future.exception() is None:
                    self._pass_on(future.result())
                raise
            if connection is not None:
                return connection

    async def _connected(self, patience: float) -> "Connection":
        self._held += 1
        try:
            connection: Any = await self._pool.acquire(timeout=patience)
        except BaseException:
            self._held -= 1
            self._handed(None)
            raise
        # What was prepared before it was given up belongs to that lease.
        connection.prepared.clear()
        return cast("Connection", connection)

    def _pass_on(self, given: "Connection | None") -> None:
        if given is None:
            self._handed(None)
        else:
            self.give(given)

    def _handed(self, given: "Connection | None") -> bool:
        """Give what there is to who waits longest; false when nobody does."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(given)
                return True
        return False

    async def _returned(self, connection: "Connection") -> None:
        with suppress(
            OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError
        ):
            await self._pool.release(connection)


async def end_transaction(connection: Any) -> None:
    """End what a task that was cancelled left open; asyncpg's pool calls it for what is given up.

    Nothing else is reset: no statement of ours changes a session's state.
    """
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


def _is_open(connection: "Connection") -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        # asyncpg takes the connection out of its proxy where it notices the end by itself.
        return False
