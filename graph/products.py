"""Products: what they are, which may be read, and what may happen to them (`contract.md §8`)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import strawberry

from db import tables
from db.engine import engine
from graph import categories, rules
from graph.connections import Node, global_id
from graph.context import Context
from graph.creations import NOTHING, Beside, Creation, creation
from graph.errors import Detail, conflict, invalid_fields, not_found
from graph.events import event_record
from graph.fields import children, column, embedded, entity, entity_of, expression, parent
from graph.product_forms import CREATE, ORDERS, UPDATE, ProductStatus
from graph.scalars import BigInt, DateTime, Json, Money
from graph.slugs import insert_under_slug, slug_of
from graph.sources import Source
from graph.stock import Level, Reason, became_low, low_stock, movement_record, opening
from graph.unique import unique
from graph.variants import UNIQUE as UNIQUE_OF_VARIANTS
from graph.variants import stock_of, variants_new, variants_replace

TRIGRAM = 3
# Which field a unique index is about.
UNIQUE = {"products_slug": "slug", "products_sku": "sku", "products_external_id": "external_id"}
# What a change of stock is compared with, and its event tells.
HELD = ("id", "name", "sku", "track_stock", "stock_quantity", "low_stock_alert")

IMAGES = """
    , product_images AS (
        INSERT INTO product_images (store_id, livemode, product_id, url, alt, position)
        SELECT t.store_id, t.livemode, t.id, given.url, given.alt, given.place - 1
        FROM products t, unnest({}::text[], {}::text[]) WITH ORDINALITY AS given(url, alt, place) RETURNING *
    )
"""


@entity(tables.ProductImage)
class ProductImage:
    """An image of a product."""

    database_id: BigInt = column("id", description="The image's id.")
    url: str = column(description="The image's URL.")
    alt: str | None = column(description="Alternative text that describes the image.")
    position: int = column(description="Position among the product's images, from 0.")


@entity(tables.ProductVariant)
class ProductVariant:
    """A choice of a product, such as a size. It has its own stock."""

    database_id: BigInt = column("id", description="The variant's id.")
    name: str = column(description="What the shopper chooses, such as `L / Bleu`.")
    sku: str | None = column(description="The variant's own SKU, unique among the store's variants unless empty.")
    price: Money | None = column(description="The variant's own price, in whole dinars; null if the product's applies.")
    stock_quantity: int = column(description="Units in stock.")
    in_stock: bool = expression(
        "(SELECT NOT p.track_stock OR (p.stock_quantity > 0 AND t.stock_quantity > 0) FROM products p"
        " WHERE p.id = t.product_id)",
        required=True,
        description="Whether it can be ordered now.",
    )


@entity(tables.Product)
class Pricing:
    """A product's prices."""

    price: Money = column(description="The price, in whole Algerian dinars.")
    compare_price: Money | None = column(description="The former price, shown struck through.")
    cost_price: Money | None = column(description="What the merchant pays for it. Shoppers never see it.")


@entity(tables.Product)
class Inventory:
    """A product's stock."""

    sku: str | None = column(description="Stock keeping unit, unique in the store unless empty.")
    barcode: str | None = column(description="EAN, UPC or another code.")
    track_stock: bool = column(description="Whether stock is counted: confirmed orders take from it.")
    stock_quantity: int = column(description="Units in stock.")
    low_stock_alert: int = column(description="`product.stock_low` fires when the stock falls below this.")


@entity(tables.Product)
class Shipping:
    """Weight, size and insurance, for couriers."""

    weight: float | None = column(description="In kilograms.")
    height: float | None = column(description="In centimetres.")
    width: float | None = column(description="In centimetres.")
    length: float | None = column(description="In centimetres.")
    do_insurance: bool = column(description="Whether its parcels are insured.")


