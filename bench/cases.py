"""What is measured, and beside what."""

import json
from functools import partial
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from bench.ingest import Key, event
from bench.instance import PRODUCTS, Instance
from bench.load import Case

# Each request is another one, under another key. BODY has its name in it as NAME, and a phone number as PHONE.
WRITES = """
math.randomseed(os.time() * 1000 + tonumber(tostring({}):sub(8), 16) % 1000)
local run, number = math.random(1e9), 0
wrk.headers["Content-Type"] = "application/json"
function request()
  number = number + 1
  local name = run .. "-" .. number
  local phone = string.format("05%08d", (run + number) % 1e8)
  wrk.headers["Idempotency-Key"] = name
  return wrk.format("POST", nil, nil, (([==[BODY]==]):gsub("NAME", name):gsub("PHONE", phone)))
end
"""
CREATED = '{"name": "Bench NAME", "price": 1500, "sku": "NAME", "stock_quantity": 50}'
CREATED_BY_GRAPHQL = json.dumps(
    {
        "query": "mutation ($input: ProductCreateInput!) { productCreate(input: $input) { product { databaseId name "
        "slug description shortDescription categoryId pricing { price comparePrice costPrice } "
        "inventory { sku barcode trackStock stockQuantity lowStockAlert } "
        "shipping { weight height width length doInsurance } status featured hasVariants "
        "images { databaseId url alt position } variants { databaseId name sku price stockQuantity } "
        "createdAt updatedAt externalId metadata } } }",
        "variables": {"input": {"name": "Bench NAME", "price": 1500, "sku": "NAME", "stockQuantity": 50}},
    }
)
ORDER_ROW = """databaseId orderNumber status paymentStatus paymentMethod total customerName customerPhone wilayaId
    commune deliveryType createdAt"""
ORDER_DETAIL = (
    ORDER_ROW
    + """ subtotal deliveryFee discount
    customer { databaseId name phone email wilayaId commune address }
    delivery { type deskId deskName trackingNumber courier }
    items { databaseId productId name sku variant quantity unitPrice total } notes
    timeline { from to at actor } updatedAt"""
)


# Each line of the file is a request.
EVENTS_A_SECOND = 12_000
SIGNED = """
local lines, place = {}, 0
for line in io.lines("FILE") do lines[#lines + 1] = line end
function done() os.remove("FILE") end
function request()
  place = place + 1
  local nonce, moment, signature, body = lines[place]:match("(%S+) (%S+) (%S+) (.+)")
  wrk.headers["X-DZ-Nonce"], wrk.headers["X-DZ-Timestamp"], wrk.headers["X-DZ-Signature"] = nonce, moment, signature
  return wrk.format("POST", nil, nil, body)
end
"""


class Bases(NamedTuple):
    """Where the reference, the API, and the API without plans are."""

    reference: str
    api: str
    plain: str


def all_cases(instance: Instance, bases: Bases) -> list[Case]:
    """Return every case; each reference stands before what is compared with it."""
    return [
        *product_cases(instance, bases),
        *graphql_cases(instance, bases),
        *order_cases(instance, bases),
        *tracking_cases(instance, bases),
    ]


def product_cases(instance: Instance, bases: Bases) -> list[Case]:
    key, fresh = instance.headers, instance.headers | {"Cache-Control": "no-cache"}
    page = f"{bases.api}/v1/products?limit=20"
    free = {"Authorization": f"Bearer {instance.members['free_key']}"}
    script = WRITES.replace("BODY", CREATED)
    return [
        Case("R: product list", f"{bases.reference}/products", "reference"),
        Case("GET /v1/products?limit=20, uncached", page, "api", fresh),
        Case("  from the cache", page, "api", key),
        Case("  304", page, "api", key | {"If-None-Match": "*"}, status=304),
        Case("  429", page, "api", free, status=429, others=60),
        Case("POST /v1/products", f"{bases.api}/v1/products", "api", key, script=script, status=201),
        Case("GET /healthz", f"{bases.api}/healthz", "api"),
    ]


