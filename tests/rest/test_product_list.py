"""`GET /v1/products`: its rows, its pages, and cursors that are not its own."""

import base64
from typing import Any

import pytest

from graph import documents
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import TIME, given, refused, refused_fields

pytestmark = pytest.mark.anyio


async def page(shop: Shop, **query: Any) -> Any:
    return given(await shop.get("/v1/products", params=query))


async def walk(shop: Shop, limit: int, **query: Any) -> list[dict[str, Any]]:
    """Return every row of a list, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        found = await page(shop, limit=limit, **query, **cursor)
        assert found["has_more"] is (found["next_cursor"] is not None)
        assert len(found["items"]) <= limit
        rows += found["items"]
        if not found["has_more"]:
            return rows
        cursor = {"cursor": found["next_cursor"]}


class TestListProducts:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:write", "store:read"])
        assert refused(await shop.get("/v1/products"), 403, "forbidden")["required_scope"] == "products:read"

    async def test_empty(self, shop: Shop) -> None:
        found = await page(shop)
        assert list(found.items()) == [("items", []), ("next_cursor", None), ("has_more", False)]

    async def test_members_in_order(self, shop: Shop) -> None:
        await shop.create()
        row = (await page(shop))["items"][0]
        assert " ".join(row) == (
            "id name slug short_description price compare_price sku stock_quantity track_stock status has_variants"
            " featured primary_image created_at updated_at external_id metadata"
        )

    async def test_values_are_those_of_the_detail(self, shop: Shop) -> None:
        product = await shop.create(sku="S", compare_price=9, short_description="قصير", track_stock=True)
        row = (await page(shop))["items"][0]
        flat = product | product["pricing"] | product["inventory"]
        assert {name: flat[name] for name in row if name != "primary_image"} == {
            name: row[name] for name in row if name != "primary_image"
        }
        assert TIME.fullmatch(row["created_at"])
        assert TIME.fullmatch(row["updated_at"])

    async def test_newest_first(self, shop: Shop) -> None:
        made = [(await shop.create())["id"] for _ in range(4)]
        assert [row["id"] for row in (await page(shop))["items"]] == made[::-1]

    async def test_unknown_parameters_are_ignored(self, shop: Shop) -> None:
        await shop.create()
        assert len((await page(shop, colour="red", offset="5"))["items"]) == 1


class TestLimit:
    async def test_default_and_maximum(self, shop: Shop) -> None:
        await insert(shop, 205)
        assert len((await page(shop))["items"]) == 50
        found = await page(shop, limit=200)
        assert len(found["items"]) == 200
        assert found["has_more"] is True

    @pytest.mark.parametrize("limit", ["0", "201", "-1", "", "a", "1.0", "1e1", " 5", "٥", "9" * 25, "true"])
    async def test_refused(self, shop: Shop, limit: str) -> None:
        assert refused_fields(await shop.get("/v1/products", params={"limit": limit})) == ["limit"]

    async def test_exactly_full_page_is_the_last(self, shop: Shop) -> None:
        await insert(shop, 3)
        found = await page(shop, limit=3)
        assert (len(found["items"]), found["has_more"], found["next_cursor"]) == (3, False, None)


class TestStatus:
    async def test_filter(self, shop: Shop) -> None:
        made = {status: (await shop.create(status=status))["id"] for status in ("active", "draft", "archived")}
        for status, identifier in made.items():
            assert [row["id"] for row in (await page(shop, status=status))["items"]] == [identifier]

    @pytest.mark.parametrize("status", ["", "ACTIVE", "deleted", "active,draft", "\0"])
    async def test_refused(self, shop: Shop, status: str) -> None:
        assert refused_fields(await shop.get("/v1/products", params={"status": status})) == ["status"]

    async def test_walk(self, shop: Shop) -> None:
        wanted = [(await shop.create(status=status))["id"] for status in ("active", "draft") * 5][::2]
        assert [row["id"] for row in await walk(shop, 2, status="active")] == wanted[::-1]


class TestLowStock:
    async def test_below_its_alert(self, shop: Shop, other_shop: Shop) -> None:
        low = await shop.create(track_stock=True, stock_quantity=4, low_stock_alert=5)
        await shop.create(track_stock=True, stock_quantity=5, low_stock_alert=5)
        await shop.create(track_stock=False, stock_quantity=0, low_stock_alert=5)
        await other_shop.create(track_stock=True, stock_quantity=0)
        assert [row["id"] for row in (await page(shop, low_stock="true"))["items"]] == [low["id"]]
        assert len((await page(shop, low_stock="false"))["items"]) == 3

    @pytest.mark.parametrize("wrong", ["yes", "1", "True", ""])
    async def test_refused(self, shop: Shop, wrong: str) -> None:
        assert refused_fields(await shop.get("/v1/products", params={"low_stock": wrong})) == ["low_stock"]


class TestExternalId:
    async def test_filter(self, shop: Shop, other_shop: Shop) -> None:
        await other_shop.create(external_id="wc 1/é")
        product = await shop.create(external_id="wc 1/é")
        await shop.create(external_id="wc 1/É")
        assert [row["id"] for row in (await page(shop, external_id="wc 1/é"))["items"]] == [product["id"]]
        assert (await page(shop, external_id="wc"))["items"] == []


class TestWalk:
    async def test_complete(self, shop: Shop) -> None:
        await insert(shop, 23)
        ids = [row["id"] for row in await walk(shop, 5)]
        assert len(ids) == 23
        assert ids == sorted(set(ids), reverse=True)

    async def test_exactly_once_while_rows_come_and_go(self, shop: Shop) -> None:
        made = [(await shop.create())["id"] for _ in range(18)]
        seen: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            found = await page(shop, limit=4, **cursor)
            seen += [row["id"] for row in found["items"]]
            if not found["has_more"]:
                break
            cursor = {"cursor": found["next_cursor"]}
            await shop.create()
            # One that was seen, the very row that the cursor names among them, and one that is still to come.
            for gone in (seen[-1], made.pop(0)):
                given(await shop.write("DELETE", f"/v1/products/{gone}"))
        assert len(seen) == len(set(seen))
        assert set(made) <= set(seen)

    async def test_change_moves_nothing(self, shop: Shop) -> None:
        made = [(await shop.create())["id"] for _ in range(6)]
        found = await page(shop, limit=3)
        given(await shop.write("PATCH", f"/v1/products/{made[0]}", {"price": 1, "name": "autre"}))
        rest = await page(shop, limit=3, cursor=found["next_cursor"])
        assert [row["id"] for row in found["items"] + rest["items"]] == made[::-1]

    async def test_cursor_is_url_safe(self, shop: Shop) -> None:
        await insert(shop, 2)
        assert (await page(shop, limit=1))["next_cursor"].replace("-", "").replace("_", "").isalnum()

    async def test_limit_may_change_on_the_way(self, shop: Shop) -> None:
        await insert(shop, 6)
        found = await page(shop, limit=1)
        assert len((await page(shop, limit=200, cursor=found["next_cursor"]))["items"]) == 5


class TestForeignCursor:
    @pytest.mark.parametrize(
        "other",
        [
            {"status": "draft"},
            {"search": "item"},
            {"search": "item", "status": "draft"},
            {"external_id": "e"},
            {"updated_since": "2020-01-01"},
        ],
        ids=str,
    )
    async def test_other_filters(self, shop: Shop, other: dict[str, str]) -> None:
        await insert(shop, 3)
        cursor = (await page(shop, limit=1))["next_cursor"]
        assert refused_fields(await shop.get("/v1/products", params={"cursor": cursor, **other})) == ["cursor"]

    async def test_other_value_of_a_filter(self, shop: Shop) -> None:
        await insert(shop, 3)
        cursor = (await page(shop, limit=1, updated_since="2020-01-01"))["next_cursor"]
        moved = {"cursor": cursor, "updated_since": "2020-01-02"}
        assert refused_fields(await shop.get("/v1/products", params=moved)) == ["cursor"]

    async def test_other_list(self, shop: Shop) -> None:
        await insert(shop, 2)
        cursor = (await page(shop, limit=1))["next_cursor"]
        assert refused_fields(await shop.get("/v1/categories", params={"cursor": cursor})) == ["cursor"]

    async def test_other_store(self, shop: Shop, other_shop: Shop) -> None:
        await insert(shop, 2)
        cursor = (await page(shop, limit=1))["next_cursor"]
        assert refused_fields(await other_shop.get("/v1/products", params={"cursor": cursor})) == ["cursor"]

    async def test_other_mode(self, shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        await insert(shop, 2)
        cursor = (await page(shop, limit=1))["next_cursor"]
        assert refused_fields(await sandbox.get("/v1/products", params={"cursor": cursor})) == ["cursor"]

    async def test_other_key_of_the_store(self, shop: Shop, make_shop: ShopMaker) -> None:
        colleague = await make_shop(store_id=shop.store_id)
        await insert(shop, 2)
        cursor = (await page(shop, limit=1))["next_cursor"]
        assert len((await page(colleague, cursor=cursor))["items"]) == 1


class TestForgedCursor:
    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "a",
            "MTI4Ng",
            "eyJpZCI6MTAwfQ",
            "!" * 20,
            "=" * 12,
            "A" * 2049,
            "A" * 9,
            "قميص" * 5,
            "\0" * 10,
            "%%%%%%%%",
        ],
    )
    async def test_no_cursor_at_all(self, shop: Shop, cursor: str) -> None:
        assert refused_fields(await shop.get("/v1/products", params={"cursor": cursor})) == ["cursor"]

    @pytest.mark.parametrize(
        "keys",
        [
            "",
            "5",
            "[]",
            "{}",
            "[null]",
            "[true]",
            '["5"]',
            "[1.5]",
            "[1e3]",
            "[5,5]",
            "[[5]]",
            "[9223372036854775808]",
            "[-9223372036854775809]",
            "[1" + "0" * 400 + "]",
            "[NaN]",
            "[5",
            "\ufeff[5]",
            "[" * 600,
            '["\\ud800"]',
        ],
    )
    async def test_right_list_with_wrong_keys(self, shop: Shop, keys: str) -> None:
        await insert(shop, 2)
        own = base64.urlsafe_b64decode((await page(shop, limit=1))["next_cursor"] + "==")
        forged = base64.urlsafe_b64encode(own[:6] + keys.encode()).rstrip(b"=").decode()
        assert refused_fields(await shop.get("/v1/products", params={"cursor": forged})) == ["cursor"]

    @pytest.mark.parametrize("moment", [2**62, -(2**62), 2**63 - 1, -(2**63)])
    async def test_time_that_is_none(self, shop: Shop, moment: int) -> None:
        await insert(shop, 2)
        since = {"updated_since": "2020-01-01"}
        own = base64.urlsafe_b64decode((await page(shop, limit=1, **since))["next_cursor"] + "==")
        forged = base64.urlsafe_b64encode(own[:6] + f"[{moment},1]".encode()).rstrip(b"=").decode()
        assert refused_fields(await shop.get("/v1/products", params={"cursor": forged, **since})) == ["cursor"]


async def insert(shop: Shop, count: int) -> None:
    """Create many products, through the same door as a client."""
    most = documents.LIMITS["root fields"]
    for first in range(0, count, most):
        document = " ".join(
            f'p{at}: productCreate(input: {{name: "item {at}", price: 1, slug: "item-{at}"}}) {{ __typename }}'
            for at in range(first, min(first + most, count))
        )
        answer = await shop.graphql(f"mutation {{ {document} }}")
        assert "errors" not in answer, answer
