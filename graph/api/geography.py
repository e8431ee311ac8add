"""The country in GraphQL."""

from typing import Any

import strawberry

from graph import geography
from graph.api.declare import valued
from graph.context import Context


@strawberry.type(description="A commune, as the Journal officiel has it.")
class Commune:
    """The members of `geography.Commune`, but for its wilaya."""

    code: str = strawberry.field(description="Its code in the national statistics (ONS): four digits.")
    name: str = strawberry.field(description="Its name in French.")
    name_ar: str = strawberry.field(description="Its name in Arabic.")


@strawberry.type(description="A wilaya, as the Journal officiel has it.")
class Wilaya:
    """The members of `geography.Wilaya`; REST calls its number `id`."""

    id: int = strawberry.field(name="databaseId", description="Its number: the `wilaya_id` of addresses and rates.")
    name: str = strawberry.field(description="Its name in French.")
    name_ar: str = strawberry.field(description="Its name in Arabic.")
    communes: list[Commune] = strawberry.field(description="Its communes, by code.")


def _wilayas(_context: Context) -> Any:
    return geography.wilayas()


@strawberry.type
class GeographyQueries:
    """The country."""

    wilayas = valued(
        list[Wilaya], _wilayas, description="The country's wilayas with their communes, by number. Any key may ask."
    )
