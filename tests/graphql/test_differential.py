"""Compiled plans and graphql-core's executor give the same data and the same errors: to the letter, and in order.

A few hundred random documents here; `make fuzz` runs thousands (`FUZZ_DOCUMENTS`, and `FUZZ_SEED` to see one again).
"""

import contextlib
import json
import os
import random
import sys
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest
from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, parse, visit
from strawberry.relay.utils import to_base64

from db.engine import engine
from graph import operations
from graph.context import Context, Rate
from graph.keys import find_key
from graph.public_keys import public_key_create
from graph.schema import Audience, graphql_schema
from graph.tries import Action
from tests.conftest import Shop, ShopMaker
from tests.graphql.documents import Arguments, Writer, enum_values
from tests.graphql.written import MUTATIONS, WRITTEN
from tests.parity.stores import requests_made
from tests.rest.answers import given
from tests.rest.ordering import moved, ordered

pytestmark = pytest.mark.anyio

DOCUMENTS = int(os.environ.get("FUZZ_DOCUMENTS", "400"))
SEED = int(os.environ.get("FUZZ_SEED", "20260430"))
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
# Types of `orderTrack` alone, which asks who may try first, and so runs field by field.
TRACKED = {"TrackedOrder", "TrackedDelivery", "TrackedItem", "TrackedChange"}
# Of so many documents at most one may run field by field that asks for stored rows alone.
RARELY = 50


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


@pytest.fixture
async def place(make_shop: ShopMaker) -> Place:
    return await made_place(await make_shop(tier="enterprise"), "office")


@pytest.fixture
async def front(make_shop: ShopMaker) -> Place:
    return await made_place(await make_shop(tier="enterprise"), "storefront")


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


def exact(data: bytes) -> Any:
    """Return JSON with its members in their order."""
    return json.loads(data, object_pairs_hook=lambda pairs: ("object", pairs))


async def compared(
    place: Place, text: str, variables: dict[str, Any], context: Context | None = None
) -> operations.Outcome | None:
    """Run a document both ways, hold them to be the same, and return what the first way gave; None if it is invalid."""
    context = context or place.context
    try:
        operation = operations.prepare(text, None, place.audience)
    except operations.InvalidDocument:
        return None
    told = f"{text}\n{json.dumps(variables)}"
    try:
        by_field = await operations.execute_by_field(operation, variables, context)
    except operations.InvalidDocument as invalid:
        with pytest.raises(operations.InvalidDocument) as raised:
            await operations.run(operation, variables, context)
        told_both_ways = (raised.value.errors, invalid.errors)
    else:
        told_both_ways = None
    if told_both_ways is not None:
        assert told_both_ways[0] == told_both_ways[1], told
        return None
    by_plan = await operations.run(operation, variables, context)
    assert exact(by_plan.data) == exact(by_field.data), told
    if by_plan.executed_as == "executor" and by_plan.data == b"null":
        # Of fields that are read side by side, the first that fails ends it: which one that is, the moment says.
        assert by_plan.errors, told
        assert by_field.errors, told
        return by_plan
    # Fields that are read side by side fail in any order.
    assert sorted(by_plan.errors, key=json.dumps) == sorted(by_field.errors, key=json.dumps), told
    return by_plan


def has_rows(data: bytes) -> bool:
    return any(character in data for character in (b'":"', b'":1', b'":2', b'":true', b'":false', b'":null'))


