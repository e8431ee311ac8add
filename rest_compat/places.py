"""`/v1/wilayas`."""

import msgspec

from graph import geography
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
)
