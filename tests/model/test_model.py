"""Two stores under whatever may happen to them, beside plain lists of what they must be after each step.

`MODEL_EXAMPLES` and `MODEL_STEPS` make the run longer (`make model`); then it is another one each time.
"""

import os
from collections import Counter
from typing import Any

import anyio
import hypothesis.strategies as st
import pytest
from anyio import from_thread
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from db.engine import engine
from graph.product_import import products_import
from graph.store_admin import operator_context
from tests.conftest import Shop, ShopMaker
from tests.model import plain
from tests.model.agreement import agrees
from tests.model.surfaces import Answer, GraphQL, Rest, Surface
from tests.rest.answers import given

pytestmark = pytest.mark.anyio

EXAMPLES, STEPS = (int(os.environ.get(f"MODEL_{name}", short)) for name, short in (("EXAMPLES", 10), ("STEPS", 30)))
# How often which change of the model was made (""), or refused with which code.
OUTCOMES: Counter[tuple[str, str]] = Counter()
SHORT = "MODEL_EXAMPLES" not in os.environ

PHONES = ("0555000001", "0661000002", "0770000003")
WILAYAS = (16, 31, 25)
NAMES = ("قميص", "Thé à la menthe", "Tapis", "زربية \u200f🧶")
SKUS = (None, "", "A", "B", "C")

two = st.integers(0, 1)
few = st.integers(0, 50)
surfaces = st.sampled_from((Rest(), GraphQL()))
amounts = st.one_of(st.integers(0, 30), st.integers(0, 30), st.just(plain.STOCK_MAXIMUM))
prices = st.one_of(*[st.integers(0, 3_000)] * 5, st.just(plain.MONEY_MAXIMUM))
statuses = st.sampled_from(("active", "active", "active", "draft", "archived"))
discounts = st.one_of(st.just(0), st.integers(0, 300), st.integers(0, 5_000))
places = {
    "wilaya_id": st.sampled_from(WILAYAS),
    "commune": st.sampled_from(("Centre", "Bab Ezzouar")),
    "address": st.sampled_from((None, "Cité 5", "حي النصر")),
}
people = {"name": st.sampled_from(("Ahmed Benali", "آمنة", "Ali Ben Salah")), "phone": st.sampled_from(PHONES)}
products = st.fixed_dictionaries(
    {"name": st.sampled_from(NAMES), "price": prices, "status": statuses},
    optional={
        "stock_quantity": amounts,
        "track_stock": st.sampled_from((True, True, False)),
        "low_stock_alert": st.integers(0, 10),
        "sku": st.sampled_from(SKUS),
    },
)
counted = st.one_of(
    st.just({}),
    amounts.map(lambda each: {"stock_quantity": each}),
    st.integers(-20, 20).map(lambda each: {"stock_delta": each}),
)
edits = st.fixed_dictionaries(
    {},
    optional={
        "price": prices,
        "track_stock": st.booleans(),
        "low_stock_alert": st.integers(0, 10),
        "status": statuses,
        "sku": st.sampled_from(SKUS),
    },
)
baskets = st.lists(st.tuples(few, st.integers(1, 8), st.booleans()), min_size=1, max_size=4)
customers = st.fixed_dictionaries(
    people | places, optional={"email": st.sampled_from((None, "a@example.dz", "b@example.dz"))}
)
members = st.fixed_dictionaries(
    {},
    optional={
        "payment_status": st.sampled_from(("pending", "paid", "refunded")),
        "payment_reference": st.sampled_from((None, "CCP-1")),
        "notes": st.sampled_from((None, "fragile")),
        "discount": discounts,
        "customer": st.fixed_dictionaries({}, optional=people | places),
    },
)
# Most steps go on along the life of an order; some don't.
onward = st.one_of(st.just(0), st.integers(0, 2), st.sampled_from(tuple(plain.NEXT)))


