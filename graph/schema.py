"""Puts the parts together: the queries and mutations of `contract.md §9`, each over the resolver that REST calls."""

import re

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.api.categories import CategoryMutations, CategoryQueries
from graph.api.delivery import DeliveryMutations, DeliveryQueries
from graph.api.geography import GeographyQueries
from graph.api.nodes import NodeQueries
from graph.api.products import ProductMutations, ProductQueries
from graph.api.store import StoreMutations, StoreQueries
from graph.api.tracking import TrackingMutations
from graph.api.usage import UsageQueries
from graph.categories import Category
from graph.products import Product
from graph.scalars import SCALARS
from graph.store import Store


@strawberry.type(description="What may be read.")
class Query(
    StoreQueries, ProductQueries, CategoryQueries, GeographyQueries, DeliveryQueries, UsageQueries, NodeQueries
):
    """Every read of `/v1`, and Relay's two."""


@strawberry.type(description="What may happen. All mutations of one request are one transaction.")
class Mutation(StoreMutations, ProductMutations, CategoryMutations, DeliveryMutations, TrackingMutations):
    """Every write of `/v1`."""


def field_name(python_name: str) -> str:
    """Return a field's name as this schema has it."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), python_name)


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[Product, Category, Store],
    config=StrawberryConfig(
        auto_camel_case=True,
        default_resolver=lambda row, name: row[name] if isinstance(row, dict) else getattr(row, name),
        scalar_map=SCALARS,
        disable_field_suggestions=False,
    ),
)
