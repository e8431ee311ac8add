"""Products in GraphQL."""

import strawberry
from strawberry import UNSET
from strawberry.relay.utils import to_base64

from graph import product_forms, products
from graph.api.declare import Info, listing, single, written
from graph.api.inputs import checked, given, storable, with_ids
from graph.connections import database_id
from graph.context import Context
from graph.creations import Creation
from graph.errors import Detail, bad_request
from graph.product_forms import ProductSort, ProductStatus
from graph.products import Product
from graph.scalars import BigInt, DateTime, Json, Money
from graph.sources import Source, row_written


@strawberry.input(description="An image of a product.")
class ProductImageInput:
    """As a member of `images`."""

    url: str = strawberry.field(description="An http or https URL.")
    alt: str | None = strawberry.field(default=UNSET, description="Alternative text that describes the image.")


@strawberry.input(description="A variant of a new product.")
class ProductVariantCreateInput:
    """As a member of a new product's `variants`."""

    name: str = strawberry.field(description="What a shopper chooses; 1 to 255 characters.")
    sku: str | None = strawberry.field(default=UNSET, description="Unique among the store's variants unless empty.")
    price: Money | None = strawberry.field(default=UNSET, description="Its own price; null: the product's.")
    stock_quantity: int | None = strawberry.field(default=UNSET, description="How many there are; 0 by default.")


@strawberry.input(description="A variant of a product: with an id one that is there, without a new one.")
class ProductVariantUpdateInput:
    """As a member of a product's changed `variants`."""

    id: BigInt | None = strawberry.field(default=UNSET, description="Its `databaseId`; absent: a new one.")
    name: str | None = strawberry.field(default=UNSET, description="What a shopper chooses; a new one needs it.")
    sku: str | None = strawberry.field(default=UNSET, description="Unique among the store's variants unless empty.")
    price: Money | None = strawberry.field(default=UNSET, description="Its own price; null: the product's.")
    stock_quantity: int | None = strawberry.field(default=UNSET, description="How many there are.")
    stock_delta: int | None = strawberry.field(default=UNSET, description="Added to its stock, in place of a quantity.")


@strawberry.input
class _ProductMembers:
    description: str | None = strawberry.field(default=UNSET, description="The full description.")
    short_description: str | None = strawberry.field(default=UNSET, description="A summary of one or two sentences.")
    compare_price: Money | None = strawberry.field(default=UNSET, description="The former price, shown struck through.")
    cost_price: Money | None = strawberry.field(default=UNSET, description="What the merchant pays for it.")
    sku: str | None = strawberry.field(
        default=UNSET, description="Stock keeping unit, unique in the store unless empty; up to 64 characters."
    )
    barcode: str | None = strawberry.field(default=UNSET, description="EAN, UPC or another code.")
    stock_quantity: int | None = strawberry.field(default=UNSET, description="Units in stock; 0 by default.")
    track_stock: bool | None = strawberry.field(
        default=UNSET, description="Whether stock is counted: confirmed orders take from it."
    )
    low_stock_alert: int | None = strawberry.field(default=UNSET, description="5 by default.")
    status: ProductStatus | None = strawberry.field(default=UNSET, description="DRAFT by default.")
    featured: bool | None = strawberry.field(default=UNSET, description="Whether the storefront shows it first.")
    category_id: strawberry.ID | None = strawberry.field(default=UNSET, description="A category of the store.")
    slug: str | None = strawberry.field(default=UNSET, description="Made from the name when left out.")
    weight: float | None = strawberry.field(default=UNSET, description="In kilograms.")
    height: float | None = strawberry.field(default=UNSET, description="In centimetres.")
    width: float | None = strawberry.field(default=UNSET, description="In centimetres.")
    length: float | None = strawberry.field(default=UNSET, description="In centimetres.")
    do_insurance: bool | None = strawberry.field(default=UNSET, description="Whether its parcels are insured.")
    images: list[ProductImageInput] | None = strawberry.field(default=UNSET, description="All its images, in order.")
    metadata: Json | None = strawberry.field(default=UNSET, description="Up to 50 strings; replaces what was there.")
    external_id: str | None = strawberry.field(
        default=UNSET, description="Its id in your own system, unique in the store."
    )