@entity(tables.Product)
class Product(Node):
    """A product of the store's catalogue."""

    id: strawberry.ID = global_id("Product")
    database_id: BigInt = column("id", description="The id that the REST API uses, an integer.")
    name: str = column(description="The name, in any script.")
    slug: str = column(description="The name in URLs, unique in the store.")
    description: str | None = column(description="The full description.")
    short_description: str | None = column(description="A summary of one or two sentences.")
    category_id: BigInt | None = column(description="The category's id.")
    category: categories.Category | None = parent(categories.Category, by="category_id", description="Its category.")
    price: Money = column(description="The price, in whole Algerian dinars.")
    compare_price: Money | None = column(description="The former price, shown struck through.")
    pricing: Pricing = embedded(Pricing, description="Its prices.")
    sku: str | None = column(description="Stock keeping unit, unique in the store unless empty.")
    stock_quantity: int = column(description="Units in stock.")
    track_stock: bool = column(description="Whether stock is counted: confirmed orders take from it.")
    in_stock: bool = expression(
        "(NOT t.track_stock OR (t.stock_quantity > 0 AND (NOT t.has_variants OR EXISTS (SELECT FROM product_variants v"
        " WHERE v.product_id = t.id AND v.stock_quantity > 0))))",
        required=True,
        description="Whether it, or one of its variants, can be ordered now.",
    )
    inventory: Inventory = embedded(Inventory, description="Its stock, and how that is counted.")
    shipping: Shipping = embedded(Shipping, description="Weight, size and insurance, for couriers.")
    status: ProductStatus = column(
        description="Only active products are for sale: shoppers see neither drafts nor archived ones."
    )
    featured: bool = column(description="Whether the storefront shows it first.")
    has_variants: bool = column(description="Whether shoppers choose one of its variants.")
    primary_image: str | None = column(description="The URL of its first image.")
    images: list[ProductImage] = children(
        ProductImage, on="product_id", order="position, id", description="Its images, in order."
    )
    variants: list[ProductVariant] = children(
        ProductVariant, on="product_id", order="position, id", description="Its variants, in order."
    )
    metadata: Json = column(description="Up to 50 strings of your own, by name.")
    external_id: str | None = column(description="Its id in your own system, unique in the store.")
    created_at: DateTime = column(description="When it was created.")
    updated_at: DateTime = column(description="When it was last changed.")


def products(
    context: Context,
    *,
    status: str | None = None,
    search: str | None = None,
    external_id: str | None = None,
    low_stock: bool = False,
    updated_since: datetime | None = None,
    sort: str = "newest",
) -> Source:
    """Return the store's products.

    Args:
        context: who asks; needs `products:read`.
        status: only those of this status.
        search: only those whose name contains this (case, accents and forms of alef aside) or whose SKU is this.
        external_id: only the one with this id in another system.
        low_stock: only those whose stock is tracked, and below its alert.
        updated_since: only those changed at or after this, oldest change first, whatever `sort` says.
        sort: a key of `ORDERS`.
    """
    context.require("products:read")
    source = catalogue(context, status=status, search=search, sort=sort).filtered(external_id=external_id)
    if low_stock:
        source = source.where("t.track_stock AND t.stock_quantity < t.low_stock_alert")
    return source if updated_since is None else source.changed_since(updated_since)


def catalogue(
    context: Context, *, status: str | None = None, search: str | None = None, sort: str = "newest"
) -> Source:
    """Return the store's products, whoever asks: those who call this have seen to that."""
    source = Source(entity_of(Product), context, order=ORDERS[sort])
    return source.filtered(status=status) if search is None else _searched(source, search, status)


