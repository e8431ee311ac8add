"""Variants: the choices of a product. They come with imports and the demo; `/v1` reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

from db.engine import engine
from graph.context import Context


async def variants_add(context: Context, product_id: int, variants: Sequence[Mapping[str, Any]]) -> None:
    """Give a product variants, in this order after those it has, on the running transaction.

    Args:
        context: whose product it is; needs `products:write`.
        product_id: a product of that store.
        variants: each with `name`, `sku`, `price` (None: the product's) and `stock_quantity`.
    """
    context.require("products:write")
    await engine.write(
        "WITH added AS ("
        "INSERT INTO product_variants (store_id, livemode, product_id, name, sku, price, stock_quantity, position)"
        " SELECT $1, $2, p.id, given.name, given.sku, given.price, given.stock_quantity,"
        " given.place - 1 + (SELECT count(*) FROM product_variants v WHERE v.product_id = p.id)"
        " FROM products p, unnest($4::text[], $5::text[], $6::bigint[], $7::int[])"
        " WITH ORDINALITY AS given(name, sku, price, stock_quantity, place)"
        " WHERE p.id = $3 AND p.store_id = $1 AND p.livemode = $2"
        " RETURNING store_id, livemode, product_id, id, stock_quantity)"
        " INSERT INTO stock_movements (store_id, livemode, product_id, variant_id, change, reason)"
        " SELECT *, 'opening' FROM added WHERE stock_quantity <> 0",
        context.store_id,
        context.livemode,
        product_id,
        [variant["name"] for variant in variants],
        [variant.get("sku") for variant in variants],
        [variant.get("price") for variant in variants],
        [variant.get("stock_quantity", 0) for variant in variants],
    )
    await engine.write(
        "UPDATE products SET has_variants = true, updated_at = now() WHERE id = $1 AND store_id = $2 AND livemode = $3",
        product_id,
        context.store_id,
        context.livemode,
    )
