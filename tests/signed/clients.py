"""Clients at addresses of their own: what they do wrong counts against nobody else's limit."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import httpx

from app.asgi import Application
from db.engine import engine
from graph.signatures import sign
from tests.addresses import fresh_address

EVENT = {"name": "page_view", "properties": {"path": "/قميص", "n": 1.5}}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


@dataclass(frozen=True)
class PublicKey:
    """A public key, and its signatures as a page's code makes them."""

    store_id: int
    row_id: int
    key_id: str
    signing_secret: str

    def headers(
        self,
        body: bytes,
        *,
        nonce: str | None = None,
        timestamp: str | int | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, str]:
        """Return a signed write's headers."""
        nonce = nonce or secrets.token_hex(16)
        timestamp = str(int(time.time()) if timestamp is None else timestamp)
        headers = {
            "Authorization": f"DZ-Public {self.key_id}",
            "Content-Type": "application/json",
            "X-DZ-Timestamp": timestamp,
            "X-DZ-Nonce": nonce,
            "X-DZ-Signature": sign(self.signing_secret.encode(), self.key_id, nonce, timestamp, body),
        }
        return headers if idempotency_key is None else headers | {"Idempotency-Key": idempotency_key}

    async def inbox(self) -> list[asyncpg.Record]:
        """Return what the inbox has of this key."""
        return await engine.fetch("SELECT * FROM inbox WHERE api_key_id = $1 ORDER BY id", self.row_id)

    async def signed(self) -> list[asyncpg.Record]:
        """Return which of this key's requests were accepted."""
        return await engine.fetch("SELECT * FROM signed_requests WHERE api_key_id = $1 ORDER BY id", self.row_id)


class Page:
    """A page's code, on the application in this process."""

    def __init__(self, application: Application, key: PublicKey) -> None:
        self.key = key
        self.transport = httpx.ASGITransport(application, client=(fresh_address(), 1))
        self.client = httpx.AsyncClient(transport=self.transport, base_url="http://test")

    def move(self) -> None:
        """Go to another address."""
        self.transport.client = (fresh_address(), 1)

    async def track(self, body: bytes = BODY, headers: dict[str, str] | None = None, **signing: Any) -> httpx.Response:
        """Send an event, signed unless `headers` say otherwise."""
        sent = self.key.headers(body, **signing) | (headers or {})
        return await self.client.post("/v1/events", content=body, headers=sent)

    async def graphql(
        self, query: str, variables: dict[str, Any] | None = None, *, signed: bool = True, **signing: Any
    ) -> httpx.Response:
        """Send a GraphQL operation."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = self.key.headers(body, **signing)
        if not signed:
            headers = {name: value for name, value in headers.items() if not name.startswith("X-DZ")}
        return await self.client.post("/graphql", content=body, headers=headers)


class Raw(NamedTuple):
    """A server's answer, as far as a test looks at it."""

    status: int
    body: bytes


async def send_raw(base_url: str, head: dict[str, bytes], body: bytes, local: str) -> Raw:
    """Send bytes that no library would, from a local address of one's own."""
    address = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, local_addr=(local, 0))
    lines = [b"POST /v1/events HTTP/1.1", b"Host: test", b"Connection: close", b"Content-Length: %d" % len(body)]
    lines += [name.encode() + b": " + value for name, value in head.items()]
    writer.write(b"\r\n".join((*lines, b"", body)))
    answer = await reader.read()
    writer.close()
    status, _, rest = answer.partition(b"\r\n")
    return Raw(int(status.split()[1]), rest.partition(b"\r\n\r\n")[2])
