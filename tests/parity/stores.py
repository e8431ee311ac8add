"""A store with something of everything, the same each time, and what it holds, told without what is its own."""

import json
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from db import tables
from db.engine import engine
from db.request_log import Logged, requests_log
from tests.conftest import Shop
from tests.rest.answers import given
from tests.rest.ordering import moved, ordered

Rows = dict[str, Any]

# What a column of ids points at.
POINTS_AT = {
    "product_id": "products",
    "order_id": "orders",
    "customer_id": "customers",
    "category_id": "categories",
    "parent_id": "categories",
    "variant_id": "product_variants",
    "webhook_id": "webhooks",
}
# What differs between two stores where the same happened: moments, names and secrets made at random, whose store it is.
OWN = re.compile(
    r"id|store_id|api_key_id|key_id|request_id|order_number|nonce|body_sha256|transaction_id"
    r"|\w+_at|at|\w*secret\w*|\w*_until|period_hour"
)
# Counted otherwise on each surface (a GraphQL request by its cost and under its own group), or not of the domain.
APART = frozenset(
    {
        *("usage_hours", "usage_history", "idempotency_keys", "signed_requests"),
        *("accounts", "members", "sessions", "member_writes", "product_uploads"),
    }
)
KEY_ID = re.compile(r"dz(pk|pub)_(live|test)_[\w.]+")


async def filled(shop: Shop) -> Rows:
    """Fill a store, and return what its rows are called by."""

    async def made(path: str, **body: Any) -> Any:
        return given(await shop.write("POST", path, body), 201)

    async with engine.transaction():
        await engine.write("UPDATE stores SET name = 'متجر الأمل' WHERE id = $1", shop.store_id)
    shelf = await made("/v1/categories", name="ملابس")
    inner = await made("/v1/categories", name="Robes d’été", parent_id=shelf["id"], position=2)
    shirt = await shop.create(
        name="قميص قطني",
        price=1500,
        compare_price=2000,
        cost_price=700,
        description="نص \u200f طويل\nd’été 🧵",
        short_description="قصير",
        sku="TS-1",
        barcode="613000",
        status="active",
        track_stock=True,
        stock_quantity=7,
        category_id=inner["id"],
        weight=1.5,
        do_insurance=True,
        featured=True,
        metadata={"لون": "أحمر", "b": ""},
        external_id="E-1",
        images=[{"url": "https://x.dz/1.jpg", "alt": "صورة"}, {"url": "https://x.dz/2.jpg"}],
    )
    plain = await shop.create(name="Plain", price=0, status="active")
    draft = await shop.create(name="Draft", price=10**12)
    async with engine.transaction():
        await engine.write(
            "INSERT INTO product_variants (store_id, livemode, product_id, name, sku, price, stock_quantity, position)"
            " SELECT store_id, livemode, id, 'L / Bleu ' || n, CASE n WHEN 1 THEN 'V' END, CASE n WHEN 1 THEN 9 END, n,"
            " n FROM products, generate_series(0, 2) n WHERE id = $1",
            plain["id"],
        )
    variants = given(await shop.get(f"/v1/products/{plain['id']}"))["variants"]
    order = await ordered(
        shop,
        shirt["id"],
        2,
        customer={"email": "a@x.dz", "address": "Cité 5 juillet", "external_id": "C-1", "metadata": {"a": "b"}},
        delivery={"type": "desk", "desk_id": 12, "desk_name": "Yalidine"},
        notes="بسرعة",
        discount=100,
        metadata={"x": "y"},
        external_id="O-1",
    )
    shipped = await ordered(shop, shirt["id"], 1, customer={"name": "ليلى", "phone": "0666000000", "wilaya_id": 31})
    await moved(shop, shipped["id"], "confirmed", "shipped")
    page = await made("/v1/landing-pages", title="عرض", status="active", language="fr", product_id=shirt["id"])
    bare = await made("/v1/landing-pages", title="Bare")
    other = await made(
        "/v1/keys", type="platform", name="other", scopes=["store:read"], livemode="_live_" in shop.token
    )
    return {
        **await _hooked(shop),
        "request": await requests_made(shop, other["key_id"]),
        "shelf": shelf["id"],
        "product": shirt["id"],
        "plain": plain["id"],
        "draft": draft["id"],
        "variant": variants[1]["id"],
        "order": order["id"],
        "order_number": order["order_number"],
        "shipped": shipped["id"],
        "customer": order["customer"]["id"],
        "page": page["id"],
        "bare": bare["id"],
        "key": other["key_id"],
    }


