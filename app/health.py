"""`/healthz`: the process is alive. `/readyz`: it can serve; the database and Valkey answer, migrations are current."""

import asyncio
from typing import Any

import redis.asyncio as redis
from litestar import Response, get

from db.engine import OUTAGES
from db.migrate import pending_on_engine

TIMEOUT = 1.0


class Cache:
    """The connection to Valkey."""

    client: redis.Redis | None = None

    async def open(self, url: str) -> None:
        """Make a client; it connects at the first use."""
        self.client = redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)

    async def close(self) -> None:
        """Close every connection."""
        if self.client is not None:
            await self.client.aclose()


cache = Cache()


@get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """Answer while the event loop turns."""
    return {"status": "ok"}


@get("/readyz", include_in_schema=False)
async def readyz() -> Response[dict[str, Any]]:
    """Answer 200 when everything that serving needs is there, 503 with what is missing otherwise."""
    database, valkey = await asyncio.gather(_database(), _valkey())
    checks = {"database": database, "valkey": valkey}
    ready = all(state == "ok" for state in checks.values())
    return Response({"status": "ready" if ready else "unready", "checks": checks}, status_code=200 if ready else 503)


async def _database() -> str:
    try:
        missing = await asyncio.wait_for(pending_on_engine(), TIMEOUT)
    except OUTAGES:
        return "out of reach"
    return "ok" if not missing else f"{len(missing)} migrations missing: run dzbuild migrate"


async def _valkey() -> str:
    try:
        if cache.client is None or not await asyncio.wait_for(cache.client.ping(), TIMEOUT):
            return "out of reach"
    except (redis.RedisError, *OUTAGES):
        return "out of reach"
    return "ok"
