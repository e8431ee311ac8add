"""What the examples in `openapi.yaml` say. Each is sent to the API by a test, and answered as it stands here.

Ids, keys, cursors and times differ from run to run; everything else is what the API answers, to the letter.
"""

from dataclasses import dataclass, field
from typing import Any

from graph.errors import Code
from rest_compat.openapi.order_samples import ACTOR, CUSTOMER, CUSTOMER_ROW, ORDER, ORDER_BODY, ORDER_ROW, PLACED
from rest_compat.openapi.request_samples import LOGGED, OPERATIONS, REFUSALS
from rest_compat.openapi.samples import (
    ARABIC_CATEGORY,
    BEARER_TOKEN,
    CATEGORY,
    CURSOR,
    ERP_BODY,
    ERP_KEY,
    HISTORY,
    HONEY,
    HONEY_BODY,
    LANDING_PAGE,
    LANDING_PAGE_BODY,
    OIL_PAGE,
    ORDER_CREATED,
    QUEUED_EVENT,
    QUEUED_SIGNUP,
    QUOTAS,
    RATES,
    ROW,
    SHIRT,
    SHIRT_BODY,
    SHOP_KEY,
    SHOP_KEY_BODY,
    SIGNING_SECRET,
    SIZES,
    SIZES_BODY,
    STORE,
    USAGE,
    WHOAMI,
    WILAYAS,
)
from rest_compat.openapi.webhook_samples import TEST_DELIVERY, WEBHOOK, WEBHOOK_BODY, WEBHOOK_SECRETS

Json = dict[str, Any]
REQUEST = "req_5d1c0f3a9b7e2846"


@dataclass(frozen=True, slots=True)
class Example:
    """One request of an operation and what `data` it gets; `body` and `query` are what is sent.

    Of an `excerpt` each list shows only its first items.
    """

    summary: str
    data: Json
    body: Json | None = None
    query: dict[str, str] = field(default_factory=dict)
    excerpt: bool = False


def meta() -> Json:
    """Return the `meta` of an example's answer."""
    return {"request_id": REQUEST, "api_version": "v1"}


