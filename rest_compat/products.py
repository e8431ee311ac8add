"""`/v1/products` and `/v1/categories`."""

from graph import categories, product_forms, products
from graph.creations import Creation
from graph.sources import Source, row_written
from rest_compat.routing import Call, Documentation, deleting, listing, reading, writing
from rest_compat.shapes import shape

ROW = shape(
    products.Product,
    "id name slug short_description price compare_price sku stock_quantity track_stock status has_variants featured"
    " primary_image created_at updated_at external_id metadata",
)
DETAIL = shape(
    products.Product,
    "id name slug description short_description category_id pricing { price compare_price cost_price }"
    " inventory { sku barcode track_stock stock_quantity low_stock_alert }"
    " shipping { weight height width length do_insurance } status featured has_variants"
    " images { id url alt position } variants { id name sku price stock_quantity }"
    " created_at updated_at external_id metadata",
)
CATEGORY = shape(categories.Category, "id name slug parent_id position")


def _product(call: Call) -> Source:
    return products.product(call.context, call.id("product_id"), call.path["product_id"])


async def _create(call: Call) -> Creation:
    return await products.product_create(call.context, dict(call.body))


async def _update(call: Call) -> Source:
    called = call.path["product_id"]
    identifier = await products.product_update(call.context, call.id("product_id"), dict(call.body), called)
    return row_written(products.Product, call.context, identifier)


async def _delete(call: Call) -> int:
    return await products.product_delete(call.context, call.id("product_id"), call.path["product_id"])


async def _create_category(call: Call) -> Creation:
    return await categories.category_create(call.context, dict(call.body))


ROUTES = (
    listing(
        "/products",
        products.products,
        ROW,
        Documentation(
            "listProducts",
            "List products",
            "Products",
            "The store's products, newest first. With `updated_since` they come by their last change, oldest first: "
            "read that list to keep a copy in sync.",
            scope="products:read",
        ),
        product_forms.FILTERS,
    ),
    writing(
        "POST",
        "/products",
        _create,
        DETAIL,
        product_forms.CREATE,
        Documentation(
            "createProduct",
            "Create a product",
            "Products",
            "Only `name` and `price` are required. Without a `slug`, one is made from the name (Arabic and French "
            "included) and made unique with `-2`, `-3`. A new product is a `draft` unless you say otherwise.",
            scope="products:write",
            codes=("conflict",),
        ),
    ),
    reading(
        "/products/{product_id}",
        _product,
        DETAIL,
        Documentation(
            "getProduct",
            "Get a product",
            "Products",
            "One product with its prices, stock, images and variants.",
            scope="products:read",
            codes=("not_found",),
        ),
    ),
    writing(
        "PATCH",
        "/products/{product_id}",
        _update,
        DETAIL,
        product_forms.UPDATE,
        Documentation(
            "updateProduct",
            "Update a product",
            "Products",
            "Absent fields keep their value; null clears a nullable one. `images`, `metadata` and `variants` replace "
            "what was there; a variant sent with its `id` stays. To count stock, send `stock_delta` in place of "
            "`stock_quantity`: it adds or takes away, so it can't undo a sale made meanwhile.",
            scope="products:write",
            codes=("not_found", "conflict"),
        ),
    ),
    deleting(
        "/products/{product_id}",
        _delete,
        Documentation(
            "deleteProduct",
            "Delete a product",
            "Products",
            "The product disappears from every read; orders that contain it keep their lines.",
            scope="products:write",
            codes=("not_found",),
        ),
    ),
    listing(
        "/categories",
        categories.categories,
        CATEGORY,
        Documentation(
            "listCategories",
            "List categories",
            "Categories",
            "The store's categories, newest first.",
            scope="products:read",
            addition=True,
        ),
    ),
    writing(
        "POST",
        "/categories",
        _create_category,
        CATEGORY,
        categories.CREATE,
        Documentation(
            "createCategory",
            "Create a category",
            "Categories",
            "Only `name` is required. `parent_id` puts it inside another category.",
            scope="products:write",
            codes=("conflict",),
            addition=True,
        ),
    ),
)
