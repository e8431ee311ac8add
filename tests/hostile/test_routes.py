"""What no honest client sends, in every field of every write of `/v1`: refused by name, never a crash, nothing written.

The fields are those of the routes' forms, so that a new route is tested without a word said here; one with a new kind
of row in its path is missing from `targets`, and fails until it is there.
"""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.asgi import Application
from db.engine import engine
from graph.sandbox import emptied_tables
from rest_compat.routes import ROUTES
from rest_compat.routing import Route
from tests.addresses import fresh_address
from tests.conftest import Shop, ShopMaker
from tests.hostile.values import TEXTS, UNREADABLE, is_free_text, kind_of, places, sample, written, wrong
from tests.rest.answers import given, refused, refused_fields
from tests.rest.ordering import ordered, stocked
from tests.rest.test_keys import PUBLIC
from tests.signed.clients import PublicKey

pytestmark = pytest.mark.anyio

WRITES = pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.body is not None],
    ids=[f"{route.method} {route.path}" for route in ROUTES if route.body is not None],
)


class Sender:
    """Sends raw bodies to one store, with the key that a route wants."""

    def __init__(self, application: Application, shop: Shop, public: PublicKey, targets: dict[str, Any]) -> None:
        self.application, self.shop, self.public, self.targets = application, shop, public, targets

    async def send(self, route: Route, text: str) -> httpx.Response:
        path = f"/v1{route.path.format(**self.targets)}"
        if not route.signed:
            headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(8)}
            return await self.shop.client.request(route.method, path, content=text.encode(), headers=headers)
        # A page has an address of its own each time: how many one address may send is tested elsewhere.
        transport = httpx.ASGITransport(self.application, client=(fresh_address(), 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(path, content=text.encode(), headers=self.public.headers(text.encode()))

    async def stored(self) -> dict[str, Any]:
        """Return every row of the store, as text."""
        names = (*emptied_tables(), "api_keys", "delivery_rates", "inbox")
        found = {
            name: await engine.fetch(
                f"SELECT t::text AS row FROM {name} t WHERE store_id = $1 ORDER BY id", self.shop.store_id
            )
            for name in names
        }
        found["stores"] = await engine.fetch("SELECT t::text AS row FROM stores t WHERE id = $1", self.shop.store_id)
        # When a key was used last is written whatever the request was.
        return {name: [row["row"] for row in rows] if name != "api_keys" else len(rows) for name, rows in found.items()}


@pytest.fixture
async def sender(make_shop: ShopMaker, application: Application) -> Sender:
    shop = await make_shop(tier="enterprise")
    product = await stocked(shop)
    order = await ordered(shop, product)
    page = given(await shop.write("POST", "/v1/landing-pages", {"title": "x"}), 201)
    key = given(await shop.write("POST", "/v1/keys", PUBLIC), 201)
    rows = await engine.fetch("SELECT id FROM api_keys WHERE key_id = $1", key["key_id"])
    public = PublicKey(shop.store_id, rows[0]["id"], key["key_id"], key["signing_secret"])
    hook = given(
        await shop.write("POST", "/v1/webhooks", {"url": "https://x.example/", "events": ["order.created"]}), 201
    )
    targets = {
        "product_id": product,
        "order_id": order["id"],
        "landing_page_id": page["id"],
        "key_id": key["key_id"],
        "webhook_id": hook["id"],
    }
    return Sender(application, shop, public, targets)


def base(route: Route) -> Any:
    assert route.body is not None
    return sample(route.body.schema())


@WRITES
async def test_refused_by_name(sender: Sender, route: Route) -> None:
    assert route.body is not None
    schema, before = route.body.schema(), await sender.stored()
    for place in places(schema):
        for text in wrong(place.schema):
            response = await sender.send(route, written(base(route), place.path, text, schema))
            fields = refused_fields(response)
            named = ".".join(map(str, place.path))
            assert any(each == named or each.startswith(f"{named}.") for each in fields) or (
                # A list or an object may be told of as a whole.
                place.path[0] in fields
            ), (named, text[:40], fields)
    assert await sender.stored() == before


@WRITES
async def test_unreadable(sender: Sender, route: Route) -> None:
    """Numbers that nothing holds, depth, a member twice: at every field."""
    assert route.body is not None
    schema, before = route.body.schema(), await sender.stored()
    for place in places(schema):
        for text in UNREADABLE:
            refused(await sender.send(route, written(base(route), place.path, text, schema)), 400, "bad_request")
    assert await sender.stored() == before


@WRITES
async def test_unknown_members(sender: Sender, route: Route) -> None:
    assert route.body is not None
    schema, before = route.body.schema(), await sender.stored()
    for path in [(), *(place.path for place in places(schema) if place.schema.get("additionalProperties") is False)]:
        for name in ("نعم", "__proto__", "id", "store_id", "livemode", "🧶"):
            below = schema
            for step in path:
                below = below["items"] if isinstance(step, int) else below["properties"][step]
            inner = json.dumps(sample(below) | {name: 1})
            fields = refused_fields(await sender.send(route, written(base(route), path, inner, schema)))
            assert ".".join(map(str, (*path, name))) in fields
    assert await sender.stored() == before


def named_texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Give every text in an answer with its member's name."""
    if isinstance(value, dict):
        for each, member in value.items():
            yield from named_texts(member, each)
    elif isinstance(value, list):
        for each in value:
            yield from named_texts(each, name)
    elif isinstance(value, str):
        yield name, value


def full_of(route: Route, text: str, sender: Sender) -> tuple[Any, list[str]]:
    """Return a body with this text in every field that takes any, and the names of those fields."""
    assert route.body is not None
    schema = route.body.schema()
    body = sample(schema, text)
    # Twice the same is a conflict where it has to be unique: those are changed by no PATCH here.
    unique = ("sku", "external_id") if route.method == "PATCH" else ()
    free = [place.path for place in places(schema) if is_free_text(place.schema) and 0 not in place.path]
    free = [path for path in free if path[-1] not in unique]
    for path in free:
        at = body
        for step in path[:-1]:
            at = at.setdefault(step, {})
        at[path[-1]] = text
    if "items" in body:
        body["items"] = [{"product_id": sender.targets["product_id"], "quantity": 1}]
    if "metadata" in schema["properties"]:
        body["metadata"] = {text: text}
    return body, [str(path[-1]) for path in free]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_text_comes_back_as_it_went_in(sender: Sender, text: str) -> None:
    """Any text of any script, in every field that takes one, of every route that shows what it has written."""
    compared = 0
    for route in ROUTES:
        if route.body is None or route.kind not in ("one", "issued"):
            continue
        body, free = full_of(route, text, sender)
        if "scopes" in body:
            del body["scopes"]
        response = await sender.send(route, json.dumps(body))
        assert response.status_code == route.status, (route.path, response.text)
        shown = set(named_texts(given(response, route.status)))
        kept = {name for name, _ in shown} & set(free)
        assert {(name, text) for name in kept} <= shown, route.path
        compared += len(kept)
    assert compared >= 20


def test_every_kind_of_field_is_known() -> None:
    for route in ROUTES:
        if route.body is not None:
            for place in places(route.body.schema()):
                assert wrong(place.schema), (route.path, place.path, kind_of(place.schema))
