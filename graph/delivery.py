"""Delivery: what it costs in each wilaya, to the door (`home`) or to a courier's desk (`contract.md §12`)."""

from enum import Enum
from typing import Final, NamedTuple

import strawberry

from db.engine import engine
from graph.context import Context


@strawberry.enum(description="Where a parcel is handed over.")
class DeliveryType(Enum):
    """At the customer's door, or at a courier's desk."""

    HOME = "home"
    DESK = "desk"


DELIVERY_TYPES: Final = tuple(each.value for each in DeliveryType)


class Zone(NamedTuple):
    """Wilayas that cost a new store the same: what is usual for a parcel from the capital."""

    home: int
    desk: int
    wilayas: tuple[int, ...]


# What a new store starts with.
ZONES: Final = (
    # The capital, and around it.
    Zone(400, 250, (16,)),
    Zone(600, 400, (9, 35, 42)),
    # The coast and the Tell.
    Zone(
        750,
        450,
        (2, 6, 10, 13, 15, 18, 19, 21, 22, 23, 24, 25, 26, 27, 29, 31, 34, 36, 38, 41, 43, 44, 46, 48),
    ),
    # The high plateaus.
    Zone(850, 500, (4, 5, 12, 14, 17, 20, 28, 40, 60, 62, 63, 64, 65, 67, 68)),
    # The Saharan Atlas and the oases.
    Zone(1_000, 600, (3, 7, 8, 30, 32, 39, 45, 47, 51, 55, 57, 58, 59, 61, 66, 69)),
    # The far south.
    Zone(1_400, 900, (1, 11, 33, 37, 49, 50, 52, 53, 54, 56)),
)


async def rates_start(store_id: int) -> None:
    """Give a new store a fee for every wilaya, in both modes, on the running transaction."""
    rates = [(wilaya_id, zone.home, zone.desk) for zone in ZONES for wilaya_id in zone.wilayas]
    await engine.write(
        "INSERT INTO delivery_rates (store_id, livemode, wilaya_id, home, desk)"
        " SELECT $1, mode.livemode, given.wilaya_id, given.home, given.desk"
        " FROM (VALUES (true), (false)) AS mode(livemode),"
        " unnest($2::smallint[], $3::bigint[], $4::bigint[]) AS given(wilaya_id, home, desk)",
        store_id,
        *map(list, zip(*rates, strict=True)),
    )


async def fee(context: Context, wilaya_id: int, delivery_type: str) -> int | None:
    """Return what the store takes for a delivery, in dinars, or None where it does not deliver so.

    On the running transaction, if there is one. No scope is asked for: whoever may order may know the fee.

    Args:
        context: whose rates, and of which mode.
        wilaya_id: where to.
        delivery_type: `home` or `desk`.
    """
    row = await engine.fetch_row(
        "SELECT home, desk FROM delivery_rates WHERE store_id = $1 AND livemode = $2 AND wilaya_id = $3",
        context.store_id,
        context.livemode,
        wilaya_id,
    )
    return None if row is None else row[delivery_type]
