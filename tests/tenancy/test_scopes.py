"""Each root field of both schemas, asked with every key that lacks one scope: it needs what it says it needs, no more.

Taken from the schemas themselves: a new field is tried as soon as it is there, and its description is held to be true.
"""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import is_required_argument
from strawberry.relay.utils import to_base64

from graph import scopes
from graph.schema import Audience
from graph.scopes import KeyType
from tests.conftest import Shop, ShopMaker
from tests.parity.stores import Rows, filled
from tests.signed.clients import Page
from tests.signed.conftest import PageMaker
from tests.tenancy.attempts import document, fields, graphql_base
from tests.tenancy.victims import Victim

pytestmark = pytest.mark.anyio

SCOPE = re.compile(r"`([a-z_]+:[a-z]+)`")
# Whose answers differ from one key to another, or from one request to the next.
OF_THE_MOMENT = frozenset(
    {
        *("viewer", "apiKeys", "usage", "usageHistory", "usageSeries", "quotas"),
        *("requestLog", "request", "usageRefusals", "usageOperations"),
    }
)
ROW = frozenset({"id", "slug", "requestId"})
# What a platform key is refused whatever its scopes.
FOR_PAGES = frozenset({"eventTrack", "signupTrack"})
NODES = {
    "Product": ("product", "products:read"),
    "Category": ("shelf", "products:read"),
    "Order": ("order", "orders:read"),
    "Customer": ("customer", "customers:read"),
    "LandingPage": ("page", "landing_pages:read"),
    "Webhook": ("webhook", "webhooks:read"),
    "WebhookDelivery": ("delivery", "webhooks:read"),
}


def needs(declared: Any, key_type: KeyType) -> set[str]:
    """Return the scopes that a field says it needs of such a key."""
    return set(SCOPE.findall(declared.description or "")) & set(scopes.names(key_type))


def asked(kind: str, name: str, declared: Any, rows: Rows, audience: Audience) -> tuple[str, dict[str, Any]]:
    # What finds the row, and what has to be given; filters are no matter here.
    base = graphql_base(name, declared, rows)
    given = {each: value for each, value in base.items() if each in ROW or is_required_argument(declared.args[each])}
    if audience == "storefront" and name == "landingPage":
        given = {"slug": "offer"}
    return document(kind, name, declared, given, audience), given


def is_refused(answer: Mapping[str, Any], name: str, scope: str) -> None:
    """Hold an answer to have nothing but the error of a scope that is not there."""
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "forbidden", (name, answer)
    assert error["extensions"]["required_scope"] == scope, (name, answer)
    assert answer["data"] in (None, {name: None}), (name, answer)


class TestOffice:
    async def test_without_one(self, shop: Shop, make_shop: ShopMaker) -> None:
        rows = await filled(shop)
        names = scopes.names("platform")
        keys = {
            each: await make_shop([other for other in names if other != each], store_id=shop.store_id) for each in names
        }
        store = Victim(shop.store_id, True, (), (), frozenset())
        before = await store.checksum()
        for kind, name, declared in fields("office"):
            if name not in FOR_PAGES and name not in ("node", "nodes"):
                await self.one(shop, keys, kind, name, declared, rows)
        assert await store.checksum() == before

    async def one(self, shop: Shop, keys: dict[str, Shop], kind: str, name: str, declared: Any, rows: Rows) -> None:
        """Ask for one field with each key: a mutation only with those that may not."""
        text, variables = asked(kind, name, declared, rows, "office")
        whole = await shop.graphql(text, variables) if kind == "query" else {}
        assert "errors" not in whole, (name, whole)
        for scope, without in keys.items():
            if scope in needs(declared, "platform"):
                is_refused(await without.graphql(text, variables), name, scope)
            elif kind == "query":
                answer = await without.graphql(text, variables)
                assert "errors" not in answer, (name, scope, answer)
                assert name in OF_THE_MOMENT or answer["data"] == whole["data"], (name, scope)

    async def test_nodes_without_one(self, shop: Shop, make_shop: ShopMaker) -> None:
        rows = await filled(shop)
        names = scopes.names("platform")
        for scope in sorted({needed for _, needed in NODES.values()}):
            without = await make_shop([each for each in names if each != scope], store_id=shop.store_id)
            for type_name, (row, needed) in NODES.items():
                global_id = to_base64(type_name, rows[row])
                for name, field in (("nodes", f'nodes(ids: ["{global_id}"])'), ("node", f'node(id: "{global_id}")')):
                    answer = await without.graphql(f"{{ {field} {{ id ... on {type_name} {{ databaseId }} }} }}")
                    if needed == scope:
                        is_refused(answer, name, scope)
                    else:
                        assert global_id in str(answer["data"]), answer


class TestStorefront:
    async def test_without_one(self, shop: Shop, make_page: PageMaker) -> None:
        rows = await filled(shop)
        body = {"title": "عرض", "slug": "offer", "status": "active", "product_id": rows["product"]}
        assert (await shop.write("POST", "/v1/landing-pages", body)).status_code == 201
        names = scopes.names("public")
        for scope in names:
            page: Page = await make_page(shop.store_id, granted=[each for each in names if each != scope])
            for kind, name, declared in fields("storefront"):
                text, variables = asked(kind, name, declared, rows, "storefront")
                page.move()
                answer = (await page.graphql(text, variables, idempotency_key=name)).json()
                if scope in needs(declared, "public"):
                    is_refused(answer, name, scope)
                else:
                    assert answer["data"][name], (name, scope, answer)

    async def test_orders_without(self, shop: Shop, make_page: PageMaker) -> None:
        page: Page = await make_page(shop.store_id, granted=["storefront:read", "events:write"])
        track = '{ orderTrack(orderNumber: "ORD-1-20260101-0000", phone: "0555123456") { total } }'
        is_refused((await page.graphql(track, signed=False)).json(), "orderTrack", "checkout:write")


def test_everything_says_what_it_needs() -> None:
    """What needs no scope says so in other words."""
    free = {
        "viewer",
        "apiKeys",
        "wilayas",
        "node",
        "nodes",
        "apiKeyCreate",
        "apiKeyRevoke",
        "apiKeyRotate",
        "testReset",
    }
    for audience, key_type in (("office", "platform"), ("storefront", "public")):
        for _, name, declared in fields(audience):  # type: ignore[arg-type]
            assert name in free or name in FOR_PAGES or needs(declared, key_type), name  # type: ignore[arg-type]
