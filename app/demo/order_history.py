"""When the orders of a demo shop were placed, and what became of them: a plan that only the clock changes.

The shop grows: of its orders half came in the last weeks, and some today. What an order would become later than now has
not happened yet, so that new ones wait and old ones are done.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

from graph.geography import ALGIERS


class Step(NamedTuple):
    """A status that an order takes: `pending` when it is placed.

    Attributes:
        at: when.
        order: which of the shop's orders, the first one placed is 0.
        status: the status.
        changes: what else is noted of the order then.
    """

    at: datetime
    order: int
    status: str
    changes: dict[str, Any]


class Fate(NamedTuple):
    """The statuses that an order goes through, what is noted at the last one, and how many of a hundred do so."""

    share: int
    statuses: tuple[str, ...]
    changes: dict[str, Any] = {}  # noqa: RUF012 -- nobody changes it


FATES: Final = (
    Fate(42, ("confirmed", "processing", "shipped", "delivered")),
    Fate(24, ("confirmed", "shipped", "delivered")),
    Fate(9, ("confirmed", "processing", "shipped", "returned"), {"notes": "Injoignable"}),
    Fate(3, ("confirmed", "shipped", "returned"), {"notes": "الزبون غائب"}),
    Fate(3, ("confirmed", "shipped", "delivered", "returned"), {"notes": "Taille trop petite"}),
    Fate(9, ("cancelled",), {"notes": "طلب مكرر"}),
    Fate(10, ("confirmed", "cancelled"), {"notes": "A changé d'avis"}),
)
# Hours from one status to the next, at least and at most, before the shop's own hours are minded.
WAITS: Final = {
    "confirmed": (0.5, 10),
    "processing": (3, 22),
    "shipped": (14, 36),
    "delivered": (20, 100),
    "returned": (60, 160),
    "cancelled": (1, 40),
}
COURIERS: Final = (("Yalidine", "YAL"), ("Yalidine", "YAL"), ("ZR Express", "ZR"), ("Maystro Delivery", "MD"))
# In which people order, in Algiers: the more often it stands here, the more.
ORDERING: Final = (8, 9, 10, 10, 11, 11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 21, 21, 21, 22, 22, 23)
# When the latest orders came, the latest one first, whatever the hour.
LATEST: Final = tuple(timedelta(minutes=each) for each in (14, 52, 95, 170, 250))
# More than 1: the days before now have more orders than those long ago.
GROWTH: Final = 1.6
OPENS, CLOSES = 9, 19
# One with which a shop has orders of every status, whatever the hour.
SALT: Final = 2


def order_steps(shop: str, now: datetime, count: int, days: int) -> list[Step]:
    """Return what happened to a shop's orders up to now, in order of time.

    Args:
        shop: the shop's letter; each has a history of its own.
        now: when it ends.
        count: how many orders.
        days: about how long ago the first one was placed.
    """
    draws = [Random(f"{shop} {place} {SALT}") for place in range(count)]  # noqa: S311 -- a plan that is always the same
    moments = sorted(_placed(now, place, count, days, draw) for place, draw in enumerate(draws))
    steps = [step for place, at in enumerate(moments) for step in _life(place, at, draws[place]) if step.at < now]
    return sorted(steps, key=lambda step: (step.at, step.order))


def _placed(now: datetime, place: int, count: int, days: int, draw: Random) -> datetime:
    """Return when an order was placed: at some hour of a day on which people order, or one of the last hours."""
    from_the_last = count - 1 - place
    if from_the_last < len(LATEST):
        return (now - LATEST[from_the_last]).replace(microsecond=0)
    age = timedelta(days=days * (1 - place / count) ** GROWTH)
    day = (now - age).astimezone(ALGIERS).replace(hour=0, minute=0, second=0, microsecond=0)
    at = day + _hours(draw.choice(ORDERING) + draw.random())
    # An hour that has not come yet was yesterday's.
    return (at if at < now - LATEST[-1] else at - timedelta(days=1)).astimezone(now.tzinfo)


def _life(order: int, at: datetime, draw: Random) -> Iterator[Step]:
    """Yield what becomes of an order, as far as it ever goes."""
    yield Step(at, order, "pending", {})
    fate = draw.choices(FATES, [each.share for each in FATES])[0]
    courier, letters = draw.choice(COURIERS)
    shipped = {"courier": courier, "tracking_number": f"{letters}-{draw.randrange(16**6):06X}"}
    for status in fate.statuses:
        at = _at_work(at + _hours(draw.uniform(*WAITS[status])))
        changes = dict(shipped) if status == "shipped" else {}
        if status == "delivered":
            changes["payment_status"] = "paid"
        if status == fate.statuses[-1]:
            changes |= fate.changes
        if status == "returned" and "delivered" in fate.statuses:
            changes["payment_status"] = "refunded"
        yield Step(at, order, status, changes)


def _at_work(at: datetime) -> datetime:
    """Return a moment while the shop is open: what would be done at night is done in the next morning."""
    local = at.astimezone(ALGIERS)
    if OPENS <= local.hour < CLOSES:
        return at
    morning = local if local.hour < OPENS else local + timedelta(days=1)
    return morning.replace(hour=OPENS).astimezone(at.tzinfo)


def _hours(count: float) -> timedelta:
    """Return so many hours, in whole seconds."""
    return timedelta(seconds=round(count * 3600))
