"""Every query: its values are those of REST, its rows those of this store."""

import base64
from typing import Any

import pytest

from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import answered, asked
from tests.rest.answers import given, refused_query
from tests.rest.test_product_create import ALL_FIELDS

pytestmark = pytest.mark.anyio

# Every field that REST shows of a product, under the name that REST gives it.
DETAIL = """
    id: databaseId name slug description short_description: shortDescription category_id: categoryId
    pricing { price compare_price: comparePrice cost_price: costPrice }
    inventory { sku barcode track_stock: trackStock stock_quantity: stockQuantity low_stock_alert: lowStockAlert }
    shipping { weight height width length do_insurance: doInsurance }
    status featured has_variants: hasVariants
    images { id: databaseId url alt position }
    variants { id: databaseId name sku price stock_quantity: stockQuantity }
    created_at: createdAt updated_at: updatedAt external_id: externalId metadata
"""
ROW = """
    id: databaseId name slug short_description: shortDescription price compare_price: comparePrice sku
    stock_quantity: stockQuantity track_stock: trackStock status has_variants: hasVariants featured
    primary_image: primaryImage created_at: createdAt updated_at: updatedAt external_id: externalId metadata
"""
STORE = """
    id: databaseId name slug language description logo favicon banner
    theme { primary_color: primaryColor secondary_color: secondaryColor background_color: backgroundColor
            font_family: fontFamily }
    subdomain custom_domain: customDomain custom_domain_verified: customDomainVerified public_url: publicUrl
    hide_branding: hideBranding currency
    plan { tier limits { requests_per_month: requestsPerMonth signups_per_month: signupsPerMonth
                         webhooks_per_month: webhooksPerMonth requests_per_minute: requestsPerMinute } }
    created_at: createdAt
"""
VIEWER = """
    key_id: keyId type name scopes store_id: storeId store { id: databaseId name slug } tier livemode
    expires_at: expiresAt
"""


def global_id(type_name: str, identifier: object) -> str:
    return base64.b64encode(f"{type_name}:{identifier}".encode()).decode()


def as_rest(value: dict[str, Any]) -> dict[str, Any]:
    """Return a GraphQL object with its times and enums as REST writes them."""
    rest = dict(value)
    for name in ("created_at", "updated_at"):
        if name in rest:
            assert rest[name][10] + rest[name][19] + rest[name][26] == "T.Z"
            rest[name] = rest[name][:19].replace("T", " ")
    for name in ("status", "language"):
        if name in rest:
            rest[name] = rest[name].lower()
    return rest


