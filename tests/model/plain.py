"""What a store is, in a few plain lists: told again, without looking at the code that it is to be compared with."""

from dataclasses import dataclass, field
from typing import Any

MONEY_MAXIMUM = 10**12
STOCK_MAXIMUM = 2**31 - 1
NEXT = {
    "pending": {"confirmed", "cancelled"},
    "confirmed": {"processing", "shipped", "cancelled"},
    "processing": {"shipped", "cancelled"},
    "shipped": {"delivered", "cancelled", "returned"},
    "delivered": {"returned"},
    "cancelled": set(),
    "returned": set(),
}
TOLD = {"confirmed", "shipped", "delivered", "cancelled", "returned"}
# Those of an order's customer that its row in a list has.
WRITTEN = ("name", "phone", "wilaya_id", "commune")


class Refused(Exception):
    """What a change that is not made is answered with."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Variant:
    id: int
    price: int | None
    stock: int
    movements: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Product:
    id: int
    name: str
    price: int
    sku: str | None
    stock: int = 0
    tracked: bool = False
    alert: int = 5
    status: str = "draft"
    deleted: bool = False
    movements: list[tuple[int, str]] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)

    def move(self, change: int, reason: str) -> None:
        if change:
            self.stock += change
            self.movements.append((change, reason))


@dataclass
class Customer:
    phone: str
    name: str
    email: str | None
    wilaya_id: int
    commune: str
    address: str | None
    total_orders: int = 0
    total_spent: int = 0


@dataclass
class Line:
    product: Product
    variant: Variant | None
    quantity: int
    unit_price: int


@dataclass
class Order:
    id: int
    lines: list[Line]
    customer: dict[str, Any]
    delivery_type: str
    fee: int
    discount: int
    status: str = "pending"
    payment_status: str = "pending"
    payment_reference: str | None = None
    notes: str | None = None
    timeline: list[tuple[str | None, str]] = field(default_factory=lambda: [(None, "pending")])
    taken: list[tuple[Product, Variant | None, int]] = field(default_factory=list)

    @property
    def subtotal(self) -> int:
        return sum(line.quantity * line.unit_price for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal + self.fee - self.discount


@dataclass
class Store:
    """Everything of one store. A method that changes it returns nothing, or raises what is refused and changes none."""

    rates: dict[tuple[int, str], int | None]
    products: dict[int, Product] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    # Products

    def live(self) -> list[Product]:
        return [product for product in self.products.values() if not product.deleted]

    def sku_free(self, sku: str | None, beside: Product | None = None) -> bool:
        return not sku or all(each.sku != sku for each in self.live() if each is not beside)

    def may_create(self, given: dict[str, Any]) -> None:
        if not self.sku_free(given.get("sku")):
            raise Refused("conflict")

    def create(self, identifier: int, given: dict[str, Any]) -> Product:
        product = Product(identifier, given["name"], given["price"], given.get("sku"))
        self._set(product, given)
        product.move(given.get("stock_quantity", 0), "opening")
        self.products[identifier] = product
        return product

    def update(self, product: Product, given: dict[str, Any], counted_by: str = "count") -> None:
        if product.deleted:
            raise Refused("not_found")
        if "stock_delta" in given and not 0 <= product.stock + given["stock_delta"] <= STOCK_MAXIMUM:
            raise Refused("conflict")
        if "sku" in given and not self.sku_free(given["sku"], product):
            raise Refused("conflict")
        before, delta = product.stock, given.get("stock_delta")
        self._set(product, given)
        change = delta if delta is not None else given.get("stock_quantity", before) - before
        product.move(change, counted_by if delta is None else "delta")
        self._low(product, before)

    def _set(self, product: Product, given: dict[str, Any]) -> None:
        columns = {"track_stock": "tracked", "low_stock_alert": "alert"}
        for name, value in given.items():
            if name not in ("stock_quantity", "stock_delta"):
                setattr(product, columns.get(name, name), value)

    def _low(self, product: Product, before: int) -> None:
        if product.tracked and before >= product.alert > product.stock:
            told = {"product_id": product.id, "name": product.name, "sku": product.sku}
            self.events.append(
                ("product.stock_low", told | {"stock_quantity": product.stock, "low_stock_alert": product.alert})
            )

    def vary(self, product: Product, given: list[dict[str, Any]], ids: list[int]) -> None:
        """Let a product have these variants alone, whose ids are then known; its own stock goes with theirs."""
        if product.deleted:
            raise Refused("not_found")
        there = {each.id: each for each in product.variants}
        counts = []
        for each in given:
            count = there[each["id"]].stock if "id" in each else 0
            count = each.get("stock_quantity", count) + each.get("stock_delta", 0)
            if not 0 <= count <= STOCK_MAXIMUM:
                raise Refused("conflict")
            counts.append(count)
        if sum(counts) > STOCK_MAXIMUM:
            raise Refused("bad_request")
        before, together = product.stock, sum(each.stock for each in product.variants)
        after = before + sum(counts) - together if there else sum(counts) if given else before
        product.variants = []
        for identifier, each, count in zip(ids, given, counts, strict=True):
            variant = there[each["id"]] if "id" in each else Variant(identifier, each["price"], 0)
            if count != variant.stock:
                reason = "opening" if "id" not in each else "delta" if each.get("stock_delta") else "count"
                self._note(product, variant, count - variant.stock, reason)
            product.variants.append(variant)
        product.move(min(max(after, 0), STOCK_MAXIMUM) - before, "count")
        self._low(product, before)

    def delete(self, product: Product) -> None:
        if product.deleted:
            raise Refused("not_found")
        product.deleted = True

    # Orders

    def may_order(self, given: dict[str, Any], lines: list[Line]) -> int:
        """Return the fee of an order that may be."""
        fee = self.rates[given["customer"]["wilaya_id"], given["delivery"]["type"]]
        if fee is None or any(line.product.deleted or line.product.status != "active" for line in lines):
            raise Refused("bad_request")
        subtotal = sum(line.quantity * line.unit_price for line in lines)
        discount = given.get("discount", 0)
        if discount > subtotal or max(subtotal, subtotal + fee - discount) > MONEY_MAXIMUM:
            raise Refused("bad_request")
        return fee

    def order(self, identifier: int, number: str, given: dict[str, Any], lines: list[Line], fee: int) -> Order:
        customer = {"email": None, "address": None} | given["customer"]
        order = Order(identifier, lines, customer, given["delivery"]["type"], fee, given.get("discount", 0))
        self.orders[identifier] = order
        self._known(customer, 1)
        told = {"order_id": identifier, "order_number": number, "customer_phone": customer["phone"]}
        self.events.append(("order.created", told | {"total": order.total, "payment_method": "cod"}))
        return order

    def _known(self, given: dict[str, Any], orders: int) -> None:
        """Let an order make its customer, or bring what is newer of one."""
        there = self.customers.get(given["phone"])
        if there is None:
            there = Customer(**{**given, "total_orders": 0})
            self.customers[given["phone"]] = there
        elif (there.wilaya_id, there.commune) != (given["wilaya_id"], given["commune"]):
            there.address = given["address"]
        else:
            there.address = there.address if given["address"] is None else given["address"]
        there.name, there.wilaya_id, there.commune = given["name"], given["wilaya_id"], given["commune"]
        there.email = there.email if given["email"] is None else given["email"]
        there.total_orders += orders

    def change(self, order: Order, given: dict[str, Any]) -> None:
        """Change an order all at once, or not at all."""
        at_customer = {
            name: value for name, value in given.get("customer", {}).items() if order.customer[name] != value
        }
        fee, discount = self._reckoned(order, given, at_customer)
        status = given.get("status", order.status)
        if status != order.status and status not in NEXT[order.status]:
            raise Refused("invalid_transition")
        if status == "confirmed" != order.status:
            self._require_stock(order)
        # Nothing is refused from here on.
        before = order.status
        self._pass_on(order, at_customer, counted=before != "cancelled", counts=status != "cancelled")
        order.fee, order.discount = fee, discount
        order.notes = given.get("notes", order.notes)
        order.payment_reference = given.get("payment_reference", order.payment_reference)
        if status != before:
            self._move(order, status)
        paid = given.get("payment_status", order.payment_status)
        if paid == "paid" != order.payment_status:
            told = {"order_id": order.id, "amount": order.total, "method": "cod"}
            self.events.append(("payment.received", told | {"reference": order.payment_reference}))
        order.payment_status = paid

    def _reckoned(self, order: Order, given: dict[str, Any], at_customer: dict[str, Any]) -> tuple[int, int]:
        """Return an order's fee and discount after a change that may be."""
        discount: int = given.get("discount", order.discount)
        if (at_customer or discount != order.discount) and order.status not in ("pending", "confirmed", "processing"):
            raise Refused("conflict")
        fee: int | None = order.fee
        if "wilaya_id" in at_customer:
            fee = self.rates[at_customer["wilaya_id"], order.delivery_type]
        if fee is None or discount > order.subtotal or order.subtotal + fee - discount > MONEY_MAXIMUM:
            raise Refused("bad_request")
        return fee, discount

    def _pass_on(self, order: Order, at_customer: dict[str, Any], *, counted: bool, counts: bool) -> None:
        """Let an order with another phone go over to that customer; the totals of both follow."""
        former = self.customers[order.customer["phone"]]
        order.customer |= at_customer
        if "phone" in at_customer:
            former.total_orders -= counted
            self._known(order.customer, int(counts))
        else:
            former.total_orders += counts - counted

    def _wanted(self, order: Order) -> list[tuple[Product, Variant | None, int]]:
        wanted: dict[tuple[int, int | None], tuple[Product, Variant | None, int]] = {}
        for line in order.lines:
            if line.product.tracked:
                for variant in (None, *([line.variant] if line.variant in line.product.variants else [])):
                    key = (line.product.id, variant and variant.id)
                    so_far = wanted[key][2] if key in wanted else 0
                    wanted[key] = (line.product, variant, so_far + line.quantity)
        return list(wanted.values())

    def _require_stock(self, order: Order) -> None:
        if any((variant or product).stock < quantity for product, variant, quantity in self._wanted(order)):
            raise Refused("insufficient_stock")

    def _move(self, order: Order, status: str) -> None:
        customer, before = self.customers[order.customer["phone"]], order.status
        order.status = status
        order.timeline.append((before, status))
        if status in TOLD:
            told = {"order_id": order.id, "old_status": before, "new_status": status}
            self.events.append((f"order.{status}", told))
        if status == "confirmed":
            order.taken = self._wanted(order)
            for product, variant, quantity in order.taken:
                self._note(product, variant, -quantity, "order")
        elif status in ("cancelled", "returned"):
            for product, variant, quantity in order.taken:
                there = (variant or product).stock
                self._note(product, variant, min(there + quantity, STOCK_MAXIMUM) - there, status)
        if status == "delivered":
            customer.total_spent += order.total
        elif before == "delivered":
            customer.total_spent -= order.total

    def _note(self, product: Product, variant: Variant | None, change: int, reason: str) -> None:
        if variant is not None:
            variant.stock += change
            variant.movements.append((change, reason))
            return
        before = product.stock
        product.move(change, reason)
        if reason == "order":
            self._low(product, before)
