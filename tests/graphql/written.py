"""Documents written by hand, each for something that the two ways of running must agree on."""

from typing import Any

# By what each is about: the document, and its variables.
WRITTEN: dict[str, tuple[str, dict[str, Any]]] = {
    "aliases": ("{ products(first: 3) { a: nodes { b: name c: name name } nodes { slug } } }", {}),
    "named and inline fragments": (
        """
        { products(first: 3) { nodes { ...Row ... on Product { slug } ... { sku } } } } fragment Row on
        Product { id ...Money ... on Node { id __typename } } fragment Money on Product { price pricing {
        price costPrice } }
        """,
        {},
    ),
    "fragment on an interface": (
        "{ products(first: 3) { nodes { ... on Node { id } } } store { ... on Node { id } } }",
        {},
    ),
    "fragment of another type": (
        "{ products(first: 3) { nodes { id ... on Node { ... on Category { name } } } } }",
        {},
    ),
    "skip and include by variables": (
        """
        query($no: Boolean!, $yes: Boolean = true) { products(first: 2) { nodes { id @skip(if: $no) name
        @include(if: $yes) ... @skip(if: $yes) { slug } } } store @include(if: $no) { name } }
        """,
        {"no": False},
    ),
    "everything skipped": ("{ products(first: 2) { nodes { id @skip(if: true) } } }", {}),
    "nothing at the root": ("{ store @skip(if: true) { name } }", {}),
    "typename everywhere": (
        """
        { __typename products(first: 2) { __typename nodes { __typename pricing { __typename } images {
        __typename } } edges { __typename } pageInfo { __typename } } }
        """,
        {},
    ),
    "merged fields": (
        """
        { products(first: 3) { nodes { pricing { price } } nodes { pricing { costPrice } images { url }
        images { alt } } } products(first: 3) { pageInfo { hasNextPage } } }
        """,
        {},
    ),
    "variables with defaults": (
        """
        query($n: Int = 2, $s: ProductSort! = PRICE_ASC, $q: String) { products(first: $n, sort: $s, search:
        $q) { nodes { price } } }
        """,
        {},
    ),
    "enum in and out": (
        "query($s: ProductStatus) { products(status: $s, first: 5) { nodes { status } } }",
        {"s": "DRAFT"},
    ),
    "nulls": (
        """
        { products(first: 12) { nodes { description category { name } weight: shipping { weight } } } }
        """,
        {},
    ),
    "null for what has a default": ("query($f: Int) { products(first: $f) { nodes { id } } }", {"f": None}),
    "first: 0": ("{ products(first: 0) { nodes { id } edges { cursor } pageInfo { hasNextPage endCursor } } }", {}),
    "edges with cursors": ("{ products(first: 4) { edges { cursor node { name } c: cursor n: node { id } } } }", {}),
    "both ends": (
        """
        { products(first: 4) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor last: endCursor
        } } }
        """,
        {},
    ),
    "children and parent": (
        """
        { products(first: 12) { nodes { images { url alt position databaseId } variants { name price
        stockQuantity sku } category { id databaseId name parentId createdAt } } } }
        """,
        {},
    ),
    "several roots": (
        """
        { a: products(first: 1) { nodes { id } } b: categories { nodes { name } } store { name slug } }
        """,
        {},
    ),
    "two operations' fragments": (
        "query { store { ...S } } fragment S on Store { plan { tier limits { requestsPerMonth } } }",
        {},
    ),
    "values that no row stands for": (
        """
        query($w: Int! = 16, $communes: Boolean = false, $p: ID!) { wilayas { databaseId again: nameAr ...W __typename }
        quotas { overrides { notes } effective { ...L } tierLimits { ...L requestsPerMinute } }
        deliveryRates { home desk }
        deliveryQuote(wilayaId: $w, deliveryType: DESK, items: [{productId: $p, quantity: 2}]) { total fee } }
        fragment W on Wilaya { communes @include(if: $communes) { code } name }
        fragment L on Limits { requestsPerMonth }
        """,
        {"communes": True, "p": "product"},
    ),
    "a value that is refused": ("{ deliveryQuote(wilayaId: 99, deliveryType: HOME, items: []) { total } }", {}),
    "a commune's codes": ("{ wilayas { communes { c: code ... on Commune { nameAr name } } } }", {}),
    "null for a condition that has a default": (
        "query($s: Boolean = true) { products(first: 2) { nodes { id name @skip(if: $s) } } store { id } }",
        {"s": None},
    ),
    "whole numbers in another form": ("query($n: Int) { products(first: $n) { nodes { id } } }", {"n": 3.0}),
    "one for a list": ("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": "UHJvZHVjdDox"}),
    "an id that is none": ('{ product(id: "none") { name } }', {}),
    "neither id nor slug": ("{ product { name } }", {}),
    "not found beside another": ('{ product(id: "0") { name } store { name } }', {}),
    "two that fail": ('{ a: product(id: "0") { name } b: product(slug: "none") { name } }', {}),
    "a list below a list": (
        """
        query($n: Int, $s: WebhookDeliveryStatus) { webhooks { nodes { url deliveries(first: 1) { nodes { event data: id
        } pageInfo { hasNextPage endCursor } } more: deliveries(first: $n, status: $s) { edges { cursor node { event
        error } } } ... on Node { ... on Webhook { deliveries(first: 1) { nodes { status } } } } } } }
        """,
        {"n": 3, "s": "DEAD"},
    ),
    "the event log": ('{ eventLog(first: 3, types: ["order.created"]) { nodes { event occurredAt data } } }', {}),
    "an error below a list": ("{ webhooks { nodes { url deliveries(first: 500) { nodes { id } } } } }", {}),
    "a cursor that is none below a list": ('{ webhooks { nodes { deliveries(after: "x") { nodes { id } } } } }', {}),
    "first out of range": ("{ products(first: 201) { nodes { id } } }", {}),
    "a cursor that is none": ('{ products(after: "x") { nodes { id } } }', {}),
    "a filter that is refused": ('{ products(search: "") { nodes { id } } }', {}),
    "a variable of the wrong type": ("query($n: Int) { products(first: $n) { nodes { id } } }", {"n": "two"}),
    "an enum value that is none": ("query($s: ProductStatus) { products(status: $s) { nodes { id } } }", {"s": "GONE"}),
    "a required variable missing": ("query($s: String!) { product(slug: $s) { id } }", {}),
}

