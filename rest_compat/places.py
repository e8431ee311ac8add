"""`/v1/wilayas` and `/v1/delivery-rates`."""

import msgspec

from graph import delivery, geography
from graph.api.geography import Wilaya
from rest_compat.routing import Call, Documentation, reporting

# The country changes with the program alone.
WHOLE = msgspec.json.encode(
    {
        "items": [
            {
                "id": wilaya.id,
                "name": wilaya.name,
                "name_ar": wilaya.name_ar,
                "communes": [
                    {"code": commune.code, "name": commune.name, "name_ar": commune.name_ar}
                    for commune in wilaya.communes
                ],
            }
            for wilaya in geography.wilayas()
        ],
        "next_cursor": None,
        "has_more": False,
    }
)
A_DAY = 86_400


async def _wilayas(_call: Call) -> msgspec.Raw:
    return msgspec.Raw(WHOLE)


async def _rates(call: Call) -> delivery.DeliveryRates:
    return await delivery.rates(call.context)


async def _update_rates(call: Call) -> delivery.DeliveryRates:
    return await delivery.rates_update(call.context, dict(call.body))


ROUTES = (
    reporting(
        "/wilayas",
        _wilayas,
        Wilaya,
        Documentation(
            "listWilayas",
            "List wilayas and communes",
            "Delivery",
            "All wilayas with their communes, in French and Arabic, in one response. A wilaya's `id` is the "
            "`wilaya_id` of addresses and delivery rates. Follows loi 26-06 of 2026: 69 wilayas, 1,541 communes. Needs "
            "no scope.",
            addition=True,
        ),
        listed=True,
        lasting=A_DAY,
    ),
    reporting(
        "/delivery-rates",
        _rates,
        delivery.DeliveryRates,
        Documentation(
            "getDeliveryRates",
            "Get delivery rates",
            "Delivery",
            "The fee for each wilaya, to the door and to a desk, in whole dinars. Null means that the store does not "
            "deliver there that way: such an order is a 400. A new store starts with a fee for every wilaya.",
            scope="store:read",
            addition=True,
        ),
        cached=True,
    ),
    reporting(
        "/delivery-rates",
        _update_rates,
        delivery.DeliveryRates,
        Documentation(
            "setDeliveryRates",
            "Set delivery rates",
            "Delivery",
            "Sets both fees of each wilaya sent; wilayas left out keep theirs. Send null where you do not deliver. "
            "Returns all rates.",
            scope="store:write",
            addition=True,
        ),
        method="PUT",
        body=delivery.UPDATE,
    ),
)
