"""Landing pages in GraphQL: the same values, rows and refusals as in REST."""

from typing import Any

import pytest

from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import answered, asked
from tests.graphql.test_queries import as_rest, global_id
from tests.rest.answers import given, refused_query
from tests.rest.test_landing_pages import create

pytestmark = pytest.mark.anyio

DETAIL = """
    id: databaseId title slug status language product_id: productId views is_purchased: isPurchased
    created_at: createdAt updated_at: updatedAt meta_title: metaTitle meta_description: metaDescription
    section_count: sectionCount sections
"""
CREATE = f"""mutation($input: LandingPageCreateInput!) {{
    landingPageCreate(input: $input) {{ landingPage {{ {DETAIL} }} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: LandingPageUpdateInput!) {{
    landingPageUpdate(id: $id, input: $input) {{ landingPage {{ {DETAIL} }} }} }}"""
DELETE = "mutation($id: ID!) { landingPageDelete(id: $id) { deletedId databaseId deleted } }"


class TestQueries:
    async def test_one_by_each_name(self, shop: Shop) -> None:
        page = await create(shop, title="عرض", meta_title="a")
        for arguments in (f"id: {page['id']}", f'id: "{global_id("LandingPage", page["id"])}"', 'slug: "عرض"'):
            data = await asked(shop, f"{{ landingPage({arguments}) {{ {DETAIL} }} }}")
            assert as_rest(data["landingPage"]) == page

    @pytest.mark.parametrize("arguments", ["", '(id: 1, slug: "x")'])
    async def test_one_name(self, shop: Shop, arguments: str) -> None:
        answer = await answered(shop, f"{{ landingPage{arguments} {{ title }} }}")
        refused_query(answer, "bad_request")

    async def test_list(self, shop: Shop, other_shop: Shop) -> None:
        await create(other_shop)
        made = [await create(shop, status=status) for status in ("active", "draft", "active")]
        query = "query($s: LandingPageStatus) { landingPages(status: $s) { nodes { databaseId } } }"
        for status, expected in ((None, made), ("ACTIVE", made[::2]), ("DRAFT", made[1:2])):
            nodes = (await asked(shop, query, s=status))["landingPages"]["nodes"]
            assert [node["databaseId"] for node in nodes] == [page["id"] for page in expected[::-1]]

    async def test_pages(self, shop: Shop) -> None:
        made = [await create(shop) for _ in range(3)]
        query = """query($after: String) { landingPages(first: 2, after: $after) {
            nodes { databaseId } pageInfo { hasNextPage endCursor } } }"""
        first = (await asked(shop, query))["landingPages"]
        second = (await asked(shop, query, after=first["pageInfo"]["endCursor"]))["landingPages"]
        assert [n["databaseId"] for n in first["nodes"] + second["nodes"]] == [page["id"] for page in made[::-1]]
        assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)

    async def test_node(self, shop: Shop, other_shop: Shop) -> None:
        mine, theirs = await create(shop), await create(other_shop)
        ids = [global_id("LandingPage", page["id"]) for page in (mine, theirs)]
        data = await asked(shop, "query($ids: [ID!]!) { nodes(ids: $ids) { ... on LandingPage { title } } }", ids=ids)
        assert data["nodes"] == [{"title": "Offre"}, None]

    @pytest.mark.parametrize("field", ["landingPages { nodes { title } }", "landingPage(id: 1) { title }"])
    async def test_scope(self, make_shop: ShopMaker, field: str) -> None:
        shop = await make_shop(["products:read"])
        error = refused_query(await answered(shop, f"{{ {field} }}"), "forbidden")
        assert error["extensions"]["required_scope"] == "landing_pages:read"

    async def test_others_are_not_found(self, shop: Shop, other_shop: Shop) -> None:
        theirs = await create(other_shop)
        for arguments in (f"id: {theirs['id']}", f'slug: "{theirs["slug"]}"', 'id: "UHJvZHVjdDox"', 'slug: "\\u0000"'):
            refused_query(await answered(shop, f"{{ landingPage({arguments}) {{ title }} }}"), "not_found")


class TestMutations:
    async def test_life(self, shop: Shop) -> None:
        product = (await shop.create())["id"]
        members: dict[str, Any] = {
            "title": "عرض",
            "slug": "offre",
            "status": "ACTIVE",
            "language": "FR",
            "productId": global_id("Product", product),
            "metaTitle": "a",
            "metaDescription": "b",
        }
        made = as_rest((await asked(shop, CREATE, input=members))["landingPageCreate"]["landingPage"])
        assert made == given(await shop.get(f"/v1/landing-pages/{made['id']}"))
        assert (made["product_id"], made["status"], made["language"]) == (product, "active", "fr")
        changes = {"productId": None, "title": "y"}
        data = await asked(shop, UPDATE, id=global_id("LandingPage", made["id"]), input=changes)
        changed = as_rest(data["landingPageUpdate"]["landingPage"])
        assert changed == made | {"product_id": None, "title": "y", "updated_at": changed["updated_at"]}
        gone = (await asked(shop, DELETE, id=made["id"]))["landingPageDelete"]
        identifier = global_id("LandingPage", made["id"])
        assert gone == {"deletedId": identifier, "databaseId": made["id"], "deleted": True}
        refused_query(await answered(shop, DELETE, id=made["id"]), "not_found")

    @pytest.mark.parametrize(("query", "input_"), [(CREATE, {"title": "x"}), (UPDATE, {}), (DELETE, None)])
    async def test_scope(self, make_shop: ShopMaker, query: str, input_: Any) -> None:
        shop = await make_shop(["landing_pages:read"])
        error = refused_query(await answered(shop, query, id=1, input=input_), "forbidden")
        assert error["extensions"]["required_scope"] == "landing_pages:write"

    async def test_refused_fields(self, shop: Shop) -> None:
        answer = await answered(shop, CREATE, input={"title": "", "metaTitle": "a" * 256, "productId": "x"})
        details = refused_query(answer, "bad_request")["extensions"]["details"]
        assert [detail["field"] for detail in details] == ["title", "productId", "metaTitle"]

    async def test_others_are_not_found(self, shop: Shop, other_shop: Shop) -> None:
        theirs = await create(other_shop)
        refused_query(await answered(shop, UPDATE, id=theirs["id"], input={"title": "y"}), "not_found")
        refused_query(await answered(shop, DELETE, id=theirs["id"]), "not_found")
        assert given(await other_shop.get(f"/v1/landing-pages/{theirs['id']}")) == theirs
