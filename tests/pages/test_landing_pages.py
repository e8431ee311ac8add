"""Landing pages: listed, made, changed, deleted; and by whom not."""

from typing import Any

import pytest

from tests.conftest import Shop
from tests.pages.browser import shown
from tests.pages.conftest import SignedIn
from tests.pages.test_products import fields

pytestmark = pytest.mark.anyio

PAGES = "/dashboard/landing-pages"


async def made(shop: Shop, **members: object) -> dict[str, Any]:
    response = await shop.write("POST", "/v1/landing-pages", {"title": "Ramadan", **members})
    assert response.status_code == 201, response.text
    return response.json()["data"]


async def test_made_listed_and_filtered(shop: Shop, signed_in: SignedIn) -> None:
    product = await shop.create(name="Théière")
    browser = await signed_in(shop)
    assert "No landing pages" in shown(await browser.get(PAGES))
    page = await browser.get(f"{PAGES}/new", params={"product": product["id"]})
    form = fields(page)
    assert form["product_id"] == str(product["id"])
    page = await browser.follow(await browser.post(PAGES, **form | {"title": "عرض رمضان", "status": "active"}))
    assert "عرض رمضان" in shown(page)
    assert "عرض رمضان" not in shown(await browser.get(PAGES, params={"status": "draft"}))
    there = (await shop.get("/v1/landing-pages")).json()["data"]["items"][0]
    assert (there["product_id"], there["language"]) == (product["id"], "ar")


async def test_changed_by_two(shop: Shop, signed_in: SignedIn) -> None:
    page_id = (await made(shop, meta_title="x"))["id"]
    browser = await signed_in(shop)
    form = fields(await browser.get(f"{PAGES}/{page_id}"))
    await shop.write("PATCH", f"/v1/landing-pages/{page_id}", {"title": "Theirs", "status": "active"})
    page = await browser.post(f"{PAGES}/{page_id}", **form | {"title": "Mine", "meta_title": ""})
    assert page.status_code == 412
    assert "is by now: Theirs" in shown(page)
    assert (await browser.post(f"{PAGES}/{page_id}", **fields(page))).status_code == 303
    now = (await shop.get(f"/v1/landing-pages/{page_id}")).json()["data"]
    assert (now["title"], now["status"], now["meta_title"]) == ("Mine", "active", None)


async def test_refused_beside_its_field(shop: Shop, signed_in: SignedIn) -> None:
    taken = await made(shop, slug="taken")
    browser = await signed_in(shop)
    for form, field, status in (
        ({"title": ""}, "title", 400),
        ({"title": "x", "slug": "No Slug"}, "slug", 400),
        ({"title": "x", "slug": taken["slug"]}, "slug", 409),
        ({"title": "x", "product_id": "99999999"}, "product_id", 400),
        ({"title": "x", "product_id": "x"}, "product_id", 400),
    ):
        page = await browser.post(PAGES, **{"status": "draft", "language": "fr", **form})
        assert page.status_code == status, form
        assert f'id="{field}-error"' in page.text


async def test_deleted(shop: Shop, signed_in: SignedIn) -> None:
    page_id = (await made(shop))["id"]
    browser = await signed_in(shop)
    page = await browser.follow(await browser.post(f"{PAGES}/{page_id}/delete"))
    assert "The landing page is deleted." in shown(page)
    assert (await browser.get(f"{PAGES}/{page_id}")).status_code == 404


async def test_who_may_only_look(shop: Shop, signed_in: SignedIn) -> None:
    page_id = (await made(shop))["id"]
    browser = await signed_in(shop, "viewer")
    page = await browser.get(f"{PAGES}/{page_id}")
    assert "Ramadan" in shown(page)
    assert "Save" not in shown(page)
    assert (await browser.get(f"{PAGES}/new")).status_code == 403
    for path in ("", f"/{page_id}", f"/{page_id}/delete"):
        assert (await browser.post(PAGES + path, title="x", was="{}")).status_code == 403


async def test_another_stores_page_is_none(shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
    page_id = (await made(other_shop))["id"]
    browser = await signed_in(shop)
    assert (await browser.get(f"{PAGES}/{page_id}")).status_code == 404
    for path in ("", "/delete"):
        form = {"title": "x", "was": "{}", "status": "draft", "language": "ar"}
        assert (await browser.post(f"{PAGES}/{page_id}{path}", **form)).status_code == 404
    assert (await other_shop.get(f"/v1/landing-pages/{page_id}")).json()["data"]["title"] == "Ramadan"
