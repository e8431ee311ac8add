"""A request as the chain sees it, its id, and the answer that comes back."""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from litestar.types import HTTPScope, Receive, Scope

from db.engine import Spent
from graph.context import Context
from graph.errors import ApiError, Code
from graph.signatures import Signature

API_VERSION = "v1"
NOT_MODIFIED = 304
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
    # The lines of the answer's head that earlier stages gave it, each with its CRLF.
    answer_head: list[bytes] = field(default_factory=list)
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


def head_lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return headers as lines of an answer's head.

    Raises:
        ValueError: one of them would be two (RFC 9110 §5.5).
    """
    lines = b"".join([b"%s: %s\r\n" % header for header in headers])
    if not lines.count(b"\r") == lines.count(b"\n") == len(headers):
        raise ValueError("a header has a line break in it")
    return lines


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


def _too_large() -> ApiError:
    return ApiError(Code.PAYLOAD_TOO_LARGE, f"The body is larger than {BODY_LIMIT} bytes: send less at once")
