"""Stores with something of everything, and what is asked of them: for the comparison of plans with the executor."""

import json
import random
from dataclasses import dataclass, replace
from typing import Any

from graphql import GraphQLSchema
from strawberry.relay.utils import to_base64

from db.engine import engine
from graph import operations
from graph.context import Context, Rate
from graph.keys import find_key
from graph.public_keys import public_key_create
from graph.schema import Audience, graphql_schema
from graph.tries import Action
from tests.conftest import Shop
from tests.graphql.documents import Arguments, enum_values
from tests.parity.stores import requests_made
from tests.rest.answers import given
from tests.rest.ordering import moved, ordered

NAMES = ("قميص قطني", "Robe d’été", "Cotton T-Shirt", 'with "quotes" \\ and\nlines', "🧵 fil", "زيت زيتون")
# Root fields that no row stands for, and one that runs field by field whatever is selected: they come seldom.
REPORTS = (
    *("deliveryRates", "usage", "quotas", "deliveryQuote", "wilayas"),
    *("usageRefusals", "usageOperations", "usageSeries", "orderTrack"),
)
STORED = {
    "office": (
        *("products", "product", "categories", "store", "orders", "order", "customers", "customer", "landingPages"),
        *("landingPage", "apiKeys", "viewer", "node", "nodes", "usageHistory", "webhooks", "webhook", "eventLog"),
        *("requestLog", "request"),
    ),
    "storefront": ("products", "product", "categories", "store", "landingPage"),
}
# Of so many documents one is asked for with some of the scopes alone.
SCARCELY = 12


@dataclass
class Place:
    """A store with something of everything, who asks in it, and what can be asked there."""

    audience: Audience
    context: Context
    arguments: Arguments
    rows: dict[str, Any]

    @property
    def schema(self) -> GraphQLSchema:
        return graphql_schema(self.audience)

    def context_of(self, chance: random.Random) -> Context:
        """Return who asks: now and then somebody who has only some of the scopes."""
        if chance.randrange(SCARCELY):
            return self.context
        scopes = sorted(self.context.scopes)
        return replace(self.context, scopes=frozenset(chance.sample(scopes, chance.randrange(len(scopes)))))

    @property
    def roots(self) -> list[str]:
        """Return the root fields to choose from: the reports seldom."""
        assert self.schema.query_type is not None
        reports = [name for name in REPORTS if name in self.schema.query_type.fields]
        return [*STORED[self.audience] * 8, *reports]


async def made_place(shop: Shop, audience: Audience) -> Place:
    """Fill a store, and return it as those see it who have such a key."""
    products = await stocked(shop)
    rows = await peopled(shop, products)
    key = shop.token.partition(".")[0]
    if audience == "storefront":
        async with engine.transaction():
            granted = ["storefront:read", "checkout:write"]
            key = (await public_key_create(shop.store_id, "page", granted=granted)).key_id
    found = await find_key(key.removeprefix("Bearer "))
    assert found is not None
    context = replace(found.context, rate=Rate(100, 99, 3), tries=AnyNumber())
    arguments = {**arguments_of(products, rows), ("products", "after"): rarely(await cursors(context, audience), ["x"])}
    if audience == "storefront":
        arguments |= arguments_of_shoppers(products, rows)
    return Place(audience, context, arguments, rows)


class AnyNumber:
    """Lets a shopper try as often as a random document does."""

    async def count(self, action: Action, phone: str) -> None:
        """Count nothing."""


async def peopled(shop: Shop, products: list[dict[str, Any]]) -> dict[str, Any]:
    """Add orders in several statuses, their customers with and without everything, landing pages and counts of use."""
    goods = [each["id"] for each in products if each["status"] == "active"]
    whole = {"email": "a@x.dz", "address": "Cité 5 juillet", "metadata": {"a": "b"}, "external_id": "C-1"}
    orders = [
        await ordered(shop, goods[0], 2, customer=whole, notes="بسرعة", discount=1, metadata={"x": "y"}),
        await ordered(shop, goods[1], 1, customer={"name": "ليلى", "phone": "0666000000"}, delivery={"type": "desk"}),
        await ordered(shop, goods[1], 3, customer={"phone": "0777000000", "wilaya_id": 31}, external_id="O-1"),
    ]
    await moved(shop, orders[1]["id"], "confirmed", "shipped", "delivered")
    await moved(shop, orders[2]["id"], "cancelled")
    bodies = (
        {"title": "عرض", "product_id": goods[0], "meta_title": "m", "status": "active", "slug": "offer"},
        {"title": "Bare"},
        {"title": "Draft's", "product_id": products[1]["id"], "status": "active", "slug": "of-a-draft"},
    )
    pages = [given(await shop.write("POST", "/v1/landing-pages", body), 201)["id"] for body in bodies]
    async with engine.transaction():
        await engine.write(
            "UPDATE customers SET commune = NULL, wilaya_id = NULL, notes = 'n' WHERE store_id = $1"
            " AND phone LIKE '06%'",
            shop.store_id,
        )
        await engine.write(
            "UPDATE landing_pages SET sections = '[{\"a\": [1, null]}, {}]' WHERE store_id = $1 AND title = 'Bare'",
            shop.store_id,
        )
    requests = [await requests_made(shop, shop.token.partition(".")[0])]
    customers = [each["customer"]["id"] for each in orders]
    hooks = await hooked(shop, orders[0]["id"])
    ids = {"orders": [each["id"] for each in orders], "customers": customers, "pages": pages, "goods": goods}
    ids |= {"numbers": [each["order_number"] for each in orders]}
    return {**ids, **hooks, "requests": requests}


