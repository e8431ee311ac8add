"""Which root field of GraphQL each operation of `/v1` stands for (`contract.md §10`).

What is added to one surface alone makes `test_parity.py` fail, until it stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

# How the answer of a root field becomes that of REST:
# - object: as it is
# - page: a connection's nodes and `pageInfo`, as `items`, `next_cursor` and `has_more`
# - whole: a list, as `items` of the one page that there is
# - payload: the member `under` of a payload, with the other members of the payload beside its own
# - list: a list, as the member `under` of an object
# - history: a connection's nodes, as `rows`
Kind = Literal["object", "page", "whole", "payload", "list", "history"]


@dataclass(frozen=True)
class Pair:
    """A root field, and what its arguments and its answer are in REST.

    Attributes:
        field: its name.
        kind: how its answer becomes that of REST.
        under: the member that holds the answer.
        renamed: REST's arguments whose names are not those of GraphQL in snake case.
        spread: the members of REST's body are arguments of the field, not of an `input`.
        more: arguments that GraphQL has beside those of REST.
        less: parameters of REST's path that GraphQL does not need.
        only_rest: members that REST answers and GraphQL does not, each with the reason.
    """

    field: str
    kind: Kind = "object"
    under: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    spread: bool = False
    more: frozenset[str] = frozenset()
    less: frozenset[str] = frozenset()
    only_rest: Mapping[str, str] = field(default_factory=dict)


def page(name: str, *more: str) -> Pair:
    """Return the pair of a list."""
    return Pair(name, "page", renamed={"limit": "first", "cursor": "after"}, more=frozenset(more))


def one(name: str, parameter: str, *more: str) -> Pair:
    """Return the pair of one row, found by an id of the path."""
    return Pair(name, renamed={parameter: "id"}, more=frozenset(more))


def written(name: str, under: str, parameter: str = "", **options: object) -> Pair:
    """Return the pair of a write that answers a payload."""
    return Pair(name, "payload", under, {parameter: "id"} if parameter else {}, **options)  # type: ignore[arg-type]


SAID: Final = "it says what the status 200 says"
PAIRS: Final[Mapping[str, Pair]] = {
    "whoami": Pair("viewer"),
    "getStore": Pair("store"),
    "updateStore": written("storeUpdate", "store"),
    "listProducts": page("products", "sort"),
    "createProduct": written("productCreate", "product"),
    "getProduct": one("product", "product_id", "slug"),
    "updateProduct": written("productUpdate", "product", "product_id"),
    "deleteProduct": one("productDelete", "product_id"),
    "listCategories": page("categories"),
    "createCategory": written("categoryCreate", "category"),
    "listOrders": page("orders"),
    "createOrder": written("orderCreate", "order"),
    "getOrder": one("order", "order_id"),
    "updateOrder": written("orderUpdate", "order", "order_id"),
    "listCustomers": page("customers"),
    "getCustomer": one("customer", "customer_id"),
    "listLandingPages": page("landingPages"),
    "createLandingPage": written("landingPageCreate", "landingPage"),
    "getLandingPage": one("landingPage", "landing_page_id", "slug"),
    "updateLandingPage": written("landingPageUpdate", "landingPage", "landing_page_id"),
    "deleteLandingPage": one("landingPageDelete", "landing_page_id"),
    "listKeys": page("apiKeys"),
    "createKey": written("apiKeyCreate", "apiKey"),
    "revokeKey": written("apiKeyRevoke", "apiKey", "key_id", only_rest={"revoked": SAID}),
    "rotateKey": written("apiKeyRotate", "apiKey", "key_id", spread=True),
    "resetSandbox": Pair("testReset", only_rest={"reset": SAID}),
    "listWilayas": Pair("wilayas", "whole"),
    "getDeliveryRates": Pair("deliveryRates", "list", "rates"),
    "setDeliveryRates": Pair("deliveryRatesUpdate", "payload", "deliveryRates"),
    "getUsage": Pair("usage"),
    "getUsageHistory": Pair(
        "usageHistory",
        "history",
        more=frozenset({"first", "after"}),
        only_rest={"from": "GraphQL has it as the argument", "to": "GraphQL has it as the argument"},
    ),
    "getQuotas": Pair("quotas"),
    "listRequests": page("requestLog"),
    "getRequest": Pair("request"),
    "listRefusals": Pair("usageRefusals", "whole"),
    "listOperations": Pair("usageOperations", "whole"),
    "listEvents": page("eventLog"),
    "listWebhooks": page("webhooks"),
    "createWebhook": written("webhookCreate", "webhook"),
    "getWebhook": one("webhook", "webhook_id"),
    "updateWebhook": written("webhookUpdate", "webhook", "webhook_id"),
    "deleteWebhook": one("webhookDelete", "webhook_id"),
    "testWebhook": written("webhookTest", "delivery", "webhook_id"),
    "rotateWebhookSecret": written("webhookRotateSecret", "webhook", "webhook_id", spread=True),
    "replayWebhookDelivery": written(
        "webhookDeliveryReplay", "delivery", "delivery_id", less=frozenset({"webhook_id"})
    ),
    "replayWebhookDeliveries": one("webhookDeliveriesReplay", "webhook_id"),
    "trackSignup": Pair("signupTrack"),
    "trackEvent": Pair("eventTrack"),
}

# Operations of `/v1` that have no field, and fields that no operation has, each with the reason.
ONLY_REST: Final = {
    "ping": "asks whether the server is there, with no key",
    "listWebhookDeliveries": "in GraphQL a field of the webhook: `TestDeliveries` compares them",
}
ONLY_GRAPHQL: Final = {
    "node": "Relay's",
    "nodes": "Relay's",
    "usageSeries": "sums for charts of what getUsageHistory answers by the hour",
    "orderPlace": "for shoppers: /v1/orders is the merchant's",
    "orderTrack": "for shoppers: /v1/orders is the merchant's",
    "deliveryQuote": "for storefronts, which are GraphQL's alone (contract.md §9)",
}
