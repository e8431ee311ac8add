"""`PATCH /v1/store`, and `storeUpdate` over GraphQL."""

from typing import Any

import pytest

from app.chain.limits import Ask
from app.chain.valkey import valkey
from tests.conftest import Shop, ShopMaker
from tests.graphql.requests import asked
from tests.rest.answers import given, refused, refused_fields, refused_query, until_kept

pytestmark = pytest.mark.anyio

ALL = {
    "name": "متجر الياسمين",
    "description": "Produits du terroir",
    "language": "fr",
    "logo": "https://cdn.example.dz/logo.png",
    "favicon": "https://cdn.example.dz/شعار.ico",
    "banner": "http://cdn.example.dz/banner.jpg",
    "theme": {
        "primary_color": "#112233",
        "secondary_color": "#445566",
        "background_color": "#fafafa",
        "font_family": "Tajawal",
    },
    "hide_branding": True,
}
MUTATION = """mutation ($input: StoreUpdateInput!) { storeUpdate(input: $input) { store {
    name description language logo favicon banner hideBranding
    theme { primaryColor secondaryColor backgroundColor fontFamily } } } }"""


async def change(shop: Shop, body: Any) -> Any:
    return given(await shop.write("PATCH", "/v1/store", body))


class TestChange:
    async def test_everything(self, shop: Shop) -> None:
        before = given(await shop.get("/v1/store"))
        after = await change(shop, ALL)
        assert after == before | ALL
        assert given(await shop.get("/v1/store")) == after

    @pytest.mark.parametrize("field", ALL)
    async def test_one_at_a_time(self, shop: Shop, field: str) -> None:
        before = given(await shop.get("/v1/store"))
        assert await change(shop, {field: ALL[field]}) == before | {field: ALL[field]}

    async def test_theme_is_partial(self, shop: Shop) -> None:
        before = await change(shop, ALL)
        after = await change(shop, {"theme": {"secondary_color": "#ABCDEF"}})
        assert after == before | {"theme": before["theme"] | {"secondary_color": "#abcdef"}}

    @pytest.mark.parametrize("body", [{}, {"theme": {}}])
    async def test_nothing(self, shop: Shop, body: Any) -> None:
        before = given(await shop.get("/v1/store"))
        assert await change(shop, body) == before

    async def test_null_clears(self, shop: Shop) -> None:
        before = await change(shop, ALL)
        nothing = dict.fromkeys(("description", "logo", "favicon", "banner"))
        assert await change(shop, nothing) == before | nothing

    async def test_over_graphql(self, shop: Shop) -> None:
        theme = {"primaryColor": "#112233", "fontFamily": "Tajawal"}
        sent = {"name": "Boutique", "language": "FR", "logo": None, "hideBranding": True, "theme": theme}
        data = await asked(shop, MUTATION, input=sent)
        shown = data["storeUpdate"]["store"]
        assert shown.items() >= {"name": "Boutique", "language": "FR", "logo": None, "hideBranding": True}.items()
        assert shown["theme"].items() >= theme.items()
        stored = given(await shop.get("/v1/store"))
        assert (stored["name"], stored["language"], stored["theme"]["primary_color"]) == ("Boutique", "fr", "#112233")

    async def test_answers_a_key_that_may_not_read(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["store:write"])
        assert (await change(shop, {"name": "Z"}))["name"] == "Z"
        refused(await shop.get("/v1/store"), 403, "forbidden")


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": None}, "name"),
            ({"name": " \n"}, "name"),
            ({"name": "x" * 256}, "name"),
            ({"name": "a\0b"}, "name"),
            ({"language": "de"}, "language"),
            ({"language": None}, "language"),
            ({"description": 1}, "description"),
            ({"logo": "ftp://example.dz/x"}, "logo"),
            ({"favicon": "javascript:alert(1)"}, "favicon"),
            ({"banner": "https://example.dz/a b"}, "banner"),
            ({"logo": ""}, "logo"),
            ({"theme": None}, "theme"),
            ({"theme": []}, "theme"),
            ({"theme": {"primary_color": "teal"}}, "theme.primary_color"),
            ({"theme": {"primary_color": "#12345"}}, "theme.primary_color"),
            ({"theme": {"primary_color": "#12345g"}}, "theme.primary_color"),
            ({"theme": {"primary_color": None}}, "theme.primary_color"),
            ({"theme": {"font_family": ""}}, "theme.font_family"),
            ({"theme": {"radius": 4}}, "theme.radius"),
            ({"hide_branding": 1}, "hide_branding"),
            ({"slug": "other"}, "slug"),
            ({"tier": "enterprise"}, "tier"),
            ({"plan": {"tier": "enterprise"}}, "plan"),
            ({"custom_domain": "x.dz"}, "custom_domain"),
        ],
    )
    async def test_field(self, shop: Shop, body: Any, field: str) -> None:
        before = given(await shop.get("/v1/store"))
        assert refused_fields(await shop.write("PATCH", "/v1/store", {"description": "x"} | body)) == [field]
        assert given(await shop.get("/v1/store")) == before

    async def test_over_graphql(self, shop: Shop) -> None:
        answer = await shop.graphql(MUTATION, {"input": {"theme": {"primaryColor": "red"}}})
        details = refused_query(answer, "bad_request")["extensions"]["details"]
        assert [detail["field"] for detail in details] == ["theme.primaryColor"]

    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["store:read"])
        answer = await shop.write("PATCH", "/v1/store", {"name": "Z"})
        assert refused(answer, 403, "forbidden")["required_scope"] == "store:write"
        refused_query(await shop.graphql(MUTATION, {"input": {"name": "Z"}}), "forbidden")

    async def test_sandbox_leaves_the_live_store_alone(self, shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(store_id=shop.store_id, livemode=False)
        before = given(await shop.get("/v1/store"))
        refused(await sandbox.write("PATCH", "/v1/store", {"name": "Z"}), 403, "forbidden")
        refused_query(await sandbox.graphql(MUTATION, {"input": {"name": "Z"}}), "forbidden")
        assert given(await shop.get("/v1/store")) == before


async def generation(store_id: int) -> bytes:
    """Return what a store's kept live answers hang on."""
    name = Ask("", store_id, True, 0, 0, cacheable=True).generation
    found: bytes | None = await valkey.required().get(name)
    assert found is not None
    return found


class TestCache:
    async def test_both_modes_see_it_at_once(self, make_cached_shop: ShopMaker) -> None:
        live = await make_cached_shop()
        sandbox = await make_cached_shop(store_id=live.store_id, livemode=False)
        for shop in (live, sandbox):
            await until_kept(shop, "/v1/store")
        await change(live, {"name": "Z"})
        for shop in (live, sandbox):
            assert given(await shop.get("/v1/store"))["name"] == "Z"

    async def test_sandbox_leaves_live_answers_in_the_cache(self, make_cached_shop: ShopMaker) -> None:
        live = await make_cached_shop()
        sandbox = await make_cached_shop(store_id=live.store_id, livemode=False)
        await until_kept(live, "/v1/store")
        before = await generation(live.store_id)
        given(await sandbox.write("POST", "/v1/categories", {"name": "x"}), 201)
        assert await generation(live.store_id) == before
        await change(live, {"name": "Z"})
        assert await generation(live.store_id) != before
