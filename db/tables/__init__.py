"""The tables, one module a resource. Composite, partial and trigram indexes stand in the migrations."""

from piccolo.table import Table

from db.tables.catalogue import Category, Product, ProductImage, ProductVariant
from db.tables.keys import ApiKey, IdempotencyKey
from db.tables.stores import Store

# In the order of their foreign keys.
TABLES: tuple[type[Table], ...] = (Store, ApiKey, IdempotencyKey, Category, Product, ProductImage, ProductVariant)

__all__ = ["TABLES", "ApiKey", "Category", "IdempotencyKey", "Product", "ProductImage", "ProductVariant", "Store"]
