"""What `openapi.yaml` says to people, where no route says it."""

DESCRIPTION = """\
Connect an Algerian store to the rest of its business: sync an inventory, import a catalogue, push orders to
an ERP, build your own storefront. `/v1` speaks JSON over HTTPS, in UTF-8. Everything here is also available
over GraphQL, at `/graphql`, with the same keys and rules.

**Authentication.** Every request except `GET /v1/ping` carries a key, which you generate in the dashboard
under Settings → API Keys. Most operations take a platform key, for your servers only: `Authorization: Bearer
dzpk_live_<key_id>.<secret>`. The operations under Tracking take a public key, which is safe in pages and
apps: `Authorization: DZ-Public dzpub_live_<key_id>`, with each request signed. Test keys (`dzpk_test_…`,
`dzpub_test_…`) work on the store's sandbox, which has data of its own. Each operation names the scope it
needs in `x-required-scope`.

**Responses.** A success is `{"data": …, "meta": …}`; an error is `{"error": {"code", "message"}, "meta": …}`.
Let your program read `code`; `message` tells people what to change. `meta.request_id` identifies the request
when you ask for help. New members may be added to responses at any time; none changes its name, type or
meaning within `v1`.

**Idempotency.** Every write needs an `Idempotency-Key`, such as a UUID (optional under Tracking). After a
timeout, send the same request with the same key: within 24 hours you get the first response again, byte for
byte, with `Idempotency-Replayed: true`, and nothing happens twice.

**Rate limits.** Each key has a number of requests in any 60 seconds, and each store a number of requests a
month, depending on the plan. Beyond either, the response is a 429 with `Retry-After`. A refused request uses
up nothing.

**Pagination.** Lists come newest first, up to 200 rows a page. To get the next page, pass `next_cursor` as
`cursor`, with the same filters, until `has_more` is false.

**Values.** Money is in whole Algerian dinars, as integers. Times are `YYYY-MM-DD HH:MM:SS` in UTC. Ids are
integers. In a `PATCH`, absent fields keep their value and `null` clears a nullable one. Unknown fields in a
body are a 400; unknown query parameters are ignored. A body is at most 1 MiB.

**Concurrency.** Send the `ETag` of a row as `If-Match` with a `PATCH` or `DELETE`: if somebody changed the
row in the meantime, the response is a 412 and nothing is changed.

Operations and fields marked `x-addition` were added after the API was first announced.
"""

TAGS = {
    "Meta": "Check that the API is up, and which key you are using.",
    "Store": "The store's settings and plan.",
    "Products": "The catalogue: prices, stock, images and variants.",
    "Categories": "The categories of the catalogue.",
    "Orders": "Orders, from placement to delivery or return.",
    "Customers": "The people who have ordered, one for each phone number.",
    "Delivery": "Wilayas, communes, and the store's delivery fees.",
    "Landing pages": "Pages that sell one product.",
    "Webhooks": "URLs that receive the store's events, what was sent to them, and replays.",
    "Events": "The store's events in commit order, to read at your own pace.",
    "Tracking": "Signups and events sent by web pages and apps, with a public key.",
    "Keys": "Create, rotate and revoke API keys.",
    "Usage": "This month's usage, quotas, and the log of requests.",
    "Sandbox": "Empty the store's test data.",
}

PLATFORM_KEY = """\
A platform key, for servers only: `Authorization: Bearer dzpk_live_<key_id>.<secret>`, or `dzpk_test_…` for the
store's sandbox. The secret is shown once, when the key is created. A revoked key stops working within a second.
"""

PUBLIC_KEY = """\
A public key, for pages and apps: `Authorization: DZ-Public dzpub_live_<key_id>`, or `dzpub_test_…` for the
store's sandbox. Every write also carries `X-DZ-Timestamp`, `X-DZ-Nonce` and `X-DZ-Signature`. A key can be
limited to certain web origins; preflight requests need no key.
"""

TIMESTAMP = "The unix time in seconds, at most 300 away from the server's."
NONCE = "32 random hexadecimal digits, new for each request: a nonce works only once."
SIGNATURE = """\
`hex(hmac_sha256(signing_secret, key_id + "\\n" + nonce + "\\n" + timestamp + "\\n" + hex(sha256(raw body))))`, in
lower case. `key_id` is the whole `dzpub_…`, and the signing secret is used as text, exactly as shown.
"""

OPTIONAL_IDEMPOTENCY_KEY = """\
Optional here, since a nonce works only once. If no response came, sign the request again with a new nonce and the
same key, and it counts once. The body is compared without its `nonce`. Kept for 24 hours.
"""

IDEMPOTENCY_KEY = """\
Identifies this request, so that a retry does not repeat it. Any 1 to 255 bytes without control characters; we
recommend a UUID. Kept for 24 hours.
"""

