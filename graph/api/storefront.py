"""The storefront in GraphQL: the fields that public keys have under the names of the back office's."""

import strawberry

from graph import storefront
from graph.api.declare import listing, single
from graph.api.inputs import checked, storable
from graph.categories import Category
from graph.connections import database_id
from graph.context import Context
from graph.errors import Detail, bad_request
from graph.product_forms import ProductSort
from graph.products import Product
from graph.sources import Source
from graph.store import Store
from graph.storefront import ShownLandingPage


def _products(
    context: Context,
    search: str | None = None,
    category: strawberry.ID | None = None,
    featured: bool | None = None,
    sort: ProductSort = ProductSort.NEWEST,
) -> Source:
    filters = checked({"search": search}, storefront.FILTERS)
    category_id = None if category is None else database_id("Category", str(category)) or 0
    return storefront.shown_products(context, **filters, category_id=category_id, featured=featured, sort=sort.value)


def _product(context: Context, id: strawberry.ID | None = None, slug: str | None = None) -> Source:
    if (id is None) == (slug is None):
        raise bad_request("Give an id or a slug, and not both", [Detail("id", "or slug is required")])
    if slug is not None:
        return storefront.shown_product_by_slug(context, storable(slug))
    return storefront.shown_product(context, database_id("Product", str(id)), id)


def _landing_page(context: Context, slug: str) -> Source:
    return storefront.shown_landing_page(context, storable(slug))


@strawberry.type
class StorefrontQueries:
    """What a shopper looks at."""

    store = single(Store, storefront.store, description="The store. Needs `storefront:read`.")
    products = listing(
        Product,
        _products,
        description="The products that are for sale, newest first, or as sorted. Needs `storefront:read`.",
    )
    categories = listing(
        Category, storefront.shelves, description="The shop's categories, newest first. Needs `storefront:read`."
    )
    product = single(
        Product | None,
        _product,
        description="One product that is for sale, by its id (either form) or its slug. Needs `storefront:read`.",
    )
    landing_page = single(
        ShownLandingPage | None,
        _landing_page,
        description="One active landing page, by its slug. Needs `storefront:read`.",
    )
