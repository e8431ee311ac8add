"""Puts right what Valkey has of a month, once it has forgotten or was away (`contract.md §4`).

A month is counted in Valkey, and written to PostgreSQL some seconds later. Where Valkey begins anew from what is
written, it misses what was not yet; where it is away, it misses what passes meanwhile. Such a month is in doubt for a
while: it is compared with what is written, and raised to that. While Valkey is away, what is written of such a month is
what the process knows of it.
"""

import heapq
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
        # When each of them was last compared: while Valkey is away all of them stay, and all have their turn.
        self._compared: dict[Subject, float] = {}
        # What was written when last compared without Valkey: the month's number, its requests, those of public keys.
        self._written: dict[Subject, tuple[int, int, int]] = {}

    def doubt(self, store_id: int, livemode: bool, key: str) -> None:
        """Have a month compared for a while: Valkey may have missed some of it."""
        subject = (store_id, livemode, key)
        self._doubted.pop(subject, None)
        self._doubted[subject] = time.monotonic()
        if len(self._doubted) > REMEMBERED:
            self._forget(next(iter(self._doubted)))

    def full(self, subject: Subject, cost: int, most: int, most_public: int | None) -> float:
        """Return for how many seconds a month surely has no room for so much, by what is written; 0 where it may have.

        Args:
            subject: whose month.
            cost: what a request costs.
            most: what may pass in the month.
            most_public: what of it public keys may use, where a public key asks.
        """
        written = self._written.get(subject)
        if written is None:
            return 0.0
        now = datetime.now(UTC)
        number, total, public = written
        has_room = total + cost <= most and (most_public is None or public + cost <= most_public)
        if has_room or number != _number(now):
            return 0.0
        return (datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC) - now).total_seconds()

    async def compare(self) -> None:
        """Raise the months in doubt to what is written of them; what was doubted long enough ago is right then."""
        for subject in heapq.nsmallest(MOST, self._doubted, key=lambda each: self._compared.get(each, 0.0)):
            since, begun = self._doubted.get(subject), time.monotonic()
            self._compared[subject] = begun
            if not await self._raised(subject):
                continue
            self._written.pop(subject, None)
            if since is not None and self._doubted.get(subject) == since and begun - since >= DOUBTED:
                self._forget(subject)

    async def _raised(self, subject: Subject) -> bool:
        """Raise a month in Valkey to what is written of it, or keep that here where Valkey is away."""
        store_id, livemode, key = subject
        now = datetime.now(UTC)
        total, public = await month_count(store_id, livemode, now.year, now.month)
        if valkey.usable:
            client: Any = valkey.required()
            name = f"{key}{_number(now)}"
            if await valkey.attempt(client.eval(SCRIPT, 1, name, total, public)) is not None:
                return True
        if subject in self._doubted:
            self._written[subject] = (_number(now), total, public)
        return False

    def _forget(self, subject: Subject) -> None:
        del self._doubted[subject]
        self._compared.pop(subject, None)
        self._written.pop(subject, None)


def _number(moment: datetime) -> int:
    """Return the number of a month, as `admit.lua` counts them."""
    return moment.year * 12 + moment.month - 1


months = Months()
comparison = Rounds(months.compare, INTERVAL)
