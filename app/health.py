"""`/healthz`: the process is alive. `/readyz`: it can serve. `/metrics`: what it has counted."""

import asyncio
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

import redis.asyncio as redis
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from app.chain import metrics
from app.chain.valkey import valkey
from db.engine import OUTAGES
from db.migrate import pending_on_engine

TIMEOUT = 1.0


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
        if valkey.client is None or not await asyncio.wait_for(valkey.client.ping(), TIMEOUT):
            return "out of reach"
    except (redis.RedisError, *OUTAGES):
        return "out of reach"
    return "ok"


class Scrapers:
    """The networks that may read `/metrics`."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def allow(self, networks: tuple[str, ...]) -> None:
        """Let these networks read."""
        self.networks = tuple(ip_network(each, strict=False) for each in networks)

    def may_read(self, address: str) -> bool:
        """Tell whether this address is in one of them."""
        try:
            return any(ip_address(address) in network for network in self.networks)
        except ValueError:
            return False


scrapers = Scrapers()


@get("/metrics", include_in_schema=False)
async def show_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show what has been counted, to those whom the settings let read it."""
    if request.client is None or not scrapers.may_read(request.client.host):
        raise NotFoundException
    return Response(metrics.exposition(), headers={"content-type": metrics.MEDIA_TYPE})
