"""Orders of the demo shops, made by the resolvers that the API has: sums, stock, totals and events hold.

Each step of each order is made in the order of time, and afterwards all of them get the times that they had.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any, Final, NamedTuple, TypeVar

from app.demo.customers import CUSTOMERS
from app.demo.order_history import order_steps
from db.demo import orders_date
from graph.context import Context
from graph.order_writes import order_create, order_update

T = TypeVar("T")


class Past(NamedTuple):
    """How many orders a shop has, and for how many days it has had some."""

    orders: int
    days: int


# By what is started, and by the shop's letter. A sandbox starts quickly, and is about to be filled by tests.
PASTS: Final = {
    "demo": {"a": Past(110, 90), "b": Past(24, 90), "c": Past(8, 60)},
    "sandbox": {"a": Past(40, 14), "b": Past(10, 14)},
}
# What is said when an order is placed: mostly nothing.
SAID: Final[tuple[dict[str, Any], ...]] = (
    {"notes": "Appeler avant de passer"},
    {"notes": "التوصيل بعد الظهر من فضلكم"},
    {"metadata": {"source": "instagram"}},
    {"metadata": {"source": "facebook", "campaign": "novembre"}},
    {"discount": 200},
    *({},) * 9,
)
# More than 1: the first ones of a list are chosen more often than the last ones.
FAVOUR: Final = 1.5


class Ware(NamedTuple):
    """What may be ordered, and how much of it there is."""

    product_id: int
    stock: int


async def orders_fill(context: Context, shop: str, wares: Sequence[Ware], past: Past, now: datetime) -> None:
    """Give a shop its orders, on the running transaction.

    Args:
        context: whose they are; the operator's.
        shop: the shop's letter.
        wares: active products to order, without variants.
        past: how many orders, and over how many days.
        now: when the last of it was.
    """
    shelf = _Shelf(wares)
    steps = order_steps(shop, now, past.orders, past.days)
    orders: dict[int, int] = {}
    for step in steps:
        if step.order in orders:
            await order_update(context, orders[step.order], {"status": step.status, **step.changes})
        else:
            orders[step.order] = await (await order_create(context, _placed(shop, step.order, shelf))).make()
    times = [(orders[step.order], step.status, step.at) for step in steps]
    await orders_date(context.store_id, context.livemode, times)


class _Shelf:
    """What is left to order: of everything that is ordered there is enough, whatever comes back."""

    def __init__(self, wares: Sequence[Ware]) -> None:
        self._left = dict(wares)

    def take(self, draw: Random, most: int) -> dict[str, int]:
        """Return a line of an order, of a product of which there is so much."""
        product = _one_of([product for product, left in self._left.items() if left >= most], draw)
        quantity = draw.randint(1, most)
        self._left[product] -= quantity
        return {"product_id": product, "quantity": quantity}


def _placed(shop: str, place: int, shelf: _Shelf) -> dict[str, Any]:
    """Return an order as it is placed, the same for the same place."""
    draw = Random(f"placed {shop} {place}")  # noqa: S311 -- always the same
    customer = _one_of(CUSTOMERS, draw)
    desk = {"type": "desk", "desk_name": f"Bureau de {customer.commune}"}
    return {
        "customer": {name: value for name, value in customer._asdict().items() if value is not None},
        "delivery": desk if draw.random() < 0.25 else {"type": "home"},
        "items": [shelf.take(draw, 2) for _ in range(draw.choice((1, 1, 2, 3)))],
        **draw.choice(SAID),
    }


def _one_of(several: Sequence[T], draw: Random) -> T:
    return several[int(len(several) * draw.random() ** FAVOUR)]
