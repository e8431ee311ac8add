"""How fast signups and events are taken in by one worker, beside how fast one process of the app accepts them.

`python -m bench.ingest [--messages N]`, on a sandbox of its own: first the app with its worker beside it, over sockets,
and how long the worker needs after the last acknowledgement; then the worker alone on a full inbox.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from app.workers.ingest import Ingest
from db.engine import engine
from graph.signatures import sign

CONNECTIONS: Final = 32
SECONDS: Final = 10
# Events whose way is followed have numbers of their own.
FIRST: Final = 10_000_000
FILL = """
    INSERT INTO inbox (store_id, livemode, api_key_id, kind, payload)
    SELECT $1, true, $2, $3::text, CASE $3 WHEN 'event'
        THEN jsonb_build_object('name', 'page_view', 'properties', jsonb_build_object('path', '/p/' || n))
        ELSE jsonb_build_object('email', encode(sha256(('bench' || n % ($4 / 2))::bytea), 'hex'), 'source', 'bench') END
    FROM generate_series(1, $4::int) n
"""


@dataclass(frozen=True)
class Key:
    """The sandbox's public key that no limit stops."""

    name: str
    secret: bytes

    @classmethod
    def of(cls, members: dict[str, Any]) -> "Key":
        return cls(members["load_public_key_id"], members["load_public_signing_secret"].encode())

    def signed(self, body: bytes) -> tuple[str, str, str]:
        """Return a nonce, the time, and the signature of a body with them."""
        nonce, moment = secrets.token_hex(16), str(int(time.time()))
        return nonce, moment, sign(self.secret, self.name, nonce, moment, body)

    def request(self, host: str, kind: str, number: int) -> bytes:
        """Return a signed request, as its bytes go over the socket."""
        signup = {"email": f"bench{number // 2}@example.dz", "source": "bench"}
        body = event(number) if kind == "event" else json.dumps(signup).encode()
        nonce, moment, signature = self.signed(body)
        lines = (
            f"POST /v1/{kind}s HTTP/1.1",
            f"Host: {host}",
            f"Authorization: DZ-Public {self.name}",
            "Content-Type: application/json",
            f"X-DZ-Timestamp: {moment}",
            f"X-DZ-Nonce: {nonce}",
            f"X-DZ-Signature: {signature}",
            f"Content-Length: {len(body)}",
            "",
            "",
        )
        return "\r\n".join(lines).encode() + body


def event(number: int) -> bytes:
    """Return the body of an event."""
    return json.dumps({"name": "page_view", "properties": {"path": f"/p/{number}"}}).encode()


async def send(host: str, port: int, requests: list[bytes]) -> int:
    """Send requests over one connection, one after the other, and return how many were acknowledged."""
    reader, writer = await asyncio.open_connection(host, port)
    accepted = 0
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        accepted += head.startswith(b"HTTP/1.1 202")
    writer.close()
    return accepted


async def accepted_a_second(members: dict[str, Any], kind: str, messages: int) -> tuple[float, float]:
    """Return how many one process of the app accepts a second, and the seconds until the last of them is taken in."""
    address = urlsplit(members["base_url"])
    key = Key.of(members)
    requests = [key.request(address.netloc, kind, number) for number in range(messages)]
    begun = time.perf_counter()
    shares = (requests[place::CONNECTIONS] for place in range(CONNECTIONS))
    accepted = sum(await asyncio.gather(*(send(address.hostname or "", address.port or 0, share) for share in shares)))
    ended = time.perf_counter()
    if accepted != messages:
        sys.exit(f"only {accepted} of {messages} {kind}s were accepted")
    connection = await asyncpg.connect(members["database_url"])
    while await connection.fetchval("SELECT count(*) FROM inbox"):  # noqa: ASYNC110 -- the state is the database's
        await asyncio.sleep(0.01)
    await connection.close()
    return messages / (ended - begun), time.perf_counter() - ended


async def until_it_is_a_row(members: dict[str, Any], rate: float, seconds: int) -> tuple[float, float, float]:
    """Return the median, the 99th percentile and the longest time from a 202 to its row, at so many events a second."""
    address, key = urlsplit(members["base_url"]), Key.of(members)
    acknowledged: dict[int, float] = {}
    late: list[float] = []
    begun, total = time.perf_counter(), int(rate * seconds)

    async def client(place: int) -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for number in range(place, total, CONNECTIONS):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            writer.write(key.request(address.netloc, "event", FIRST + number))
            head = await reader.readuntil(b"\r\n\r\n")
            acknowledged[number] = time.perf_counter()
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
        writer.close()

    sending = asyncio.gather(*(client(place) for place in range(CONNECTIONS)))
    connection = await asyncpg.connect(members["database_url"])
    first = await connection.fetchval("SELECT coalesce(max(id), 0) FROM tracking.events")
    seen: set[int] = set()
    while len(seen) < total:
        rows = await connection.fetch(
            "SELECT id, split_part(properties ->> 'path', '/', 3)::int AS number FROM tracking.events"
            " WHERE id > $1 - 5000 AND received_at > now() - interval '1 minute'",
            first,
        )
        now = time.perf_counter()
        for row in rows:
            number = row["number"] - FIRST
            if number not in seen and number in acknowledged:
                seen.add(number)
                late.append(now - acknowledged[number])
            first = max(first, row["id"])
        await asyncio.sleep(0.02)
    await sending
    await connection.close()
    late.sort()
    return late[len(late) // 2], late[int(len(late) * 0.99)], late[-1]


async def taken_in_a_second(members: dict[str, Any], kind: str, messages: int) -> float:
    """Return how many one worker takes in a second from a full inbox, with nothing beside it."""
    await engine.open(members["database_url"], size=4)
    key = await engine.fetch_row("SELECT store_id, id FROM api_keys WHERE key_id = $1", members["load_public_key_id"])
    if key is None:
        sys.exit("the sandbox's key is not there")
    async with engine.transaction():
        await engine.write(FILL, key["store_id"], key["id"], kind, messages)
    worker, taken, begun = Ingest(messages, 0, 7), 0, time.perf_counter()
    while taken < messages:
        taken += await asyncio.create_task(worker.round())
    seconds = time.perf_counter() - begun
    await engine.close()
    return messages / seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    messages = parser.parse_args().messages
    command = [sys.executable, "-m", "app.cli", "sandbox", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        try:
            members = json.loads(sandbox.stdout.readline() if sandbox.stdout else "")
            for kind in ("event", "signup"):
                accepted, lag = asyncio.run(accepted_a_second(members, kind, messages))
                print(f"{kind}s accepted by one process, its worker beside it  {accepted:8,.0f}/s")
                print(f"  the last one taken in after                         {lag:8.2f} s")
                if kind == "event":
                    median, most, last = asyncio.run(until_it_is_a_row(members, accepted / 2, SECONDS))
                    waits = f"p50 {median:.2f} s, p99 {most:.2f} s, last {last:.2f} s"
                    print(f"  from 202 to its row, at half of that                {waits}")
            # The sandbox's own worker must take nothing of what follows; its supervisor would start a killed one again.
            os.kill(members["pids"]["ingest"], signal.SIGSTOP)
            for kind in ("event", "signup"):
                rate = asyncio.run(taken_in_a_second(members, kind, messages))
                print(f"{kind}s taken in by one worker alone                    {rate:8,.0f}/s")
        finally:
            os.kill(members["pids"]["ingest"], signal.SIGCONT)
            sandbox.terminate()


if __name__ == "__main__":
    main()
