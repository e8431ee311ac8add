"""Every mutation: what it changes, what it refuses, and that all of one request are one transaction."""

import base64
from typing import Any

import pytest

from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import answered, asked, paths, post
from tests.graphql.test_queries import DETAIL, as_rest, global_id
from tests.rest.answers import given, refused_query
from tests.rest.test_product_create import ALL_FIELDS

pytestmark = pytest.mark.anyio

CREATE = f"mutation($input: ProductCreateInput!) {{ productCreate(input: $input) {{ product {{ {DETAIL} }} }} }}"
UPDATE = f"""mutation($id: ID!, $input: ProductUpdateInput!) {{
    productUpdate(id: $id, input: $input) {{ product {{ {DETAIL} }} }} }}"""
DELETE = "mutation($id: ID!) { productDelete(id: $id) { deletedId databaseId deleted } }"
CATEGORY = """mutation($input: CategoryCreateInput!) { categoryCreate(input: $input) { category {
    id: databaseId name slug parent_id: parentId position } } }"""


def camel(fields: dict[str, Any]) -> dict[str, Any]:
    """Return REST's fields as GraphQL's input has them."""
    named = {}
    for name, value in fields.items():
        head, *rest = name.split("_")
        named[head + "".join(part.capitalize() for part in rest)] = value.upper() if name == "status" else value
    return named


class TestProductCreate:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:read"])
        answer = await answered(shop, CREATE, input={"name": "x", "price": 1})
        extensions = refused_query(answer, "forbidden")["extensions"]
        assert extensions == {"code": "forbidden", "required_scope": "products:write"}
        assert answer["data"] is None

    async def test_writer_sees_what_it_wrote(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["products:write"])
        assert (await asked(shop, CREATE, input={"name": "x", "price": 1}))["productCreate"]["product"]["name"] == "x"

    async def test_every_field(self, shop: Shop) -> None:
        data = await asked(shop, CREATE, input=camel(ALL_FIELDS))
        product = as_rest(data["productCreate"]["product"])
        assert product == given(await shop.get(f"/v1/products/{product['id']}"))
        flat = product | product["pricing"] | product["inventory"] | product["shipping"]
        assert {name: flat[name] for name in ALL_FIELDS if name != "images"} == {
            name: ALL_FIELDS[name] for name in ALL_FIELDS if name != "images"
        }

    async def test_defaults_are_those_of_rest(self, shop: Shop) -> None:
        data = await asked(shop, CREATE, input={"name": "x", "price": 1})
        mine = as_rest(data["productCreate"]["product"])
        theirs = await shop.create(name="x", price=1)
        own = {"id", "slug", "created_at", "updated_at"}
        assert {name: mine[name] for name in mine.keys() - own} == {name: theirs[name] for name in theirs.keys() - own}

    async def test_literals(self, shop: Shop) -> None:
        data = await asked(
            shop,
            'mutation($v: JSON) { a: productCreate(input: {name: "x", price: 1000000000000, status: ACTIVE, weight: 1,'
            ' metadata: {k: "v"}, images: [{url: "https://x.dz/1"}]}) { product { price status metadata'
            " images { alt } } }"
            ' b: productCreate(input: {name: "y", price: 0, metadata: $v}) { product { metadata } } }',
            v={"ك": "ق"},
        )
        assert data["a"]["product"] == {
            "price": 10**12,
            "status": "ACTIVE",
            "metadata": {"k": "v"},
            "images": [{"alt": None}],
        }
        assert data["b"]["product"] == {"metadata": {"ك": "ق"}}

    async def test_details_in_camel_case(self, shop: Shop) -> None:
        wrong = {"name": "", "price": -1, "stockQuantity": -1, "comparePrice": -1, "categoryId": "999999999"}
        extensions = refused_query(await answered(shop, CREATE, input=wrong), "bad_request")["extensions"]
        fields = [detail["field"] for detail in extensions["details"]]
        assert sorted(fields) == ["comparePrice", "name", "price", "stockQuantity"]
        answer = await answered(shop, CREATE, input={"name": "x", "price": 1, "categoryId": "999999999"})
        details = refused_query(answer, "bad_request")["extensions"]["details"]
        assert [detail["field"] for detail in details] == ["categoryId"]

    async def test_conflict(self, shop: Shop) -> None:
        await shop.create(sku="A", external_id="e")
        for member, field in (("sku", "A"), ("externalId", "e")):
            answer = await answered(shop, CREATE, input={"name": "x", "price": 1, member: field})
            error = refused_query(answer, "conflict")
            assert [detail["field"] for detail in error["extensions"]["details"]] == [member]
            assert answer["data"] is None
            assert paths(answer) == [["productCreate"]]

    async def test_category_in_either_form(self, shop: Shop) -> None:
        category = given(await shop.write("POST", "/v1/categories", {"name": "x"}), 201)
        for identifier in (category["id"], str(category["id"]), global_id("Category", category["id"])):
            data = await asked(shop, CREATE, input={"name": "x", "price": 1, "categoryId": identifier})
            assert data["productCreate"]["product"]["category_id"] == category["id"]

    @pytest.mark.parametrize("identifier", ["0", "x", global_id("Product", 1), "", "\ud800"])
    async def test_category_that_is_none(self, shop: Shop, identifier: str) -> None:
        answer = await answered(shop, CREATE, input={"name": "x", "price": 1, "categoryId": identifier})
        refused_query(answer, "bad_request")
        assert given(await shop.get("/v1/products"))["items"] == []