EXAMPLES: dict[str, dict[str, Example]] = {
    "ping": {"pong": Example("The API is up", {"pong": True, "time": "2026-04-30T14:22:10Z", "edge": False})},
    "whoami": {"platform_key": Example("A key of an inventory sync", WHOAMI)},
    "getStore": {"store": Example("A store on Pro + API", STORE)},
    "updateStore": {
        "colour": Example(
            "A new colour and language",
            STORE | {"language": "fr", "theme": STORE["theme"] | {"primary_color": "#1d4ed8"}},
            body={"language": "fr", "theme": {"primary_color": "#1d4ed8"}},
        )
    },
    "listProducts": {
        "first_page": Example(
            "The newest active product",
            {"items": [ROW], "next_cursor": CURSOR, "has_more": True},
            query={"status": "active", "limit": "1"},
        ),
        "search": Example(
            "Search by part of the name",
            {"items": [ROW], "next_cursor": None, "has_more": False},
            query={"search": "السدر"},
        ),
    },
    "createProduct": {
        "shirt": Example("A T-shirt", SHIRT, body=SHIRT_BODY),
        "honey": Example("Honey from Ghardaïa, with a picture", HONEY, body=HONEY_BODY),
    },
    "getProduct": {"shirt": Example("A T-shirt", SHIRT)},
    "updateProduct": {
        "price": Example(
            "A lower price, the old one struck through",
            SHIRT
            | {"pricing": {"price": 1350, "compare_price": 1500, "cost_price": None}}
            | {"updated_at": "2026-05-02 09:10:00"},
            body={"price": 1350, "compare_price": 1500},
        ),
        "restock": Example(
            "Add twelve to the stock",
            SHIRT | {"inventory": SHIRT["inventory"] | {"stock_quantity": 62}} | {"updated_at": "2026-05-02 09:10:00"},
            body={"stock_delta": 12},
        ),
        "variants": Example(
            "In two sizes, the larger one at a price of its own",
            SHIRT
            | {"inventory": SHIRT["inventory"] | {"stock_quantity": 50}, "has_variants": True, "variants": SIZES}
            | {"updated_at": "2026-05-02 09:10:00"},
            body={"variants": SIZES_BODY},
        ),
    },
    "deleteProduct": {"shirt": Example("A T-shirt", {"id": 42, "deleted": True})},
    "listCategories": {
        "all": Example("Two categories", {"items": [ARABIC_CATEGORY, CATEGORY], "next_cursor": None, "has_more": False})
    },
    "createCategory": {
        "french": Example("Fine foods", CATEGORY, body={"name": "Épicerie fine", "position": 1}),
        "arabic": Example("Clothes", ARABIC_CATEGORY, body={"name": "ملابس"}),
    },
    "listWilayas": {"first": Example("The start of the list", WILAYAS, excerpt=True)},
    "getDeliveryRates": {"new_store": Example("The rates of a new store", RATES, excerpt=True)},
    "setDeliveryRates": {
        "two": Example(
            "No door delivery in one wilaya, new fees in another",
            {"rates": [{"wilaya_id": 1, "home": None, "desk": 800}, {"wilaya_id": 2, "home": 800, "desk": 450}]},
            body={"rates": [{"wilaya_id": 1, "home": None, "desk": 800}, {"wilaya_id": 2, "home": 800, "desk": 450}]},
            excerpt=True,
        )
    },
    "getUsage": {"pro_plus": Example("A store on Pro + API", USAGE)},
    "getUsageHistory": {
        "two_days": Example("Two days", HISTORY, query={"from": "2026-04-29", "to": "2026-04-30"}),
    },
    "getQuotas": {"raised": Example("A store with a raised limit per minute", QUOTAS)},
    "listLandingPages": {
        "active": Example(
            "Active pages",
            {"items": [OIL_PAGE], "next_cursor": None, "has_more": False},
            query={"status": "active"},
        )
    },
    "createLandingPage": {"ramadan": Example("A Ramadan offer", LANDING_PAGE, body=LANDING_PAGE_BODY)},
    "getLandingPage": {"ramadan": Example("A Ramadan offer", LANDING_PAGE)},
    "updateLandingPage": {
        "close": Example(
            "Unpublish a page",
            LANDING_PAGE | {"status": "draft", "updated_at": "2026-05-02 09:10:00"},
            body={"status": "draft"},
        )
    },
    "deleteLandingPage": {"ramadan": Example("A Ramadan offer", {"id": 5, "deleted": True})},
    "listKeys": {
        "newest": Example(
            "The newest key",
            {"items": [ERP_KEY], "next_cursor": CURSOR, "has_more": True},
            query={"limit": "1"},
        )
    },
    "createKey": {
        "erp": Example("A key for an ERP", ERP_KEY | {"bearer_token": BEARER_TOKEN}, body=ERP_BODY),
        "page": Example("A key for a shop's pages", SHOP_KEY | {"signing_secret": SIGNING_SECRET}, body=SHOP_KEY_BODY),
    },
    "revokeKey": {"erp": Example("An ERP's key", {"key_id": ERP_KEY["key_id"], "revoked": True})},
    "rotateKey": {
        "hour": Example(
            "Keep the old secret for an hour",
            ERP_KEY | {"bearer_token": BEARER_TOKEN},
            body={"grace_seconds": 3600},
        )
    },
    "resetSandbox": {"empty": Example("A sandbox with one product", {"reset": True, "deleted": 1})},
    "listOrders": {
        "pending": Example(
            "Orders waiting for confirmation",
            {"items": [ORDER_ROW], "next_cursor": None, "has_more": False},
            query={"status": "pending", "limit": "10"},
        ),
        "of_a_phone": Example(
            "Orders of one phone number",
            {"items": [ORDER_ROW], "next_cursor": None, "has_more": False},
            query={"customer_phone": "+213 555 12 34 56"},
        ),
    },
    "createOrder": {"home": Example("Two T-shirts, delivered to the door", ORDER, body=ORDER_BODY)},
    "getOrder": {"order": Example("An order of two T-shirts", ORDER)},
    "updateOrder": {
        "confirmed": Example(
            "Confirm an order",
            ORDER
            | {"status": "confirmed", "updated_at": "2026-04-30 11:02:00"}
            | {
                "timeline": [
                    PLACED,
                    {"from": "pending", "to": "confirmed", "at": "2026-04-30 11:02:00", "actor": ACTOR},
                ]
            },
            body={"status": "confirmed"},
        ),
        "discount": Example(
            "A discount of 200 dinars",
            ORDER | {"total": 3200, "discount": 200, "updated_at": "2026-04-30 11:02:00"},
            body={"discount": 200},
        ),
    },
    "listCustomers": {
        "of_a_phone": Example(
            "Find a customer by phone number",
            {"items": [CUSTOMER_ROW], "next_cursor": None, "has_more": False},
            query={"phone": "0555 12 34 56"},
        )
    },
    "getCustomer": {"customer": Example("A customer with one order", CUSTOMER)},
    "listEvents": {
        "all": Example(
            "The event of a new order", {"items": [ORDER_CREATED], "next_cursor": CURSOR, "has_more": False}
        ),
    },
    "listRequests": {
        "refused": Example(
            "The latest refused requests",
            {"items": [LOGGED], "next_cursor": None, "has_more": False},
            query={"outcome": "refused", "limit": "10"},
        ),
    },
    "getRequest": {"not_found": Example("A product that was not found", LOGGED)},
    "listRefusals": {"day": Example("The last day", REFUSALS)},
    "listOperations": {"hour": Example("The last hour", OPERATIONS, query={"hours": "1"})},
    "trackSignup": {
        "campaign": Example(
            "A signup from a campaign",
            QUEUED_SIGNUP,
            body={"email": "amina@example.dz", "phone": "0555 12 34 56", "source": "spring_campaign", "country": "DZ"},
        ),
        "own_id": Example(
            "A signup with your own id only",
            QUEUED_SIGNUP,
            body={"external_user_id": "user-311", "meta": {"plan": "free"}},
        ),
    },
    "listWebhooks": {"all": Example("All webhooks", {"items": [WEBHOOK], "next_cursor": None, "has_more": False})},
    "createWebhook": {"erp": Example("An ERP's webhook", WEBHOOK | WEBHOOK_SECRETS, body=WEBHOOK_BODY)},
    "getWebhook": {"erp": Example("An ERP's webhook", WEBHOOK)},
    "updateWebhook": {"pause": Example("Pause a webhook", WEBHOOK | {"status": "paused"}, body={"status": "paused"})},
    "deleteWebhook": {"erp": Example("An ERP's webhook", {"id": 7, "deleted": True})},
    "testWebhook": {"erp": Example("A test event on its way", TEST_DELIVERY)},
    "rotateWebhookSecret": {
        "hour": Example("Keep the old secret for an hour", WEBHOOK | WEBHOOK_SECRETS, body={"grace_seconds": 3600})
    },
    "listWebhookDeliveries": {
        "pending": Example(
            "Pending deliveries",
            {"items": [TEST_DELIVERY], "next_cursor": None, "has_more": False},
            query={"status": "pending"},
        )
    },
    "replayWebhookDelivery": {"test": Example("Replay of a test event", TEST_DELIVERY)},
    "replayWebhookDeliveries": {
        "dead": Example("Replay all dead deliveries", {"replayed": 0, "has_more": False}, body={"status": "dead"})
    },
    "trackEvent": {
        "page_view": Example("A page view", QUEUED_EVENT, body={"name": "page_view"}),
        "add_to_cart": Example(
            "A product added to the cart",
            QUEUED_EVENT,
            body={"name": "add_to_cart", "properties": {"product_id": 43, "name": "عسل السدر الحر", "quantity": 2}},
        ),
    },
}