def _searched(source: Source, search: str, status: str | None) -> Source:
    """Return those products whose name contains a text, or whose SKU it is.

    A text of three characters or more is looked up by its trigrams, or along the list where it is a common one, as the
    planner sees fit. A shorter one has no trigram: it is looked for along the list, in the index alone, to which the
    index by status must not seem the better way. Each is an SQL text of its own, and so keeps a plan that suits it.
    """
    or_sku = "OR (t.sku = {} AND t.sku <> '')"
    if len(search) >= TRIGRAM:
        pattern = "'%' || replace(replace(replace(search_fold({}), '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'"
        found = source.filtered(status=status).where(f"(t.search_text LIKE {pattern} {or_sku})", search, search)
    else:
        found = source.where(f"(strpos(t.search_text, search_fold({{}})) > 0 {or_sku})", search, search)
        found = found if status is None else found.where("(t.status || '') = {}", status)
    return replace(found, ids_first=True)


def product(context: Context, identifier: int | None, called: object = None) -> Source:
    """Return one product by its id; None, as anything that is no id, is not found.

    Args:
        context: who asks; needs `products:read`.
        identifier: the integer id.
        called: what the client called it, for the message.
    """
    context.require("products:read")
    source = Source(entity_of(Product), context, missing=lambda: not_found("Product", called or identifier))
    return source.where("t.id = {}", identifier)


def product_by_slug(context: Context, slug: str) -> Source:
    """Return one product by its slug; needs `products:read`."""
    context.require("products:read")
    source = Source(entity_of(Product), context, missing=lambda: not_found("Product", slug))
    return source.where("t.slug = {}", slug)


async def exists(context: Context, identifier: int) -> bool:
    """Tell whether the store has this product, and keep its row until the running transaction ends."""
    found = await engine.write(
        "SELECT FROM products WHERE id = $1 AND store_id = $2 AND livemode = $3 AND deleted_at IS NULL FOR KEY SHARE",
        identifier,
        context.store_id,
        context.livemode,
    )
    return bool(found)


async def product_create(context: Context, values: dict[str, Any]) -> Creation:
    """Return a new product, to be made on the running transaction.

    Args:
        context: who asks; needs `products:write`.
        values: the members of `CREATE`.

    Raises:
        ApiError: `bad_request` with details; when it is made, `conflict`: the slug, a SKU or the external id is taken.
    """
    context.require("products:write")
    given = CREATE.check(values)
    images, variants = given.pop("images", []), given.pop("variants", [])
    if variants:
        given = {"stock_quantity": stock_of(variants), **given, "has_variants": True}
    stored = await _stored(context, given)
    if images:
        stored["primary_image"] = images[0]["url"]
    chosen = stored.pop("slug", None)
    columns = {"store_id": context.store_id, "livemode": context.livemode, **stored}
    beside = _images(images) + variants_new(variants) + opening(stored.get("stock_quantity", 0))

    async def insert(terms: str) -> asyncpg.Record:
        stem, live = chosen or slug_of(stored["name"], "product"), "deleted_at IS NULL"
        with unique(UNIQUE, "product"), unique(UNIQUE_OF_VARIANTS, "variant"):
            return await insert_under_slug(
                "products", columns, stem, terms, chosen=bool(chosen), live=live, beside=beside
            )

    return creation(Product, context, insert)


async def product_update(
    context: Context,
    identifier: int | None,
    values: dict[str, Any],
    called: object = None,
    *,
    counted_by: Reason = "count",
) -> int:
    """Change the fields given of a product on the running transaction and return its id.

    Args:
        context: who asks; needs `products:write`.
        identifier: the integer id.
        values: the members of `UPDATE`; absent ones stay, null clears.
        called: what the client called it, for the message.
        counted_by: why `stock_quantity` is what it is now, for the ledger.

    Raises:
        ApiError: `bad_request` with details; `not_found`; `conflict` when the slug, a SKU or the external id is taken,
            or `stock_delta` takes more than there is.
    """
    context.require("products:write")
    given = UPDATE.check(values)
    row = await engine.write(
        f"SELECT {', '.join(HELD)} FROM products WHERE id = $1 AND store_id = $2 AND livemode = $3"
        " AND deleted_at IS NULL FOR NO KEY UPDATE",
        identifier,
        context.store_id,
        context.livemode,
    )
    if identifier is None or not row:
        raise not_found("Product", called or identifier)
    images = given.pop("images", None)
    if images is not None:
        await _replace_images(context, identifier, images)
        given["primary_image"] = images[0]["url"] if images else None
    variants = given.pop("variants", None)
    if variants is not None:
        counted = await variants_replace(context, row[0], variants)
        given = {"stock_quantity": counted, **given, "has_variants": bool(variants)}
    delta = given.pop("stock_delta", None)
    if delta is not None:
        given["stock_quantity"] = _counted(row[0]["stock_quantity"], delta)
    if given:
        await _change(identifier, await _stored(context, given))
        await _count(context, dict(row[0]), given, counted_by if delta is None else "delta")
    return identifier


