"""Variants: the choices of a product, each with its own stock, and its own price if it has one (`contract.md §8`).

A product's own quantity counts all of its variants: an order of one takes from both (`graph.stock`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from db.engine import engine
from graph.context import Context
from graph.creations import NOTHING, Beside
from graph.errors import Detail, conflict, invalid_fields
from graph.rules import INTEGER_MAXIMUM
from graph.unique import unique

UNIQUE: Final = {"product_variants_sku": "variants.sku"}
COLUMNS: Final = ("name", "sku", "price", "stock_quantity")
NEW: Final = {"sku": None, "price": None, "stock_quantity": 0}
# `$1` to `$3` say whose they are; the columns and places follow, and of those that are there already the ids.
GIVEN = "unnest($4::int[], $5::text[], $6::text[], $7::bigint[], $8::int[]"
INSERT = f"""
    WITH added AS (
        INSERT INTO product_variants (store_id, livemode, product_id, position, {", ".join(COLUMNS)})
        SELECT $1, $2, $3, * FROM {GIVEN}) RETURNING id, stock_quantity
    )
    INSERT INTO stock_movements (store_id, livemode, product_id, variant_id, change, reason)
    SELECT $1, $2, $3, id, stock_quantity, 'opening' FROM added WHERE stock_quantity <> 0
"""
BESIDE = f"""
    , product_variants AS (
        INSERT INTO product_variants (store_id, livemode, product_id, position, {", ".join(COLUMNS)})
        SELECT t.store_id, t.livemode, t.id, given.*
        FROM products t, unnest({{}}::int[], {{}}::text[], {{}}::text[], {{}}::bigint[], {{}}::int[]) AS given
        RETURNING *
    ), variant_openings AS (
        INSERT INTO stock_movements (store_id, livemode, product_id, variant_id, change, reason)
        SELECT store_id, livemode, product_id, id, stock_quantity, 'opening' FROM product_variants
        WHERE stock_quantity <> 0
    )
"""
UPDATE = f"""
    WITH given AS (
        SELECT * FROM {GIVEN}, $9::bigint[], $10::int[], $11::text[])
            AS given(position, {", ".join(COLUMNS)}, id, change, reason)
    ), changed AS (
        UPDATE product_variants v SET position = given.position,
            {", ".join(f"{name} = given.{name}" for name in COLUMNS)}
        FROM given WHERE v.id = given.id AND v.product_id = $3
    )
    INSERT INTO stock_movements (store_id, livemode, product_id, variant_id, change, reason)
    SELECT $1, $2, $3, id, change, reason FROM given WHERE change <> 0