class TestParity:
    async def test_product(self, shop: Shop) -> None:
        category = given(await shop.write("POST", "/v1/categories", {"name": "زرابي"}), 201)
        for fields in ({}, ALL_FIELDS | {"category_id": category["id"]}):
            product = await shop.create(**fields)
            data = await asked(shop, f"query($id: ID!) {{ product(id: $id) {{ {DETAIL} }} }}", id=str(product["id"]))
            assert as_rest(data["product"]) == product
            assert list(data["product"]) == list(product)

    async def test_products(self, shop: Shop) -> None:
        for fields in ({}, ALL_FIELDS, {"name": "قميص"}):
            await shop.create(**fields)
        rows = given(await shop.get("/v1/products"))["items"]
        data = await asked(shop, f"{{ products {{ nodes {{ {ROW} }} edges {{ node {{ {ROW} }} }} }} }}")
        assert [as_rest(node) for node in data["products"]["nodes"]] == rows
        assert [as_rest(edge["node"]) for edge in data["products"]["edges"]] == rows

    async def test_store(self, shop: Shop) -> None:
        data = await asked(shop, f"{{ store {{ {STORE} }} }}")
        assert as_rest(data["store"]) == given(await shop.get("/v1/store"))

    async def test_viewer(self, shop: Shop) -> None:
        data = await asked(shop, f"{{ viewer {{ {VIEWER} }} }}")
        whoami = given(await shop.get("/v1/whoami"))
        whoami.pop("rate_limit", None)
        assert data["viewer"] == whoami

    async def test_categories(self, shop: Shop) -> None:
        above = given(await shop.write("POST", "/v1/categories", {"name": "a"}), 201)
        given(await shop.write("POST", "/v1/categories", {"name": "b", "parent_id": above["id"], "position": 3}), 201)
        data = await asked(shop, "{ categories { nodes { id: databaseId name slug parent_id: parentId position } } }")
        assert data["categories"]["nodes"] == given(await shop.get("/v1/categories"))["items"]

    @pytest.mark.parametrize(
        ("filters", "query"),
        [
            ("status: ACTIVE", "status=active"),
            ('search: "قميص"', "search=قميص"),
            ('search: "S-1"', "search=S-1"),
            ('search: "ق"', "search=ق"),
            ('externalId: "e"', "external_id=e"),
            ('updatedSince: "2020-01-01"', "updated_since=2020-01-01"),
            ('status: DRAFT, search: "t", first: 1', "status=draft&search=t&limit=1"),
            ("first: 2", "limit=2"),
        ],
    )
    async def test_filters(self, shop: Shop, filters: str, query: str) -> None:
        for fields in (
            {"name": "قميص", "status": "active"},
            {"name": "thé", "external_id": "e"},
            {"name": "tapis", "sku": "S-1"},
        ):
            await shop.create(**fields)
        rest = given(await shop.get(f"/v1/products?{query}"))
        data = await asked(
            shop, f"{{ products({filters}) {{ nodes {{ databaseId }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )
        assert [node["databaseId"] for node in data["products"]["nodes"]] == [row["id"] for row in rest["items"]]
        assert data["products"]["pageInfo"]["hasNextPage"] is rest["has_more"]
        if rest["has_more"]:
            assert data["products"]["pageInfo"]["endCursor"] == rest["next_cursor"]

    async def test_time_has_microseconds(self, shop: Shop) -> None:
        await shop.create()
        data = await asked(shop, "{ products { nodes { createdAt } } }")
        moment = data["products"]["nodes"][0]["createdAt"]
        again = await asked(shop, f'{{ products(updatedSince: "{moment}") {{ nodes {{ createdAt }} }} }}')
        assert again == data


class TestProduct:
    QUERY = "query($id: ID, $slug: String) { product(id: $id, slug: $slug) { id databaseId slug category { slug } } }"

    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["store:read"])
        answer = await shop.graphql(self.QUERY, {"id": "1"})
        extensions = refused_query(answer, "forbidden")["extensions"]
        assert extensions == {"code": "forbidden", "required_scope": "products:read"}

    async def test_either_form_of_id(self, shop: Shop) -> None:
        product = await shop.create()
        answers = [
            await asked(shop, self.QUERY, id=given_id)
            for given_id in (str(product["id"]), product["id"], global_id("Product", product["id"]))
        ]
        assert answers[0] == answers[1] == answers[2]
        assert answers[0]["product"]["id"] == global_id("Product", product["id"])

    async def test_slug(self, shop: Shop) -> None:
        product = await shop.create(name="قميص قطني")
        assert (await asked(shop, self.QUERY, slug="قميص-قطني"))["product"]["databaseId"] == product["id"]

    async def test_category(self, shop: Shop) -> None:
        category = given(await shop.write("POST", "/v1/categories", {"name": "Tapis"}), 201)
        product = await shop.create(category_id=category["id"])
        data = await asked(shop, self.QUERY, id=product["id"])
        assert data["product"]["category"] == {"slug": "tapis"}

    @pytest.mark.parametrize("variables", [{}, {"id": "1", "slug": "a"}, {"id": None, "slug": None}], ids=str)
    async def test_one_of_both(self, shop: Shop, variables: dict[str, Any]) -> None:
        refused_query(await shop.graphql(self.QUERY, variables), "bad_request")

    @pytest.mark.parametrize(
        "identifier",
        [
            "0",
            "-1",
            "999999999",
            "9" * 30,
            "1.0",
            "",
            "abc",
            "é",
            "\x00",
            "\ud800",
            "²",
            "١",
            global_id("Category", 1),
            global_id("Product", "x"),
            global_id("Product", ""),
            global_id("Product", "9" * 30),
            global_id("", 1),
            "UHJvZHVjdDo",
            base64.b64encode(b"Product:\xff").decode(),
            "=" * 8,
        ],
    )
    async def test_not_found(self, shop: Shop, identifier: str) -> None:
        answer = await answered(shop, self.QUERY, id=identifier)
        refused_query(answer, "not_found")
        assert answer["data"] == {"product": None}

    @pytest.mark.parametrize("slug", ["", "nothing", "\0", "\ud800", "a\nb", "🧶", "x" * 10_000])
    async def test_slug_not_found(self, shop: Shop, slug: str) -> None:
        refused_query(await answered(shop, self.QUERY, slug=slug), "not_found")


