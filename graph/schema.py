"""Puts the parts together: the queries and mutations of `contract.md §9`, each over the resolver that REST calls."""

import re
from typing import Literal

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from graph.api.categories import CategoryMutations, CategoryQueries
from graph.api.checkout import CheckoutMutations, CheckoutQueries
from graph.api.customers import CustomerQueries
from graph.api.delivery import DeliveryMutations, DeliveryQueries, QuoteQueries
from graph.api.events import EventQueries
from graph.api.geography import GeographyQueries
from graph.api.keys import ApiKeyMutations, ApiKeyQueries
from graph.api.landing_pages import LandingPageMutations, LandingPageQueries
from graph.api.nodes import NodeQueries
from graph.api.orders import OrderMutations, OrderQueries
from graph.api.products import ProductMutations, ProductQueries
from graph.api.requests import RequestQueries
from graph.api.sandbox import SandboxMutations
from graph.api.store import StoreMutations, StoreQueries
from graph.api.storefront import StorefrontQueries
from graph.api.told import describe_arguments, describe_payloads
from graph.api.tracking import TrackingMutations
from graph.api.usage import UsageQueries
from graph.api.webhooks import WebhookMutations, WebhookQueries
from graph.api_keys import ApiKey
from graph.categories import Category
from graph.customers import Customer
from graph.landing_pages import LandingPage
from graph.orders import Order
from graph.products import Product
from graph.scalars import SCALARS
from graph.store import Store
from graph.storefront import SHOWN
from graph.webhook_deliveries import WebhookDelivery
from graph.webhooks import Webhook

# Whose schema it is: what a platform key may see, or what a public one may.
Audience = Literal["office", "storefront"]


@strawberry.type(description="Everything a platform key can read.")
class Query(
    StoreQueries,
    ProductQueries,
    CategoryQueries,
    OrderQueries,
    CustomerQueries,
    EventQueries,
    LandingPageQueries,
    ApiKeyQueries,
    GeographyQueries,
    DeliveryQueries,
    QuoteQueries,
    UsageQueries,
    RequestQueries,
    CheckoutQueries,
    WebhookQueries,
    NodeQueries,
):
    """Every read of `/v1`, and Relay's two."""


@strawberry.type(description="Everything a platform key can change. All mutations of one request are one transaction.")
class Mutation(
    StoreMutations,
    ProductMutations,
    CategoryMutations,
    OrderMutations,
    LandingPageMutations,
    ApiKeyMutations,
    WebhookMutations,
    DeliveryMutations,
    SandboxMutations,
    TrackingMutations,
    CheckoutMutations,
):
    """Every write of `/v1`."""


@strawberry.type(name="Query", description="Everything a shopper can read.")
class StorefrontQuery(StorefrontQueries, GeographyQueries, QuoteQueries, CheckoutQueries):
    """Every read of a storefront."""


@strawberry.type(name="Mutation", description="Everything a page's code can do, in signed requests.")
class StorefrontMutation(TrackingMutations, CheckoutMutations):
    """Every write of a storefront."""


# Mutations whose answers hold a secret: they are kept sealed.
SECRET_MUTATIONS = frozenset((*ApiKeyMutations.secret_fields, *WebhookMutations.secret_fields))


def field_name(python_name: str) -> str:
    """Return a field's name as this schema has it."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), python_name)


class _Storefront(strawberry.Schema):
    """A schema of what shoppers may see: of each stored type, the fields that `SHOWN` names, and no other."""

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        if not hasattr(type_definition.origin, "entity"):
            return type_definition.fields
        shown = SHOWN[type_definition.name]
        return [field for field in type_definition.fields if field.python_name in shown]


def _made(kind: type[strawberry.Schema], query: type, mutation: type, types: list[type]) -> strawberry.Schema:
    return kind(
        query=query,
        mutation=mutation,
        types=types,
        config=StrawberryConfig(
            auto_camel_case=True,
            default_resolver=lambda row, name: row[name] if isinstance(row, dict) else getattr(row, name),
            scalar_map=SCALARS,
            disable_field_suggestions=False,
        ),
    )


for each in (Query, Mutation, StorefrontQuery, StorefrontMutation, Webhook):
    describe_arguments(each)
for each in (Mutation, StorefrontMutation):
    describe_payloads(each)
NODES: list[type] = [Product, Category, LandingPage, ApiKey, Store, Order, Customer, Webhook, WebhookDelivery]
schema = _made(strawberry.Schema, Query, Mutation, NODES)
storefront_schema = _made(_Storefront, StorefrontQuery, StorefrontMutation, [])
SCHEMAS: dict[Audience, strawberry.Schema] = {"office": schema, "storefront": storefront_schema}


def graphql_schema(audience: Audience) -> GraphQLSchema:
    """Return an audience's schema as graphql-core has it; Strawberry hands it out nowhere else."""
    return SCHEMAS[audience]._schema  # noqa: SLF001
