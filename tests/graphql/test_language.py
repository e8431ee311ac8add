"""What the language allows: aliases, fragments, directives, variables, operation names."""

import pytest

from tests.conftest import Shop
from tests.graphql.requests import asked, post
from tests.rest.answers import refused_query

pytestmark = pytest.mark.anyio


class TestAliases:
    async def test_one_list_twice(self, shop: Shop) -> None:
        one = await shop.create(status="active")
        two = await shop.create()
        data = await asked(
            shop,
            "{ a: products(status: ACTIVE) { n: nodes { i: databaseId } }"
            " b: products { nodes { p: pricing { x: price } } } }",
        )
        assert data["a"] == {"n": [{"i": one["id"]}]}
        assert data["b"]["nodes"] == [{"p": {"x": two["pricing"]["price"]}}] * 2

    async def test_one_field_under_many_names(self, shop: Shop) -> None:
        await shop.create(name="Thé")
        long = "a" * 200
        data = await asked(shop, f"{{ products {{ nodes {{ name x: name {long}: name name }} }} }}")
        assert data["products"]["nodes"] == [{"name": "Thé", "x": "Thé", long: "Thé"}]

    async def test_in_the_order_asked(self, shop: Shop) -> None:
        await shop.create()
        data = await asked(shop, "{ products { nodes { slug name price id } } store { name } viewer { name } }")
        assert list(data) == ["products", "store", "viewer"]
        assert list(data["products"]["nodes"][0]) == ["slug", "name", "price", "id"]


class TestFragments:
    async def test_named_and_inline(self, shop: Shop) -> None:
        product = await shop.create(images=[{"url": "https://x.dz/1"}])
        data = await asked(
            shop,
            """{ products { ...Page } }
            fragment Page on ProductConnection {
                nodes { ...Row ... { slug } ... on Product { price } ... on Node { id } }
            }
            fragment Row on Product { name ...Pictures }
            fragment Pictures on Product { images { url } }""",
        )
        node = data["products"]["nodes"][0]
        assert list(node) == ["name", "images", "slug", "price", "id"]
        assert node["images"] == [{"url": product["images"][0]["url"]}]

    async def test_same_field_in_parts(self, shop: Shop) -> None:
        await shop.create(sku="S")
        data = await asked(
            shop,
            "{ products { nodes { pricing { price } ...F } } } fragment F on Product { pricing { costPrice } }",
        )
        assert data["products"]["nodes"] == [{"pricing": {"price": 100, "costPrice": None}}]

    @pytest.mark.parametrize(
        "query",
        [
            "{ products { ...F } } fragment F on ProductConnection { ...G } fragment G on ProductConnection { ...F }",
            "{ products { nodes { ...F } } } fragment F on Category { slug }",
            "{ ...Missing }",
        ],
    )
    async def test_invalid(self, shop: Shop, query: str) -> None:
        refused_query(await shop.graphql(query), "bad_request")


class TestDirectives:
    QUERY = """query($yes: Boolean!, $no: Boolean = false) { products { nodes {
        a: name @include(if: $yes) b: name @skip(if: $yes) c: name @include(if: $no) d: name @skip(if: $no)
        ...F @include(if: $yes) ... @skip(if: $yes) { pricing { price } }
    } } }
    fragment F on Product { slug }"""

    @pytest.mark.parametrize(
        ("variables", "kept"),
        [
            ({"yes": True}, ["a", "d", "slug"]),
            ({"yes": False}, ["b", "d", "pricing"]),
            ({"yes": True, "no": True}, ["a", "c", "slug"]),
        ],
        ids=str,
    )
    async def test_with_variables(self, shop: Shop, variables: dict[str, bool], kept: list[str]) -> None:
        await shop.create()
        data = await asked(shop, self.QUERY, **variables)
        assert list(data["products"]["nodes"][0]) == kept

    async def test_everything_skipped(self, shop: Shop) -> None:
        await shop.create()
        data = await asked(shop, "query($s: Boolean!) { products { nodes { name @skip(if: $s) } } }", s=True)
        assert data == {"products": {"nodes": [{}]}}

    @pytest.mark.parametrize("directive", ["skip", "include"])
    async def test_null_for_what_has_a_default(self, shop: Shop, directive: str) -> None:
        """It is valid by its type, as the default could stand there, and an error where it does."""
        await shop.create()
        for query in (
            f"query($s: Boolean = true) {{ store {{ name @{directive}(if: $s) }} }}",
            f"query($s: Boolean = true) {{ products {{ nodes {{ name @{directive}(if: $s) }} }} }}",
            f"query($s: Boolean = true) {{ store @{directive}(if: $s) {{ name }} }}",
        ):
            for given_value in (True, None, False, None):
                response = await post(shop, {"query": query, "variables": {"s": given_value}})
                assert response.status_code == 200
                if given_value is None:
                    error = refused_query(response.json(), "bad_request")
                    assert "$s" in error["message"]
                    assert error["locations"]
                else:
                    assert "errors" not in response.json()

    async def test_skipped_root_runs_nothing(self, shop: Shop) -> None:
        data = await asked(shop, "{ product @skip(if: true) { name } __typename }")
        assert data == {"__typename": "Query"}


