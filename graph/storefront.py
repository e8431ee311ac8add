"""The storefront: what a shopper may see, and nothing else (`contract.md §9`).

A public key stands in the page of a shop, where anybody can read it. So what it may see is told field by field: `SHOWN`
is the whole of it, and what it does not name does not exist in the schema of public keys.
"""

from dataclasses import replace
from typing import Final

from db import tables
from graph import product_forms, products
from graph.categories import Category
from graph.context import Context
from graph.errors import not_found
from graph.fields import entity, entity_of, parent
from graph.landing_pages import LandingPage
from graph.products import Product
from graph.rules import Rule, text
from graph.sources import Source
from graph.store import Store

READ = "storefront:read"

# Of each stored type the fields that shoppers may see. Costs, notes, counts of stock, drafts and whatever integrations
# keep for themselves (`metadata`, `external_id`) are not theirs.
SHOWN: Final = {
    name: frozenset(fields.split())
    for name, fields in {
        "Store": "id database_id name slug language description logo favicon banner theme public_url hide_branding"
        " currency",
        "Theme": "primary_color secondary_color background_color font_family",
        "Category": "id database_id name slug parent_id position",
        "Product": "id database_id name slug description short_description category_id category price compare_price"
        " pricing sku in_stock featured has_variants primary_image images variants created_at",
        "Pricing": "price compare_price",
        "ProductImage": "database_id url alt position",
        "ProductVariant": "database_id name sku price in_stock",
        "TrackedOrder": "order_number status payment_status payment_method subtotal delivery_fee discount total"
        " delivery items timeline created_at",
        "TrackedDelivery": "type desk_name courier tracking_number",
        "TrackedItem": "product_id name sku variant quantity unit_price total",
        "TrackedChange": "from_ to at",
        "LandingPage": "id database_id title slug language meta_title meta_description sections product",
    }.items()
}


@entity(tables.LandingPage, name="LandingPage")
class ShownLandingPage(LandingPage):
    """A page that sells one product."""

    product: Product | None = parent(
        Product,
        by="product_id",
        condition="t.status = 'active' AND t.deleted_at IS NULL",
        description="The product it sells; null while that is not for sale.",
    )


FILTERS: dict[str, Rule] = {"search": text(1, product_forms.SEARCH_MAXIMUM)}


def store(context: Context) -> Source:
    """Return the store; needs `storefront:read`."""
    context.require(READ)
    return Source(entity_of(Store), context)


def shelves(context: Context) -> Source:
    """Return the store's categories; needs `storefront:read`."""
    context.require(READ)
    return Source(entity_of(Category), context)


def shown_products(
    context: Context,
    *,
    search: str | None = None,
    category_id: int | None = None,
    featured: bool | None = None,
    sort: str = "newest",
) -> Source:
    """Return the products that are for sale.

    Args:
        context: who asks; needs `storefront:read`.
        search: only those whose name contains this, or whose SKU it is.
        category_id: only those on this shelf.
        featured: only those that the storefront puts first, or the others.
        sort: a key of `product_forms.ORDERS`.
    """
    context.require(READ)
    found = products.catalogue(context, status="active", search=search, sort=sort)
    found = found.filtered(category_id=category_id)
    # Written out, as the index of featured ones is of them alone.
    return found if featured is None else found.where("t.featured" if featured else "NOT t.featured")


def shown_product(context: Context, identifier: int | None, called: object) -> Source:
    """Return one product that is for sale by its id; needs `storefront:read`."""
    return _one(context, called).where("t.id = {}", identifier)


def shown_product_by_slug(context: Context, slug: str) -> Source:
    """Return one product that is for sale by its slug; needs `storefront:read`."""
    return _one(context, slug).where("t.slug = {}", slug)


def shown_landing_page(context: Context, slug: str) -> Source:
    """Return one landing page that visitors see, by its slug; needs `storefront:read`."""
    context.require(READ)
    source = Source(entity_of(ShownLandingPage), context, missing=lambda: not_found("Landing page", slug))
    return source.filtered(status="active", slug=slug)


def _one(context: Context, called: object) -> Source:
    context.require(READ)
    source = products.catalogue(context, status="active")
    return replace(source, missing=lambda: not_found("Product", called))