async def hooked(shop: Shop, order: int) -> dict[str, Any]:
    """Add webhooks with deliveries of several statuses, and one without any."""
    told = ["order.confirmed", "order.shipped", "order.cancelled", "payment.received"]
    bodies = ({"url": "https://1.1.1.1/hook", "events": told}, {"url": "https://1.1.1.1/ü", "events": told[:1]})
    hooks = [given(await shop.write("POST", "/v1/webhooks", body), 201)["id"] for body in bodies]
    await moved(shop, order, "confirmed", "shipped")
    given(await shop.write("PATCH", f"/v1/orders/{order}", {"payment_status": "paid"}))
    given(await shop.write("POST", "/v1/webhooks", {"url": "https://1.1.1.1/", "events": told}), 201)
    async with engine.transaction():
        await engine.write(
            "UPDATE webhook_deliveries SET status = 'dead', due_at = NULL, next_attempt_at = NULL, attempts = 6,"
            " response_status = 500, response_body = E'\\u0001 ü', duration_ms = 7, error = 'answered 500'"
            " WHERE store_id = $1 AND event = 'order.confirmed'",
            shop.store_id,
        )
    sent = await engine.fetch("SELECT id FROM webhook_deliveries WHERE store_id = $1", shop.store_id)
    return {"hooks": hooks, "deliveries": [row["id"] for row in sent]}


async def cursors(context: Context, audience: Audience) -> list[str]:
    operation = operations.prepare("{ products(first: 7) { edges { cursor } } }", None, audience)
    data = json.loads((await operations.execute_by_field(operation, {}, context)).data)
    return [edge["cursor"] for edge in data["products"]["edges"]]


async def stocked(shop: Shop) -> list[dict[str, Any]]:
    """Fill the store with products that have everything, something and nothing."""
    response = await shop.write("POST", "/v1/categories", {"name": "ملابس"})
    category = response.json()["data"]["id"]
    await shop.write("POST", "/v1/categories", {"name": "Robes", "parent_id": category})
    products = []
    for number, name in enumerate(NAMES * 2):
        full = {
            "description": "نص\u200f طويل",
            "category_id": category,
            "sku": f"SKU-{number}",
            "compare_price": 10**12,
            "weight": 1.5,
            "metadata": {"رنگ": "أحمر", "b": ""},
            "external_id": f"e{number}",
            "images": [
                {"url": f"https://x.dz/{each}.jpg", "alt": None if each else "صورة"} for each in range(number % 4)
            ],
            "status": ("active", "draft", "archived")[number % 3],
        }
        given = full if number % 2 else {}
        products.append(await shop.create(name=name, price=number * 100, **given))
    async with engine.transaction():
        await engine.write(
            "INSERT INTO product_variants (store_id, livemode, product_id, name, sku, price, position)"
            " SELECT $1, true, id, 'L / Bleu ' || n, NULL, CASE n WHEN 1 THEN 1500 END, n FROM products,"
            " generate_series(0, 2) n WHERE store_id = $1 AND price > 500",
            shop.store_id,
        )
    return products


def rarely(usual: list[Any], odd: list[Any]) -> Any:
    return lambda chance: chance.choice(odd if chance.random() < 0.08 else usual)


def first(chance: random.Random) -> int:
    return chance.choice((1, 2, 3, 7, 7, 12, 0, 200, 201, -1) if chance.random() < 0.1 else (1, 2, 3, 7, 12))


