"""Makes a store's kept answers unreachable after a write, for all writes that wait in one call (`contract.md §7`).

What can't be told to Valkey in time is told as soon as it can be, until the kept answers have ended by themselves;
meanwhile this process takes none of that store from the cache.
"""

import asyncio
import secrets
import time
from contextvars import Context
from itertools import chain
from typing import Final

from app.chain.limits import Ask, limiter
from app.chain.valkey import FAILURES, valkey

# The seconds that an answer is kept, those that one call may take, and those until it is made again.
LIFETIME: Final = 30
CALL: Final = 1.0
AGAIN: Final = 0.1

# A store and its mode.
Subject = tuple[int, bool]


class Outdater:
    """One process's stores whose answers have to be outdated, and since when."""

    def __init__(self) -> None:
        self._pending: dict[Subject, float] = {}
        # Of those that no call has begun for.
        self._told: asyncio.Future[None] | None = None
        self._running: asyncio.Task[None] | None = None
        # Whether Valkey owes an answer for longer than a request waits.
        self._late = False

    def is_pending(self, store_id: int, livemode: bool) -> bool:
        """Tell whether what is kept of a store and mode may be from before a write of this process."""
        return (store_id, livemode) in self._pending

    async def outdate(self, *subjects: Subject) -> None:
        """Outdate what is kept of these; it goes on by itself where Valkey is away, or takes too long to wait for."""
        if valkey.client is None:
            return
        self._pending |= dict.fromkeys(subjects, time.monotonic())
        told = self._told = self._told or asyncio.get_running_loop().create_future()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(), context=Context())
        # Waited for even where Valkey is left alone for a moment: what others are told next hangs on it.
        if not (self._late or limiter.is_late or await valkey.in_time(told)):
            self._late = True
            valkey.failed(TimeoutError("no answer in time"))

    async def _run(self) -> None:
        while self._pending:
            batch, told, self._told = dict(self._pending), self._told, None
            done = await self._tell(list(batch))
            if told is not None:
                told.set_result(None)
            over = time.monotonic() - LIFETIME
            for subject, since in batch.items():
                # A write since then has another moment, and is another's to tell.
                if self._pending[subject] == since and (done or since < over):
                    del self._pending[subject]
            if not done:
                await asyncio.sleep(AGAIN)

    async def _tell(self, subjects: list[Subject]) -> bool:
        """Give each another generation; on a cluster in one call for each, as their keys are not of one slot."""
        pairs = [(generation(*subject), secrets.token_hex(8)) for subject in subjects]
        groups = [[pair] for pair in pairs] if valkey.clustered else [pairs]
        try:
            async with asyncio.timeout(CALL):
                await asyncio.gather(*(valkey.call("MSET", *chain.from_iterable(group)) for group in groups))
        except FAILURES as error:
            valkey.failed(error)
            return False
        self._late = False
        return True


def generation(store_id: int, livemode: bool) -> str:
    """Return the name of a store's generation, in Valkey."""
    return Ask("", store_id, livemode, 0, 0, cacheable=True).generation


outdater = Outdater()
