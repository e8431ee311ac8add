"""The tables, one module a resource. Composite, partial and trigram indexes stand in the migrations."""

from piccolo.table import Table

from db.tables.catalogue import Category, Product, ProductImage, ProductVariant
from db.tables.delivery import DeliveryRate
from db.tables.keys import ApiKey, IdempotencyKey, RegisteredOperation
from db.tables.pages import LandingPage
from db.tables.stores import Store
from db.tables.tracking import Inbox, SignedRequest
from db.tables.usage import UsageHistory, UsageHour

# In the order of their foreign keys.
TABLES: tuple[type[Table], ...] = (
    Store,
    ApiKey,
    IdempotencyKey,
    SignedRequest,
    Inbox,
    Category,
    Product,
    ProductImage,
    ProductVariant,
    DeliveryRate,
    LandingPage,
    UsageHour,
    RegisteredOperation,
)

__all__ = [
    "TABLES",
    "ApiKey",
    "Category",
    "DeliveryRate",
    "IdempotencyKey",
    "Inbox",
    "LandingPage",
    "Product",
    "ProductImage",
    "ProductVariant",
    "RegisteredOperation",
    "SignedRequest",
    "Store",
    "UsageHistory",
    "UsageHour",
]
