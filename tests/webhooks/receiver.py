"""A receiver of webhooks on a socket, which answers as badly as it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Answer = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 10.0


@dataclass
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


def answering(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Return what answers so."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body)

    return answer


async def hanging(_: Received, __: asyncio.StreamWriter) -> None:
    """Never answer."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


async def closing(_: Received, writer: asyncio.StreamWriter) -> None:
    """Close the connection without an answer."""
    writer.close()


def streaming(count: list[int]) -> Answer:
    """Return what answers 200 with a gigabyte, and counts what it got rid of."""

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
        for _part in range(16384):
            writer.write(b"x" * 65536)
            await writer.drain()
            count[0] += 65536

    return answer


@dataclass
class Receiver:
    """What came, and how it is answered."""

    answer: Answer
    port: int = 0
    received: list[Received] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")[1:-2]
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                received = Received(headers, body, asyncio.get_running_loop().time())
                async with self.came:
                    self.received.append(received)
                    self.came.notify_all()
                await self.answer(received, writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def until(self, count: int, patience: float = PATIENCE) -> list[Received]:
        """Wait until so many have come."""
        async with asyncio.timeout(patience), self.came:
            await self.came.wait_for(lambda: len(self.received) >= count)
        return self.received


@asynccontextmanager
async def receiving(answer: Answer | None = None, **options: Any) -> AsyncIterator[Receiver]:
    """Give a receiver that listens; it answers 200 unless told otherwise."""
    receiver = Receiver(answer or answering(200, b"thanks"))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, **options)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
