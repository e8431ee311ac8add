"""The catalogue: categories, products, their images and variants. Every row carries its store and its mode."""

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    DoublePrecision,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Check
from piccolo.table import Table

from db.tables.stores import Store

# 10^12 dinars (contract.md §1): the most that a price may be.
MONEY = "BETWEEN 0 AND 1000000000000"


class Category(Table, tablename="categories"):
    """A shelf of the catalogue; `parent_id` makes a tree of them."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    name = Varchar(length=255)
    slug = Varchar(length=255)
    parent_id: ForeignKey["Category"] = ForeignKey(
        LazyTableReference("Category", module_path="db.tables.catalogue"), null=True, default=None, index=True
    )
    position = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    name_given = Check("name <> ''")
    own_parent = Check("parent_id <> id")


class Product(Table, tablename="products"):
    """What a store sells. `deleted_at` takes it out of every read; old order lines still point at it."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    name = Varchar(length=255)
    slug = Varchar(length=255)
    description = Text(null=True, default=None)
    short_description = Text(null=True, default=None)
    category_id = ForeignKey(Category, null=True, default=None, on_delete=OnDelete.set_null, index=True)
    price = BigInt(default=0)
    compare_price = BigInt(null=True, default=None)
    cost_price = BigInt(null=True, default=None)
    sku = Varchar(length=64, null=True, default=None)
    barcode = Varchar(length=64, null=True, default=None)
    track_stock = Boolean(default=False)
    stock_quantity = Integer(default=0)
    low_stock_alert = Integer(default=5)
    weight = DoublePrecision(null=True, default=None)
    height = DoublePrecision(null=True, default=None)
    width = DoublePrecision(null=True, default=None)
    length = DoublePrecision(null=True, default=None)
    do_insurance = Boolean(default=False)
    status = Varchar(length=10, default="draft")
    featured = Boolean(default=False)
    has_variants = Boolean(default=False)
    primary_image = Text(null=True, default=None)
    metadata = JSONB(default="{}")
    external_id = Varchar(length=255, null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())
    deleted_at = Timestamptz(null=True, default=None)

    name_given = Check("name <> ''")
    slug_given = Check("slug <> ''")
    price_range = Check(f"price {MONEY}")
    compare_price_range = Check(f"compare_price {MONEY}")
    cost_price_range = Check(f"cost_price {MONEY}")
    stock_not_negative = Check("stock_quantity >= 0")
    low_stock_alert_not_negative = Check("low_stock_alert >= 0")
    status_known = Check("status IN ('active', 'draft', 'archived')")
    metadata_object = Check("jsonb_typeof(metadata) = 'object'")


class ProductImage(Table, tablename="product_images"):
    """A picture of a product, shown in the order of `position`; the first is its `primary_image`."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    product_id = ForeignKey(Product, null=False, on_delete=OnDelete.cascade)
    url = Text()
    alt = Varchar(length=255, null=True, default=None)
    position = Integer(default=0)

    url_given = Check("url <> ''")


class ProductVariant(Table, tablename="product_variants"):
    """A choice of a product (size, colour). Its own price, or the product's when null; its own stock."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    product_id = ForeignKey(Product, null=False, on_delete=OnDelete.cascade)
    name = Varchar(length=255)
    sku = Varchar(length=64, null=True, default=None)
    price = BigInt(null=True, default=None)
    stock_quantity = Integer(default=0)
    position = Integer(default=0)

    name_given = Check("name <> ''")
    price_range = Check(f"price {MONEY}")
    stock_not_negative = Check("stock_quantity >= 0")
