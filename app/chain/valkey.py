"""The connection to Valkey, which may be away: nothing waits for it longer than 50 ms, and nothing depends on it."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any, TypeVar

import redis.asyncio as redis
import structlog

from app.chain import metrics
from app.chain.wire import Part, Wire

T = TypeVar("T")

# The longest that a request waits for Valkey, and how long it is left alone after it failed.
PATIENCE = 0.05
REST = 0.5
COMPLAINT_EVERY = 60.0
# How many turns the event loop gets to see an answer that came in time, should it have been held up itself.
TURNS = 5
FAILURES = (redis.RedisError, OSError, TimeoutError)

log = structlog.get_logger("dzbuild")


class Valkey:
    """One process's client. While the server fails it is not asked, but for one call every half a second.

    `patience` is how many seconds a request waits for it.
    """

    def __init__(self) -> None:
        self.patience = PATIENCE
        self.client: redis.Redis | redis.RedisCluster | None = None
        self._wire: Wire | None = None
        self._rests_until = 0.0
        self._complained = -COMPLAINT_EVERY

    def open(self, url: str, *, cluster: bool = False) -> None:
        """Make the client; it connects at the first use.

        Args:
            url: of the server, or of one of a cluster's.
            cluster: whether it is a cluster.
        """
        make = redis.RedisCluster.from_url if cluster else redis.from_url
        self.client = make(url, socket_connect_timeout=1, protocol=2)
        self._wire = Wire(self.client.connection_pool) if isinstance(self.client, redis.Redis) else None
        self._rests_until = 0.0

    async def close(self) -> None:
        """Close every connection."""
        client, self.client = self.client, None
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
        if client is not None:
            await client.aclose()

    @property
    def clustered(self) -> bool:
        """Tell whether the keys of one call have to be of one partition."""
        return isinstance(self.client, redis.RedisCluster)

    def required(self) -> redis.Redis | redis.RedisCluster:
        """Return the client.

        Raises:
            ConnectionError: there is none.
        """
        if self.client is None:
            raise ConnectionError("there is no client")
        return self.client

    async def call(self, *parts: Part) -> Any:
        """Return the reply to a command that goes with many requests; on a cluster its keys say where it goes.

        Raises:
            ConnectionError: there is no client; or another of `FAILURES`.
        """
        client = self.required()
        if self._wire is None:
            return await client.execute_command(*parts)
        return await self._wire.call(*parts)

    @property
    def usable(self) -> bool:
        """Tell whether it is worth asking."""
        return self.client is not None and time.monotonic() >= self._rests_until

    async def attempt(self, call: Awaitable[T]) -> T | None:
        """Return what a call answers, or None when it fails or takes too long; that is counted as `degraded`."""
        try:
            async with asyncio.timeout(self.patience):
                return await call
        except FAILURES as error:
            self.failed(error)
            return None

    async def in_time(self, call: asyncio.Future[None]) -> bool:
        """Wait for a call for as long as a request may, and tell whether it has ended; if not, it goes on."""
        await asyncio.wait([call], timeout=self.patience)
        for _ in range(TURNS):
            if call.done():
                break
            # The event loop may have been held up itself: what has come meanwhile was in time.
            await asyncio.sleep(0)
        return call.done()

    def recovered(self) -> None:
        """Ask the server again at once: it has answered after all."""
        self._rests_until = 0.0

    def failed(self, error: BaseException) -> None:
        """Leave the server alone for a moment, count that, and say so once a minute."""
        now = time.monotonic()
        self._rests_until = now + REST
        metrics.DEGRADED.inc()
        if now - self._complained >= COMPLAINT_EVERY:
            self._complained = now
            log.warning("valkey is away: each process counts by itself, nothing is cached", error=repr(error)[:200])


valkey = Valkey()
