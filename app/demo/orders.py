"""Orders of the demo shops, in every status, made by the resolvers that the API has: sums, stock and totals hold."""

from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import Any, Final, NamedTuple

from db.demo import orders_date
from graph.context import Context
from graph.order_writes import order_create, order_update

# Of which products there is enough for all orders together.
GOODS_AT_LEAST: Final = 10
FIRST: Final = datetime(2026, 4, 20, 8, 15, tzinfo=UTC)
BETWEEN: Final = timedelta(hours=5, minutes=13)
STEP: Final = timedelta(hours=9, minutes=7)


class DemoCustomer(NamedTuple):
    """Somebody who orders."""

    name: str
    phone: str
    wilaya_id: int
    commune: str
    address: str | None = None
    email: str | None = None


CUSTOMERS: Final = (
    DemoCustomer("أمينة بن علي", "0555 10 20 31", 16, "Bab Ezzouar", "حي 5 جويلية، عمارة 12", "amina@example.dz"),
    DemoCustomer("Yacine Haddad", "0661 22 33 44", 31, "Oran", "14, rue Larbi Ben M'hidi"),
    DemoCustomer("نسرين قاسمي", "0770 45 67 81", 25, "Constantine", "شارع عبان رمضان"),
    DemoCustomer(
        "Karim Aït Ouali", "0551 98 76 54", 15, "Tizi Ouzou", "Nouvelle-Ville, bâtiment C", "karim@example.dz"
    ),
    DemoCustomer("سفيان مرابط", "0662 11 00 99", 9, "Blida"),
    DemoCustomer("Lynda Bouzid", "0773 30 40 50", 6, "Béjaïa", "Cité Tobbal"),
    DemoCustomer("عبد القادر تواتي", "0558 70 60 50", 47, "Ghardaïa", "قصر مليكة"),
    DemoCustomer("Meriem Cherif", "0665 81 82 83", 23, "Annaba", "Cours de la Révolution, 3", "meriem@example.dz"),
    DemoCustomer("هدى زروقي", "0779 14 15 16", 19, "Sétif"),
    DemoCustomer("Tarek Belkacem", "0552 61 62 63", 30, "Ouargla", "Cité En-Nasr"),
)


class DemoOrder(NamedTuple):
    """What becomes of an order: the statuses that it goes through, and what is noted at the end."""

    statuses: tuple[str, ...]
    changes: dict[str, Any] = {}  # noqa: RUF012 -- nobody changes it
    placed: dict[str, Any] = {}  # noqa: RUF012


SHIPPED: Final = {"courier": "Yalidine", "tracking_number": "YAL-7F3K21"}
LIVES: Final = (
    DemoOrder(("confirmed", "processing", "shipped", "delivered"), SHIPPED | {"payment_status": "paid"}),
    DemoOrder(("confirmed", "shipped", "delivered"), {"courier": "ZR Express", "payment_status": "paid"}),
    DemoOrder(("confirmed", "shipped", "returned"), {"courier": "Yalidine", "notes": "Injoignable"}),
    DemoOrder(("cancelled",), {"notes": "طلب مكرر"}),
    DemoOrder(("confirmed", "processing", "shipped"), SHIPPED),
    DemoOrder(("confirmed", "cancelled"), {"notes": "A changé d'avis"}),
    DemoOrder(("confirmed", "processing"), placed={"discount": 200}),
    DemoOrder(("confirmed",), placed={"notes": "Appeler avant de passer"}),
    DemoOrder((), placed={"metadata": {"source": "instagram"}}),
    DemoOrder(()),
)
# How many orders a shop has.
ORDERS: Final = {"a": 40, "b": 10}


async def orders_fill(context: Context, shop: str, goods: list[int]) -> None:
    """Give a shop its orders, on the running transaction.

    Args:
        context: whose they are; the operator's.
        shop: the shop's letter.
        goods: active products to order, of each `GOODS_AT_LEAST` in stock.
    """
    wares = cycle(goods)
    for place, customer, life in zip(range(ORDERS.get(shop, 0)), cycle(CUSTOMERS), _lives(), strict=False):
        items = [{"product_id": next(wares), "quantity": 1 + (place + line) % 2} for line in range(1 + place % 3)]
        given = {name: value for name, value in customer._asdict().items() if value is not None}
        delivery = (
            {"type": "desk", "desk_name": f"Bureau de {customer.commune}"} if place % 4 == 1 else {"type": "home"}
        )
        placed = {"customer": given, "delivery": delivery, "items": items, **life.placed}
        order = await (await order_create(context, placed)).make()
        for status in life.statuses:
            await order_update(context, order, {"status": status})
        if life.changes:
            await order_update(context, order, life.changes)
    await orders_date(context.store_id, context.livemode, FIRST, BETWEEN, STEP)


def _lives() -> Any:
    """Yield what becomes of each order: by threes from a customer's first to the next's, so that lives are mixed."""
    for number in count():
        yield LIVES[(number * 3 + number // len(LIVES)) % len(LIVES)]
