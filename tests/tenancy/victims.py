"""A store that is full of what nobody else may see, and all that somebody might call its rows by."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
from strawberry.relay.utils import to_base64

from db import tables
from db.engine import engine
from graph.connections import parsed_global_id
from tests.conftest import Shop
from tests.parity.stores import APART, _rows, filled
from tests.rest.answers import given

# What stands in every text and every number of the victim's that can hold it.
MARK = "zq9x"
NUMBER = 735_190_037
NUMBER_MARK = "73519003"
NOBODY = 999_999_000
# Columns that a test must leave as they are: what the victim's own key and rows are found by.
LEFT = frozenset({"key_id", "tier", "id", "store_id", "sequence", "transaction_id", "position"})
# At least these have to be marked: if a rule of the database kept the mark out of them, the test would see nothing.
NEEDED = frozenset(
    f"{table}.{column}"
    for table, columns in {
        "products": "name slug sku description external_id barcode price cost_price metadata",
        "product_variants": "name price",
        "product_images": "url",
        "categories": "name slug",
        "customers": "first_name notes email address external_id total_spent",
        "orders": "order_number customer_name notes external_id total",
        "order_items": "name unit_price",
        "landing_pages": "title slug views sections",
        "api_keys": "name",
        "delivery_rates": "home desk",
        "webhooks": "url failure_count",
        "webhook_deliveries": "event data response_body error duration_ms",
    }.items()
    for column in columns.split()
)


@dataclass(frozen=True)
class Pair:
    """What calls a row of the victim's, and what is of the same form and calls none."""

    foreign: Any
    none: Any


@dataclass(frozen=True)
class Victim:
    """A store or mode under attack."""

    store_id: int
    livemode: bool
    numbers: tuple[Pair, ...]
    texts: tuple[Pair, ...]
    keys: frozenset[int]

    async def checksum(self) -> str:
        """Return a digest of every row of it, but for counts and ledgers of its own requests."""
        digest = hashlib.sha256()
        for table in tables.TABLES:
            name = table._meta.tablename
            if name in APART or name in ("signed_requests", "stores"):
                continue
            for row in await _rows(name, self.store_id, self.livemode):
                if name == "api_keys" and row["id"] not in self.keys:
                    # A live key may make test keys (contract.md §3).
                    continue
                kept = {key: value for key, value in row.items() if not key.startswith("last_used")}
                digest.update(json.dumps([name, kept], sort_keys=True).encode())
        return digest.hexdigest()


async def ids_apart() -> None:
    """Let ids be numbers that stand for nothing else: no quantity, no page's length, no day (77000329 is one)."""
    for place, table in enumerate(tables.TABLES, 1):
        name = table._meta.tablename
        async with engine.transaction():
            await engine.write(
                f"SELECT setval(sequence, greatest(nextval(sequence), {place} * 7000000 + 5000))"
                " FROM (SELECT pg_get_serial_sequence($1, column_name) AS sequence FROM information_schema.columns"
                " WHERE table_name = $1 AND column_name = 'id') found WHERE sequence IS NOT NULL",
                name,
            )


async def made_victim(shop: Shop, *, own_store: bool = True) -> Victim:
    """Fill a store, mark all of it, and return it; one that is not its `own_store` shares its settings."""
    rows = await filled(shop)
    marked = await _marked(shop, own_store)
    assert marked >= NEEDED, NEEDED - marked
    livemode = "_live_" in shop.token
    keys = frozenset(row["id"] for row in await _rows("api_keys", shop.store_id, livemode))
    victim = Victim(shop.store_id, livemode, (), (), keys)
    texts = await _texts(victim, rows["key"]) + await _cursors(shop)
    texts.append(Pair(rows["request"], f"{rows['request'][:-4]}0000"))
    numbers = await _numbers(victim, own_store)
    named = {"products": "Product", "orders": "Order", "customers": "Customer", "landing_pages": "LandingPage"}
    named |= {"webhooks": "Webhook", "webhook_deliveries": "WebhookDelivery"}
    named |= {"categories": "Category", "api_keys": "ApiKey"} | ({"stores": "Store"} if own_store else {})
    for table, type_name in named.items():
        texts.append(Pair(to_base64(type_name, numbers[table].foreign), to_base64(type_name, numbers[table].none)))
    if not own_store:
        # That a key is of the other mode is told to the keys of its own store (contract.md §3): 403, not 404.
        del numbers["api_keys"]
        texts = [each for each in texts if not _calls_key(each)]
    return replace(victim, numbers=tuple(numbers.values()), texts=tuple(texts))