"""


def variants_new(variants: Sequence[Mapping[str, Any]]) -> Beside:
    """Return what gives a new product, `t`, its variants, in this order, and the ledger their stock.

    Args:
        variants: checked members of `product_forms.CREATE`'s `variants`.
    """
    if not variants:
        return NOTHING
    whole = [{**NEW, **each, "position": place} for place, each in enumerate(variants)]
    return Beside(BESIDE, tuple(_columns(whole)))


async def variants_replace(context: Context, product: asyncpg.Record, variants: Sequence[Mapping[str, Any]]) -> int:
    """Let a product have these variants alone, in this order, and return how many there are of it then.

    One that has an id is changed, and keeps what is not said of it; one that has none is new; those that are not named
    are gone, with the ledger of their stock, while orders keep their lines. The product has as many more or fewer as
    its variants have together, so that a change of theirs undoes no sale; one that had none has what they have. All on
    the running transaction, in which the product is held.

    Args:
        context: whose product it is.
        product: `id` and `stock_quantity` of a product of that store.
        variants: checked members of `product_forms.UPDATE`'s `variants`.

    Raises:
        ApiError: `bad_request` with details for an id that is none of the product's, or is named twice; `conflict` for
            a SKU that is taken, or a `stock_delta` that does not fit.
    """
    product_id = product["id"]
    held = await engine.write(
        f"SELECT id, {', '.join(COLUMNS)} FROM product_variants WHERE product_id = $3 AND store_id = $1"
        " AND livemode = $2 ORDER BY id FOR NO KEY UPDATE",
        context.store_id,
        context.livemode,
        product_id,
    )
    there = {row["id"]: row for row in held}
    _require_known(variants, there)
    wanted = [{**_wanted(place, each, there), "position": place} for place, each in enumerate(variants)]
    kept = [each for each in wanted if "id" in each]
    await _make_room(product_id, kept, there)
    await _update(context, product_id, kept, there)
    await _insert(context, product_id, [each for each in wanted if "id" not in each])
    after = stock_of(wanted)
    if not there:
        return after if wanted else int(product["stock_quantity"])
    return min(max(int(product["stock_quantity"]) + after - stock_of(held), 0), INTEGER_MAXIMUM)


def stock_of(variants: Sequence[Mapping[str, Any] | asyncpg.Record]) -> int:
    """Return how many there are of all variants together.

    Raises:
        ApiError: `bad_request`: more than a quantity can be.
    """
    total = sum(int(each.get("stock_quantity", 0)) for each in variants)
    if total > INTEGER_MAXIMUM:
        raise invalid_fields([Detail("variants", f"have {total} in stock together, and {INTEGER_MAXIMUM} is the most")])
    return total


def _require_known(variants: Sequence[Mapping[str, Any]], there: Mapping[int, Any]) -> None:
    details, named = [], set[int]()
    for place, identifier in [(place, each["id"]) for place, each in enumerate(variants) if "id" in each]:
        if identifier not in there:
            details.append(Detail(f"variants.{place}.id", f"the product has no variant {identifier}"))
        elif identifier in named:
            details.append(Detail(f"variants.{place}.id", "stands in the list twice"))
        named.add(identifier)
    if details:
        raise invalid_fields(details)


def _wanted(place: int, given: Mapping[str, Any], there: Mapping[int, asyncpg.Record]) -> dict[str, Any]:
    """Return a variant as it is to be; a delta is added to what there is."""
    given = dict(given)
    delta = given.pop("stock_delta", 0)
    wanted = {**(there[given["id"]] if "id" in given else NEW), **given}
    if not 0 <= wanted["stock_quantity"] + delta <= INTEGER_MAXIMUM:
        raise conflict(
            f"variants.{place}.stock_delta",
            f"stock_delta {delta} does not fit: there are {wanted['stock_quantity']} of {wanted['name']} in stock",
        )
    return {**wanted, "stock_quantity": wanted["stock_quantity"] + delta, "counted_by": "delta" if delta else "count"}


async def _make_room(product_id: int, kept: Sequence[Mapping[str, Any]], there: Mapping[int, asyncpg.Record]) -> None:
    """Delete who is not kept, and free the SKUs that change, so that two variants can swap theirs."""
    gone = set(there) - {each["id"] for each in kept}
    if gone:
        await engine.write(
            "DELETE FROM product_variants WHERE product_id = $1 AND id = ANY($2::bigint[])", product_id, list(gone)
        )
    freed = [each["id"] for each in kept if there[each["id"]]["sku"] not in (each["sku"], None)]
    if freed:
        await engine.write(
            "UPDATE product_variants SET sku = NULL WHERE product_id = $1 AND id = ANY($2::bigint[])", product_id, freed
        )


async def _update(
    context: Context, product_id: int, kept: Sequence[Mapping[str, Any]], there: Mapping[int, asyncpg.Record]
) -> None:
    if kept:
        changes = [each["stock_quantity"] - there[each["id"]]["stock_quantity"] for each in kept]
        beside = ([each["id"] for each in kept], changes, [each["counted_by"] for each in kept])
        await _write(UPDATE, context, product_id, kept, *beside)


async def _insert(context: Context, product_id: int, fresh: Sequence[Mapping[str, Any]]) -> None:
    if fresh:
        await _write(INSERT, context, product_id, fresh)


async def _write(
    sql: str, context: Context, product_id: int, variants: Sequence[Mapping[str, Any]], *beside: Sequence[Any]
) -> None:
    columns = _columns(variants)
    with unique(UNIQUE, "variant"):
        await engine.write(sql, context.store_id, context.livemode, product_id, *columns, *beside)


def _columns(variants: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [[each[name] for each in variants] for name in ("position", *COLUMNS)]
