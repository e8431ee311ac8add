"""Customers in GraphQL."""

import strawberry

from graph import customers
from graph.api.declare import listing, single
from graph.api.inputs import checked
from graph.connections import database_id
from graph.context import Context
from graph.customers import Customer
from graph.scalars import DateTime
from graph.sources import Source


def _customers(
    context: Context,
    phone: str | None = None,
    email: str | None = None,
    external_id: str | None = None,
    updated_since: DateTime | None = None,
) -> Source:
    filters = {"phone": phone, "email": email, "external_id": external_id, "updated_since": updated_since}
    return customers.customers(context, **checked(filters, customers.FILTERS))


def _customer(context: Context, id: strawberry.ID) -> Source:
    return customers.customer(context, database_id("Customer", str(id)), id)


@strawberry.type
class CustomerQueries:
    """Who ordered."""

    customers = listing(
        Customer, _customers, description="The store's customers, newest first. Needs `customers:read`."
    )
    customer = single(
        Customer | None, _customer, description="One customer, by its id (either form). Needs `customers:read`."
    )
