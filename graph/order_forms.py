"""What may be said of orders: the members of inputs and filters."""

from typing import Final

from graph import contact_rules, rules
from graph.delivery import DELIVERY_TYPES
from graph.geography import wilaya_rule
from graph.order_states import STATUSES
from graph.pricing import items_rule

PAYMENT_STATUSES: Final = ("pending", "paid", "refunded")
PAYMENT_METHODS: Final = ("cod",)

_CUSTOMER = {
    "name": rules.text(1, 255),
    "phone": contact_rules.phone(),
    "wilaya_id": wilaya_rule(),
    "commune": rules.text(1, 100),
    "address": rules.text(0, 500).or_null(),
}

CREATE = rules.Form(
    {
        "customer": rules.member(
            {
                **_CUSTOMER,
                "email": contact_rules.email().or_null(),
                "metadata": rules.metadata(),
                "external_id": rules.text(1, 255).or_null(),
            },
            required=("name", "phone", "wilaya_id", "commune"),
        ),
        "delivery": rules.member(
            {
                "type": rules.choice(*DELIVERY_TYPES),
                "desk_id": rules.identifier().or_null(),
                "desk_name": rules.text(0, 255).or_null(),
            },
            required=("type",),
        ),
        "items": items_rule(),
        "notes": rules.text(0, 5_000).or_null(),
        "payment_method": rules.choice(*PAYMENT_METHODS),
        "discount": rules.money(),
        "metadata": rules.metadata(),
        "external_id": rules.text(1, 255).or_null(),
    },
    required=("customer", "delivery", "items"),
)
# What a shopper may say of an order: nothing that only the merchant decides, and no more text than a shopper needs.
PLACE = rules.Form(
    {
        "customer": rules.member(
            {**_CUSTOMER, "email": contact_rules.email().or_null()}, required=("name", "phone", "wilaya_id", "commune")
        ),
        "delivery": CREATE.members["delivery"],
        "items": CREATE.members["items"],
        "notes": rules.text(0, 500).or_null(),
    },
    required=("customer", "delivery", "items"),
)
UPDATE = rules.Form(
    {
        "status": rules.choice(*STATUSES),
        "payment_status": rules.choice(*PAYMENT_STATUSES),
        "payment_reference": rules.text(0, 100).or_null(),
        "notes": CREATE.members["notes"],
        "tracking_number": rules.text(0, 100).or_null(),
        "courier": rules.text(0, 100).or_null(),
        "customer": rules.member(_CUSTOMER),
        "discount": rules.money(),
        "metadata": rules.metadata(),
        "external_id": CREATE.members["external_id"],
    }
)

FILTERS: dict[str, rules.Rule] = {
    "status": rules.choice(*STATUSES),
    "since": rules.moment(),
    "customer_phone": contact_rules.phone(),
    "external_id": rules.text(1, 255),
    "updated_since": rules.moment(),
}