class TestProductUpdate:
    async def test_absent_stays_and_null_clears(self, shop: Shop) -> None:
        product = await shop.create(sku="A", compare_price=9, description="d")
        data = await asked(shop, UPDATE, id=product["id"], input={"sku": None, "price": 7})
        after = as_rest(data["productUpdate"]["product"])
        assert after["inventory"] == product["inventory"] | {"sku": None}
        assert after["pricing"] == product["pricing"] | {"price": 7}
        assert after["description"] == "d"

    async def test_null_where_nothing_can_be_cleared(self, shop: Shop) -> None:
        product = await shop.create()
        answer = await answered(shop, UPDATE, id=product["id"], input={"stockQuantity": None, "trackStock": None})
        details = refused_query(answer, "bad_request")["extensions"]["details"]
        assert sorted(detail["field"] for detail in details) == ["stockQuantity", "trackStock"]

    async def test_stock_delta(self, shop: Shop) -> None:
        product = await shop.create(stock_quantity=5)
        data = await asked(shop, UPDATE, id=product["id"], input={"stockDelta": -2})
        assert data["productUpdate"]["product"]["inventory"]["stock_quantity"] == 3
        refused_query(await answered(shop, UPDATE, id=product["id"], input={"stockDelta": -4}), "conflict")
        both = {"stockDelta": 1, "stockQuantity": 1}
        answer = await answered(shop, UPDATE, id=product["id"], input=both)
        assert refused_query(answer, "bad_request")["extensions"]["details"][0]["field"] == "stockDelta"

    @pytest.mark.parametrize("identifier", ["0", "abc", global_id("Category", 1), "\ud800"])
    async def test_not_found(self, shop: Shop, identifier: str) -> None:
        answer = await answered(shop, UPDATE, id=identifier, input={"price": 1})
        refused_query(answer, "not_found")
        assert answer["data"] is None


class TestProductDelete:
    async def test_valid(self, shop: Shop) -> None:
        product = await shop.create()
        data = await asked(shop, DELETE, id=global_id("Product", product["id"]))
        deleted = {"deletedId": global_id("Product", product["id"]), "databaseId": product["id"], "deleted": True}
        assert data["productDelete"] == deleted
        refused_query(await answered(shop, DELETE, id=product["id"]), "not_found")


class TestCategoryCreate:
    async def test_valid(self, shop: Shop) -> None:
        above = (await asked(shop, CATEGORY, input={"name": "زرابي"}))["categoryCreate"]["category"]
        assert above == given(await shop.get("/v1/categories"))["items"][0]
        parent = base64.b64encode(f"Category:{above['id']}".encode()).decode()
        below = await asked(shop, CATEGORY, input={"name": "x", "parentId": parent, "position": 2})
        assert below["categoryCreate"]["category"]["parent_id"] == above["id"]

    async def test_parent_of_another_store(self, shop: Shop, other_shop: Shop) -> None:
        foreign = (await asked(other_shop, CATEGORY, input={"name": "x"}))["categoryCreate"]["category"]
        answer = await answered(shop, CATEGORY, input={"name": "x", "parentId": foreign["id"]})
        assert refused_query(answer, "bad_request")["extensions"]["details"][0]["field"] == "parentId"


