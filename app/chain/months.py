"""Puts right what Valkey has of a month, once it has forgotten or was away (`contract.md §4`).

A month is counted in Valkey, and written to PostgreSQL some seconds later. Where Valkey begins anew from what is
written, it misses what was not yet; where it is away, it misses what passes meanwhile. Such a month is in doubt for a
while: it is compared with what is written, and raised to that.
"""

import time
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from app.chain.valkey import valkey
from app.workers.rounds import Rounds
from app.workers.usage import INTERVAL
from graph.usage import month_count

SCRIPT: Final = files("app.chain").joinpath("raise.lua").read_text()
# By then every process has written what it let through before.
DOUBTED: Final = 3 * INTERVAL
# How many are compared in a round, and how many may be in doubt: of more, those that are doubted longest are let go.
MOST: Final = 200
REMEMBERED: Final = 10_000

# A store, its mode, and the name of its month in Valkey without the month's number.
Subject = tuple[int, bool, str]


class Months:
    """One process's doubts."""

    def __init__(self) -> None:
        self._doubted: dict[Subject, float] = {}

    def doubt(self, store_id: int, livemode: bool, key: str) -> None:
        """Have a month compared for a while: Valkey may have missed some of it."""
        subject = (store_id, livemode, key)
        self._doubted.pop(subject, None)
        self._doubted[subject] = time.monotonic()
        if len(self._doubted) > REMEMBERED:
            del self._doubted[next(iter(self._doubted))]

    async def compare(self) -> None:
        """Raise the months in doubt to what is written of them; what was doubted long enough ago is right then."""
        for subject, since in list(self._doubted.items())[:MOST]:
            begun = time.monotonic()
            if not valkey.usable or not await self._raised(*subject):
                return
            if self._doubted.get(subject) == since and begun - since >= DOUBTED:
                del self._doubted[subject]

    async def _raised(self, store_id: int, livemode: bool, key: str) -> bool:
        now = datetime.now(UTC)
        total, public = await month_count(store_id, livemode, now.year, now.month)
        client: Any = valkey.required()
        name = f"{key}{now.year * 12 + now.month - 1}"
        return await valkey.attempt(client.eval(SCRIPT, 1, name, total, public)) is not None


months = Months()
comparison = Rounds(months.compare, INTERVAL)
