"""The GraphQL inputs. What their members may be stands in each resource's form; a test compares the two."""

from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.types.base import StrawberryObjectDefinition

from graph.products import ProductStatus
from graph.scalars import Json, Money


@strawberry.input(description="A picture of a product.")
class ProductImageInput:
    """As a member of `images`."""

    url: str = strawberry.field(description="An http or https address.")
    alt: str | None = strawberry.field(default=UNSET, description="What it shows, for those who can't see it.")


@strawberry.input
class _ProductMembers:
    description: str | None = strawberry.field(default=UNSET, description="The whole description.")
    short_description: str | None = strawberry.field(default=UNSET, description="One or two sentences.")
    compare_price: Money | None = strawberry.field(default=UNSET, description="The price to strike through.")
    cost_price: Money | None = strawberry.field(default=UNSET, description="What the merchant paid.")
    sku: str | None = strawberry.field(default=UNSET, description="Unique in its store unless empty; 64 at most.")
    barcode: str | None = strawberry.field(default=UNSET, description="EAN, UPC or another code.")
    stock_quantity: int | None = strawberry.field(default=UNSET, description="How many there are; 0 by default.")
    track_stock: bool | None = strawberry.field(default=UNSET, description="Whether orders take from the stock.")
    low_stock_alert: int | None = strawberry.field(default=UNSET, description="5 by default.")
    status: ProductStatus | None = strawberry.field(default=UNSET, description="DRAFT by default.")
    featured: bool | None = strawberry.field(default=UNSET, description="Whether the storefront puts it first.")
    category_id: strawberry.ID | None = strawberry.field(default=UNSET, description="A category of the store.")
    slug: str | None = strawberry.field(default=UNSET, description="Made from the name when left out.")
    weight: float | None = strawberry.field(default=UNSET, description="Kilograms.")
    height: float | None = strawberry.field(default=UNSET, description="Centimetres.")
    width: float | None = strawberry.field(default=UNSET, description="Centimetres.")
    length: float | None = strawberry.field(default=UNSET, description="Centimetres.")
    do_insurance: bool | None = strawberry.field(default=UNSET, description="Whether parcels are insured.")
    images: list[ProductImageInput] | None = strawberry.field(default=UNSET, description="All its pictures, in order.")
    metadata: Json | None = strawberry.field(default=UNSET, description="Up to 50 strings; replaces what was there.")
    external_id: str | None = strawberry.field(default=UNSET, description="Its id elsewhere; unique in the store.")


@strawberry.input(description="A new product.")
class ProductCreateInput(_ProductMembers):
    """The members of `products.CREATE`."""

    name: str = strawberry.field(description="1 to 255 characters.")
    price: Money = strawberry.field(description="Whole dinars.")


@strawberry.input(description="The fields of a product to change: absent ones stay, null clears.")
class ProductUpdateInput(_ProductMembers):
    """The members of `products.UPDATE`."""

    name: str | None = strawberry.field(default=UNSET, description="1 to 255 characters.")
    price: Money | None = strawberry.field(default=UNSET, description="Whole dinars.")
    stock_delta: int | None = strawberry.field(
        default=UNSET, description="Added to the stock, in place of stockQuantity: it can't undo a sale made meanwhile."
    )


@strawberry.input(description="A new category.")
class CategoryCreateInput:
    """The members of `categories.CREATE`."""

    name: str = strawberry.field(description="1 to 255 characters.")
    slug: str | None = strawberry.field(default=UNSET, description="Made from the name when left out.")
    parent_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The category that it is in.")
    position: int | None = strawberry.field(default=UNSET, description="Its place among its siblings; 0 by default.")


@strawberry.input(description="Something that happened on a page.")
class EventTrackInput:
    """The members of `tracking.EVENT`, but for the nonce, which stands in the headers alone."""

    name: str = strawberry.field(description="What happened, such as `add_to_cart`; 64 characters at most.")
    properties: Json | None = strawberry.field(
        default=UNSET, description="Whatever belongs to it: an object of at most 16 KiB."
    )


def given(value: Any) -> Any:
    """Return an input as plain values, without the members that the client left out."""
    definition = getattr(type(value), "__strawberry_definition__", None)
    if isinstance(definition, StrawberryObjectDefinition):
        names = [field.python_name for field in definition.fields]
        return {name: given(getattr(value, name)) for name in names if getattr(value, name) is not UNSET}
    if isinstance(value, list):
        return [given(each) for each in value]
    return getattr(value, "value", value)
