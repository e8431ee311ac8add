"""How many statements each operation sends: a list is one, whatever hangs below its rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import Shop, Statements
from tests.graphql.requests import asked, post
from tests.rest.answers import given
from tests.rest.ordering import change, ordered
from tests.rest.ordering import stocked as sellable

pytestmark = pytest.mark.anyio

# What a write sends around its work: BEGIN with its lock, look-up in the ledger and savepoint; ledger row with COMMIT.
AROUND = 2

KEY_LOOKUP = "FROM api_keys k JOIN stores"


@contextmanager
def counted(statements: Statements, count: int) -> Iterator[None]:
    """Let a block send exactly so many statements, beside the one a second that finds the key."""
    with statements.counted() as sent:
        yield
    own = [each for each in sent if KEY_LOOKUP not in each]
    assert len(own) == count, "\n".join(own)


async def stocked(shop: Shop, count: int = 3) -> list[int]:
    """Fill a store with products that have a category, images and variants; return their ids."""
    category = given(await shop.write("POST", "/v1/categories", {"name": "Tapis"}), 201)
    images = [{"url": f"https://x.dz/{number}"} for number in range(3)]
    variants = [{"name": "L", "stock_quantity": number} for number in range(3, 0, -1)]
    made = [await shop.create(category_id=category["id"], images=images, variants=variants) for _ in range(count)]
    return [each["id"] for each in made]


class TestRest:
    @pytest.mark.parametrize(
        ("path", "count"),
        [
            ("/v1/ping", 0),
            ("/v1/nothing", 0),
            ("/v1/whoami", 1),
            ("/v1/store", 1),
            ("/v1/products", 1),
            ("/v1/products?limit=200", 1),
            ("/v1/products?status=draft", 1),
            ("/v1/products?search=Product", 1),
            ("/v1/products?search=P&status=draft", 1),
            ("/v1/products?external_id=e", 1),
            ("/v1/products?low_stock=true", 1),
            ("/v1/products?updated_since=2020-01-01", 2),
            ("/v1/products?limit=0", 0),
            ("/v1/products?cursor=forged", 0),
            ("/v1/products/0", 1),
            ("/v1/categories", 1),
            ("/v1/landing-pages", 1),
            ("/v1/landing-pages?status=draft", 1),
            ("/v1/landing-pages/0", 1),
            ("/v1/keys", 1),
            ("/v1/wilayas", 0),
            ("/v1/delivery-rates", 1),
            ("/v1/usage", 1),
            ("/v1/usage/history", 1),
            ("/v1/usage/history?from=x", 0),
            ("/v1/quotas", 1),
            ("/v1/orders?status=pending", 1),
            ("/v1/orders?since=2020-01-01&customer_phone=0555123456", 1),
            ("/v1/orders?updated_since=2020-01-01", 2),
            ("/v1/orders?status=sold", 0),
            ("/v1/customers?phone=0555123456", 1),
            ("/v1/customers/0", 1),
        ],
    )
    async def test_get(self, shop: Shop, statements: Statements, path: str, count: int) -> None:
        await stocked(shop)
        with counted(statements, count):
            await shop.get(path)

    async def test_second_page(self, shop: Shop, statements: Statements) -> None:
        await stocked(shop)
        cursor = given(await shop.get("/v1/products?limit=1"))["next_cursor"]
        with counted(statements, 1):
            given(await shop.get("/v1/products", params={"cursor": cursor}))

    async def test_detail(self, shop: Shop, statements: Statements) -> None:
        made = await stocked(shop)
        with counted(statements, 1):
            product = given(await shop.get(f"/v1/products/{made[0]}"))
        assert len(product["images"]) == 3
        assert [list(each) for each in product["variants"]] == [["id", "name", "sku", "price", "stock_quantity"]] * 3
        assert [each["stock_quantity"] for each in product["variants"]] == [3, 2, 1]

    async def test_key_costs_one_a_second(self, shop: Shop, statements: Statements) -> None:
        with statements.counted() as sent:
            for _ in range(5):
                await shop.get("/v1/store")
        assert len([each for each in sent if KEY_LOOKUP in each]) == 1

    @pytest.mark.parametrize(
        ("method", "path", "body", "count"),
        [
            ("POST", "/v1/products", {"name": "x", "price": 1}, 1),
            ("POST", "/v1/products", {"name": "x", "price": 1, "images": [{"url": "https://x.dz/1"}] * 20}, 1),
            ("POST", "/v1/products", {"name": "x", "price": 1, "category_id": "{category}"}, 2),
            ("PATCH", "/v1/products/{product}", {"price": 1}, 3),
            ("PATCH", "/v1/products/{product}", {}, 2),
            ("PATCH", "/v1/products/{product}", {"images": [{"url": "https://x.dz/1"}] * 20}, 5),
            ("DELETE", "/v1/products/{product}", None, 1),
            ("POST", "/v1/categories", {"name": "y"}, 1),
            ("PATCH", "/v1/store", {"name": "y", "theme": {"font_family": "Cairo"}}, 2),
            ("PUT", "/v1/delivery-rates", {"rates": [{"wilaya_id": 16, "home": 1, "desk": None}]}, 2),
            ("POST", "/v1/categories", {"name": "y", "parent_id": "{category}"}, 2),
            ("POST", "/v1/landing-pages", {"title": "x"}, 1),
            ("POST", "/v1/keys", {"type": "platform", "name": "x"}, 5),
        ],
        ids=str,
    )
    async def test_write(
        self, shop: Shop, statements: Statements, method: str, path: str, body: dict[str, object] | None, count: int
    ) -> None:
        product = (await stocked(shop, 1))[0]
        category = given(await shop.get("/v1/categories"))["items"][0]["id"]
        if body:
            body = {name: category if value == "{category}" else value for name, value in body.items()}
        with counted(statements, AROUND + count):
            response = await shop.write(method, path.format(product=product), body)
        assert response.status_code < 300, response.text

    @pytest.mark.parametrize("lines", [1, 100])
    async def test_order(self, shop: Shop, statements: Statements, lines: int) -> None:
        """Its prices with the fee; and it with its customer, lines, timeline and event, as it is answered."""
        product = await sellable(shop)
        await ordered(shop, product)
        items = [{"product_id": product, "quantity": 1}] * lines
        with counted(statements, AROUND + 2):
            order = await ordered(shop, product, items=items)
        with counted(statements, 1):
            given(await shop.get(f"/v1/orders/{order['id']}"))

    @pytest.mark.parametrize(
        ("statuses", "last", "count"),
        [
            # The order held, its stock, the order with its timeline, its event, and it as it is now.
            ((), {"status": "confirmed"}, 5),
            (("confirmed",), {"status": "processing"}, 3),
            (("confirmed", "shipped"), {"status": "delivered"}, 5),
            (("confirmed",), {"status": "cancelled"}, 6),
            ((), {"status": "pending"}, 2),
            # The order held, and what was done of a refused change undone.
            ((), {"status": "delivered"}, 2),
            ((), {"notes": "x"}, 3),
            ((), {"discount": 5}, 3),
            ((), {"customer": {"wilaya_id": 31, "commune": "Oran"}}, 4),
            ((), {"customer": {"phone": "0661000000"}}, 6),
            ((), {"payment_status": "paid"}, 4),
        ],
        ids=str,
    )
    async def test_order_change(
        self, shop: Shop, statements: Statements, statuses: tuple[str, ...], last: dict[str, object], count: int
    ) -> None:
        order = await ordered(shop, await sellable(shop))
        for status in statuses:
            given(await change(shop, order["id"], status=status))
        with counted(statements, AROUND + count):
            await change(shop, order["id"], **last)

    async def test_if_match(self, shop: Shop, statements: Statements) -> None:
        """The row held, and read to be compared: two more."""
        path = f"/v1/products/{await sellable(shop)}"
        headers = {"If-Match": (await shop.get(path)).headers["etag"], "Idempotency-Key": "k"}
        with counted(statements, AROUND + 5):
            given(await shop.client.patch(path, json={"price": 1}, headers=headers))

    async def test_replay(self, shop: Shop, statements: Statements) -> None:
        await shop.write("POST", "/v1/products", {"name": "x", "price": 1}, key="k")
        with counted(statements, 3):
            await shop.write("POST", "/v1/products", {"name": "x", "price": 1}, key="k")


class TestGraphql:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("{ __typename }", 0),
            ("{ __schema { types { name } } }", 0),
            ("{ nothing }", 0),
            ("{ viewer { name store { name } tier } }", 1),
            ("{ store { name plan { limits { requestsPerMinute } } } }", 1),
            ("{ products { nodes { name } } }", 1),
            ("{ products { edges { node { name } } pageInfo { endCursor } nodes { slug } } }", 1),
            (
                "{ products { nodes { name images { url } variants { name } category { slug } pricing { price } } } }",
                1,
            ),
            ("{ products(first: 0) { nodes { name } } }", 1),
            ("{ products(first: 201) { nodes { name } } }", 0),
            ("{ products(sort: NAME, status: DRAFT, first: 200) { nodes { name images { url } } } }", 1),
            ('{ products(updatedSince: "2020-01-01") { nodes { name } } }', 2),
            ("{ a: products { nodes { name } } b: products { nodes { slug } } store { name } }", 3),
            ("{ categories { nodes { name } } }", 1),
            ("{ landingPages { nodes { title sections } } }", 1),
            ("{ orders { nodes { total items { name } timeline { to } customer { name } allowedTransitions } } }", 1),
            ("{ customers { nodes { totalSpent } } }", 1),
            ('{ product(slug: "none") { name } }', 1),
            ('{ node(id: "x") { id } }', 0),
        ],
    )
    async def test_query(self, shop: Shop, statements: Statements, query: str, count: int) -> None:
        await stocked(shop)
        with counted(statements, count):
            await post(shop, {"query": query})

    async def test_one_with_everything_below(self, shop: Shop, statements: Statements) -> None:
        made = await stocked(shop)
        query = "query($id: ID!) { product(id: $id) { images { url } variants { name } category { name } } }"
        with counted(statements, 1):
            data = await asked(shop, query, id=made[0])
        assert data["product"]["category"] == {"name": "Tapis"}
        assert len(data["product"]["images"]) == len(data["product"]["variants"]) == 3

    async def test_nodes(self, shop: Shop, statements: Statements) -> None:
        """One statement for the rows of a type, not one for each."""
        await stocked(shop, 5)
        ids = [node["id"] for node in (await asked(shop, "{ products { nodes { id } } }"))["products"]["nodes"]]
        with counted(statements, 1):
            data = await asked(shop, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        assert [node["id"] for node in data["nodes"]] == ids

    @pytest.mark.parametrize(
        ("mutation", "count"),
        [
            ('productCreate(input: {name: "x", price: 1}) { product { name images { url } category { name } } }', 1),
            ("productUpdate(id: $id, input: {price: 1}) { product { name } }", 3),
            ("productDelete(id: $id) { deleted }", 1),
            ('categoryCreate(input: {name: "y"}) { category { name } }', 1),
        ],
    )
    async def test_mutation(self, shop: Shop, statements: Statements, mutation: str, count: int) -> None:
        product = (await stocked(shop, 1))[0]
        declared = "($id: ID!)" if "$id" in mutation else ""
        with counted(statements, AROUND + count):
            await asked(shop, f"mutation{declared} {{ {mutation} }}", id=product)
