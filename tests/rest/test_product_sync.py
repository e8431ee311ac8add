"""`GET /v1/products?updated_since=`: a sync that misses nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from db.engine import engine
from tests.conftest import Shop
from tests.rest.answers import given, refused_fields

pytestmark = pytest.mark.anyio

Outsider = asyncpg.Connection
LONG_AGO = "2020-01-01"


async def changed(shop: Shop, since: str = LONG_AGO, **query: Any) -> Any:
    return given(await shop.get("/v1/products", params={"updated_since": since, **query}))


async def ids(shop: Shop, since: str = LONG_AGO, **query: Any) -> list[int]:
    return [row["id"] for row in (await changed(shop, since, **query))["items"]]


async def touch(shop: Shop, identifier: int) -> None:
    given(await shop.write("PATCH", f"/v1/products/{identifier}", {"price": 5}))


class TestUpdatedSince:
    async def test_oldest_change_first(self, shop: Shop) -> None:
        made = [(await shop.create())["id"] for _ in range(4)]
        await touch(shop, made[1])
        await touch(shop, made[0])
        assert await ids(shop) == [made[2], made[3], made[1], made[0]]

    async def test_at_or_after(self, shop: Shop) -> None:
        made = [(await shop.create())["id"] for _ in range(3)]
        moments = [
            row["updated_at"] for row in await engine.fetch("SELECT updated_at FROM products WHERE id = ANY($1)", made)
        ]
        assert await ids(shop, moments[1].isoformat()) == made[1:]
        assert await ids(shop, (moments[1] + timedelta(microseconds=1)).isoformat()) == made[2:]

    async def test_resource_time_is_taken_back(self, shop: Shop) -> None:
        product = await shop.create()
        assert await ids(shop, product["updated_at"]) == [product["id"]]

    @pytest.mark.parametrize(
        "since",
        [
            "2020-01-01",
            "2020-01-01T00:00:00",
            "2020-01-01 00:00:00",
            "2020-01-01T00:00:00Z",
            "20200101T000000Z",
            "2020-01-01T01:00:00+01:00",
            "2020-01-01T00:00:00.123456Z",
            "0001-01-01",
        ],
    )
    async def test_forms(self, shop: Shop, since: str) -> None:
        product = await shop.create()
        assert await ids(shop, since) == [product["id"]]

    async def test_offset_counts(self, shop: Shop) -> None:
        product = await shop.create()
        algiers = datetime.now(UTC) + timedelta(hours=1)
        earlier, later = algiers - timedelta(minutes=1), algiers + timedelta(minutes=1)
        assert await ids(shop, f"{earlier:%Y-%m-%dT%H:%M:%S}+01:00") == [product["id"]]
        assert await ids(shop, f"{later:%Y-%m-%dT%H:%M:%S}+01:00") == []

    async def test_plus_sign_that_nobody_escaped(self, shop: Shop) -> None:
        product = await shop.create()
        answer = await shop.get("/v1/products?updated_since=2020-01-01T00:00:00+01:00")
        assert [row["id"] for row in given(answer)["items"]] == [product["id"]]

    @pytest.mark.parametrize(
        "since",
        [
            "",
            "yesterday",
            "2020-13-01",
            "2020-02-30",
            "1588255330",
            "2020-01-01T25:00:00",
            "٢٠٢٠-٠١-٠١",
            "2020-01-01T00:00:00+99:00",
            "\x00",
        ],
    )
    async def test_refused(self, shop: Shop, since: str) -> None:
        response = await shop.get("/v1/products", params={"updated_since": since})
        assert refused_fields(response) == ["updated_since"]

    @pytest.mark.parametrize(("since", "found"), [("0001-01-01T00:00:00+14:00", 1), ("9999-12-31T23:59:59-14:00", 0)])
    async def test_beyond_the_ends_of_the_calendar_in_utc(self, shop: Shop, since: str, found: int) -> None:
        await shop.create()
        response = await shop.get("/v1/products", params={"updated_since": since})
        assert len(given(response)["items"]) == found

    async def test_with_status(self, shop: Shop) -> None:
        product = await shop.create(status="active")
        await shop.create()
        assert await ids(shop, status="active") == [product["id"]]

    async def test_walk_of_one_moment(self, shop: Shop) -> None:
        document = " ".join(
            f'p{number}: productCreate(input: {{name: "n{number}", price: 1}}) {{ product {{ databaseId }} }}'
            for number in range(7)
        )
        answer = await shop.graphql(f"mutation {{ {document} }}")
        made = [each["product"]["databaseId"] for each in answer["data"].values()]
        seen: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            page = await changed(shop, limit=2, **cursor)
            seen += [row["id"] for row in page["items"]]
            if not page["has_more"]:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert seen == made

    async def test_walk_ends_with_what_changed_on_the_way(self, shop: Shop) -> None:
        made = [(await shop.create())["id"] for _ in range(4)]
        first = await changed(shop, limit=2)
        await touch(shop, made[0])
        rest = await changed(shop, cursor=first["next_cursor"])
        assert [row["id"] for row in rest["items"]] == [made[2], made[3], made[0]]


class TestOpenTransaction:
    async def test_holds_back_what_comes_after_it(self, shop: Shop, outsider: Outsider) -> None:
        before = await shop.create()
        late = await shop.create()
        transaction = outsider.transaction()
        await transaction.start()
        await outsider.execute("UPDATE products SET price = 9, updated_at = now() WHERE id = $1", late["id"])
        after = await shop.create()
        assert await ids(shop) == [before["id"], late["id"]]
        await transaction.commit()
        assert await ids(shop) == [before["id"], late["id"], after["id"]]

    async def test_late_commit_is_not_missed(self, shop: Shop, outsider: Outsider) -> None:
        made = [(await shop.create())["id"] for _ in range(3)]
        page = await changed(shop, limit=1)
        seen = [row["id"] for row in page["items"]]
        transaction = outsider.transaction()
        await transaction.start()
        inserted = await outsider.fetchval(
            "INSERT INTO products (store_id, livemode, name, slug) VALUES ($1, true, 'tard', 'tard') RETURNING id",
            shop.store_id,
        )
        newest = (await shop.create())["id"]
        rest = await changed(shop, cursor=page["next_cursor"], limit=1)
        seen += [row["id"] for row in rest["items"]]
        cursor = rest["next_cursor"]
        held = await changed(shop, cursor=cursor)
        assert [row["id"] for row in held["items"]] == [made[2]]
        await transaction.commit()
        seen += [row["id"] for row in (await changed(shop, cursor=cursor))["items"]]
        assert seen == [*made, inserted, newest]

    async def test_rolled_back(self, shop: Shop, outsider: Outsider) -> None:
        transaction = outsider.transaction()
        await transaction.start()
        await outsider.execute("UPDATE stores SET updated_at = now() WHERE id = $1", shop.store_id)
        product = await shop.create()
        assert await ids(shop) == []
        await transaction.rollback()
        assert await ids(shop) == [product["id"]]

    async def test_idle_connection_holds_nothing(self, shop: Shop, outsider: Outsider) -> None:
        await outsider.execute("SELECT 1")
        product = await shop.create()
        assert await ids(shop) == [product["id"]]

    async def test_plain_list_waits_for_nobody(self, shop: Shop, outsider: Outsider) -> None:
        transaction = outsider.transaction()
        await transaction.start()
        await outsider.execute("UPDATE stores SET updated_at = now() WHERE id = $1", shop.store_id)
        product = await shop.create()
        assert [row["id"] for row in given(await shop.get("/v1/products"))["items"]] == [product["id"]]
        await transaction.rollback()
