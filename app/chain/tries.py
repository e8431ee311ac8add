"""Counts what shoppers try, by their address and by the phone number that they give, and how often who tries to sign in
(`graph.tries.LIMITS`).

Valkey counts for all processes; while it is away each process has its share of the limits.
"""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from app.chain import metrics
from app.chain.address import limited_as
from app.chain.alone import REMEMBERED
from app.chain.limits import PARTITIONS, limiter
from app.chain.request import Request
from app.chain.valkey import valkey
from graph.context import Context
from graph.tries import LIMITS, Action, Limit, too_often

SCRIPT = files("app.chain").joinpath("tries.lua").read_text()


class Counted(NamedTuple):
    """A limit, and the name under which its tries are counted."""

    limit: Limit
    key: str


class Reached(NamedTuple):
    """The limit that a try meets, and the seconds until there is room."""

    limit: Limit
    wait: float


@dataclass(frozen=True, slots=True)
class ClientTries:
    """The tries of one client of one store and mode. A key whose limit per address was raised has none here either."""

    store_id: int
    livemode: bool
    address: str
    by_address: bool

    async def count(self, action: Action, phone: str) -> None:
        """Let a try pass and count it against every limit of the action, or refuse it and count nothing.

        Raises:
            ApiError: `rate_limited`.
        """
        reached = await _counted([Counted(limit, self._key(action, limit, phone)) for limit in self._limits(action)])
        if reached is not None:
            metrics.REFUSED.labels(action).inc()
            raise too_often(action, reached.limit.subject, max(1, math.ceil(reached.wait)))

    def _limits(self, action: Action) -> list[Limit]:
        return [limit for limit in LIMITS[action] if self.by_address or limit.subject != "address"]

    def _key(self, action: Action, limit: Limit, phone: str) -> str:
        subject = self.address if limit.subject == "address" else phone
        mode = "live" if self.livemode else "test"
        return f"tries:{{p{self.store_id % PARTITIONS}}}:{self.store_id}:{mode}:{action}:{limit.subject}:{subject}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A try to sign in, from an address, with an e-mail address."""

    address: str
    email: str

    async def count(self) -> None:
        """Let the try pass and count it, or refuse it and count nothing.

        Raises:
            ApiError: `rate_limited`.
        """
        reached = await _counted(self._tried())
        if reached is not None:
            metrics.REFUSED.labels("sign_in").inc()
            raise too_often("sign_in", reached.limit.subject, max(1, math.ceil(reached.wait)))

    async def forgive(self) -> None:
        """Count no more what was tried with this e-mail address: who has its password has shown it now."""
        for limit, key in self._tried():
            if limit.subject == "email":
                own.forget(key)
                if valkey.usable:
                    await valkey.attempt(valkey.required().delete(key))

    def _tried(self) -> list[Counted]:
        # One call counts by both, so both are of one partition. Nobody's e-mail address stands in Valkey.
        subjects = {"address": limited_as(self.address), "email": sha256(self.email.encode()).hexdigest()}
        return [
            Counted(limit, f"tries:{{p0}}:sign_in:{limit.subject}:{subjects[limit.subject]}")
            for limit in LIMITS["sign_in"]
        ]


def trying(request: Request, context: Context) -> Context:
    """Return a shopper's context with what counts what this client tries."""
    if context.key_type != "public":
        return context
    address, by_address = limited_as(request.address), context.requests_per_address is None
    return replace(context, tries=ClientTries(context.store_id, context.livemode, address, by_address))


async def _counted(tried: Sequence[Counted]) -> Reached | None:
    """Count a try, or return the limit that it meets.

    The process counts everything that it lets through, so that what passes does not double while Valkey comes and goes.
    """
    now = time.monotonic()
    reached = own.counted(tried, now)
    if reached is not None:
        return reached
    answer = await valkey.attempt(asked(tried)) if valkey.usable else None
    if answer is None:
        reached = own.over_share(tried, now)
    else:
        place, wait = answer
        reached = Reached(tried[place - 1].limit, wait / 1000) if place else None
    if reached is not None:
        own.take_back(tried, now)
    return reached


async def asked(tried: Sequence[Counted]) -> Any:
    """Count a try in Valkey; return the place, from 1, of the limit that it meets, or 0, and the milliseconds."""
    arguments = [number for limit, _ in tried for number in (limit.most, limit.seconds * 1000)]
    return await valkey.required().eval(SCRIPT, len(tried), *(key for _, key in tried), *arguments)


class Own:
    """One process's own count of what it let through."""

    def __init__(self) -> None:
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()

    def counted(self, tried: Sequence[Counted], now: float) -> Reached | None:
        """Count a try, or return the limit that this process alone has reached."""
        lists = [self._recent(each, now) for each in tried]
        for (limit, _), moments in zip(tried, lists, strict=True):
            if len(moments) >= limit.most:
                return Reached(limit, moments[-limit.most] + limit.seconds - now)
        for moments in lists:
            moments.append(now)
        return None

    def over_share(self, tried: Sequence[Counted], now: float) -> Reached | None:
        """Return the limit of which a try that was counted is more than this process's share."""
        for each in tried:
            moments, share = self._recent(each, now), max(1, each.limit.most // limiter.workers)
            if len(moments) > share:
                return Reached(each.limit, moments[-share - 1] + each.limit.seconds - now)
        return None

    def take_back(self, tried: Sequence[Counted], now: float) -> None:
        """Undo the count of a try."""
        for each in tried:
            moments = self._recent(each, now)
            if now in moments:
                moments.remove(now)

    def forget(self, key: str) -> None:
        """Forget what was counted under a name."""
        self._moments.pop(key, None)

    def _recent(self, counted: Counted, now: float) -> deque[float]:
        moments = self._moments.setdefault(counted.key, deque())
        self._moments.move_to_end(counted.key)
        if len(self._moments) > REMEMBERED:
            self._moments.popitem(last=False)
        while moments and moments[0] <= now - counted.limit.seconds:
            moments.popleft()
        return moments


own = Own()
