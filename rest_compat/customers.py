"""`/v1/customers`."""

from graph import customers
from graph.sources import Source
from rest_compat.routing import Call, Documentation, listing, reading
from rest_compat.shapes import shape

FIELDS = (
    "id first_name last_name phone email wilaya_id commune total_orders total_spent is_banned created_at updated_at"
)
ROW = shape(customers.Customer, f"{FIELDS} external_id metadata")
DETAIL = shape(customers.Customer, f"{FIELDS} address notes fraud_score external_id metadata")


def _customer(call: Call) -> Source:
    return customers.customer(call.context, call.id("customer_id"), call.path["customer_id"])


ROUTES = (
    listing(
        "/customers",
        customers.customers,
        ROW,
        Documentation(
            "listCustomers",
            "List customers",
            "Customers",
            "The store's customers, newest first; there is one for each phone number. With `updated_since` they come "
            "by their last change, oldest first.",
            scope="customers:read",
        ),
        customers.FILTERS,
    ),
    reading(
        "/customers/{customer_id}",
        _customer,
        DETAIL,
        Documentation(
            "getCustomer",
            "Get a customer",
            "Customers",
            "One customer with address, notes and fraud score.",
            scope="customers:read",
            codes=("not_found",),
        ),
    ),
)