CLIENT_REQUEST_ID = """\
Your own id for this request: 1 to 128 characters of `A-Z a-z 0-9 . _ -`, such as `sync-17`. It comes back as
`meta.client_request_id`; any other value is ignored.
"""

IF_NONE_MATCH = "The `ETag` of the response you have: the answer is a 304 without a body while nothing has changed."
IF_MATCH = """\
The `ETag` of the row as you read it, or `*` for any. If the row has changed since, the response is a 412 and nothing
is changed. A weak tag (`W/…`) never matches.
"""
LIMIT = "The most rows in a page."
CURSOR = "The `next_cursor` of the previous page, with the same filters. Leave it out for the first page."

FILTERS = {
    "start": "Where to start without a cursor: `now` skips what has happened so far; the default is the beginning.",
    "types": "Only events with these names, separated by commas.",
    "status": "Only those with this status.",
    "key_id": "Only requests made with this key.",
    "outcome": "Only requests that ended this way.",
    "surface": "Only requests over this API.",
    "operation": "Only requests for this operation, as the log names it.",
    "error_code": "Only those refused with this code.",
    "hours": "How many hours to look back; 24 by default.",
    "search": "Only products whose name contains this (whatever its case, accents or alef), or whose SKU is this.",
    "external_id": "Only the one with this id in your own system.",
    "low_stock": "Only products whose stock is tracked and below `low_stock_alert`.",
    "from": "The start: a date or an ISO 8601 time (UTC if it has no zone). By default 30 days before `to`.",
    "to": "The end: a date, included, or an ISO 8601 time. By default now, or 90 days after `from` if that is sooner.",
    "since": "Only those created at or after this time (ISO 8601; UTC if it has no zone).",
    "customer_phone": "Only orders with this phone number, in any form.",
    "phone": "Only the customer with this phone number, in any form.",
    "email": "Only customers with this e-mail address; case doesn't matter.",
    "updated_since": "Only those changed at or after this time (ISO 8601; UTC if it has no zone), oldest change first.",
}

PATHS = {
    "product_id": "The product's id.",
    "landing_page_id": "The landing page's id.",
    "key_id": "The key's id: its public part.",
    "order_id": "The order's id.",
    "customer_id": "The customer's id.",
    "webhook_id": "The webhook's id.",
    "delivery_id": "The delivery's id.",
    "request_id": "The request's id, `req_…`.",
}

# What a body's field means where the answer has no field of its name, or there is more to say.
INPUTS = {
    "stock_delta": "Added to the stock, in place of `stock_quantity`: it can't undo a sale made meanwhile.",
    "scopes": "The key's scopes; the default ones of its type if left out.",
    "livemode": "False creates a test key, for the store's sandbox.",
    "expires_at": "When the key expires: RFC 3339 or `YYYY-MM-DD HH:MM:SS` (UTC), in the future.",
    "allowed_origins": "Web origins that a public key works from, such as `https://shop.example`; any by default.",
    "grace_seconds": "How long the old secret keeps working; a day if left out.",
    "nonce": "Optional; if given, it must equal `X-DZ-Nonce`.",
    "rates": "The rates to set: both fees for each wilaya, each wilaya at most once.",
    "properties": "Any JSON object of at most 16 KiB (as compact JSON), without NUL characters.",
    "metadata": "Up to 50 strings of your own, by name.",
    "external_id": "The id in your own system, unique in the store.",
    "wilaya_id": "The wilaya's number.",
    "home": "The fee to the customer's door, in whole dinars; null where you do not deliver so.",
    "desk": "The fee to a courier's desk, in whole dinars; null where you do not deliver so.",
    "variants": "The variants, in order. In an update, all of them: one with an `id` is updated, one without is "
    "created, and those left out are deleted. The product's stock follows theirs, unless it is sent too.",
    "variant_id": "One of the product's variants, which has its own price and stock.",
    "slug": "The name in URLs, unique in the store; made from the name or title if left out.",
}

# What fields of one body mean that no answer has.
BODIES = {
    "trackSignup": {
        "email": "The person's e-mail address, stored only as a keyed hash.",
        "phone": "The person's Algerian mobile number, in any form, stored only as a keyed hash.",
        "external_user_id": "The person's id in your own system, stored as it is.",
        "source": "Where the signup came from, such as `spring_campaign`.",
        "country": "The country's two-letter code, such as `DZ`.",
        "ip": "The person's IP address, stored only as a keyed hash; it identifies nobody.",
        "meta": "Any JSON object of at most 16 KiB, stored as it is.",
    },
    "trackEvent": {"name": "The event's name, such as `add_to_cart`."},
    "replayWebhookDeliveries": {
        "status": "Only deliveries with this status.",
        "from": "Only deliveries of events at or after this time.",
        "to": "Only deliveries of events before this time.",
    },
}
