"""Connections: pages, cursors and sorts."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.graphql.requests import answered, asked
from tests.rest.answers import refused_query
from tests.rest.test_product_list import insert

pytestmark = pytest.mark.anyio

PAGE = """query($first: Int, $after: String, $sort: ProductSort) { products(first: $first, after: $after, sort: $sort) {
    nodes { databaseId } edges { cursor node { databaseId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
} }"""


async def page(shop: Shop, **variables: Any) -> Any:
    return (await asked(shop, PAGE, **{"sort": "NEWEST"} | variables))["products"]


async def walk(shop: Shop, first: int, **variables: Any) -> list[int]:
    seen: list[int] = []
    after = None
    while True:
        found = await page(shop, first=first, after=after, **variables)
        seen += [node["databaseId"] for node in found["nodes"]]
        if not found["pageInfo"]["hasNextPage"]:
            return seen
        after = found["pageInfo"]["endCursor"]


class TestConnection:
    async def test_empty(self, shop: Shop) -> None:
        assert await page(shop) == {
            "nodes": [],
            "edges": [],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        }

    async def test_edges_are_nodes_with_cursors(self, shop: Shop) -> None:
        made = [(await shop.create())["id"] for _ in range(3)]
        found = await page(shop)
        assert [node["databaseId"] for node in found["nodes"]] == made[::-1]
        assert [edge["node"] for edge in found["edges"]] == found["nodes"]
        assert found["pageInfo"]["startCursor"] == found["edges"][0]["cursor"]
        assert found["pageInfo"]["endCursor"] == found["edges"][-1]["cursor"]
        assert len({edge["cursor"] for edge in found["edges"]}) == 3

    async def test_after_any_edge(self, shop: Shop) -> None:
        made = [(await shop.create())["id"] for _ in range(4)]
        edges = (await page(shop))["edges"]
        for place, edge in enumerate(edges):
            found = await page(shop, after=edge["cursor"])
            assert [node["databaseId"] for node in found["nodes"]] == made[::-1][place + 1 :]
            assert found["pageInfo"]["hasPreviousPage"] is True

    async def test_different_fields_in_nodes_and_edges(self, shop: Shop) -> None:
        product = await shop.create(sku="S")
        data = await asked(
            shop,
            "{ products { nodes { name inventory { sku } } edges { node { slug inventory { stockQuantity } } } } }",
        )
        assert data["products"] == {
            "nodes": [{"name": product["name"], "inventory": {"sku": "S"}}],
            "edges": [{"node": {"slug": product["slug"], "inventory": {"stockQuantity": 0}}}],
        }

    async def test_page_info_alone(self, shop: Shop) -> None:
        await shop.create()
        data = await asked(shop, "{ products { pageInfo { hasNextPage } } categories { __typename } }")
        assert data == {
            "products": {"pageInfo": {"hasNextPage": False}},
            "categories": {"__typename": "CategoryConnection"},
        }


class TestFirst:
    async def test_default_and_maximum(self, shop: Shop) -> None:
        await insert(shop, 202)
        for variables, count in (({}, 50), ({"first": None}, 50), ({"first": 200}, 200), ({"first": 1}, 1)):
            found = await page(shop, **variables)
            assert len(found["nodes"]) == count
            assert found["pageInfo"]["hasNextPage"] is True

    async def test_none(self, shop: Shop) -> None:
        await shop.create()
        found = await page(shop, first=0)
        assert (found["nodes"], found["edges"]) == ([], [])
        assert found["pageInfo"]["endCursor"] is None

    @pytest.mark.parametrize("first", [-1, 201, 2**31 - 1])
    async def test_out_of_range(self, shop: Shop, first: int) -> None:
        error = refused_query(await shop.graphql(PAGE, {"first": first}), "bad_request")
        assert [detail["field"] for detail in error["extensions"]["details"]] == ["first"]
        assert error["path"] == ["products"]

    @pytest.mark.parametrize("first", [2**31, "5", 1.5, True, [1]])
    async def test_no_integer(self, shop: Shop, first: object) -> None:
        refused_query(await shop.graphql(PAGE, {"first": first}), "bad_request")


class TestAfter:
    @pytest.mark.parametrize("cursor", ["", "a", "MTI4Ng", "\0", "\ud800", "قميص", "A" * 5_000])
    async def test_forged(self, shop: Shop, cursor: str) -> None:
        error = refused_query(await answered(shop, PAGE, after=cursor), "bad_request")
        assert [detail["field"] for detail in error["extensions"]["details"]] == ["after"]

    async def test_of_another_list_or_sort(self, shop: Shop) -> None:
        await shop.create()
        cursor = (await page(shop))["pageInfo"]["endCursor"]
        refused_query(await shop.graphql(PAGE, {"after": cursor, "sort": "OLDEST"}), "bad_request")
        refused_query(await shop.graphql(PAGE, {"after": cursor, "sort": "PRICE_ASC"}), "bad_request")
        answer = await shop.graphql("query($c: String) { categories(after: $c) { nodes { id } } }", {"c": cursor})
        refused_query(answer, "bad_request")


class TestSort:
    @pytest.mark.parametrize(
        ("sort", "order"),
        [("NEWEST", "43210"), ("OLDEST", "01234"), ("PRICE_ASC", "13204"), ("PRICE_DESC", "40231"), ("NAME", "31420")],
    )
    async def test_walk(self, shop: Shop, sort: str, order: str) -> None:
        made = [
            (await shop.create(name=name, price=price))["id"]
            for name, price in (("ز", 500), ("banane", 100), ("ÉTÉ", 300), ("Ananas", 100), ("cerise", 10**12))
        ]
        for first in (1, 2, 50):
            assert await walk(shop, first, sort=sort) == [made[int(place)] for place in order]

    async def test_equal_values(self, shop: Shop) -> None:
        made = [(await shop.create(name="même", price=5))["id"] for _ in range(5)]
        assert await walk(shop, 2, sort="PRICE_ASC") == made
        assert await walk(shop, 2, sort="PRICE_DESC") == made[::-1]
        assert await walk(shop, 2, sort="NAME") == made

    @pytest.mark.parametrize("letter", ["ﷺ", "㍿", "𝔸", "각", "\u1e69"])
    async def test_longest_names(self, shop: Shop, letter: str) -> None:
        made = [(await shop.create(name=letter * 255))["id"] for _ in range(3)]
        assert await walk(shop, 1, sort="NAME") == made
