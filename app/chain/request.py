"""A request as the chain sees it, its id, and the answer that comes back."""

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, cast

from litestar.types import HTTPScope, Receive, Scope, Send

from db.engine import Spent
from graph.context import Context
from graph.errors import ApiError, Code
from graph.signatures import Signature

API_VERSION = "v1"
NOT_MODIFIED = 304
BODILESS = (204, NOT_MODIFIED)
BODY_LIMIT = 1024 * 1024
JSON = b"application/json"
CLIENT_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


@dataclass(slots=True)
class Request:
    """One HTTP request, from its first byte to its log line."""

    scope: HTTPScope
    receive: Receive
    request_id: str
    client_request_id: str | None
    headers: dict[bytes, bytes]
    started: float
    route: str = "-"
    address: str = ""
    context: Context | None = None
    replayed: bool = False
    admitted: float | None = None
    spent: Spent = field(default_factory=Spent)
    answer_headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    signature: Signature | None = None
    raw: bytes | None = None
    # For the log of requests: whose key it says it has, what it runs over GraphQL, and why it was refused.
    key_id: str | None = None
    operation: str | None = None
    error_code: str | None = None

    @property
    def method(self) -> str:
        """Return the method, in capitals."""
        return self.scope["method"]

    @property
    def target(self) -> bytes:
        """Return the path with its query, as the client wrote it."""
        path = self.scope.get("raw_path") or self.scope["path"].encode()
        query = self.scope["query_string"]
        return path + b"?" + query if query else path

    async def body(self) -> bytes:
        """Return the whole body.

        Raises:
            ApiError: `payload_too_large` over 1 MiB, whatever Content-Length says.
        """
        if self.raw is None:
            self.raw = await self._read()
        return self.raw

    async def _read(self) -> bytes:
        declared = self.headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > BODY_LIMIT:
            raise _too_large()
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] != "http.request":
                raise ConnectionResetError("the client went away")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > BODY_LIMIT:
                raise _too_large()
            chunks.append(chunk)
            if not message.get("more_body"):
                return b"".join(chunks)

    def meta(self) -> dict[str, Any]:
        """Return the `meta` of this request's answer."""
        meta = {"request_id": self.request_id, "api_version": API_VERSION}
        return meta if self.client_request_id is None else {**meta, "client_request_id": self.client_request_id}


@dataclass(slots=True)
class Answer:
    """What goes back. `request_id` is another request's when this is a replay of its answer.

    One that holds a `secret` is kept sealed in the ledger.
    """

    status: int
    body: bytes
    media_type: bytes = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    request_id: str | None = None
    secret: bool = False


def begin(scope: Scope, receive: Receive) -> Request:
    """Return a request with an id of its own; a sound id that the client sent stays beside it."""
    headers = dict(scope["headers"])
    sent = headers.get(b"x-request-id")
    kept = sent.decode() if sent is not None and CLIENT_REQUEST_ID.fullmatch(sent) else None
    return Request(cast("HTTPScope", scope), receive, f"req_{secrets.token_hex(8)}", kept, headers, time.perf_counter())


async def respond(send: Send, request: Request, answer: Answer) -> None:
    """Send an answer, with its request id, its limits and, for a platform key, where its time went."""
    headers = [
        (b"x-request-id", (answer.request_id or request.request_id).encode()),
        *answer.headers,
        *request.answer_headers,
    ]
    if answer.status not in BODILESS:
        headers += [(b"content-type", answer.media_type), (b"content-length", b"%d" % len(answer.body))]
    if request.context is not None and request.context.key_type == "platform":
        headers.append((b"server-timing", _timing(request)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _timing(request: Request) -> bytes:
    """Return `Server-Timing`, in milliseconds: until the request was let in, in the database, and in all."""
    now = time.perf_counter()
    chain = ((request.admitted or now) - request.started) * 1000
    spent = request.spent
    return b'chain;dur=%.2f, db;dur=%.2f;desc="%d statements", total;dur=%.2f' % (
        chain,
        spent.seconds * 1000,
        spent.statements,
        (now - request.started) * 1000,
    )


def _too_large() -> ApiError:
    return ApiError(Code.PAYLOAD_TOO_LARGE, f"The body is larger than {BODY_LIMIT} bytes: send less at once")