def _calls_key(pair: Pair) -> bool:
    return pair.foreign.startswith("dzpk_") or parsed_global_id(pair.foreign)[0] == "ApiKey"


async def _marked(shop: Shop, own_store: bool) -> set[str]:
    """Write the marks into every column that takes them, and return their names."""
    done = set()
    columns = await engine.fetch(
        "SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    async with engine.transaction():
        await engine.write(
            "UPDATE orders SET subtotal = $2, total = $2 + delivery_fee - discount,"
            " customer_phone = '05' || right(customer_id::text, 8) WHERE store_id = $1 AND livemode = $3",
            shop.store_id,
            NUMBER,
            "_live_" in shop.token,
        )
        await engine.write(
            "UPDATE customers SET phone = '05' || right(id::text, 8) WHERE store_id = $1 AND livemode = $2",
            shop.store_id,
            "_live_" in shop.token,
        )
        done.add("orders.total")
    known = {table._meta.tablename for table in tables.TABLES}
    for each in columns:
        table, column = each["table"], each["column"]
        value = _mark(each["type"], column)
        if value is None or table not in known or (table == "stores" and not own_store):
            continue
        if column in LEFT or table in (*APART, "inbox"):
            continue
        if await _written(shop, table, column, value):
            done.add(f"{table}.{column}")
    async with engine.transaction():
        await engine.write(
            "UPDATE order_items SET quantity = 1, unit_price = $2, total = $2 WHERE order_id IN"
            " (SELECT id FROM orders WHERE store_id = $1 AND livemode = $3)",
            shop.store_id,
            NUMBER,
            "_live_" in shop.token,
        )
        done.add("order_items.unit_price")
    return done


def _mark(type_: str, column: str) -> str | None:
    if type_ == "jsonb" or column == "data":
        return f'\'[{{"k": "{MARK}"}}]\'' if column == "sections" else f'\'{{"k": "{MARK}"}}\''
    if type_ in ("character varying", "text"):
        return "'https://" + MARK + ".dz/' || id" if column in ("url", "logo") else f"'{MARK}' || id"
    if type_ in ("bigint", "integer") and not column.endswith("_id"):
        return str(NUMBER)
    return None


async def _written(shop: Shop, table: str, column: str, value: str) -> bool:
    livemode = "true" if "_live_" in shop.token else "false"
    tenant = f"store_id = {shop.store_id} AND livemode = {livemode}"
    below = f"order_id IN (SELECT id FROM orders WHERE {tenant})"
    of = {"stores": f"id = {shop.store_id}", "order_items": below, "order_timeline": below}.get(table, tenant)
    try:
        async with engine.transaction():
            await engine.write(f"UPDATE {table} SET {column} = {value} WHERE {of}")
    except (asyncpg.PostgresError, ValueError):
        # A rule of the database says what may stand there.
        return False
    return True


async def _numbers(victim: Victim, own_store: bool) -> dict[str, Pair]:
    """Return an id of each table."""
    found = {}
    for place, table in enumerate(tables.TABLES):
        name = table._meta.tablename
        if name in APART or (name == "stores" and not own_store):
            continue
        rows = await _rows(name, victim.store_id, victim.livemode)
        if rows and "id" in rows[0]:
            found[name] = Pair(rows[0]["id"], NOBODY + place)
    return found


async def _texts(victim: Victim, key_id: str) -> list[Pair]:
    """Return what else rows are called by: slugs, SKUs, numbers of orders, ids elsewhere, keys, phones."""
    called = {
        "products": ("slug", "sku", "external_id", "name"),
        "categories": ("slug",),
        "orders": ("order_number", "external_id"),
        "customers": ("external_id", "email", "phone"),
        "landing_pages": ("slug",),
    }
    pairs = []
    for table, columns in called.items():
        rows = await _rows(table, victim.store_id, victim.livemode)
        for column in columns:
            value = next(row[column] for row in rows if row[column] is not None)
            none = "0799000111" if column == "phone" else value.replace(MARK, "none")
            assert none != value
            pairs.append(Pair(value, none))
    return [*pairs, Pair(key_id, key_id[:-4] + "none")]


async def _cursors(shop: Shop) -> list[Pair]:
    pairs = []
    for path in ("products", "orders", "customers", "landing-pages", "keys", "categories", "webhooks"):
        cursor = given(await shop.get(f"/v1/{path}?limit=1"))["next_cursor"]
        if cursor is not None:
            pairs.append(Pair(cursor, f"Zz_{len(pairs):0>{len(cursor) - 3}}"))
    assert len(pairs) > 3
    return pairs