# Mutations. Here and above, a variable whose value is `product`, `order` or `shipped` stands for the id of such a row.
UPDATE_PRODUCT = "mutation($id: ID!, $i: ProductUpdateInput!) { productUpdate(id: $id, input: $i) "
UPDATE_ORDER = "mutation($id: ID!, $i: OrderUpdateInput!) { orderUpdate(id: $id, input: $i) "
ROW = "{ product { name slug price status pricing { price costPrice } inventory { sku } images { url alt position } } }"
MUTATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "a product is made": (
        f"mutation($i: ProductCreateInput!) {{ productCreate(input: $i) {ROW} }}",
        {"i": {"name": "Théière", "price": 10**12, "status": "ACTIVE", "images": [{"url": "https://x.dz/1"}]}},
    ),
    "values in the document": (
        'mutation { productCreate(input: {name: "a", price: 1, metadata: {k: "v"}}) { product { metadata status } } }',
        {},
    ),
    "one after the other sees what that did": (
        """
        mutation($id: ID!) { a: productUpdate(id: $id, input: {price: 7}) { product { price } }
        b: productUpdate(id: $id, input: {comparePrice: 9}) { p: product { price comparePrice } __typename } }
        """,
        {"id": "product"},
    ),
    "fragments on payloads, and aliases": (
        UPDATE_PRODUCT
        + """{ ...P ... on ProductUpdatePayload { again: product { n: name name } } __typename } }
        fragment P on ProductUpdatePayload { product { ...F } } fragment F on Product { __typename price ... on Node {
        id } category { name } }""",
        {"id": "product", "i": {"price": 3}},
    ),
    "merged payloads": (
        UPDATE_PRODUCT + "{ product { name } product { price } } }",
        {"id": "product", "i": {}},
    ),
    "nothing of the payload but its type": (UPDATE_PRODUCT + "{ __typename } }", {"id": "product", "i": {"price": 2}}),
    "skipped": (
        """
        mutation($id: ID!, $s: Boolean!) { productUpdate(id: $id, input: {price: 2}) { product { name @skip(if: $s)
        price } } productDelete(id: $id) @skip(if: true) { deletedId } }
        """,
        {"id": "product", "s": True},
    ),
    "an order is moved along": (
        UPDATE_ORDER
        + """{ order { status allowedTransitions timeline { from to } items { name quantity total }
        customer { name email } delivery { type courier } paymentStatus } } }""",
        {"id": "order", "i": {"status": "CONFIRMED", "paymentStatus": "PAID", "courier": "Yalidine"}},
    ),
    "a transition that is not allowed": (
        UPDATE_ORDER + "{ order { status } } }",
        {"id": "shipped", "i": {"status": "PENDING"}},
    ),
    "an id that is none": (UPDATE_PRODUCT + "{ product { name } } }", {"id": "none", "i": {}}),
    "fields that are refused": (
        UPDATE_PRODUCT + "{ product { name } } }",
        {"id": "product", "i": {"name": "", "sku": "x" * 65, "lowStockAlert": -1}},
    ),
    "the second of two fails": (
        """
        mutation($id: ID!) { good: productUpdate(id: $id, input: {price: 7}) { product { price } }
          bad: orderUpdate(id: "0", input: {notes: "x"}) { order { status } } }
        """,
        {"id": "product"},
    ),
    "the first of two fails, and the second is not tried": (
        """
        mutation($id: ID!) { bad: productUpdate(id: $id, input: {name: ""}) { product { price } }
          worse: orderUpdate(id: "0", input: {notes: "x"}) { order { status } } }
        """,
        {"id": "product"},
    ),
    "one in a fragment fails": (
        "mutation { ...M } fragment M on Mutation { x: productUpdate(id: 0, input: {}) { product { name } } }",
        {},
    ),
}
