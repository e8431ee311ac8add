"""The storefront: a public key sees what shoppers may see, and nothing else exists for it."""

import random
from typing import Any

import pytest

from db.engine import engine
from graph.schema import schema, storefront_schema
from graph.storefront import SHOWN
from tests.conftest import Shop
from tests.graphql.documents import Writer, enum_values
from tests.signed.clients import Page
from tests.signed.conftest import PageMaker

pytestmark = pytest.mark.anyio

SCOPES = ["storefront:read"]
# What stands in columns that no shopper may see.
HIDDEN = "hidden-from-shoppers"
HIDDEN_COST = 987_654_321
LIST = "query($s: String, $c: ID, $f: Boolean, $o: ProductSort! = NEWEST) {"
LIST += " products(search: $s, category: $c, featured: $f, sort: $o) { nodes { name } } }"


async def front_of(shop: Shop, make_page: PageMaker, scopes: list[str] | None = None) -> Page:
    return await make_page(shop.store_id, granted=scopes or SCOPES)


async def seen(page: Page, query: str, **variables: Any) -> Any:
    """Return the data of a shopper's query that has no errors."""
    page.move()
    answer = (await page.graphql(query, variables, signed=False)).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def refused(page: Page, query: str, **variables: Any) -> dict[str, Any]:
    """Return the first error of a shopper's query."""
    page.move()
    return (await page.graphql(query, variables, signed=False)).json()["errors"][0]  # type: ignore[no-any-return]


async def names(page: Page, **variables: Any) -> list[str]:
    return [each["name"] for each in (await seen(page, LIST, **variables))["products"]["nodes"]]


class TestProducts:
    async def test_those_for_sale_alone(self, shop: Shop, make_page: PageMaker) -> None:
        for status in ("active", "draft", "archived"):
            await shop.create(name=status, status=status)
        assert await names(await front_of(shop, make_page)) == ["active"]

    async def test_search_whatever_the_form_of_letters(self, shop: Shop, make_page: PageMaker) -> None:
        await shop.create(name="أحذية رياضيّة", status="active")
        await shop.create(name="Robe d’été", status="active")
        page = await front_of(shop, make_page)
        assert await names(page, s="احذيه") == ["أحذية رياضيّة"]
        assert await names(page, s="ete") == ["Robe d’été"]

    async def test_filters_and_sort(self, shop: Shop, make_page: PageMaker) -> None:
        category = (await shop.write("POST", "/v1/categories", {"name": "قمصان"})).json()["data"]
        await shop.create(name="a", price=300, status="active", category_id=category["id"])
        await shop.create(name="b", price=100, status="active", featured=True)
        page = await front_of(shop, make_page)
        assert await names(page, c=str(category["id"])) == ["a"]
        assert await names(page, f=True) == ["b"]
        assert await names(page, f=False) == ["a"]
        assert await names(page, o="PRICE_ASC") == ["b", "a"]

    async def test_one(self, shop: Shop, make_page: PageMaker) -> None:
        await shop.create(name="x", slug="on-sale", status="active", track_stock=True, stock_quantity=0)
        page = await front_of(shop, make_page)
        found = await seen(page, '{ product(slug: "on-sale") { name inStock pricing { price } } }')
        assert found["product"] == {"name": "x", "inStock": False, "pricing": {"price": 100}}

    @pytest.mark.parametrize("status", ["draft", "archived"])
    async def test_one_that_is_not_for_sale(self, shop: Shop, make_page: PageMaker, status: str) -> None:
        product = await shop.create(status=status)
        page = await front_of(shop, make_page)
        for argument in (f'slug: "{product["slug"]}"', f'id: "{product["id"]}"'):
            error = await refused(page, f"{{ product({argument}) {{ name }} }}")
            assert error["extensions"]["code"] == "not_found"

    async def test_another_store(self, shop: Shop, other_shop: Shop, make_page: PageMaker) -> None:
        product = await other_shop.create(status="active")
        page = await front_of(shop, make_page)
        assert await names(page) == []
        error = await refused(page, f'{{ product(id: "{product["id"]}") {{ name }} }}')
        assert error["extensions"]["code"] == "not_found"

    async def test_in_stock(self, shop: Shop, make_page: PageMaker) -> None:
        await shop.create(name="untracked", status="active", stock_quantity=0)
        await shop.create(name="there", status="active", stock_quantity=1, track_stock=True)
        page = await front_of(shop, make_page)
        found = (await seen(page, "{ products { nodes { name inStock } } }"))["products"]["nodes"]
        assert {each["name"]: each["inStock"] for each in found} == {"untracked": True, "there": True}