class TestNode:
    QUERY = """query($id: ID!) { node(id: $id) {
        __typename id ... on Product { name price } ... on Category { name slug } ... on Store { name plan { tier } }
    } }"""

    async def test_each_type(self, shop: Shop) -> None:
        product = await shop.create()
        category = given(await shop.write("POST", "/v1/categories", {"name": "Tapis"}), 201)
        for name, identifier in (("Product", product["id"]), ("Category", category["id"]), ("Store", shop.store_id)):
            node = (await asked(shop, self.QUERY, id=global_id(name, identifier)))["node"]
            assert (node["__typename"], node["id"]) == (name, global_id(name, identifier))
            assert node["name"]

    @pytest.mark.parametrize(
        "identifier",
        [
            "",
            "1",
            "abc",
            "é",
            "\x00",
            "\ud800",
            global_id("Nothing", 1),
            global_id("Product", 0),
            global_id("Product", "x"),
            global_id("Store", 0),
            global_id("Viewer", 1),
            global_id("ApiKey", 1),
        ],
    )
    async def test_null(self, shop: Shop, identifier: str) -> None:
        assert await asked(shop, self.QUERY, id=identifier) == {"node": None}

    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["store:read"])
        answer = await shop.graphql(self.QUERY, {"id": global_id("Product", 1)})
        assert refused_query(answer, "forbidden")["extensions"]["required_scope"] == "products:read"

    async def test_nodes_keep_their_places(self, shop: Shop) -> None:
        one, two = await shop.create(), await shop.create()
        ids = [global_id("Product", each) for each in (two["id"], 0, one["id"], two["id"])]
        data = await asked(shop, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        assert data["nodes"] == [{"id": ids[0]}, None, {"id": ids[2]}, {"id": ids[0]}]

    async def test_too_many_nodes(self, shop: Shop) -> None:
        answer = await shop.graphql("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 101})
        assert refused_query(answer, "bad_request")["extensions"]["details"][0]["field"] == "ids"


class TestOtherStore:
    async def test_product(self, shop: Shop, other_shop: Shop) -> None:
        foreign = await other_shop.create(name="secret", sku="SECRET")
        asked_for = (foreign["id"], global_id("Product", foreign["id"]))
        for identifier in asked_for:
            answer = await shop.graphql(TestProduct.QUERY, {"id": identifier})
            refused_query(answer, "not_found")
            assert answer["data"] == {"product": None}
        refused_query(await shop.graphql(TestProduct.QUERY, {"slug": "secret"}), "not_found")

    async def test_node_and_nodes(self, shop: Shop, other_shop: Shop) -> None:
        foreign = await other_shop.create()
        category = given(await other_shop.write("POST", "/v1/categories", {"name": "x"}), 201)
        ids = [
            global_id("Product", foreign["id"]),
            global_id("Category", category["id"]),
            global_id("Store", other_shop.store_id),
        ]
        for identifier in ids:
            assert await asked(shop, TestNode.QUERY, id=identifier) == {"node": None}
        data = await asked(shop, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        assert data == {"nodes": [None] * 3}

    async def test_search_and_filters(self, shop: Shop, other_shop: Shop) -> None:
        await other_shop.create(name="secret", sku="SECRET", external_id="e")
        for filters in ('search: "secret"', 'search: "SECRET"', 'search: "se"', 'externalId: "e"', "sort: NAME"):
            assert await asked(shop, f"{{ products({filters}) {{ nodes {{ id }} }} }}") == {"products": {"nodes": []}}

    async def test_cursor(self, shop: Shop, other_shop: Shop) -> None:
        await other_shop.create()
        await shop.create()
        data = await asked(other_shop, "{ products { pageInfo { endCursor } } }")
        cursor = data["products"]["pageInfo"]["endCursor"]
        answer = await shop.graphql("query($c: String) { products(after: $c) { nodes { id } } }", {"c": cursor})
        assert refused_query(answer, "bad_request")["extensions"]["details"][0]["field"] == "after"

    async def test_mutations(self, shop: Shop, other_shop: Shop) -> None:
        foreign = await other_shop.create()
        for mutation in (
            "productUpdate(id: $id, input: {price: 1}) { product { id } }",
            "productDelete(id: $id) { deleted }",
        ):
            for identifier in (foreign["id"], global_id("Product", foreign["id"])):
                answer = await shop.graphql(f"mutation($id: ID!) {{ {mutation} }}", {"id": identifier})
                refused_query(answer, "not_found")
                assert answer["data"] is None
        assert given(await other_shop.get(f"/v1/products/{foreign['id']}")) == foreign
