"""`/v1/landing-pages`."""

import asyncio
from typing import Any

import pytest

from db.engine import engine
from tests.conftest import Shop, ShopMaker
from tests.rest.answers import TIME, given, refused, refused_fields

pytestmark = pytest.mark.anyio

ROW = ["id", "title", "slug", "status", "language", "product_id", "views", "is_purchased", "created_at", "updated_at"]
DETAIL = [*ROW, "meta_title", "meta_description", "section_count", "sections"]


async def create(shop: Shop, **fields: Any) -> Any:
    return given(await shop.write("POST", "/v1/landing-pages", {"title": "Offre"} | fields), 201)


class TestCreate:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["landing_pages:read"])
        response = await shop.write("POST", "/v1/landing-pages", {"title": "x"})
        assert refused(response, 403, "forbidden")["required_scope"] == "landing_pages:write"

    async def test_writer_sees_what_it_wrote(self, make_shop: ShopMaker) -> None:
        assert (await create(await make_shop(["landing_pages:write"])))["title"] == "Offre"

    async def test_members_and_defaults(self, shop: Shop) -> None:
        page = await create(shop)
        assert list(page) == DETAIL
        times = page.pop("created_at"), page.pop("updated_at")
        assert times[0] == times[1]
        assert TIME.fullmatch(times[0])
        assert page == {
            "id": page["id"],
            "title": "Offre",
            "slug": "offre",
            "status": "draft",
            "language": "ar",
            "product_id": None,
            "views": 0,
            "is_purchased": False,
            "meta_title": None,
            "meta_description": None,
            "section_count": 0,
            "sections": [],
        }

    async def test_every_field(self, shop: Shop) -> None:
        fields = {
            "title": "عرض رمضان",
            "slug": "ramadan",
            "status": "active",
            "language": "fr",
            "product_id": (await shop.create())["id"],
            "meta_title": "Offre de Ramadan",
            "meta_description": "Livraison dans les 58 wilayas",
        }
        page = await create(shop, **fields)
        assert page | fields == page
        assert given(await shop.get(f"/v1/landing-pages/{page['id']}")) == page

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("title", None),
            ("title", "a" * 256),
            ("title", "a\0b"),
            ("slug", "A B"),
            ("slug", None),
            ("status", "archived"),
            ("status", None),
            ("language", "de"),
            ("language", None),
            ("product_id", "1"),
            ("product_id", 999_999_999),
            ("meta_title", "a" * 256),
            ("meta_description", 5),
            ("sections", []),
            ("views", 5),
            ("is_purchased", True),
            ("metadata", {}),
        ],
    )
    async def test_refused(self, shop: Shop, field: str, value: object) -> None:
        response = await shop.write("POST", "/v1/landing-pages", {"title": "x", field: value})
        assert refused_fields(response) == [field]

    async def test_title_is_required(self, shop: Shop) -> None:
        assert refused_fields(await shop.write("POST", "/v1/landing-pages", {})) == ["title"]

    @pytest.mark.parametrize(
        ("title", "slug"), [("Crème brûlée", "creme-brulee"), ("قميص قطني", "قميص-قطني"), ("!!", "page")]
    )
    async def test_slug(self, shop: Shop, title: str, slug: str) -> None:
        assert [(await create(shop, title=title))["slug"] for _ in range(2)] == [slug, f"{slug}-2"]

    async def test_many_at_once(self, shop: Shop) -> None:
        made = await asyncio.gather(*(create(shop) for _ in range(8)))
        assert len({page["slug"] for page in made}) == 8

    async def test_chosen_slug_is_taken(self, shop: Shop, other_shop: Shop) -> None:
        for each in (shop, other_shop):
            await create(each)
        response = await shop.write("POST", "/v1/landing-pages", {"title": "x", "slug": "offre"})
        assert refused_fields(response, "conflict", 409) == ["slug"]

    async def test_product_of_another_store(self, shop: Shop, other_shop: Shop) -> None:
        foreign = (await other_shop.create())["id"]
        response = await shop.write("POST", "/v1/landing-pages", {"title": "x", "product_id": foreign})
        assert refused_fields(response) == ["product_id"]

    async def test_product_of_the_sandbox(self, shop: Shop, make_shop: ShopMaker) -> None:
        sandbox = await make_shop(livemode=False, store_id=shop.store_id)
        response = await shop.write(
            "POST", "/v1/landing-pages", {"title": "x", "product_id": (await sandbox.create())["id"]}
        )
        assert refused_fields(response) == ["product_id"]

    async def test_product_that_was_deleted(self, shop: Shop) -> None:
        product = (await shop.create())["id"]
        given(await shop.write("DELETE", f"/v1/products/{product}"))
        response = await shop.write("POST", "/v1/landing-pages", {"title": "x", "product_id": product})
        assert refused_fields(response) == ["product_id"]


