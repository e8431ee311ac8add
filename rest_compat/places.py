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
            "All of them at once, by number, whatever the key's scopes. Their ids are the `wilaya_id` of addresses and "
            "rates. The division is that of loi 26-06 of 2026: 69 wilayas, 1,541 communes.",
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
            "Get what delivery costs",
            "Delivery",
            "A rate for each wilaya, in dinars. Null is not served: an order to such a place is a 400. A new store "
            "starts with a fee for every wilaya.",
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
            "Set what delivery costs",
            "Delivery",
            "Each rate that is sent is set whole; a wilaya that is left out keeps its rate. Send null where you do not "
            "deliver. Answers all rates.",
            scope="store:write",
            addition=True,
        ),
        method="PUT",
        body=delivery.UPDATE,
    ),
)
