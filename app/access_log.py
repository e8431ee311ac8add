"""One line a request, with its id, and without secrets, bodies, queries or personal data.

Where it is JSON, the lines of one turn of the event loop are written together: a line by itself costs as much as
finding a kept answer.
"""

import asyncio
import sys
from datetime import UTC, datetime

import msgspec
import structlog

from app.chain.request import Request

PATH_LENGTH = 200

_encoder = msgspec.json.Encoder()
_told = structlog.get_logger("access")


class Line(msgspec.Struct):
    """What is told of a request."""

    request_id: str
    method: str
    route: str
    status: int
    milliseconds: float
    key_id: str | None
    store_id: int | None
    replayed: bool
    event: str
    level: str
    timestamp: datetime


class AccessLog:
    """Writes to standard error; `used` and `as_json` are settings, given when the process starts."""

    def __init__(self) -> None:
        self.used = True
        self.as_json = True
        self._lines = bytearray()

    def add(self, request: Request, status: int, seconds: float) -> None:
        """Tell of an answered request."""
        if not self.used:
            return
        context = request.context
        line = Line(
            request.request_id,
            request.method,
            request.route if request.route != "-" else request.scope["path"][:PATH_LENGTH],
            status,
            round(seconds * 1000, 2),
            context.key_id if context else None,
            context.store_id if context else None,
            request.replayed,
            "request",
            "info",
            datetime.now(UTC),
        )
        if not self.as_json:
            members = msgspec.structs.asdict(line)
            del members["event"], members["level"], members["timestamp"]
            _told.info("request", **members)
            return
        if not self._lines:
            asyncio.get_running_loop().call_soon(self.flush)
        self._lines += _encoder.encode(line) + b"\n"

    def flush(self) -> None:
        """Write what was told since the last time."""
        lines, self._lines = self._lines, bytearray()
        sys.stderr.buffer.write(lines)
        sys.stderr.buffer.flush()


access_log = AccessLog()
