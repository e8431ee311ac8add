"""Forwards a store's events to an address of the developer's, as the webhooks that they are.

It reads the event log, which misses nothing and doubles nothing, from the moment at which it starts. The body and the
headers are those that the worker sends; as there is no row of a delivery, its id is the event's in the log.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click
import httpx
import msgspec

from app.developer.api import Api, OutOfReach, Refused
from app.workers.answers import NO_ANSWER, TIMEOUT, complaint, reason, wish
from graph.events import EVENTS
from graph.webhook_message import HEADERS, is_done, is_tried_again, message_body
from graph.webhook_signing import signed_headers

# The pauses after attempts: a developer has mended the handler within a minute, or sends the event anew.
PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
LONGEST_WISH: Final = timedelta(seconds=60)
AT_ONCE: Final = 32
PAGE: Final = 200
# Each look is a request that counts: one a second while there is something, and a quarter of the minute's at most.
QUICK: Final = 1.0
SLOW: Final = 5.0
QUIET_AFTER: Final = 60.0
SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Told:
    """One event as a receiver is told of it."""

    id: int
    event: str
    body: bytes


class Listener:
    """One run. `tell` gets a line for each attempt, `warn` a sentence when the API can't be read."""

    def __init__(
        self, api: Api, whoami: dict[str, Any], secret: bytes, tell: Callable[[str], None], warn: Callable[[str], None]
    ) -> None:
        self.delivered = 0
        self.given_up = 0
        self._api = api
        self._store_id: int = whoami["store_id"]
        self._livemode: bool = whoami["livemode"]
        self._quick = max(QUICK, 60 / (whoami["rate_limit"]["limit"] * SHARE))
        self._secret = secret
        self._tell = tell
        self._warn = warn
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Return how many are under way, or wait for their next attempt."""
        return len(self._under_way)

    async def begin(self, types: Sequence[str]) -> dict[str, str]:
        """Return the query that leads to what happens from now on.

        Raises:
            Refused: the key may not read the event log.
            OutOfReach: the API is not there.
        """
        query = {"types": ",".join(types)} if types else {}
        begun = await self._api.get("/event-log", start="now", **query)
        return query | {"limit": str(PAGE), "cursor": begun["next_cursor"]}

    async def run(self, query: dict[str, str], forward_to: str, stopping: asyncio.Event) -> None:
        """Forward until told to stop; what is under way then is left.

        Raises:
            Refused: the key stopped working.
        """
        last = time.monotonic()
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
            while not stopping.is_set():
                page, wait = await self._page(query)
                for item in page["items"]:
                    await self._forward(client, forward_to, self._told(item))
                    last = time.monotonic()
                query["cursor"] = page["next_cursor"] or query["cursor"]
                if not page["has_more"]:
                    quiet = time.monotonic() - last > QUIET_AFTER
                    pause = wait or (max(self._quick, SLOW) if quiet else self._quick)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stopping.wait(), pause)
            for task in self._under_way:
                task.cancel()

    async def _page(self, query: dict[str, str]) -> tuple[dict[str, Any], float | None]:
        """Return what comes next, and how long to wait if it could not be asked for."""
        nothing: dict[str, Any] = {"items": [], "next_cursor": None, "has_more": False}
        try:
            return await self._api.get("/event-log", **query), None
        except OutOfReach as problem:
            self._warn(f"{problem}: it is tried again, and nothing is missed")
            return nothing, SLOW
        except Refused as refused:
            if refused.wait is None:
                raise
            self._warn(f"{refused} (again in {refused.wait:.0f} s, and nothing is missed)")
            return nothing, refused.wait

    def _told(self, item: dict[str, Any]) -> Told:
        # The members in the order that webhooks have; as they come, of an event that is newer than this program.
        members = EVENTS.get(item["event"], tuple(item["data"]))
        body = message_body(
            event=item["event"],
            store_id=self._store_id,
            occurred_at=datetime.strptime(item["occurred_at"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC),
            data=msgspec.json.encode({name: item["data"].get(name) for name in members}),
            delivery_id=item["id"],
            livemode=self._livemode,
        )
        return Told(item["id"], item["event"], body)

    async def _forward(self, client: httpx.AsyncClient, address: str, told: Told) -> None:
        await self._room.acquire()
        task = asyncio.create_task(self._deliver(client, address, told))
        self._under_way.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._room.release()

    async def _deliver(self, client: httpx.AsyncClient, address: str, told: Told) -> None:
        for pause in (*PAUSES, None):
            begun = time.monotonic()
            status, problem, wished = await self._post(client, address, told)
            line = _line(told, status, round((time.monotonic() - begun) * 1000))
            if is_done(status):
                self.delivered += 1
                self._tell(click.style(line, fg="green"))
                return
            if pause is None or not is_tried_again(status):
                break
            wait = max(pause, min(wished, LONGEST_WISH).total_seconds())
            self._tell(click.style(f"{line}  {problem}: again in {wait:g} s", fg="yellow"))
            await asyncio.sleep(wait)
        self.given_up += 1
        self._tell(click.style(f"{line}  {problem}: given up", fg="red"))

    async def _post(
        self, client: httpx.AsyncClient, address: str, told: Told
    ) -> tuple[int | None, str | None, timedelta]:
        """Make an attempt, and return its status, what was wrong, and how long the receiver wishes to be left alone."""
        signed = signed_headers(
            [self._secret], delivery_id=told.id, event=told.event, timestamp=int(time.time()), body=told.body
        )
        try:
            async with asyncio.timeout(TIMEOUT):
                response = await client.post(address, content=told.body, headers=HEADERS | signed)
        except TimeoutError:
            return None, f"no answer within {TIMEOUT:g} s", timedelta()
        except NO_ANSWER as error:
            return None, reason(error, TIMEOUT), timedelta()
        return response.status_code, complaint(response), wish(response) or timedelta()


def _line(told: Told, status: int | None, milliseconds: int) -> str:
    moment = datetime.now(UTC).astimezone()
    return f"{moment:%H:%M:%S}  {told.event:<18} {status or '---'}  {milliseconds:>6} ms  {told.id}"
