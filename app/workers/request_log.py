"""Notes each request of a key in the process, for the log that its merchant reads; written with the counts of usage.

It is the merchant's view, not a ledger: what there is no room for is left out, and counted.
"""

import asyncio
import time
from collections import Counter
from typing import Any, Final

import asyncpg
import structlog

from app.chain import metrics
from app.chain.request import Request
from db.engine import OUTAGES
from db.request_log import requests_log

# What one process keeps between two writes: in all, of one key, and of those who only said that they have some key.
CAPACITY: Final = 20_000
OF_A_KEY: Final = 1_000
OF_STRANGERS: Final = 200
STRANGERS: Final = ""
# What is logged of somebody who has not shown that the key is theirs.
STRANGE: Final = frozenset({"unauthorized", "forbidden"})
OPERATION_LENGTH: Final = 200

log = structlog.get_logger("dzbuild")


class RequestLog:
    """One process's requests that are not written yet."""

    def __init__(self) -> None:
        self.used = True
        self._rows: list[tuple[Any, ...]] = []
        self._counts: Counter[str] = Counter()
        self._writing: list[tuple[Any, ...]] = []
        self._dropped = 0
        self._flushing = asyncio.Lock()

    def add(self, request: Request, status: int, seconds: float) -> None:
        """Note an answered request that said whose key it has; this is done for each, and so does little."""
        key_id = request.key_id
        if key_id is None or not self.used:
            return
        whose, most = key_id, OF_A_KEY
        if request.context is None:
            if request.error_code not in STRANGE:
                return
            whose, most = STRANGERS, OF_STRANGERS
        count = self._counts[whose]
        if count >= most or len(self._rows) + len(self._writing) >= CAPACITY:
            self._dropped += 1
            return
        self._counts[whose] = count + 1
        self._rows.append(
            (
                key_id,
                time.time() - seconds,
                request.request_id,
                request.method,
                request.operation or request.route,
                "graphql" if request.route == "/graphql" else "rest",
                status,
                request.error_code,
                seconds * 1000,
            )
        )

    async def flush(self) -> None:
        """Write what was noted. What can't be written while the database is away is written later."""
        async with self._flushing:
            if self._dropped:
                metrics.LOG_DROPPED.inc(self._dropped)
                self._dropped = 0
            if not self._writing:
                self._writing, self._rows = self._rows, []
                self._counts.clear()
            if self._writing:
                await self._write()

    async def _write(self) -> None:
        try:
            await requests_log(self._writing)
        except (*OUTAGES, asyncpg.CheckViolationError) as error:
            # A day whose table is not made yet is a violation, too.
            log.warning("requests are logged later", error=type(error).__name__)
        except Exception as error:
            log.exception("requests are not logged", error=type(error).__name__)
            metrics.LOG_DROPPED.inc(len(self._writing))
            self._writing = []
        else:
            self._writing = []


request_log = RequestLog()