class Stores(RuleBasedStateMachine):
    """Each rule does one thing through one surface, and to the model; then both must be the same."""

    make_shop: ShopMaker

    @initialize()
    def open(self) -> None:
        self.shops: list[Shop] = []
        self.models: list[plain.Store] = []
        self.touched: list[tuple[int, str, int]] = []
        self.turn = 0
        from_thread.run(self._open)
        goods = {"name": "قميص", "status": "active", "track_stock": True}
        for place in range(2):
            for price, quantity in ((100, 12), (250, 30), (40, 5)):
                self.create_product(place, Rest(), goods | {"price": price, "stock_quantity": quantity})
            self.vary(place, Rest(), 0, 0, {}, [(90, 6), (None, 6)])
            for which, phone in enumerate(PHONES):
                customer = {"name": "Ali", "phone": phone, "wilaya_id": 16, "commune": "Centre"}
                self.order(place, GraphQL(), [(which, 2, True), (which + 1, 4, False)], customer, "home", 10)

    async def _open(self) -> None:
        for _ in range(2):
            shop = await self.make_shop(tier="enterprise")
            rates = given(await shop.get("/v1/delivery-rates"))["rates"]
            self.shops.append(shop)
            self.models.append(
                plain.Store({(rate["wilaya_id"], type_): rate[type_] for rate in rates for type_ in ("home", "desk")})
            )

    # Products

    @rule(place=two, surface=surfaces, values=products)
    def create_product(self, place: int, surface: Surface, values: dict[str, Any]) -> None:
        model = self.models[place]
        answer = from_thread.run(surface.create, self.shops[place], "products", values)
        if self._agreed(answer, model.may_create, values):
            self.touched.append((place, "products", model.create(answer.row["id"], values).id))

    @rule(place=two, surface=surfaces, which=few, values=edits, count=counted)
    def edit_product(
        self, place: int, surface: Surface, which: int, values: dict[str, Any], count: dict[str, Any]
    ) -> None:
        model = self.models[place]
        if product := pick(model.products, which):
            answer = from_thread.run(surface.update, self.shops[place], "products", product.id, values | count)
            self._agreed(answer, model.update, product, values | count)
            self.touched.append((place, "products", product.id))

    @rule(place=two, surface=surfaces, which=few)
    def delete_product(self, place: int, surface: Surface, which: int) -> None:
        model = self.models[place]
        if product := pick(model.products, which):
            answer = from_thread.run(surface.delete, self.shops[place], "products", product.id)
            self._agreed(answer, model.delete, product)

    @rule(
        place=two,
        surface=surfaces,
        which=few,
        dropped=st.integers(0, 4),
        count=counted,
        fresh=st.lists(st.tuples(st.one_of(st.none(), prices), amounts), max_size=2),
    )
    def vary(
        self,
        place: int,
        surface: Surface,
        which: int,
        dropped: int,
        count: dict[str, Any],
        fresh: list[tuple[int | None, int]],
    ) -> None:
        """Drop a variant, count those that stay, and add others."""
        model = self.models[place]
        if product := pick(model.products, which):
            kept = [{"id": each.id, **count} for number, each in enumerate(product.variants, 1) if number != dropped]
            given = [*kept, *({"name": "L", "price": price, "stock_quantity": number} for price, number in fresh)]
            answer = from_thread.run(surface.update, self.shops[place], "products", product.id, {"variants": given})
            ids = [each["id"] for each in answer.row["variants"]] if answer.row else []
            self._agreed(answer, model.vary, product, given, ids)
            self.touched.append((place, "products", product.id))

    @rule(
        place=two,
        rows=st.lists(st.tuples(st.sampled_from("ABC"), prices, amounts, st.booleans()), min_size=1, max_size=4),
    )
    def import_products(self, place: int, rows: list[tuple[str, int, int, bool]]) -> None:
        """A table in which a SKU comes once; those that come again are refused."""
        model, seen = self.models[place], set()
        told = from_thread.run(self._import, place, rows)
        for (sku, price, quantity, tracked), (what, identifier) in zip(rows, told, strict=True):
            values = {"name": "x", "price": price, "stock_quantity": quantity, "track_stock": tracked, "sku": sku}
            known = next((each for each in model.live() if each.sku == sku), None)
            if sku in seen:
                assert what == "refused"
            elif known is None:
                assert what == "created"
                model.create(identifier, values)
            else:
                there = {"name": known.name, "price": known.price, "sku": sku}
                there |= {"stock_quantity": known.stock, "track_stock": known.tracked}
                assert what == ("unchanged" if there == values else "updated")
                model.update(known, values, "import")
            seen.add(sku)

    async def _import(self, place: int, rows: list[tuple[str, int, int, bool]]) -> list[tuple[str, int]]:
        store = self.shops[place].store_id
        texts = [
            {"name": "x", "sku": sku, "price": str(price), "stock_quantity": str(quantity), "track_stock": str(tracked)}
            for sku, price, quantity, tracked in rows
        ]
        context = await operator_context(str(store))
        async with engine.transaction():
            outcomes = await products_import(context, texts, set())
        there = await engine.fetch("SELECT id, sku FROM products WHERE store_id = $1 AND deleted_at IS NULL", store)
        ids = {row["sku"]: row["id"] for row in there}
        return [(outcome.what, ids.get(row[0], 0)) for outcome, row in zip(outcomes, rows, strict=True)]

    # Orders

    @rule(
        place=two,
        surface=surfaces,
        basket=baskets,
        customer=customers,
        type_=st.sampled_from(("home", "desk")),
        discount=discounts,
    )
    def order(
        self,
        place: int,
        surface: Surface,
        basket: list[tuple[int, int, bool]],
        customer: dict[str, Any],
        type_: str,
        discount: int,
    ) -> None:
        model = self.models[place]
        if lines := [line for each in basket if (line := self._line(model, *each))]:
            items: list[dict[str, Any]] = [
                {"product_id": line.product.id, "quantity": line.quantity}
                | ({"variant_id": line.variant.id} if line.variant else {})
                for line in lines
            ]
            values = {"customer": customer, "delivery": {"type": type_}, "items": items, "discount": discount}
            answer = from_thread.run(surface.create, self.shops[place], "orders", values)
            if self._agreed(answer, model.may_order, values, lines):
                made = model.order(
                    answer.row["id"], answer.row["order_number"], values, lines, model.may_order(values, lines)
                )
                self.touched.append((place, "orders", made.id))

    def _line(self, model: plain.Store, which: int, quantity: int, chosen: bool) -> plain.Line | None:
        on_sale = {each.id: each for each in model.live() if each.status == "active"}
        product = pick(on_sale if which < 45 else model.products, which)
        if product is None:
            return None
        variant = product.variants[which % len(product.variants)] if chosen and product.variants else None
        price = product.price if variant is None or variant.price is None else variant.price
        return plain.Line(product, variant, quantity, price)

    @rule(
        place=two, surface=surfaces, moves=st.lists(st.tuples(few, onward), min_size=1, max_size=6), twice=st.booleans()
    )
    def move_orders(self, place: int, surface: Surface, moves: list[tuple[int, int | str]], twice: bool) -> None:
        for which, to in moves:
            self._move(place, surface, pick(self.models[place].orders, which), to, twice)

    @rule(place=two, surface=surfaces, which=few, moves=st.lists(onward, min_size=2, max_size=6), late=members)
    def live_on(self, place: int, surface: Surface, which: int, moves: list[int | str], late: dict[str, Any]) -> None:
        """One order goes from status to status; in the end there comes an edit, maybe too late."""
        order = pick(self.models[place].orders, which)
        for to in moves:
            self._move(place, surface, order, to, False)
        self._change(place, surface, order, late, False)

    def _move(self, place: int, surface: Surface, order: plain.Order, to: int | str, twice: bool) -> None:
        after = sorted(plain.NEXT[order.status], reverse=True)
        status = to if isinstance(to, str) else after[to % len(after)] if after else order.status
        self._change(place, surface, order, {"status": status}, twice)
        self.agree()

    @rule(place=two, surface=surfaces, which=few, values=members, to=st.one_of(st.none(), onward), twice=st.booleans())
    def edit_order(
        self, place: int, surface: Surface, which: int, values: dict[str, Any], to: int | str | None, twice: bool
    ) -> None:
        if order := pick(self.models[place].orders, which):
            status = {"status": to} if isinstance(to, str) else {}
            self._change(place, surface, order, values | status, twice)

    def _change(self, place: int, surface: Surface, order: plain.Order, values: dict[str, Any], twice: bool) -> None:
        """Send a change, and under the same key again: it happens once."""
        key = f"change-{self.turn}"
        answer = from_thread.run(surface.update, self.shops[place], "orders", order.id, values, key)
        if twice:
            again = from_thread.run(surface.update, self.shops[place], "orders", order.id, values, key)
            assert answer.code in ("bad_request", again.code)
        self._agreed(answer, self.models[place].change, order, values)
        self.touched.append((place, "orders", order.id))

    @rule(place=two, surface=surfaces, which=few)
    def reach_for_the_other_store(self, place: int, surface: Surface, which: int) -> None:
        shop, other = self.shops[place], self.models[1 - place]
        if order := pick(other.orders, which):
            answer = from_thread.run(surface.update, shop, "orders", order.id, {"status": "cancelled"})
            assert answer.code == "not_found"
        if product := pick(other.products, which):
            customer = {"name": "x", "phone": PHONES[0], "wilaya_id": 16, "commune": "x"}
            items = [{"product_id": product.id, "quantity": 1}]
            values = {"customer": customer, "delivery": {"type": "home"}, "items": items}
            assert from_thread.run(surface.create, shop, "orders", values).code == "bad_request"
            assert from_thread.run(surface.delete, shop, "products", product.id).code == "not_found"

    @rule(place=two, wilaya=st.sampled_from(WILAYAS), home=st.one_of(st.none(), few), desk=st.one_of(st.none(), few))
    def set_rate(self, place: int, wilaya: int, home: int | None, desk: int | None) -> None:
        rates = {"rates": [{"wilaya_id": wilaya, "home": home, "desk": desk}]}
        given(from_thread.run(self.shops[place].write, "PUT", "/v1/delivery-rates", rates))
        self.models[place].rates |= {(wilaya, "home"): home, (wilaya, "desk"): desk}

    @invariant()
    def agree(self) -> None:
        if hasattr(self, "models"):
            self.turn += 1
            surface = (Rest(), GraphQL())[self.turn % 2]
            for place, (shop, model) in enumerate(zip(self.shops, self.models, strict=True)):
                rows = [(kind, identifier) for where, kind, identifier in self.touched if where == place]
                from_thread.run(agrees, surface, shop, model, rows, self.turn)
            self.touched.clear()

    def _agreed(self, answer: Answer, act: Any, *arguments: Any) -> bool:
        """Do the same to the model, and tell whether it was done; both do it, or refuse it with the same code."""
        try:
            act(*arguments)
            code = ""
        except plain.Refused as refused:
            code = refused.code
        assert answer.code == code
        OUTCOMES[act.__name__, code] += 1
        return not code


def pick(rows: dict[int, Any], which: int) -> Any:
    """Return one of the rows, or None where there are none."""
    return list(rows.values())[which % len(rows)] if rows else None


async def test_stores_are_what_the_model_says(make_shop: ShopMaker) -> None:
    machine = type("Machine", (Stores,), {"make_shop": staticmethod(make_shop)})
    options = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        derandomize=SHORT,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    await anyio.to_thread.run_sync(lambda: run_state_machine_as_test(machine, settings=options))
    # A model that is refused everything would agree with anything.
    changes = {code for act, code in OUTCOMES if act == "change"}
    wanted = {"", "conflict", "bad_request", "invalid_transition", "insufficient_stock"}
    # A handful of histories need not meet each of them.
    assert EXAMPLES < 10 or changes == wanted, OUTCOMES
    assert OUTCOMES["change", ""] > EXAMPLES
