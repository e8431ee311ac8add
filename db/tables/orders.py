"""Orders, their lines and their history."""

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, ForeignKey, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from db.tables.catalogue import MONEY, Product, ProductVariant
from db.tables.customers import Customer
from db.tables.stores import Store


class Order(Table, tablename="orders"):
    """An order. What is said of its customer is what came with the order; the customer's own row may change later."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    order_number = Varchar(length=60)
    status = Varchar(length=10, default="pending")
    payment_status = Varchar(length=10, default="pending")
    payment_method = Varchar(length=10, default="cod")
    payment_reference = Varchar(length=100, null=True, default=None)
    subtotal = BigInt(default=0)
    delivery_fee = BigInt(default=0)
    discount = BigInt(default=0)
    total = BigInt(default=0)
    customer_id = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade, index=True)
    customer_name = Varchar(length=255)
    customer_phone = Varchar(length=10)
    customer_email = Varchar(length=254, null=True, default=None)
    wilaya_id = SmallInt()
    commune = Varchar(length=100)
    address = Varchar(length=500, null=True, default=None)
    delivery_type = Varchar(length=10, default="home")
    desk_id = BigInt(null=True, default=None)
    desk_name = Varchar(length=255, null=True, default=None)
    tracking_number = Varchar(length=100, null=True, default=None)
    courier = Varchar(length=100, null=True, default=None)
    notes = Text(null=True, default=None)
    metadata = JSONB(default="{}")
    external_id = Varchar(length=255, null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    number_given = Check("order_number <> ''")
    status_known = Check("status IN ('pending','confirmed','processing','shipped','delivered','cancelled','returned')")
    payment_status_known = Check("payment_status IN ('pending', 'paid', 'refunded')")
    payment_method_known = Check("payment_method = 'cod'")
    delivery_type_known = Check("delivery_type IN ('home', 'desk')")
    subtotal_range = Check(f"subtotal {MONEY}")
    delivery_fee_range = Check(f"delivery_fee {MONEY}")
    discount_range = Check("discount BETWEEN 0 AND subtotal")
    total_sum = Check(f"total {MONEY} AND total = subtotal + delivery_fee - discount")
    metadata_object = Check("jsonb_typeof(metadata) = 'object'")


class OrderItem(Table, tablename="order_items"):
    """A line of an order, as the product was then: it outlives the product, so it has no foreign key to it."""

    id = BigSerial(primary_key=True)
    order_id = ForeignKey(Order, null=False, on_delete=OnDelete.cascade)
    product_id = BigInt()
    variant_id = BigInt(null=True, default=None)
    name = Varchar(length=255)
    sku = Varchar(length=64, null=True, default=None)
    variant = Varchar(length=255, null=True, default=None)
    quantity = Integer()
    unit_price = BigInt()
    total = BigInt()

    quantity_positive = Check("quantity > 0")
    unit_price_range = Check(f"unit_price {MONEY}")
    total_product = Check("total = quantity * unit_price")


class OrderTimeline(Table, tablename="order_timeline"):
    """A change of an order's status: from what (null: it was created) to what, when, and by whom."""

    id = BigSerial(primary_key=True)
    order_id = ForeignKey(Order, null=False, on_delete=OnDelete.cascade)
    from_status = Varchar(length=10, null=True, default=None)
    to_status = Varchar(length=10)
    at = Timestamptz(default=TimestamptzNow())
    actor = Varchar(length=255)


class StockMovement(Table, tablename="stock_movements"):
    """Why a stock changed. Those without a variant add up to the product's quantity, a variant's to its own."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    product_id = ForeignKey(Product, null=False, on_delete=OnDelete.cascade)
    variant_id = ForeignKey(ProductVariant, null=True, default=None, on_delete=OnDelete.cascade)
    order_id = ForeignKey(Order, null=True, default=None, on_delete=OnDelete.set_null)
    change = Integer()
    reason = Varchar(length=20)
    created_at = Timestamptz(default=TimestamptzNow())

    change_something = Check("change <> 0")
    reason_known = Check("reason IN ('opening', 'count', 'delta', 'import', 'order', 'cancelled', 'returned')")
