"""`POST /v1/test/reset`, and `testReset`: a sandbox is emptied, and nothing else."""

import asyncio

import asyncpg
import pytest

from app.asgi import Application
from db.engine import engine
from db.tables import TABLES
from graph.sandbox import KEPT, TRACKED, emptied_tables, locked_tables
from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import answered, asked
from tests.rest.answers import given, refused, refused_query
from tests.rest.ordering import body, change, ordered, stocked
from tests.rest.test_keys import PUBLIC
from tests.signed.clients import Page, PublicKey

pytestmark = pytest.mark.anyio

RESET = "/v1/test/reset"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM orders%'"
LISTS = ("products", "categories", "landing-pages")


@pytest.fixture
async def sandbox(shop: Shop, make_shop: ShopMaker) -> Shop:
    """The test mode of the same store."""
    found: Shop = await make_shop(livemode=False, store_id=shop.store_id)
    return found


async def fill(shop: Shop) -> None:
    """Give a store rows that point at one another."""
    above = given(await shop.write("POST", "/v1/categories", {"name": "Tapis"}), 201)["id"]
    below = given(await shop.write("POST", "/v1/categories", {"name": "Kilims", "parent_id": above}), 201)["id"]
    images = [{"url": "https://x.dz/1"}, {"url": "https://x.dz/2"}]
    product = (await shop.create(category_id=below, images=images))["id"]
    given(await shop.write("DELETE", f"/v1/products/{(await shop.create())['id']}"))
    given(await shop.write("POST", "/v1/landing-pages", {"title": "x", "product_id": product}), 201)


async def counts(store_id: int, *, livemode: bool) -> dict[str, int]:
    found = {}
    for name in emptied_tables():
        rows = await engine.fetch(
            f"SELECT count(*) AS count FROM {name} WHERE store_id = $1 AND livemode = $2", store_id, livemode
        )
        found[name] = rows[0]["count"]
    return found


class TestReset:
    async def test_empties_the_sandbox_alone(self, shop: Shop, sandbox: Shop, make_shop: ShopMaker) -> None:
        other = await make_shop(livemode=False)
        for each in (shop, sandbox, other):
            await fill(each)
        before = await counts(shop.store_id, livemode=True)
        assert sum(before.values()) == 7
        assert given(await sandbox.write("POST", RESET)) == {"reset": True, "deleted": 7}
        assert set((await counts(shop.store_id, livemode=False)).values()) == {0}
        assert await counts(shop.store_id, livemode=True) == before
        assert await counts(other.store_id, livemode=False) == before
        for name in LISTS:
            assert given(await sandbox.get(f"/v1/{name}"))["items"] == []
            assert given(await shop.get(f"/v1/{name}"))["items"] != []

    async def test_empty_one(self, sandbox: Shop) -> None:
        assert given(await sandbox.write("POST", RESET)) == {"reset": True, "deleted": 0}

    async def test_cached_answers_are_gone(self, make_cached_shop: ShopMaker) -> None:
        sandbox = await make_cached_shop(livemode=False)
        await fill(sandbox)
        for _ in range(2):
            assert len(given(await sandbox.get("/v1/products"))["items"]) == 1
        given(await sandbox.write("POST", RESET))
        assert given(await sandbox.get("/v1/products"))["items"] == []

    async def test_keys_and_what_was_acknowledged_stay(self, sandbox: Shop, application: Application) -> None:
        key = given(await sandbox.write("POST", "/v1/keys", PUBLIC | {"livemode": False}), 201)
        rows = await engine.fetch("SELECT id FROM api_keys WHERE key_id = $1", key["key_id"])
        public = PublicKey(sandbox.store_id, rows[0]["id"], key["key_id"], key["signing_secret"])
        assert (await Page(application, public).track()).status_code == 202
        before = given(await sandbox.get("/v1/keys"))["items"]
        given(await sandbox.write("POST", RESET))
        assert [row["key_id"] for row in given(await sandbox.get("/v1/keys"))["items"]] == [
            row["key_id"] for row in before
        ]
        assert len(await public.inbox()) == 1

    async def test_is_replayed_and_not_done_twice(self, sandbox: Shop) -> None:
        first = await sandbox.write("POST", RESET, key="reset")
        await sandbox.create()
        again = await sandbox.write("POST", RESET, key="reset")
        assert again.content == first.content
        assert len(given(await sandbox.get("/v1/products"))["items"]) == 1

    async def test_live_key(self, shop: Shop) -> None:
        await fill(shop)
        assert "test key" in refused(await shop.write("POST", RESET), 403, "forbidden")["message"]
        assert len(given(await shop.get("/v1/products"))["items"]) == 1

    async def test_any_scope(self, make_shop: ShopMaker) -> None:
        given(await (await make_shop(["usage:read"], livemode=False)).write("POST", RESET))

    async def test_graphql(self, shop: Shop, sandbox: Shop) -> None:
        await fill(sandbox)
        assert await asked(sandbox, "mutation { testReset { deleted } }") == {"testReset": {"deleted": 7}}
        refused_query(await answered(shop, "mutation { testReset { deleted } }"), "forbidden")