class TestStore:
    async def test_it(self, shop: Shop, make_page: PageMaker) -> None:
        found = await seen(await front_of(shop, make_page), "{ store { databaseId theme { primaryColor } publicUrl } }")
        assert found["store"]["databaseId"] == shop.store_id

    async def test_categories(self, shop: Shop, make_page: PageMaker) -> None:
        await shop.write("POST", "/v1/categories", {"name": "قمصان"})
        found = await seen(await front_of(shop, make_page), "{ categories { nodes { name } } }")
        assert found["categories"]["nodes"] == [{"name": "قمصان"}]


class TestLandingPage:
    QUERY = "query($slug: String!) { landingPage(slug: $slug) { title language sections metaTitle product { name } } }"

    async def made(self, shop: Shop, **fields: Any) -> dict[str, Any]:
        response = await shop.write("POST", "/v1/landing-pages", {"title": "عرض الصيف", "status": "active"} | fields)
        assert response.status_code == 201, response.text
        return response.json()["data"]

    async def test_it(self, shop: Shop, make_page: PageMaker) -> None:
        product = await shop.create(name="قميص", status="active")
        made = await self.made(shop, product_id=product["id"], meta_title="صيف")
        found = await seen(await front_of(shop, make_page), self.QUERY, slug=made["slug"])
        assert found["landingPage"] == {
            "title": "عرض الصيف",
            "language": "AR",
            "sections": [],
            "metaTitle": "صيف",
            "product": {"name": "قميص"},
        }

    @pytest.mark.parametrize("status", ["draft", "archived"])
    async def test_product_that_is_not_for_sale(self, shop: Shop, make_page: PageMaker, status: str) -> None:
        product = await shop.create(status=status)
        made = await self.made(shop, product_id=product["id"])
        found = await seen(await front_of(shop, make_page), self.QUERY, slug=made["slug"])
        assert found["landingPage"]["product"] is None

    async def test_product_that_is_gone(self, shop: Shop, make_page: PageMaker) -> None:
        product = await shop.create(status="active")
        made = await self.made(shop, product_id=product["id"])
        await shop.write("DELETE", f"/v1/products/{product['id']}")
        found = await seen(await front_of(shop, make_page), self.QUERY, slug=made["slug"])
        assert found["landingPage"]["product"] is None

    async def test_none_to_see(self, shop: Shop, other_shop: Shop, make_page: PageMaker) -> None:
        page = await front_of(shop, make_page)
        draft, elsewhere = await self.made(shop, slug="draft", status="draft"), await self.made(other_shop)
        for slug in (draft["slug"], elsewhere["slug"], "none", "\0"):
            error = await refused(page, self.QUERY, slug=slug)
            assert error["extensions"]["code"] == "not_found"

    async def test_views_are_not_theirs(self, shop: Shop, make_page: PageMaker) -> None:
        error = await refused(await front_of(shop, make_page), '{ landingPage(slug: "a") { views } }')
        assert error["extensions"]["code"] == "bad_request"


def hidden_fields() -> list[tuple[str, str]]:
    """Return every field of the back office's schema that shoppers' one lacks, in the types that both have."""
    office, front = schema._schema.type_map, storefront_schema._schema.type_map
    return [
        (name, field)
        for name in SHOWN
        for field in office[name].fields  # type: ignore[attr-defined]
        if field not in front[name].fields  # type: ignore[attr-defined]
    ]