async def product_delete(context: Context, identifier: int | None, called: object = None) -> int:
    """Take a product out of every read, on the running transaction, and return its id; old orders keep their lines.

    Raises:
        ApiError: `not_found`.
    """
    context.require("products:write")
    rows = await engine.write(
        "WITH gone AS (UPDATE products SET deleted_at = now(), updated_at = now()"
        " WHERE id = $1 AND store_id = $2 AND livemode = $3 AND deleted_at IS NULL RETURNING id),"
        # Its own SKU is free as it is deleted; those of its variants have to be let go.
        " freed AS (UPDATE product_variants v SET sku = NULL FROM gone WHERE v.product_id = gone.id)"
        " SELECT id FROM gone",
        identifier,
        context.store_id,
        context.livemode,
    )
    if not rows:
        raise not_found("Product", called or identifier)
    return int(rows[0]["id"])


def _counted(there: int, delta: int) -> int:
    if not 0 <= there + delta <= rules.INTEGER_MAXIMUM:
        raise conflict("stock_delta", f"stock_delta {delta} does not fit: there are {there} in stock")
    return there + delta


async def _count(context: Context, before: Mapping[str, Any], given: Mapping[str, Any], reason: Reason) -> None:
    """Note a change of stock in the ledger, and tell of one that has become low."""
    after = {name: given.get(name, before[name]) for name in HELD}
    await movement_record(context, before["id"], after["stock_quantity"] - before["stock_quantity"], reason)
    levels = [Level(each["track_stock"], each["stock_quantity"], each["low_stock_alert"]) for each in (before, after)]
    if became_low(*levels):
        await event_record(context, *low_stock(after))


async def _stored(context: Context, given: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that checked values become."""
    category = given.get("category_id")
    if category is not None and not await categories.exists(context, category):
        raise invalid_fields([Detail("category_id", f"category {category} not found in this store")])
    if "metadata" in given:
        given["metadata"] = msgspec.json.encode(given["metadata"]).decode()
    return given


async def _change(identifier: int, stored: dict[str, Any]) -> None:
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(stored, 2))
    with unique(UNIQUE, "product"):
        await engine.write(
            f"UPDATE products SET {changes}, updated_at = now() WHERE id = $1", identifier, *stored.values()
        )


def _images(images: list[dict[str, Any]]) -> Beside:
    """Return the images of the product `t`."""
    return Beside(IMAGES, _addresses(images)) if images else NOTHING


def _addresses(images: list[dict[str, Any]]) -> tuple[list[str], list[str | None]]:
    return [image["url"] for image in images], [image.get("alt") for image in images]


async def _replace_images(context: Context, identifier: int, images: list[dict[str, Any]]) -> None:
    await engine.write("DELETE FROM product_images WHERE product_id = $1", identifier)
    if images:
        await engine.write(
            "INSERT INTO product_images (store_id, livemode, product_id, url, alt, position)"
            " SELECT $1, $2, $3, url, alt, place - 1"
            " FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS given(url, alt, place)",
            context.store_id,
            context.livemode,
            identifier,
            *_addresses(images),
        )