async def requests_made(shop: Shop, key_id: str) -> str:
    """Put some requests into the log, and return the id of one of them."""
    own, ids = shop.token.partition(".")[0], [f"req_{secrets.token_hex(8)}" for _ in range(4)]
    moment = time.time() - 60
    await requests_log(
        [
            Logged(own, moment, ids[0], "GET", "/v1/products/{product_id}", "rest", 404, "not_found", 1.5),
            Logged(key_id, moment + 0.5, ids[1], "GET", "/v1/store", "rest", 200, None, 0.75),
            Logged(own, moment + 1, ids[2], "POST", "query Stock", "graphql", 429, "rate_limited", 0.5),
            Logged(
                own, moment + 2, ids[3], "POST", "mutation { orderUpdate }", "graphql", 500, "internal_error", 20.25
            ),
        ]
    )
    return ids[0]


async def _hooked(shop: Shop) -> Rows:
    """Make two webhooks, and deliveries of one that no worker takes."""
    made = []
    for place in (1, 2):
        body = {"url": f"https://8.8.8.8/{place}", "events": ["payment.received"]}
        made.append(given(await shop.write("POST", "/v1/webhooks", body), 201)["id"])
    given(await shop.write("PATCH", f"/v1/webhooks/{made[1]}", {"status": "paused"}))
    sent = [given(await shop.write("POST", f"/v1/webhooks/{made[0]}/test"), 202)["id"] for _ in range(2)]
    async with engine.transaction():
        await engine.write(
            "UPDATE webhook_deliveries SET due_at = NULL, next_attempt_at = NULL, attempts = 3, response_status = 500,"
            " response_body = 'عطل', duration_ms = 7, error = 'http_500',"
            " status = CASE WHEN id = $2 THEN 'dead' ELSE status END WHERE id = ANY($1)",
            sent,
            sent[1],
        )
    return {"webhook": made[0], "paused": made[1], "delivery": sent[0], "dead": sent[1]}


def with_rows(value: Any, rows: Rows) -> Any:
    """Return a value with what stands as `$name` in it replaced by what that row is called by."""
    if isinstance(value, Mapping):
        return {name: with_rows(each, rows) for name, each in value.items()}
    if isinstance(value, list):
        return [with_rows(each, rows) for each in value]
    return rows[value[1:]] if isinstance(value, str) and value.startswith("$") else value


async def held(shop: Shop) -> dict[str, list[str]]:
    """Return what a store holds in each table, ids as the places of the rows that they point at."""
    livemode = "_live_" in shop.token
    found = {each: await _rows(each, shop.store_id, livemode) for each in _tables()}
    places = {(name, row["id"]): place for name, rows in found.items() for place, row in enumerate(rows) if "id" in row}
    return {
        name: [json.dumps(without_own(row, places), ensure_ascii=False, sort_keys=True) for row in rows]
        for name, rows in found.items()
    }


def without_own(value: Any, places: Mapping[tuple[str, int], int] | None = None) -> Any:
    """Return a value without what is a store's own: ids are their places, or only there."""
    if isinstance(value, list):
        return [without_own(each, places) for each in value]
    if isinstance(value, str):
        if value.startswith("{"):
            return without_own(json.loads(value), places)
        return KEY_ID.sub("KEY", value)
    if not isinstance(value, Mapping):
        return value
    return {
        name: _pointing(name, each, places) if name in POINTS_AT else without_own(each, places)
        for name, each in value.items()
        if not OWN.fullmatch(name)
    }


def _pointing(name: str, value: Any, places: Mapping[tuple[str, int], int] | None) -> Any:
    if value is None or places is None:
        return value is not None
    return places.get((POINTS_AT[name], value), "gone")


def _tables() -> list[str]:
    named = [table._meta for table in tables.TABLES]
    return [meta.tablename for meta in named if meta.tablename not in APART]


async def _rows(table: str, store_id: int, livemode: bool) -> list[dict[str, Any]]:
    columns = {
        row["column_name"]
        for row in await engine.fetch("SELECT column_name FROM information_schema.columns WHERE table_name = $1", table)
    }
    if "livemode" in columns:
        condition = "t.store_id = $1 AND t.livemode = $2"
    elif "store_id" in columns:
        condition = "t.store_id = $1 AND $2::boolean IS NOT NULL"
    elif "order_id" in columns:
        condition = "(SELECT (o.store_id, o.livemode) = ($1, $2) FROM orders o WHERE o.id = t.order_id)"
    else:
        assert table == "stores", table
        return await _store(store_id)
    rows = await engine.fetch(
        f"SELECT to_jsonb(t)::text AS row FROM {table} t WHERE {condition} ORDER BY to_jsonb(t)->'id', t::text",
        store_id,
        livemode,
    )
    return [json.loads(row["row"]) for row in rows]


async def _store(store_id: int) -> list[dict[str, Any]]:
    rows = await engine.fetch(
        "SELECT (to_jsonb(t) - '{slug,subdomain}'::text[])::text AS row FROM stores t WHERE id = $1", store_id
    )
    return [json.loads(row["row"]) for row in rows]
