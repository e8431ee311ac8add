"""A receiver of webhooks for measurements: `python -m bench.receiver PORT`.

What is posted to `/ok` is answered 200 at once, what is posted to `/hang` never. `GET /report` tells how many came, how
many of them more than once, when the first and the last came, and how late the first ones of each id were; and forgets.
"""

import asyncio
import json
import re
import sys
import time
from datetime import datetime

import uvloop

OCCURRED = re.compile(rb'"occurred_at":"([^"]+)"')
LENGTH = re.compile(rb"(?i)content-length: (\d+)")
IDENTIFIER = re.compile(rb"(?i)webhook-id: (\d+)")
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Seen:
    """What came since the last report."""

    def __init__(self) -> None:
        self.times: dict[bytes, int] = {}
        self.late: list[float] = []
        self.hung = 0
        self.first = self.last = 0.0

    def note(self, identifier: bytes, body: bytes) -> None:
        now = time.time()
        self.first, self.last = self.first or now, now
        self.times[identifier] = self.times.get(identifier, 0) + 1
        if self.times[identifier] == 1 and (found := OCCURRED.search(body)):
            self.late.append(now - datetime.fromisoformat(found[1].decode()).timestamp())

    def report(self) -> bytes:
        again = sum(count > 1 for count in self.times.values())
        told = {"ids": len(self.times), "again": again, "hung": self.hung, "first": self.first, "last": self.last}
        return json.dumps(told | {"late": sorted(self.late)}).encode()


class Receiver(asyncio.Protocol):
    """One connection."""

    seen = Seen()

    def __init__(self) -> None:
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            head = self._rest[:end]
            found = LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._rest) < whole:
                return
            body, self._rest = self._rest[end + 4 : whole], self._rest[whole:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET /report"):
            told, Receiver.seen = self.seen.report(), Seen()
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(told), told))
        elif b" /hang" in head[:12]:
            self.seen.hung += 1
        else:
            identifier = IDENTIFIER.search(head)
            if identifier:
                self.seen.note(identifier[1], body)
            self._transport.write(ANSWER)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
