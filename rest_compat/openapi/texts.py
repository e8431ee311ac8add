"""What `openapi.yaml` says to people, where no route says it."""

DESCRIPTION = """\
DZBuild API lets an Algerian store talk to the rest of its business: sync an inventory, import a catalogue,
feed a CRM, build a storefront of one's own. `/v1` is JSON over HTTPS, in UTF-8, in any script; the same
store is there over GraphQL at `/graphql`, with the same rules.

**Keys.** Every request but `GET /v1/ping` carries a key, made in the dashboard under Settings → API Keys; each
operation names the scope that it needs in `x-required-scope`. Nearly all take a platform key, which belongs to
a back end: `Authorization: Bearer dzpk_live_<key_id>.<secret>`. Keep it out of pages and apps. Those under
Tracking take a public key, which is made for them and reads no one's data: `Authorization: DZ-Public
dzpub_live_<key_id>`, and each request is signed with the key's signing secret. A `dzpk_test_…` or
`dzpub_test_…` key does the same on the store's sandbox, which has rows of its own.

**Answers.** A success is `{"data": …, "meta": …}`, an error `{"error": {"code", "message"}, "meta": …}`,
whatever layer it comes from. Programs read `code`; `message` says what to change. A method that a path does
not have is a 405 with `Allow`, a path that there is not a 404. Members may be added to answers; none
changes its name, type or meaning within `v1`.

**Writes** need an `Idempotency-Key`. The same key with the same method, path and body within 24 hours gets
the first answer again, byte for byte, with `Idempotency-Replayed: true`, and nothing happens twice: after a
timeout, send the same request again. A new request takes a new key.

**Limits.** A key has so many requests in any 60 seconds and its store so many a month, as its plan says; beyond
them the answer is 429 with `Retry-After`. A refused request uses up nothing. Requests without a valid key are
limited by address.

**Lists** come newest first, at most 200 rows a page. Pass `next_cursor` as `cursor`, unchanged and with the
same filters, until `has_more` is false. Page 10,000 costs what the first one does, and rows written
meanwhile neither repeat nor hide others.

**Values.** Money is whole Algerian dinars. Integers are written without a decimal point or an exponent.
Times are `YYYY-MM-DD HH:MM:SS` in UTC. Ids are integers that a JavaScript number holds. In a `PATCH` an
absent field stays and `null` clears it; an unknown field in a body is a 400, an unknown query parameter is
ignored. A body is at most 1 MiB.

**Changes side by side.** A `PATCH` or `DELETE` with `If-Match: <ETag>` of the row's `GET` happens only while the
row is what it was; a 412 says that somebody was there in between.

Operations and fields marked `x-addition` came after the first announcement of the API.
"""

TAGS = {
    "Meta": "Whether the API is there, and who it takes you for.",
    "Store": "The store's settings and its plan.",
    "Products": "The catalogue.",
    "Categories": "The shelves of the catalogue.",
    "Delivery": "The country's wilayas and communes, and what delivery costs in them.",
    "Landing pages": "Pages that sell one thing.",
    "Keys": "The store's keys.",
    "Sandbox": "The store's rows for tests.",
    "Usage": "What was used of what the plan allows.",
    "Orders": "What was ordered, and where it is in its life.",
    "Customers": "Who ordered.",
    "Events": "What happened in the store, in the order in which it was committed.",
    "Webhooks": "Who is told of the store's events, and what was sent to them.",
    "Tracking": "What pages report of their visitors, with a public key.",
}

PLATFORM_KEY = """\
A platform key, server to server: `Authorization: Bearer dzpk_live_<key_id>.<secret>`, or `dzpk_test_…` for
the store's sandbox. The secret is shown once, when the key is made. A revoked key stops within a second.
"""

PUBLIC_KEY = """\
A public key, for pages and apps: `Authorization: DZ-Public dzpub_live_<key_id>`, or `dzpub_test_…` for the
store's sandbox. Every write also carries `X-DZ-Timestamp`, `X-DZ-Nonce` and `X-DZ-Signature`. A key may be
limited to some web origins; preflights need no key.
"""

