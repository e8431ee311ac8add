"""What no honest client sends to `/graphql`: well-formed errors, never a crash, nothing half written."""

import json
from typing import Any

import pytest

from graph.errors import MESSAGE_LENGTH
from tests.conftest import Shop
from tests.graphql.requests import GRAPHQL_JSON, answered, asked, post
from tests.rest.answers import given, refused_query
from tests.rest.test_hostile import BODIES, TEXTS

pytestmark = pytest.mark.anyio

CREATE = "mutation($i: ProductCreateInput!) { productCreate(input: $i) { product { name sku description metadata } } }"
DEEP = [10, 60, 100, 150, 200, 240, 300, 400, 490]
HUGE = "1" + "0" * 400

# JSON text of a member of the input, and GraphQL text of the same.
VALUES = {
    "price": [HUGE, "1e3", "1.0", "true", '"5"', "[]", "{}", "null", "-1", "1000000000001", "9007199254740993"],
    "stockQuantity": [HUGE, "1.5", "true", '"5"', "2147483648", "-1"],
    "categoryId": ["true", "1.5", "{}", "0", "9007199254740993"],
    "weight": [HUGE, "1e400", "true", '"NaN"', "10001", "-1"],
    "name": ["5", "true", "[]", "{}", '"\\u0000"', '"\\ud800"', '""'],
    "sku": ["5", '"a\\u0000"', '"\\udfff"'],
    "slug": ['"A B"', '"\\u0000"', '"\\ud800"'],
    "status": ['"active"', '"SOLD"', "5", "true", '"\\ud800"'],
    "metadata": ["[]", "5", '"x"', "true", '{"a": 1}', '{"a": "\\u0000"}', '{"\\ud800": "x"}', '{"a": null}'],
    "images": ["5", '["x"]', "[{}]", '[{"url": "ftp://x"}]', '[{"url": "https://x.dz/\\ud800"}]', "[[]]", "[null]"],
    "featured": ["1", '"true"', "[]"],
}


class TestBody:
    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    async def test_refused(self, shop: Shop, body: bytes) -> None:
        response = await post(shop, body, Accept=GRAPHQL_JSON)
        assert response.status_code == 400
        refused_query(response.json(), "bad_request")


class TestVariable:
    @pytest.mark.parametrize(("member", "value"), [(member, value) for member in VALUES for value in VALUES[member]])
    async def test_refused(self, shop: Shop, member: str, value: str) -> None:
        members = {"name": '"x"', "price": "1", member: value}
        text = ", ".join(f'"{name}": {given_value}' for name, given_value in members.items())
        body = f'{{"query": {json.dumps(CREATE)}, "variables": {{"i": {{{text}}}}}}}'
        refused_query((await post(shop, body.encode())).json(), "bad_request")
        assert given(await shop.get("/v1/products"))["items"] == []

    async def test_a_thousand_items(self, shop: Shop) -> None:
        images = [{"url": "https://x.dz/1"}] * 1_000
        answer = await answered(shop, CREATE, i={"name": "x", "price": 1, "images": images})
        assert refused_query(answer, "bad_request")["extensions"]["details"][0]["field"] == "images"

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    async def test_text_comes_back_as_it_went_in(self, shop: Shop, text: str) -> None:
        fields = {"name": text, "sku": text, "description": text, "metadata": {text: text}}
        data = await asked(shop, CREATE, i=fields | {"price": 1})
        assert data["productCreate"]["product"] == fields


class TestLiteral:
    @pytest.mark.parametrize(
        ("member", "value"),
        [("price", value) for value in VALUES["price"]]
        + [("price", "9" * 5_000), ("stockQuantity", "9" * 5_000), ("weight", "9" * 5_000), ("weight", "1e999999")]
        + [
            ("metadata", "{a: 1}"),
            ("metadata", "[1]"),
            ("metadata", "X"),
            ("name", '"\\uD800"'),
            ("name", '"\\u{110000}"'),
        ]
        + [("name", '"""' + "x" * 300 + '"""'), ("status", '"ACTIVE"'), ("categoryId", "1.5"), ("sku", "$nothing")],
    )
    async def test_refused(self, shop: Shop, member: str, value: str) -> None:
        members = {"name": '"x"', "price": "1", member: value}
        text = ", ".join(f"{name}: {given_value}" for name, given_value in members.items())
        query = f"mutation {{ productCreate(input: {{{text}}}) {{ product {{ name }} }} }}"
        refused_query(await answered(shop, query), "bad_request")
        assert given(await shop.get("/v1/products"))["items"] == []