@strawberry.input(description="A new product.")
class ProductCreateInput(_ProductMembers):
    """The members of `product_forms.CREATE`."""

    name: str = strawberry.field(description="1 to 255 characters.")
    price: Money = strawberry.field(description="Whole dinars.")
    variants: list[ProductVariantCreateInput] | None = strawberry.field(
        default=UNSET, description="Its choices, in order; their stock together is its own where none is given."
    )


@strawberry.input(description="The fields of a product to change: absent fields keep their value, null clears one.")
class ProductUpdateInput(_ProductMembers):
    """The members of `product_forms.UPDATE`."""

    name: str | None = strawberry.field(default=UNSET, description="1 to 255 characters.")
    price: Money | None = strawberry.field(default=UNSET, description="Whole dinars.")
    variants: list[ProductVariantUpdateInput] | None = strawberry.field(
        default=UNSET, description="All its choices, in order: those that are not named are gone."
    )
    stock_delta: int | None = strawberry.field(
        default=UNSET,
        description="Added to the stock, in place of stockQuantity: it can't undo a sale made meanwhile.",
    )


@strawberry.type
class ProductCreatePayload:
    """What `productCreate` answers."""

    product: Product


@strawberry.type
class ProductUpdatePayload:
    """What `productUpdate` answers."""

    product: Product


@strawberry.type
class ProductDeletePayload:
    """What `productDelete` answers."""

    deleted_id: strawberry.ID = strawberry.field(description="The global id of what was deleted.")
    database_id: BigInt = strawberry.field(description="The id that the REST API uses, an integer.")
    deleted: bool = strawberry.field(description="True.")


def _products(
    context: Context,
    status: ProductStatus | None = None,
    search: str | None = None,
    external_id: str | None = None,
    low_stock: bool | None = None,
    updated_since: DateTime | None = None,
    sort: ProductSort = ProductSort.NEWEST,
) -> Source:
    filters = {
        "search": search,
        "external_id": external_id,
        "low_stock": low_stock,
        "updated_since": updated_since,
    }
    status_value = status and status.value
    return products.products(context, status=status_value, sort=sort.value, **checked(filters, product_forms.FILTERS))


def _product(context: Context, id: strawberry.ID | None = None, slug: str | None = None) -> Source:
    if (id is None) == (slug is None):
        raise bad_request("Give an id or a slug, and not both", [Detail("id", "or slug is required")])
    if slug is not None:
        return products.product_by_slug(context, storable(slug))
    return products.product(context, database_id("Product", str(id)), id)


async def _create(context: Context, input: ProductCreateInput) -> Creation:
    return await products.product_create(context, with_ids(given(input), category_id="Category"))


async def _update(context: Context, id: strawberry.ID, input: ProductUpdateInput) -> Source:
    values = with_ids(given(input), category_id="Category")
    identifier = await products.product_update(context, database_id("Product", str(id)), values, id)
    return row_written(Product, context, identifier)


@strawberry.type
class ProductQueries:
    """The catalogue."""

    products = listing(Product, _products, description="The store's products, newest first. Needs `products:read`.")
    product = single(
        Product | None,
        _product,
        description="One product, by its id (either form) or its slug. Needs `products:read`.",
    )


@strawberry.type
class ProductMutations:
    """What may happen to the catalogue."""

    product_create = written(
        ProductCreatePayload, "product", _create, description="Create a product. Needs `products:write`."
    )
    product_update = written(
        ProductUpdatePayload, "product", _update, description="Update a product. Needs `products:write`."
    )

    @strawberry.mutation(
        description="Delete a product. Orders that contain it keep their lines. Needs `products:write`."
    )
    async def product_delete(self, info: Info, id: strawberry.ID) -> ProductDeletePayload:
        identifier = await products.product_delete(info.context, database_id("Product", str(id)), id)
        return ProductDeletePayload(
            deleted_id=strawberry.ID(to_base64("Product", identifier)),
            database_id=BigInt(identifier),
            deleted=True,
        )
