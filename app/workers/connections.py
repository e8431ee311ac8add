"""The connections to receivers of webhooks: only to addresses that are allowed, in many small pools.

A pool looks at every connection that it has whenever a request begins or ends, so that one of hundreds is what the
worker would be busy with; and what hangs in one pool is out of the others' way.
"""

from types import TracebackType
from typing import Final, Self

import httpx
from ssrfguard import Policy
from ssrfguard.httpx import AsyncSafeTransport

POOLS: Final = 512
KEPT: Final = 4
KEPT_SECONDS: Final = 15
# Look-ups of names at once in each: a server of names that hangs holds up its own pool alone.
LOOK_UPS: Final = 8


class Connections(httpx.AsyncBaseTransport):
    """Sends each address's requests through a pool that it shares with few others."""

    def __init__(self, policy: Policy) -> None:
        """Reach what the policy allows, and nothing else."""
        self._policy = policy
        self._tls = httpx.create_ssl_context(trust_env=False)
        self._limits = httpx.Limits(max_keepalive_connections=KEPT, keepalive_expiry=KEPT_SECONDS)
        self._pools: dict[int, AsyncSafeTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Check the request's address, and send it."""
        number = hash(str(request.url)) % POOLS
        pool = self._pools.get(number)
        if pool is None:
            pool = self._pools[number] = self._pool()
        return await pool.handle_async_request(request)

    def _pool(self) -> AsyncSafeTransport:
        return AsyncSafeTransport(
            policy=self._policy, trust_env=False, verify=self._tls, limits=self._limits, resolver_slots=LOOK_UPS
        )

    async def __aenter__(self) -> Self:
        """Open: each pool opens when it is first used."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()