class TestDocument:
    @pytest.mark.parametrize("depth", DEEP)
    @pytest.mark.parametrize("shape", ["{a", "[", "{a:", "...{"])
    async def test_deep(self, shop: Shop, shape: str, depth: int) -> None:
        queries = {
            "{a": "{a" * depth + "}" * depth,
            "[": "{ products(search: " + "[" * depth + "]" * depth + ") { nodes { id } } }",
            "{a:": "{ products(search: " + "{a:" * depth + "1" + "}" * depth + ") { nodes { id } } }",
            "...{": "{" + "...{" * depth + "__typename" + "}" * depth + "}",
        }
        answer = await answered(shop, queries[shape])
        if "errors" in answer or shape != "...{":
            refused_query(answer, "bad_request")
        else:
            assert answer["data"] == {"__typename": "Query"}

    @pytest.mark.parametrize("depth", DEEP)
    async def test_deep_type_of_a_variable(self, shop: Shop, depth: int) -> None:
        query = "query($a: " + "[" * depth + "Int" + "]" * depth + ") { __typename }"
        answer = await answered(shop, query)
        if "errors" in answer:
            refused_query(answer, "bad_request")

    @pytest.mark.parametrize(
        "query",
        [
            "{" * 100000,
            "[" * 100000,
            '"' * 100000,
            "{ a" * 50000,
            "# " + "x" * 900000,
            "x" * 900000,
            "{ __typename }" * 500,
            "{ a(b: " + "9" * 100000 + ") }",
            "query " + "(" * 2000,
            "@" * 5000,
            "{ a @b }",
            "\x00",
            "{ \x00 }",
            "\ufeff{",
            "\ud800",
            '{ product(id: "\ud800") { id } }',
            "{ a\u202eb }",
            "{ é }",
        ],
        ids=lambda query: f"{query[:20]!a} of {len(query)}",
    )
    async def test_refused(self, shop: Shop, query: str) -> None:
        refused_query(await answered(shop, query), "bad_request")

    async def test_more_digits_than_python_reads(self, shop: Shop) -> None:
        """As a default of what is no number they are a text like any other."""
        digits = "9" * 5_000
        for query in (
            f"query($x: ID = {digits}) {{ product(id: $x) {{ id }} }}",
            f"{{ product(id: {digits}) {{ id }} }}",
        ):
            error = refused_query(await answered(shop, query), "not_found")
            assert len(error["message"]) <= MESSAGE_LENGTH + 1

    async def test_a_long_name_is_not_sent_back(self, shop: Shop) -> None:
        response = await post(shop, {"query": "{ store { id } }", "operationName": "x" * 500_000})
        refused_query(response.json(), "bad_request")
        assert len(response.content) < 2_000

    async def test_fragments_that_double(self, shop: Shop) -> None:
        """Each fragment spreads the next one twice: 2^20 of the last, if anybody counts them out."""
        fragments = "".join(
            f"fragment F{number} on Query {{ ...F{number + 1} ...F{number + 1} }}" for number in range(20)
        )
        answer = await answered(shop, f"{{ ...F0 }} {fragments} fragment F20 on Query {{ __typename }}")
        assert answer.get("data") == {"__typename": "Query"} or refused_query(answer, "bad_request")

    async def test_doubling_inside_a_list(self, shop: Shop) -> None:
        await shop.create()
        fragments = "".join(
            f"fragment F{number} on Product {{ ...F{number + 1} ...F{number + 1} }}" for number in range(20)
        )
        query = f"{{ products {{ nodes {{ ...F0 }} }} }} {fragments} fragment F20 on Product {{ price }}"
        answer: dict[str, Any] = await answered(shop, query)
        assert answer.get("data") == {"products": {"nodes": [{"price": 100}]}} or refused_query(answer, "bad_request")

    async def test_one_field_many_times(self, shop: Shop) -> None:
        data = await asked(shop, "{ store { " + "currency " * 100 + "} }")
        assert data == {"store": {"currency": "DZD"}}
        refused_query(await answered(shop, "{ store { " + "currency " * 1_000 + "} }"), "bad_request")