class TestRead:
    @pytest.mark.parametrize("path", ["", "/1"])
    async def test_scope(self, make_shop: ShopMaker, path: str) -> None:
        shop = await make_shop(["landing_pages:write"])
        error = refused(await shop.get(f"/v1/landing-pages{path}"), 403, "forbidden")
        assert error["required_scope"] == "landing_pages:read"

    async def test_list(self, shop: Shop, other_shop: Shop) -> None:
        await create(other_shop)
        made = [await create(shop, status=status) for status in ("draft", "active", "draft")]
        page = given(await shop.get("/v1/landing-pages?limit=2"))
        assert [list(row) for row in page["items"]] == [ROW, ROW]
        assert (page["has_more"], [row["id"] for row in page["items"]]) == (True, [made[2]["id"], made[1]["id"]])
        rest = given(await shop.get("/v1/landing-pages", params={"limit": 2, "cursor": page["next_cursor"]}))
        assert (rest["has_more"], [row["id"] for row in rest["items"]]) == (False, [made[0]["id"]])

    async def test_status(self, shop: Shop) -> None:
        made = {status: (await create(shop, status=status))["id"] for status in ("draft", "active")}
        for status, identifier in made.items():
            found = given(await shop.get(f"/v1/landing-pages?status={status}"))
            assert [row["id"] for row in found["items"]] == [identifier]
        assert refused_fields(await shop.get("/v1/landing-pages?status=archived")) == ["status"]

    async def test_cursor_of_another_filter(self, shop: Shop) -> None:
        for _ in range(2):
            await create(shop)
        cursor = given(await shop.get("/v1/landing-pages?limit=1"))["next_cursor"]
        response = await shop.get("/v1/landing-pages", params={"cursor": cursor, "status": "draft"})
        assert refused_fields(response) == ["cursor"]

    async def test_sections(self, shop: Shop) -> None:
        page = await create(shop)
        sections = '[{"type": "hero", "title": "عرض", "items": [1, {"a": null}]}, {"type": "form"}]'
        async with engine.transaction():
            await engine.write("UPDATE landing_pages SET sections = $2::jsonb WHERE id = $1", page["id"], sections)
        found = given(await shop.get(f"/v1/landing-pages/{page['id']}"))
        assert found["section_count"] == 2
        assert found["sections"][0] == {"type": "hero", "title": "عرض", "items": [1, {"a": None}]}

    async def test_is_kept_until_a_write(self, make_cached_shop: ShopMaker) -> None:
        shop = await make_cached_shop()
        page = await create(shop)
        path = f"/v1/landing-pages/{page['id']}"
        assert [(await shop.get(path)).headers["x-cache"] for _ in range(2)] == ["MISS", "HIT"]
        given(await shop.write("PATCH", path, {"title": "Autre"}))
        assert given(await shop.get(path))["title"] == "Autre"


class TestUpdate:
    async def test_scope(self, make_shop: ShopMaker) -> None:
        shop = await make_shop(["landing_pages:read"])
        response = await shop.write("PATCH", "/v1/landing-pages/1", {"title": "x"})
        assert refused(response, 403, "forbidden")["required_scope"] == "landing_pages:write"

    async def test_absent_stays_null_clears(self, shop: Shop) -> None:
        product = (await shop.create())["id"]
        page = await create(shop, product_id=product, meta_title="a", meta_description="b")
        path = f"/v1/landing-pages/{page['id']}"
        changed = given(await shop.write("PATCH", path, {"product_id": None, "meta_title": None, "status": "active"}))
        assert changed["updated_at"] >= page["updated_at"]
        assert changed == page | {
            "product_id": None,
            "meta_title": None,
            "status": "active",
            "updated_at": changed["updated_at"],
        }
        assert given(await shop.get(path)) == changed

    async def test_nothing(self, shop: Shop) -> None:
        page = await create(shop)
        async with engine.transaction():
            await engine.write("UPDATE landing_pages SET updated_at = '2020-01-01' WHERE id = $1", page["id"])
        changed = given(await shop.write("PATCH", f"/v1/landing-pages/{page['id']}", {}))
        assert changed == page | {"updated_at": "2020-01-01 00:00:00"}

    async def test_slug_is_taken(self, shop: Shop) -> None:
        first, second = await create(shop), await create(shop)
        path = f"/v1/landing-pages/{second['id']}"
        response = await shop.write("PATCH", path, {"slug": first["slug"], "title": "y"})
        assert refused_fields(response, "conflict", 409) == ["slug"]
        assert given(await shop.get(path)) == second
        assert given(await shop.write("PATCH", path, {"slug": second["slug"]}))["slug"] == second["slug"]

    @pytest.mark.parametrize(("field", "value"), [("title", None), ("sections", []), ("product_id", 999_999_999)])
    async def test_refused(self, shop: Shop, field: str, value: object) -> None:
        path = f"/v1/landing-pages/{(await create(shop))['id']}"
        assert refused_fields(await shop.write("PATCH", path, {field: value})) == [field]


class TestDelete:
    async def test_is_gone(self, shop: Shop) -> None:
        page = await create(shop)
        path = f"/v1/landing-pages/{page['id']}"
        assert given(await shop.write("DELETE", path)) == {"id": page["id"], "deleted": True}
        refused(await shop.get(path), 404, "not_found")
        refused(await shop.write("DELETE", path), 404, "not_found")
        assert (await create(shop))["slug"] == page["slug"]


class TestOthersPages:
    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    @pytest.mark.parametrize("whose", ["other store", "other mode", "nobody"])
    async def test_are_as_none(
        self, shop: Shop, other_shop: Shop, make_shop: ShopMaker, method: str, whose: str
    ) -> None:
        owner = {"other store": other_shop, "other mode": await make_shop(livemode=False, store_id=shop.store_id)}
        identifier = (await create(owner[whose]))["id"] if whose in owner else 999_999_999
        path = f"/v1/landing-pages/{identifier}"
        error = refused(await shop.write(method, path, {} if method == "PATCH" else None), 404, "not_found")
        assert error["message"] == f"Landing page with ID {identifier} not found"
        if whose in owner:
            given(await owner[whose].get(path))

    @pytest.mark.parametrize("identifier", ["0", "-1", "x", "1.0", "99999999999999999999", "%00", "قميص"])
    async def test_no_id(self, shop: Shop, identifier: str) -> None:
        for method in ("GET", "PATCH", "DELETE"):
            response = await shop.write(method, f"/v1/landing-pages/{identifier}", {} if method == "PATCH" else None)
            refused(response, 404, "not_found")