class TestMeanwhile:
    async def test_a_row_that_is_held(self, sandbox: Shop, outsider: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Waits for a moment, then says that it may be tried again; nothing is deleted, and the retry does it."""
        product = (await sandbox.create())["id"]
        await outsider.execute("BEGIN")
        await outsider.execute("SELECT FROM products WHERE id = $1 FOR UPDATE", product)
        response = await sandbox.write("POST", RESET, key="held")
        assert refused(response, 503, "unavailable")["retry_after"] == 1
        given(await sandbox.get(f"/v1/products/{product}"))
        await outsider.execute("ROLLBACK")
        assert given(await sandbox.write("POST", RESET, key="held"))["deleted"] == 1

    async def test_writes_at_the_same_time(self, sandbox: Shop) -> None:
        """Whatever comes before or after it, no answer is a crash, and what is left is whole."""
        category = given(await sandbox.write("POST", "/v1/categories", {"name": "Tapis"}), 201)["id"]
        body = {"name": "x", "price": 1, "category_id": category, "images": [{"url": "https://x.dz/1"}]}
        page = {"title": "x", "product_id": (await sandbox.create())["id"]}
        writes = [("/v1/products", body), ("/v1/landing-pages", page), (RESET, None)] * 4
        responses = await asyncio.gather(*(sandbox.write("POST", path, given_) for path, given_ in writes))
        assert {response.status_code for response in responses} <= {200, 201, 400, 503}
        given(await sandbox.write("POST", RESET))
        assert set((await counts(sandbox.store_id, livemode=False)).values()) == {0}

    async def test_rows_are_held_in_the_order_of_all(
        self, sandbox: Shop, outsider: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        """A reset that waits for an order holds none of its products yet, nor its customer."""
        product = await stocked(sandbox)
        order = await ordered(sandbox, product)
        await outsider.execute("BEGIN")
        await outsider.execute("SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE", order["id"])
        reset = asyncio.create_task(sandbox.write("POST", RESET))
        async with asyncio.timeout(10):
            while not await outsider.fetchval(WAITING):
                # Within a transaction the view stays as it was first seen.
                await outsider.execute("SELECT pg_stat_clear_snapshot()")
        await outsider.execute("SELECT FROM products WHERE id = $1 FOR NO KEY UPDATE NOWAIT", product)
        customer = order["customer"]["id"]
        await outsider.execute("SELECT FROM customers WHERE id = $1 FOR NO KEY UPDATE NOWAIT", customer)
        await outsider.execute("COMMIT")
        given(await reset)

    async def test_orders_at_the_same_time(self, sandbox: Shop) -> None:
        """Orders that begin, go on and end between resets: no answer is a crash, and what is left is whole."""

        async def sells() -> set[int]:
            product, other = await stocked(sandbox, 5), await stocked(sandbox, 5)
            items = [{"product_id": each, "quantity": 1} for each in (other, product)]
            response = await sandbox.write("POST", "/v1/orders", body(product, items=items))
            told = {response.status_code}
            if response.status_code == 201:
                for status in ("confirmed", "cancelled"):
                    moved = await change(sandbox, response.json()["data"]["id"], status=status)
                    told.add(moved.status_code)
            return told

        async def resets() -> set[int]:
            return {(await sandbox.write("POST", RESET)).status_code}

        assert await sells() == {200, 201}
        told = await asyncio.gather(*(act() for _ in range(8) for act in (sells, sells, resets)))
        assert set().union(*told) <= {200, 201, 400, 404, 503}
        async with asyncio.timeout(10):
            while (await sandbox.write("POST", RESET)).status_code == 503:
                pass
        assert set((await counts(sandbox.store_id, livemode=False)).values()) == {0}


class TestTables:
    def test_every_table_that_is_emptied_is_locked(self) -> None:
        assert sorted(locked_tables()) == sorted(emptied_tables())

    def test_every_table_of_a_mode_is_emptied_or_kept(self) -> None:
        of_a_mode = {
            table
            for table in TABLES
            if {"store_id", "livemode"} <= {column._meta.name for column in table._meta.columns}
        }
        assert of_a_mode >= KEPT
        assert {table._meta.tablename for table in of_a_mode - KEPT} | {TRACKED} == set(emptied_tables())
        assert set(emptied_tables()) >= {"products", "categories", "product_images", "landing_pages"}

    def test_what_others_point_at_comes_first(self) -> None:
        """So that rows go before what they point at, in the reverse order."""
        places = {name: place for place, name in enumerate(emptied_tables())}
        for table in TABLES:
            name = table._meta.tablename
            for column in table._meta.foreign_key_columns:
                target = column._foreign_key_meta.resolved_references._meta.tablename
                if name in places and target in places:
                    assert places[target] <= places[name], f"{name} points at {target}"