class TestOneTransaction:
    MANY = """mutation($second: String!) {
        a: productCreate(input: {name: "first", price: 1}) { product { name } }
        b: productCreate(input: {name: "second", price: 1, sku: $second}) { product { name } }
        c: productCreate(input: {name: "third", price: 1}) { product { name } }
    }"""

    async def names(self, shop: Shop) -> list[str]:
        return [row["name"] for row in given(await shop.get("/v1/products"))["items"]]

    async def test_all_of_them(self, shop: Shop) -> None:
        data = await asked(shop, self.MANY, second="B")
        assert [each["product"]["name"] for each in data.values()] == ["first", "second", "third"]
        assert await self.names(shop) == ["third", "second", "first"]

    @pytest.mark.parametrize(("sku", "code"), [("TAKEN", "conflict"), ("x" * 65, "bad_request")])
    async def test_second_fails(self, shop: Shop, sku: str, code: str) -> None:
        await shop.create(name="old", sku="TAKEN")
        answer = await answered(shop, self.MANY, second=sku)
        refused_query(answer, code)
        assert answer["data"] is None
        assert paths(answer)[0] == ["b"]
        assert await self.names(shop) == ["old"]

    async def test_later_ones_see_earlier_ones(self, shop: Shop) -> None:
        product = await shop.create(stock_quantity=1)
        document = " ".join(
            f"{name}: productUpdate(id: {product['id']}, input: {{stockDelta: {delta}}})"
            " { product { stockQuantity } }"
            for name, delta in (("a", 4), ("b", -3), ("c", -2))
        )
        data = await asked(shop, f"mutation {{ {document} }}")
        assert [each["product"]["stockQuantity"] for each in data.values()] == [5, 2, 0]

    async def test_created_and_deleted_in_one(self, shop: Shop) -> None:
        product = await shop.create(slug="a")
        data = await asked(
            shop,
            "mutation($id: ID!) { productDelete(id: $id) { deleted }"
            ' productCreate(input: {name: "x", price: 1, slug: "a"}) { product { slug } } }',
            id=product["id"],
        )
        assert data["productCreate"]["product"]["slug"] == "a"


class TestReplay:
    async def send(self, shop: Shop, name: str, **headers: str) -> Any:
        body = {"query": CREATE, "variables": {"input": {"name": name, "price": 1}}}
        return await post(shop, body, **{"Idempotency-Key": "k"} | headers)

    async def test_byte_for_byte(self, shop: Shop) -> None:
        first, again = await self.send(shop, "x"), await self.send(shop, "x")
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["x-request-id"] == first.headers["x-request-id"]
        assert len(given(await shop.get("/v1/products"))["items"]) == 1

    async def test_media_type_is_the_one_asked_for(self, shop: Shop) -> None:
        await self.send(shop, "x")
        again = await self.send(shop, "x", Accept="application/graphql-response+json")
        assert again.headers["content-type"].startswith("application/graphql-response+json")
        assert again.headers["idempotency-replayed"] == "true"

    async def test_conflict_is_kept(self, shop: Shop) -> None:
        await shop.create(sku="A")
        body = {"query": CREATE, "variables": {"input": {"name": "x", "price": 1, "sku": "A"}}}
        first, again = [await post(shop, body, **{"Idempotency-Key": "k"}) for _ in range(2)]
        refused_query(first.json(), "conflict")
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"

    async def test_bad_input_is_not_kept(self, shop: Shop) -> None:
        refused_query((await self.send(shop, "")).json(), "bad_request")
        assert "errors" not in (await self.send(shop, "x")).json()

    async def test_other_variables(self, shop: Shop) -> None:
        await self.send(shop, "x")
        response = await self.send(shop, "y")
        assert response.status_code == 422
        refused_query(response.json(), "idempotency_key_reused")

    async def test_needed_for_mutations_alone(self, shop: Shop) -> None:
        body = {"query": CREATE, "variables": {"input": {"name": "x", "price": 1}}}
        response = await shop.client.post("/graphql", json=body)
        assert response.status_code == 400
        refused_query(response.json(), "idempotency_key_required")
        query = await shop.client.post("/graphql", json={"query": "{ products { nodes { id } } }"})
        assert query.json()["data"] == {"products": {"nodes": []}}