def fields_of(text: str, schema: GraphQLSchema) -> set[str]:
    """Return the fields that a document selects, each with its type's name."""
    found: set[str] = set()
    type_info = TypeInfo(schema)

    class Finder(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = type_info.get_parent_type()
            found.add(f"{parent.name if parent else None}.{node.name.value}")

    visit(parse(text), TypeInfoVisitor(type_info, Finder()))
    return found


def unreached(schema: GraphQLSchema, reached: set[str]) -> set[str]:
    """Return the fields of stored types that no document has asked a plan for."""
    stored = [
        each
        for each in schema.type_map.values()
        if isinstance(each, GraphQLObjectType) and each.name not in TRACKED and hasattr(origin_of(each), "entity")
    ]
    return {f"{each.name}.{name}" for each in stored for name in each.fields} - reached


def origin_of(type_: GraphQLObjectType) -> Any:
    definition = type_.extensions.get("strawberry-definition")
    return definition.origin if definition is not None else None


async def fuzzed(place: Place, documents: int) -> None:
    seen: Counter[str] = Counter()
    reached: set[str] = set()
    number = 0
    while seen["plan with rows"] < documents:
        number += 1
        assert number < documents * 5, seen
        chance = random.Random(SEED * 1_000_000 + number)
        document = Writer(place.schema, place.arguments, chance).document(place.roots)
        outcome = await compared(place, document.text, document.variables, place.context_of(chance))
        if outcome is None:
            seen["invalid"] += 1
        elif outcome.executed_as == "executor":
            # What fails is worded by the executor where several fields are read side by side.
            kind = "orderTrack" if "orderTrack" in document.text else "errors" if outcome.errors else "stored rows"
            seen[f"by field: {kind}"] += 1
        else:
            by_rows = has_rows(outcome.data) and not outcome.errors
            seen["plan with rows" if by_rows else "plan, empty or refused"] += 1
            reached |= fields_of(document.text, place.schema) if by_rows else set()
    # Shown by `make fuzz` (pytest -s).
    sys.stdout.write(f"{place.audience}: {dict(seen)}, {len(reached)} fields reached\n")
    assert unreached(place.schema, reached) == set()
    assert seen["by field: stored rows"] <= number // RARELY, seen
    assert seen["plan, empty or refused"] > 0


class TestRandom:
    async def test_the_same_both_ways(self, place: Place) -> None:
        await fuzzed(place, DOCUMENTS)

    async def test_the_same_both_ways_for_shoppers(self, front: Place) -> None:
        await fuzzed(front, DOCUMENTS // 3)

    def test_every_root_field_is_asked_for(self) -> None:
        """A new one has to be told how it is asked for."""
        for audience, stored in STORED.items():
            query = graphql_schema(audience).query_type
            assert query is not None
            assert {*stored, *REPORTS} >= set(query.fields), audience


def named_rows(place: Place, variables: dict[str, Any]) -> dict[str, Any]:
    """Return variables with the ids of rows in the place of their names."""
    known = {
        "product": place.rows["goods"][0],
        "order": place.rows["orders"][0],
        "shipped": place.rows["orders"][1],
    }
    return {name: known.get(value, value) if isinstance(value, str) else value for name, value in variables.items()}


class TestWritten:
    @pytest.mark.parametrize(("text", "variables"), WRITTEN.values(), ids=WRITTEN)
    async def test_the_same_both_ways(self, place: Place, text: str, variables: dict[str, Any]) -> None:
        await compared(place, text, named_rows(place, variables))

    async def test_all_selected_fields_of_a_connection_are_planned(self, place: Place) -> None:
        for name in (
            "aliases",
            "named and inline fragments",
            "merged fields",
            "children and parent",
            "edges with cursors",
            "a list below a list",
            "the event log",
            "values that no row stands for",
            "a value that is refused",
            "a commune's codes",
        ):
            text, variables = WRITTEN[name]
            outcome = await compared(place, text, named_rows(place, variables))
            assert outcome is not None
            assert outcome.executed_as == "plan", name


class Undone(Exception):
    """Ends a transaction, so that nothing of it stays."""


async def written(place: Place, text: str, variables: dict[str, Any], *, by_plan: bool) -> operations.Outcome:
    """Run mutations one way, and undo them."""
    operation = operations.prepare(text, None)
    run = operations.run if by_plan else operations.execute_by_field
    outcome = None
    with contextlib.suppress(Undone):
        async with engine.transaction():
            outcome = await run(operation, variables, place.context)
            raise Undone
    assert outcome is not None
    return outcome


class TestMutations:
    @pytest.mark.parametrize(("text", "variables"), MUTATIONS.values(), ids=MUTATIONS)
    async def test_the_same_both_ways(self, place: Place, text: str, variables: dict[str, Any]) -> None:
        variables = named_rows(place, variables)
        by_field = await written(place, text, variables, by_plan=False)
        by_plan = await written(place, text, variables, by_plan=True)
        assert by_plan.executed_as == "plan"
        assert exact(by_plan.data) == exact(by_field.data)
        assert by_plan.errors == by_field.errors
        for error in by_plan.errors:
            assert error["path"]
            assert error["locations"]
            assert by_plan.data == b"null"