ERRORS: dict[Code, Json] = {
    Code.BAD_REQUEST: {
        "code": "bad_request",
        "message": "Invalid value for: limit",
        "details": [{"field": "limit", "message": "must be from 1 to 200"}],
    },
    Code.IDEMPOTENCY_KEY_REQUIRED: {
        "code": "idempotency_key_required",
        "message": "A write needs an Idempotency-Key header of 1 to 255 bytes without control characters: "
        "send a new UUID for each new request, and the same one when you retry",
    },
    Code.UNAUTHORIZED: {
        "code": "unauthorized",
        "message": "The key is not valid: no such key, or its secret is wrong",
    },
    Code.FORBIDDEN: {
        "code": "forbidden",
        "message": "This key lacks the scope products:write: create a key that has it, or use another one",
        "required_scope": "products:write",
    },
    Code.NOT_FOUND: {"code": "not_found", "message": "Product with ID 999 not found"},
    Code.METHOD_NOT_ALLOWED: {
        "code": "method_not_allowed",
        "message": "PUT is not allowed here: use GET, POST",
    },
    Code.CONFLICT: {
        "code": "conflict",
        "message": "Another product of this store has this sku: use another one",
        "details": [{"field": "sku", "message": "Another product of this store has this sku: use another one"}],
    },
    Code.INVALID_TRANSITION: {
        "code": "invalid_transition",
        "message": "An order that is pending can't become delivered: it can become confirmed or cancelled",
    },
    Code.INSUFFICIENT_STOCK: {
        "code": "insufficient_stock",
        "message": "There is not enough in stock for this order: restock what details name, or cancel it",
        "details": [{"field": "items.0", "message": "Cotton T-Shirt: 2 ordered, 1 in stock"}],
    },
    Code.IDEMPOTENCY_IN_PROGRESS: {
        "code": "idempotency_in_progress",
        "message": "The same Idempotency-Key is being processed right now: retry in a second",
        "retry_after": 1,
    },
    Code.PRECONDITION_FAILED: {
        "code": "precondition_failed",
        "message": "The row is not the one that If-Match names: read it again, and send the ETag that it has now",
    },
    Code.PAYLOAD_TOO_LARGE: {
        "code": "payload_too_large",
        "message": "The body is larger than 1048576 bytes: send less at once",
    },
    Code.UNSUPPORTED_MEDIA_TYPE: {
        "code": "unsupported_media_type",
        "message": "Send the body as JSON in UTF-8, with Content-Type: application/json",
    },
    Code.IDEMPOTENCY_KEY_REUSED: {
        "code": "idempotency_key_reused",
        "message": "This Idempotency-Key came before with another method, path or body: "
        "use a new key for a new request",
    },
    Code.RATE_LIMITED: {
        "code": "rate_limited",
        "message": "Too many requests with this key, or from this address: retry in 7 s",
        "retry_after": 7,
    },
    Code.QUOTA_EXCEEDED: {
        "code": "quota_exceeded",
        "message": "The month's requests are used up: wait for the 1st, or take a larger plan",
        "retry_after": 120480,
    },
    Code.INTERNAL_ERROR: {
        "code": "internal_error",
        "message": "Something went wrong on our side: it has been logged",
    },
    Code.UNAVAILABLE: {
        "code": "unavailable",
        "message": "The service is restarting or its database is out of reach: retry",
        "retry_after": 1,
    },
}