def graphql_cases(instance: Instance, bases: Bases) -> list[Case]:
    key = instance.headers | {"Content-Type": "application/json"}
    fresh = key | {"Cache-Control": "no-cache"}
    api, plain = f"{bases.api}/graphql", f"{bases.plain}/graphql"
    fields = "databaseId name slug shortDescription price comparePrice sku stockQuantity trackStock status featured"
    thirteen = f"{fields} primaryImage createdAt"
    flat = query(f"{{ products(first: 20) {{ nodes {{ {thirteen} }} }} }}")
    below = "images { url alt position } variants { name price stockQuantity } category { name }"
    nested = query(f"{{ products(first: 20) {{ nodes {{ databaseId name {below} }} }} }}")
    one = query(f"query ($slug: String!) {{ product(slug: $slug) {{ {thirteen} }} }}", slug=f"bench-{PRODUCTS}")
    rows, tree, row = "R: 20 × 13", "R: nested", "R: by slug"
    created = WRITES.replace("BODY", CREATED_BY_GRAPHQL)
    return [
        Case(rows, f"{bases.reference}/thirteen", "reference", against=rows),
        Case("GraphQL, 20 × 13, uncached", api, "api", fresh, flat, against=rows),
        Case("  from the cache", api, "api", key, flat, against=rows),
        Case("  field by field", plain, "plain", fresh, flat, against=rows),
        Case(tree, f"{bases.reference}/nested", "reference", against=tree),
        Case("GraphQL, 20 × (3 + 3 + 1), uncached", api, "api", fresh, nested, against=tree),
        Case("  field by field, nested", plain, "plain", fresh, nested, against=tree),
        Case(row, f"{bases.reference}/product", "reference", against=row),
        Case("GraphQL, product by slug, uncached", api, "api", fresh, one, against=row),
        Case("  field by field, by slug", plain, "plain", fresh, one, against=row),
        Case("GraphQL, productCreate", api, "api", key, script=created, against="POST /v1/products"),
    ]


def order_cases(instance: Instance, bases: Bases) -> list[Case]:
    fresh = instance.headers | {"Cache-Control": "no-cache"}
    posted = fresh | {"Content-Type": "application/json"}
    (newest,) = instance.sql("SELECT max(id) AS id FROM orders WHERE store_id = $1", instance.store_id)
    # What costs less than 400 and has been ordered before: any product that is active.
    (product,) = instance.sql(
        "SELECT id FROM products WHERE store_id = $1 AND slug = $2", instance.store_id, f"bench-{PRODUCTS}"
    )
    order = {
        "customer": {"name": "Bench NAME", "phone": "PHONE", "wilaya_id": 16, "commune": "Bab Ezzouar"},
        "delivery": {"type": "home"},
        "items": [{"product_id": product["id"], "quantity": 1}],
    }
    graph = f"{bases.api}/graphql"
    listed = query(f"{{ orders(first: 20) {{ nodes {{ {ORDER_ROW} }} }} }}")
    detail = query(f"query ($id: ID!) {{ order(id: $id) {{ {ORDER_DETAIL} }} }}", id=str(newest["id"]))
    rows, one, made = "R: order list", "R: order detail", "R: order insert"
    script = WRITES.replace("BODY", json.dumps(order))
    return [
        Case(rows, f"{bases.reference}/orders", "reference", against=rows),
        Case("GET /v1/orders?limit=20, uncached", f"{bases.api}/v1/orders?limit=20", "api", fresh, against=rows),
        Case("GraphQL, orders, uncached", graph, "api", posted, listed, against=rows),
        Case(one, f"{bases.reference}/orders/{newest['id']}", "reference", against=one),
        Case("GET /v1/orders/{id}, uncached", f"{bases.api}/v1/orders/{newest['id']}", "api", fresh, against=one),
        Case("GraphQL, order, uncached", graph, "api", posted, detail, against=one),
        Case(made, f"{bases.reference}/orders", "reference", {}, "", status=201, against=made),
        Case("POST /v1/orders", f"{bases.api}/v1/orders", "api", posted, script=script, status=201, against=made),
    ]


def tracking_cases(instance: Instance, bases: Bases) -> list[Case]:
    """Return events that are signed, limited and committed; the worker that takes them in stands still meanwhile."""
    key = Key.of(instance.members)
    headers = {"Authorization": f"DZ-Public {key.name}", "Content-Type": "application/json"}
    script = partial(signed_script, key)
    return [
        Case(
            f"POST /v1/events, {clients} clients",
            f"{bases.api}/v1/events",
            "api",
            headers,
            script=script,
            status=202,
            still="ingest",
            connections=clients,
        )
        for clients in (16, 64)
    ]


def signed_script(key: Key, seconds: int) -> str:
    """Return what sends signed events for so many seconds, each once."""
    with NamedTemporaryFile("w", suffix=".txt", prefix="dzbuild-bench-", delete=False) as file:
        for number in range(seconds * EVENTS_A_SECOND):
            body = event(number)
            nonce, moment, signature = key.signed(body)
            file.write(f"{nonce} {moment} {signature} {body.decode()}\n")
    return SIGNED.replace("FILE", file.name)


def query(document: str, **variables: object) -> str:
    return json.dumps({"query": document, "variables": variables})