class TestHidden:
    def test_there_are_some(self) -> None:
        assert ("Pricing", "costPrice") in hidden_fields()
        assert ("Product", "metadata") in hidden_fields()

    @pytest.mark.parametrize(("type_", "field"), hidden_fields())
    async def test_field(self, shop: Shop, make_page: PageMaker, type_: str, field: str) -> None:
        page = await front_of(shop, make_page)
        query = f"{{ products {{ nodes {{ id ...F }} }} }} fragment F on {type_} {{ {field} }}"
        answer = (await page.graphql(query, signed=False)).json()
        assert "data" not in answer
        assert any(f"Cannot query field '{field}'" in error["message"] for error in answer["errors"])

    @pytest.mark.parametrize(
        "query",
        [
            "{ viewer { keyId } }",
            "{ orders { nodes { id } } }",
            "{ customers { nodes { id } } }",
            '{ node(id: "x") { id } }',
            "{ usage { tier } }",
            "{ products(status: DRAFT) { nodes { id } } }",
            'mutation { productCreate(input: {name: "x", price: 1}) { product { id } } }',
        ],
    )
    async def test_back_office(self, shop: Shop, make_page: PageMaker, query: str) -> None:
        error = await refused(await front_of(shop, make_page), query)
        assert error["extensions"]["code"] == "bad_request"

    async def test_introspection_shows_the_storefront(self, shop: Shop, make_page: PageMaker) -> None:
        found = await seen(await front_of(shop, make_page), "{ __schema { types { name fields { name } } } }")
        shown = {each["name"]: [field["name"] for field in each["fields"] or ()] for each in found["__schema"]["types"]}
        assert "costPrice" not in shown["Pricing"]
        assert "ProductCreateInput" not in shown

    async def test_by_no_document(self, shop: Shop, other_shop: Shop, make_page: PageMaker) -> None:
        """Whatever a shopper selects, what is hidden is in no answer."""
        for owner, status in ((shop, "active"), (shop, "draft"), (other_shop, "active")):
            visible = owner is shop and status == "active"
            await owner.create(
                name="shown" if visible else HIDDEN,
                status=status,
                cost_price=HIDDEN_COST,
                barcode=HIDDEN,
                metadata={"a": HIDDEN},
                external_id=HIDDEN + status,
            )
        page = await front_of(shop, make_page)
        answered = 0
        for number in range(150):
            chance = random.Random(number)
            sorts = enum_values(storefront_schema._schema, "ProductSort")
            arguments = {
                ("products", "first"): lambda chance: chance.choice((1, 5)),
                ("products", "sort"): lambda chance, sorts=sorts: chance.choice(sorts),
                ("products", "search"): lambda chance: chance.choice(("shown", HIDDEN, "h")),
                ("product", "slug"): lambda chance: chance.choice(("shown", HIDDEN)),
                ("categories", "first"): lambda _: 2,
            }
            roots = ["products", "product", "store", "categories"]
            document = Writer(storefront_schema._schema, arguments, chance).document(roots)
            page.move()
            response = await page.graphql(document.text, document.variables, signed=False)
            answered += "errors" not in response.json()
            assert HIDDEN not in str(response.json().get("data"))
            assert str(HIDDEN_COST) not in response.text
        assert answered > 75


class TestScopes:
    async def test_without(self, shop: Shop, make_page: PageMaker) -> None:
        page = await make_page(shop.store_id)
        error = await refused(page, "{ products { nodes { id } } }")
        assert error["extensions"]["required_scope"] == "storefront:read"

    async def test_over_rest_it_opens_nothing(self, shop: Shop, make_page: PageMaker) -> None:
        page = await front_of(shop, make_page)
        headers = {"Authorization": f"DZ-Public {page.key.key_id}"}
        for path in ("/v1/products", "/v1/store", "/v1/categories"):
            assert (await page.client.get(path, headers=headers)).status_code == 403

    async def test_test_mode_has_its_own(self, shop: Shop, make_page: PageMaker) -> None:
        await shop.create(name="live", status="active")
        page = await make_page(shop.store_id, granted=SCOPES, livemode=False)
        assert await names(page) == []


async def test_every_filter_has_its_index() -> None:
    found = await engine.fetch("SELECT indexname FROM pg_indexes WHERE tablename = 'products'")
    assert {"products_by_category", "products_featured"} <= {row["indexname"] for row in found}
