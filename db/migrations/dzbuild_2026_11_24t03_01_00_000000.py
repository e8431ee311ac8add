"""What Piccolo's tables can't say of orders, customers and events; and the stock that was there before its ledger.

An order's or customer's lists are walked as those of products are: see the second migration.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from db.engine import engine

ID = "2026-11-24T03:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of orders, customers and events; opening stock"

STATEMENTS = (
    "CREATE INDEX events_log ON events (store_id, livemode, transaction_id, id)",
    # An erased customer has no phone; every other one has one of its own.
    "CREATE UNIQUE INDEX customers_phone ON customers (store_id, livemode, phone) WHERE phone <> ''",
    "CREATE UNIQUE INDEX customers_external_id ON customers (store_id, livemode, external_id)",
    "CREATE INDEX customers_list ON customers (store_id, livemode, (id + 0) DESC)",
    "CREATE INDEX customers_by_change ON customers (store_id, livemode, updated_at, id)",
    "CREATE INDEX customers_by_email ON customers (store_id, livemode, lower(email), (id + 0) DESC)",
    "CREATE UNIQUE INDEX orders_number ON orders (store_id, livemode, order_number)",
    "CREATE UNIQUE INDEX orders_external_id ON orders (store_id, livemode, external_id)",
    "CREATE INDEX orders_list ON orders (store_id, livemode, (id + 0) DESC)",
    "CREATE INDEX orders_by_status ON orders (store_id, livemode, status, (id + 0) DESC)",
    "CREATE INDEX orders_by_phone ON orders (store_id, livemode, customer_phone, (id + 0) DESC)",
    "CREATE INDEX orders_by_creation ON orders (store_id, livemode, created_at, id)",
    "CREATE INDEX orders_by_change ON orders (store_id, livemode, updated_at, id)",
    "CREATE INDEX order_items_of_order ON order_items (order_id, id)",
    "CREATE INDEX order_timeline_of_order ON order_timeline (order_id, id)",
    "CREATE INDEX stock_movements_of_store ON stock_movements (store_id, livemode, id)",
    "CREATE INDEX stock_movements_of_product ON stock_movements (product_id, id)",
    "CREATE INDEX stock_movements_of_variant ON stock_movements (variant_id) WHERE variant_id IS NOT NULL",
    "CREATE INDEX stock_movements_of_order ON stock_movements (order_id) WHERE order_id IS NOT NULL",
    "INSERT INTO stock_movements (store_id, livemode, product_id, change, reason)"
    " SELECT store_id, livemode, id, stock_quantity, 'opening' FROM products WHERE stock_quantity <> 0",
    "INSERT INTO stock_movements (store_id, livemode, product_id, variant_id, change, reason)"
    " SELECT store_id, livemode, product_id, id, stock_quantity, 'opening' FROM product_variants"
    " WHERE stock_quantity <> 0",
)


async def forwards() -> MigrationManager:
    """Return the migration."""
    manager = MigrationManager(migration_id=ID, app_name="dzbuild", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS:
            await engine.write(statement)

    manager.add_raw(run)
    return manager