def arguments_of(products: list[dict[str, Any]], rows: dict[str, Any]) -> Arguments:
    """Return what may be given to the root fields: what finds rows, mostly, and now and then what is refused."""
    ids = [str(each["id"]) for each in products]
    numbers = {"Order": rows["orders"], "Customer": rows["customers"], "LandingPage": rows["pages"], "Product": ids}
    numbers |= {"Webhook": rows["hooks"], "WebhookDelivery": rows["deliveries"]}
    global_ids = [to_base64(type_name, each) for type_name, found in numbers.items() for each in found]
    nobody = ["0", "-1", "abc", "", to_base64("Product", 0), to_base64("Nothing", 1), to_base64("Product", "x")]
    schema = graphql_schema("office")

    def some(chance: random.Random) -> list[str]:
        return [rarely(global_ids, nobody)(chance) for _ in range(chance.choice((0, 1, 3, 6)))]

    def lines(chance: random.Random) -> list[dict[str, Any]]:
        good = rarely(rows["goods"], [0, ids[1]])
        return [{"productId": str(good(chance)), "quantity": chance.choice((1, 2, 1000))}]

    return {
        ("products", "first"): first,
        ("products", "status"): rarely(*[enum_values(schema, "ProductStatus")] * 2),
        ("products", "search"): rarely(["قميص", "Robe", "cotton", "SKU-3", "e"], ["", "x" * 300]),
        ("products", "externalId"): rarely(["e1", "e3"], ["", "none"]),
        ("products", "updatedSince"): rarely(["2020-01-01T00:00:00Z"], ["x", "2999-01-01T00:00:00+01:00"]),
        ("products", "sort"): rarely(*[enum_values(schema, "ProductSort")] * 2),
        ("products", "featured"): rarely([True, False], [False]),
        ("products", "category"): rarely([products[1]["category_id"]], nobody),
        ("categories", "first"): first,
        ("product", "id"): rarely(ids, nobody),
        ("orders", "first"): first,
        ("orders", "after"): rarely(["x"], ["", "AAAA"]),
        ("orders", "status"): rarely(*[enum_values(schema, "OrderStatus")] * 2),
        ("orders", "since"): rarely(["2020-01-01T00:00:00Z"], ["x"]),
        ("orders", "customerPhone"): rarely(["0555 12 34 56", "0666000000"], ["12"]),
        ("orders", "externalId"): rarely(["O-1"], ["none"]),
        ("orders", "updatedSince"): rarely(["2020-01-01T00:00:00Z"], ["x"]),
        ("order", "id"): rarely([*map(str, rows["orders"]), to_base64("Order", rows["orders"][1])], nobody),
        ("customers", "first"): first,
        ("customers", "phone"): rarely(["0555123456"], ["12"]),
        ("customers", "email"): rarely(["A@x.dz"], ["x"]),
        ("customers", "externalId"): rarely(["C-1"], [""]),
        ("customers", "updatedSince"): rarely(["2020-01-01T00:00:00Z"], ["x"]),
        ("customer", "id"): rarely([*map(str, rows["customers"])], nobody),
        ("landingPages", "first"): first,
        ("landingPages", "status"): rarely(*[enum_values(schema, "LandingPageStatus")] * 2),
        ("landingPage", "id"): rarely([*map(str, rows["pages"])], nobody),
        ("apiKeys", "first"): first,
        ("webhooks", "first"): first,
        ("webhooks", "after"): rarely(["x"], ["AAAA"]),
        ("webhook", "id"): rarely([*map(str, rows["hooks"]), to_base64("Webhook", rows["hooks"][1])], nobody),
        ("deliveries", "first"): first,
        ("deliveries", "after"): rarely(["x"], ["", "AAAA"]),
        ("deliveries", "status"): rarely(*[enum_values(schema, "WebhookDeliveryStatus")] * 2),
        ("eventLog", "first"): first,
        ("eventLog", "after"): rarely(["x"], ["AAAA"]),
        ("eventLog", "types"): rarely([["order.created"], ["order.shipped", "payment.received"]], [[], ["x"]]),
        ("requestLog", "first"): first,
        ("requestLog", "outcome"): rarely(*[enum_values(schema, "RequestOutcome")] * 2),
        ("requestLog", "surface"): rarely(*[enum_values(schema, "RequestSurface")] * 2),
        ("requestLog", "errorCode"): rarely(["not_found"], ["4"]),
        ("requestLog", "operation"): rarely(["/v1/store", "query Stock"], [""]),
        ("request", "requestId"): rarely(rows["requests"], ["x", "req_0123456789abcdef"]),
        ("usageRefusals", "hours"): rarely([1, 24], [0]),
        ("usageSeries", "step"): rarely(*[enum_values(schema, "UsageStep")] * 2),
        ("usageHistory", "first"): first,
        ("usageHistory", "from"): rarely(["2026-01-01T00:00:00Z"], ["x"]),
        ("usageHistory", "to"): rarely(["2026-02-01T00:00:00Z"], ["2019-01-01T00:00:00Z"]),
        ("node", "id"): rarely(global_ids, nobody),
        ("nodes", "ids"): some,
        ("deliveryQuote", "wilayaId"): rarely([16, 31], [0, 99]),
        ("deliveryQuote", "deliveryType"): rarely(*[enum_values(schema, "DeliveryType")] * 2),
        ("deliveryQuote", "items"): lines,
    }


def arguments_of_shoppers(products: list[dict[str, Any]], rows: dict[str, Any]) -> Arguments:
    """Return what shoppers give to the root fields that are theirs, or that find other rows for them."""
    slugs = [each["slug"] for each in products if each["status"] == "active"]
    hidden = [each["slug"] for each in products if each["status"] != "active"]
    return {
        ("product", "id"): rarely([*map(str, rows["goods"])], ["0", "abc", str(products[1]["id"])]),
        ("product", "slug"): rarely(slugs, [*hidden, "none", ""]),
        ("landingPage", "slug"): rarely(["offer", "of-a-draft"], ["none", "bare", ""]),
        ("orderTrack", "orderNumber"): rarely(rows["numbers"], ["ORD-1-20260101-0000", ""]),
        ("orderTrack", "phone"): rarely(["0555 12 34 56", "0666000000", "0777000000"], ["12"]),
    }