TIMESTAMP = "The unix time in seconds, at most 300 away from the server's."
NONCE = "32 hexadecimal digits, new ones for each request: a completed request uses them up."
SIGNATURE = """\
`hex(hmac_sha256(signing_secret, key_id + "\\n" + nonce + "\\n" + timestamp + "\\n" + hex(sha256(raw body))))`, in
lower case; `key_id` is the whole `dzpub_…`, and the signing secret is used as the text that it was shown as.
"""

OPTIONAL_IDEMPOTENCY_KEY = """\
May be left out, as the nonce stops replays. Who signs the same request anew, because no answer came, sends the
same key again: it then counts once. The body is compared without its `nonce`. Kept for 24 hours.
"""

IDEMPOTENCY_KEY = """\
Names this request, so that a retry of it happens once: 1 to 255 bytes without control characters, such as a
UUID. Kept for 24 hours.
"""

CLIENT_REQUEST_ID = """\
Your own id of this request; one of 1 to 128 characters of `A-Z a-z 0-9 . _ -` comes back as
`meta.client_request_id`, any other is left out.
"""

IF_NONE_MATCH = "The `ETag` of the answer that you have: 304 without a body while it is still the same."
IF_MATCH = """\
The `ETag` of the detail that you go by, as its `GET` gave it, or `*` for any: 412, and nothing is changed, where
the row is another by now. A weak tag (`W/…`) matches nothing.
"""
LIMIT = "How many rows a page has at most."
CURSOR = "`next_cursor` of the page before, with the same filters. Without it the list starts from its beginning."

FILTERS = {
    "start": "Where a reader begins who has no cursor yet: `now`, with what happens from now on; or at the beginning.",
    "types": "Only events of these names, separated by commas.",
    "status": "Only those of this status.",
    "key_id": "Only those of this key, by its public part.",
    "outcome": "Only those that succeeded, were refused, or failed.",
    "surface": "Only those made this way.",
    "operation": "Only those that asked for this, as the log has it.",
    "error_code": "Only those refused with this code.",
    "hours": "How many hours back; 24 by default.",
    "search": "Only those whose name contains this, whatever its case, accents or forms of alef, or whose SKU is this.",
    "external_id": "Only the one with this id in another system.",
    "low_stock": "Only those whose stock is tracked, and below its `low_stock_alert`.",
    "from": "Where it begins: a date, or an ISO 8601 time (UTC without a zone). 30 days before `to` by default.",
    "to": "Where it ends: a date, which is still in it, or an ISO 8601 time. Now, or after 90 days, if that is sooner.",
    "since": "Only those created at or after this time (ISO 8601; UTC without a zone).",
    "customer_phone": "Only those with this phone number, in any of its forms.",
    "phone": "Only the one with this number, in any of its forms.",
    "email": "Only those with this e-mail address, whatever its case.",
    "updated_since": "Only those changed at or after this time (ISO 8601; UTC without a zone), oldest change first.",
}

PATHS = {
    "product_id": "The product's id.",
    "landing_page_id": "The landing page's id.",
    "key_id": "The key's public part.",
    "order_id": "The order's id.",
    "customer_id": "The customer's id.",
    "webhook_id": "The webhook's id.",
    "delivery_id": "The delivery's id.",
    "request_id": "The request's id, `req_…`.",
}

# What a body's field means where the answer has no field of its name, or there is more to say.
INPUTS = {
    "stock_delta": "Added to the stock, in place of `stock_quantity`: it can't undo a sale made meanwhile.",
    "scopes": "What it may do; the default ones of its type when left out.",
    "livemode": "False makes a key of the store's sandbox.",
    "expires_at": "When it stops working: RFC 3339, or as times are written here; in the future.",
    "allowed_origins": "The web origins that a public key works from, such as `https://shop.example`; any by default.",
    "grace_seconds": "How long the old secret works as well; a day when left out.",
    "nonce": "The same as `X-DZ-Nonce`, if it is there at all.",
    "rates": "The rates to set, each whole and a wilaya once.",
    "properties": "Whatever belongs to the event: at most 16 KiB as compact JSON, no text in it with a NUL character.",
    "variant_id": "One of the product's variants: it has its own price and stock.",
    "slug": "Its name in addresses, unique in the store; made from the name, or the title, when left out.",
}