class TestTypename:
    async def test_everywhere(self, shop: Shop) -> None:
        await shop.create(images=[{"url": "https://x.dz/1"}])
        data = await asked(
            shop,
            "{ __typename products { __typename edges { __typename } pageInfo { __typename }"
            " nodes { __typename pricing { __typename } images { __typename } } } }",
        )
        assert data == {
            "__typename": "Query",
            "products": {
                "__typename": "ProductConnection",
                "edges": [{"__typename": "ProductEdge"}],
                "pageInfo": {"__typename": "PageInfo"},
                "nodes": [
                    {
                        "__typename": "Product",
                        "pricing": {"__typename": "Pricing"},
                        "images": [{"__typename": "ProductImage"}],
                    }
                ],
            },
        }


class TestEnums:
    async def test_out(self, shop: Shop) -> None:
        await shop.create(status="archived")
        data = await asked(shop, "{ products { nodes { status } } store { language } }")
        assert data == {"products": {"nodes": [{"status": "ARCHIVED"}]}, "store": {"language": "AR"}}

    @pytest.mark.parametrize("status", ["active", "Active", "SOLD", '"ACTIVE"', "5"])
    async def test_in(self, shop: Shop, status: str) -> None:
        refused_query(await shop.graphql(f"{{ products(status: {status}) {{ nodes {{ id }} }} }}"), "bad_request")

    async def test_in_variables(self, shop: Shop) -> None:
        product = await shop.create(status="archived")
        query = "query($s: ProductStatus) { products(status: $s) { nodes { databaseId } } }"
        for status, found in (("ARCHIVED", [{"databaseId": product["id"]}]), ("DRAFT", [])):
            assert (await asked(shop, query, s=status))["products"]["nodes"] == found
        refused_query(await shop.graphql(query, {"s": "archived"}), "bad_request")


class TestOperationName:
    TWO = "query A { viewer { name } } query B { store { currency } }"

    async def test_chosen(self, shop: Shop) -> None:
        response = await post(shop, {"query": self.TWO, "operationName": "B"})
        assert response.json()["data"] == {"store": {"currency": "DZD"}}

    @pytest.mark.parametrize("name", [None, "", "C", "a", "\ud800"])
    async def test_none_of_them(self, shop: Shop, name: str | None) -> None:
        response = await post(shop, {"query": self.TWO, "operationName": name})
        refused_query(response.json(), "bad_request")

    async def test_needed_for_two_only(self, shop: Shop) -> None:
        response = await post(shop, {"query": "query A { store { currency } }", "operationName": "A"})
        assert response.json()["data"] == {"store": {"currency": "DZD"}}


class TestIntrospection:
    async def test_schema(self, shop: Shop) -> None:
        data = await asked(shop, "{ __schema { queryType { name } mutationType { name } types { name } } }")
        names = {each["name"] for each in data["__schema"]["types"]}
        assert {"Product", "ProductConnection", "Category", "Store", "Viewer", "Money", "DateTime"} <= names
        assert data["__schema"]["mutationType"] == {"name": "Mutation"}
