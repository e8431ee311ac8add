"""uvicorn's HTTP protocol, which sends an answer's head and body together: one system call, one packet where both fit.

uvicorn writes them one after the other, and uvloop hands each write to the kernel at once. An application whose answer
is whole may hand it over so (`scope["extensions"][WHOLE]`), without the two messages of ASGI.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.chain.answering import BODILESS, WHOLE

# What a head is made of (RFC 9110 §5.5); who makes its lines sees to the line breaks.
TEXT = bytes({9, 10, 13, *range(32, 127), *range(128, 256)})


class Corked:
    """A transport that keeps a first write back until the next one, or until the loop's turn is over."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._call_soon = loop.call_soon
        self._kept = b""
        # What is asked for with each request is not looked for first.
        self.is_closing = transport.is_closing
        self.send = transport.write

    def write(self, data: bytes) -> None:
        """Keep the data, or send it behind what was kept."""
        if self._kept:
            kept, self._kept = self._kept, b""
            self._transport.write(kept + data)
        elif data:
            self._kept = data
            self._call_soon(self.flush)

    def flush(self) -> None:
        """Send what was kept."""
        if self._kept:
            kept, self._kept = self._kept, b""
            self._transport.write(kept)

    def close(self) -> None:
        """Send what was kept, then close."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Be the transport in everything else."""
        return getattr(self._transport, name)


class CorkedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol over such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection."""
        super().connection_made(Corked(transport, self.loop))  # type: ignore[arg-type]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begin with a request, whose answer may come whole."""
        cycle.scope["extensions"] = {WHOLE: cast("Any", Whole(cycle).send)}
        super()._start_asgi_task(cycle, app)


class Whole:
    """Takes the one answer of a request, as uvicorn's cycle takes the messages of it."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def send(self, status: int, head: bytes, body: bytes) -> bool:
        """Send an answer; return false where the client is slow to take what came before, and nothing was sent.

        Args:
            status: a status code of HTTP.
            head: lines with their CRLF, the body's length among them.
            body: all of it; left out where HTTP wants none.

        Raises:
            RuntimeError: an answer has begun already, or the head has a character that none may have.
        """
        cycle = self._cycle
        if cycle.flow.write_paused:
            return False
        if cycle.disconnected:
            return True
        if cycle.response_started:
            raise RuntimeError("there is an answer already")
        whole = self._head(status, head)
        if status not in BODILESS and cycle.scope["method"] != "HEAD":
            whole += body
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.send(whole)  # type: ignore[attr-defined]
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True

    def _head(self, status: int, lines: bytes) -> bytes:
        if lines.translate(None, TEXT):
            raise RuntimeError("the head of an answer has a control character in it")
        always = b"".join([b"%s: %s\r\n" % header for header in self._cycle.default_headers])
        closing = b"" if self._cycle.keep_alive else b"connection: close\r\n"
        return b"%s%s%s%s\r\n" % (STATUS_LINE[status], always, lines, closing)
