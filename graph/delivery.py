"""Delivery: what it costs in each wilaya, to the door (`home`) or to a courier's desk (`contract.md §12`)."""

from enum import Enum
from typing import Any, Final, NamedTuple

import strawberry

from db.engine import engine
from graph import rules
from graph.context import Context
from graph.errors import Detail, invalid_fields
from graph.fields import values_told
from graph.geography import wilaya_rule, wilayas
from graph.scalars import Money


@values_told(home="At the customer's door.", desk="At a courier's desk.")
@strawberry.enum(description="Where the parcel is delivered.")
class DeliveryType(Enum):
    """At the customer's door, or at a courier's desk."""

    HOME = "home"
    DESK = "desk"


DELIVERY_TYPES: Final = tuple(each.value for each in DeliveryType)


@strawberry.type(
    description="The delivery fees of one wilaya, in whole dinars; null where the store does not deliver that way."
)
class DeliveryRate:
    """A store's fees in one wilaya."""

    wilaya_id: int = strawberry.field(description="The wilaya's number.")
    home: Money | None = strawberry.field(description="The fee to the customer's door; null if not offered.")
    desk: Money | None = strawberry.field(description="The fee to a courier's desk; null if not offered.")


@strawberry.type(description="The store's delivery fees, for every wilaya.")
class DeliveryRates:
    """A store's fees, by the wilayas' numbers."""

    rates: list[DeliveryRate] = strawberry.field(description="One rate for each wilaya, by number.")


UPDATE = rules.Form(
    {
        "rates": rules.items(
            {"wilaya_id": wilaya_rule(), "home": rules.money().or_null(), "desk": rules.money().or_null()},
            required=("wilaya_id", "home", "desk"),
            maximum=len(wilayas()),
        )
    },
    required=("rates",),
)


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


# What the store `$1` takes in its mode `$2`; null where it does not deliver so.
FEE: Final = (
    "(SELECT CASE {delivery_type}::text WHEN 'home' THEN home WHEN 'desk' THEN desk END FROM delivery_rates"
    " WHERE store_id = $1 AND livemode = $2 AND wilaya_id = {wilaya_id})"
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


async def rates(context: Context) -> DeliveryRates:
    """Return the store's fees in every wilaya; needs `store:read`."""
    context.require("store:read")
    return await _rates(context)


async def _rates(context: Context) -> DeliveryRates:
    found = await engine.fetch(
        "SELECT wilaya_id, home, desk FROM delivery_rates t WHERE t.store_id = $1 AND t.livemode = $2",
        context.store_id,
        context.livemode,
    )
    fees = {row["wilaya_id"]: row for row in found}
    none = {"home": None, "desk": None}
    rows = [(each.id, fees.get(each.id, none)) for each in wilayas()]
    return DeliveryRates(
        rates=[DeliveryRate(wilaya_id=number, home=row["home"], desk=row["desk"]) for number, row in rows]
    )


async def rates_update(context: Context, values: dict[str, Any]) -> DeliveryRates:
    """Set the rates that are given, on the running transaction, and return all as they are then.

    A rate is set whole. What is left out stays: that a wilaya is not served is said by null, so that sending a part
    of the list can't close the rest of the country.

    Args:
        context: who asks; needs `store:write`.
        values: the members of `UPDATE`.

    Raises:
        ApiError: `bad_request` with details.
    """
    context.require("store:write")
    given = UPDATE.check(values)["rates"]
    places: dict[int, int] = {}
    twice = [place for place, rate in enumerate(given) if places.setdefault(rate["wilaya_id"], place) != place]
    if twice:
        raise invalid_fields([Detail(f"rates.{place}.wilaya_id", "stands in the list twice") for place in twice])
    await engine.write(
        "INSERT INTO delivery_rates (store_id, livemode, wilaya_id, home, desk)"
        " SELECT $1, $2, given.wilaya_id, given.home, given.desk"
        " FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) AS given(wilaya_id, home, desk) ORDER BY 3"
        " ON CONFLICT (store_id, livemode, wilaya_id) DO UPDATE SET home = excluded.home, desk = excluded.desk",
        context.store_id,
        context.livemode,
        *([rate[name] for rate in given] for name in ("wilaya_id", "home", "desk")),
    )
    return await _rates(context)


async def fee(context: Context, wilaya_id: int, delivery_type: str) -> int | None:
    """Return what the store takes for a delivery, in dinars, or None where it does not deliver so.

    On the running transaction, if there is one. No scope is asked for: whoever may order may know the fee.

    Args:
        context: whose rates, and of which mode.
        wilaya_id: where to.
        delivery_type: `home` or `desk`.
    """
    sql = f"SELECT {FEE.format(wilaya_id='$3', delivery_type='$4')} AS fee"
    row = await engine.fetch_row(sql, context.store_id, context.livemode, wilaya_id, delivery_type)
    return None if row is None else row["fee"]
