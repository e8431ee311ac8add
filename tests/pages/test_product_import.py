"""The import of products: looked over without a trace, confirmed once and exactly, reported; and refused."""

import csv
import io
import re
import secrets
from typing import Any

import httpx
import pytest

from app.pages.dashboard.product_import import BATCH, BYTES_MAXIMUM, ROWS_MAXIMUM
from app.workers.cleaning import clean
from db.engine import engine
from tests.conftest import Shop
from tests.pages.browser import Browser, shown
from tests.pages.conftest import SignedIn

pytestmark = pytest.mark.anyio

IMPORT = "/dashboard/products/import"
MIXED = """name;price;sku;stock;images
قندورة;12500;GND-1;8;https://x.dz/1.jpg
Huile;abc;HUI-1;40;
Miel;1800;MIE-1;-4;https://x.dz/2.jpg ftp://x.dz/3.jpg
Savon;100;GND-1;1;

Café;900;CAF-1;3;;too;many
"""


async def upload(browser: Browser, content: str | bytes, name: str = "catalogue.csv") -> httpx.Response:
    """Send a file, as the form does."""
    body = content.encode() if isinstance(content, str) else content
    return await browser.client.post(
        IMPORT,
        data={"csrf": browser.csrf, "idempotency_key": secrets.token_hex(8)},
        files={"file": (name, body, "text/csv")},
        headers={"Origin": "http://test", "Sec-Fetch-Site": "same-origin"},
    )


async def products(shop: Shop) -> dict[str, dict[str, Any]]:
    found = (await shop.get("/v1/products?limit=200")).json()["data"]["items"]
    return {each["sku"]: each for each in found}


async def rows(shop: Shop) -> list[Any]:
    """Return every row that an import could touch."""
    tables = ("products", "product_images", "stock_movements", "events")
    return [
        [
            dict(row)
            for row in await engine.fetch(f"SELECT t.*, t.xmin FROM {table} t WHERE store_id = $1", shop.store_id)
        ]
        for table in tables
    ]


class TestPreview:
    async def test_tells_all_and_writes_nothing(self, shop: Shop, signed_in: SignedIn) -> None:
        await shop.create(name="Old", sku="HUI-1", stock_quantity=9)
        before = await rows(shop)
        browser = await signed_in(shop)
        page = await browser.follow(await upload(browser, MIXED))
        text = shown(page)
        assert "New 1 To update 0 Unchanged 0 With errors 4" in text
        for line, field, message in (
            (3, "price", "must be an integer"),
            (4, "stock_quantity", "must be from 0"),
            (4, "images.1.url", "must be an http or https address"),
            (5, "sku", "GND-1 comes twice in this table"),
            (7, "—", "has 7 cells, and the header 5"),
        ):
            assert f"{line} {field} {message}" in text
        assert await rows(shop) == before

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    async def test_as_spreadsheets_write_it(self, shop: Shop, signed_in: SignedIn, separator: str) -> None:
        table = "\r\n".join(
            separator.join(row) for row in (("name", "price", "sku"), ("Café", "900", "C"), ("", "", ""))
        )
        browser = await signed_in(shop)
        page = await browser.follow(await upload(browser, b"\xef\xbb\xbf" + table.encode()))
        assert "New 1 To update 0 Unchanged 0 With errors 0" in shown(page)

    async def test_what_comes_twice_far_apart(self, shop: Shop, signed_in: SignedIn) -> None:
        lines = [f"P{n},1,S{n},e{n}" for n in range(BATCH + 1)]
        table = "\n".join(["name,price,sku,external_id", *lines, "Again,1,NEW,e0"])
        browser = await signed_in(shop)
        page = await browser.follow(await upload(browser, table))
        assert f"New {BATCH + 1} To update 0 Unchanged 0 With errors 1" in shown(page)
        assert f"{BATCH + 3} external_id e0 comes twice in this table" in shown(page)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "choose a file"),
            ("nom,prix\nx,1", "unknown columns: nom, prix"),
            ("name,sku\nx,1", "missing columns: price"),
            ("name,price,sku", "has a header and no rows"),
            ("name,name,price,sku\n", "a column comes twice"),
            ("Café".encode("latin-1"), "is not UTF-8 (byte 3): save it as CSV UTF-8"),
            (b"\x00\x01\xff\xfe", "is not UTF-8"),
            ("name,price,sku\n" + "x,1,1\n" * (ROWS_MAXIMUM + 1), f"has more than {ROWS_MAXIMUM} rows"),
            (b"name,price,sku\n" + b"x" * BYTES_MAXIMUM, "is larger than 5 MiB"),
        ],
    )
    async def test_no_table(self, shop: Shop, signed_in: SignedIn, content: str | bytes, message: str) -> None:
        page = await upload(await signed_in(shop), content)
        assert page.status_code in (400, 413)
        assert 'id="file-error"' in page.text
        assert message in shown(page)

    async def test_far_too_large(self, shop: Shop, signed_in: SignedIn) -> None:
        page = await upload(await signed_in(shop), b"x" * 12_000_000)
        assert page.status_code == 413

    async def test_hostile_cells(self, shop: Shop, signed_in: SignedIn) -> None:
        table = 'name,price,sku\n"\x00",1,N\n<script>x</script>,1,"=cmd()"\nx,1,"' + "=" * 100 + '"\n'
        browser = await signed_in(shop)
        page = await browser.follow(await upload(browser, table, "<b>\u202e\n.csv"))
        assert page.status_code == 200
        assert "<script>x" not in page.text
        assert "<b>" not in page.text


class TestConfirm:
    async def test_imports_what_was_shown(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        page = await browser.follow(await upload(browser, MIXED))
        preview = page.url.path
        page = await browser.follow(await browser.post(preview))
        assert "The file is imported." in shown(page)
        assert "Created 1 Updated 0 Unchanged 0 Left out 4" in shown(page)
        there = await products(shop)
        assert list(there) == ["GND-1"]
        assert (there["GND-1"]["name"], there["GND-1"]["price"]) == ("قندورة", 12_500)
        assert "To update" not in shown(await browser.get(preview))

    async def test_the_same_file_twice_changes_nothing(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        for expected in ("Created 1 Updated 0 Unchanged 0", "Created 0 Updated 0 Unchanged 1"):
            page = await browser.follow(await upload(browser, "name,price,sku,stock\nCafé,900,CAF,3\n"))
            assert expected in shown(await browser.follow(await browser.post(page.url.path)))
        page = await browser.follow(await upload(browser, "name,price,sku,stock\nCafé,950,CAF,5\n"))
        await browser.post(page.url.path)
        product = (await products(shop))["CAF"]
        assert product["price"] == 950
        page = shown(await browser.get(f"/dashboard/products/{product['id']}"))
        assert "+2 Import" in page

    async def test_batch_by_batch_once(self, shop: Shop, signed_in: SignedIn) -> None:
        lines = [f"P{n},1,S{n}" for n in range(BATCH + 5)]
        browser = await signed_in(shop)
        page = await browser.follow(await upload(browser, "\n".join(["name,price,sku", *lines, "Last,1,S0"])))
        preview = page.url.path
        await browser.post(preview)
        # As after a page that was closed before it could be noted that all is in: nothing is done a second time.
        async with engine.transaction():
            await engine.write("UPDATE product_uploads SET imported_at = NULL")
        before = await rows(shop)
        page = await browser.follow(await browser.post(preview))
        assert f"Created {BATCH + 5} Updated 0 Unchanged 0 Left out 1" in shown(page)
        assert await rows(shop) == before

    async def test_a_second_confirmation_is_the_first(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        page = await browser.follow(await upload(browser, "name,price,sku\nCafé,900,CAF\n"))
        await browser.post(page.url.path)
        product = (await products(shop))["CAF"]
        await shop.write("PATCH", f"/v1/products/{product['id']}", {"price": 1})
        assert (await browser.post(page.url.path)).status_code == 303
        assert (await products(shop))["CAF"]["price"] == 1


class TestReport:
    async def test_has_every_error(self, shop: Shop, signed_in: SignedIn) -> None:
        table = "name,price,sku\n" + "".join(f"P,no,S{n}\n" for n in range(150))
        browser = await signed_in(shop)
        page = await browser.follow(await upload(browser, table))
        assert "And 50 more" in shown(page)
        report = await browser.get(f"{page.url.path}/report.csv")
        assert report.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in report.headers["content-disposition"]
        found = list(csv.reader(io.StringIO(report.content.decode("utf-8-sig"))))
        assert found[0] == ["line", "field", "error"]
        assert [row[:2] for row in found[1:]] == [[str(n + 2), "price"] for n in range(150)]


class TestWho:
    @pytest.mark.parametrize("role", ["viewer", "developer"])
    async def test_nobody_who_may_only_look(self, shop: Shop, signed_in: SignedIn, role: str) -> None:
        browser = await signed_in(shop, role)
        assert (await browser.get(IMPORT)).status_code == 403
        assert (await upload(browser, MIXED)).status_code == 403
        for path in (f"{IMPORT}/1", f"{IMPORT}/1/report.csv"):
            assert (await browser.get(path)).status_code == 403
        assert (await browser.post(f"{IMPORT}/1")).status_code == 403

    async def test_only_who_has_sent_it(self, shop: Shop, other_shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        path = (await upload(browser, MIXED)).headers["location"]
        for other in (await signed_in(shop), await signed_in(other_shop)):
            assert (await other.get(path)).status_code == 404
            assert (await other.get(f"{path}/report.csv")).status_code == 404
            assert (await other.post(path)).status_code == 404
        await browser.post("/dashboard/mode", mode="test")
        assert (await browser.get(path)).status_code == 404

    async def test_for_an_hour_and_the_last_one_alone(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        paths = [(await upload(browser, MIXED)).headers["location"] for _ in range(2)]
        assert [(await browser.get(path)).status_code for path in paths] == [404, 200]
        number = int(re.search(r"\d+$", paths[1])[0])  # type: ignore[index]
        async with engine.transaction():
            await engine.write(
                "UPDATE product_uploads SET created_at = now() - interval '1 hour' WHERE id = $1", number
            )
        assert (await browser.post(paths[1])).status_code == 404
        await clean()
        assert await engine.fetch("SELECT FROM product_uploads WHERE id = $1", number) == []

    async def test_no_form_without_its_token(self, shop: Shop, signed_in: SignedIn) -> None:
        browser = await signed_in(shop)
        path = (await upload(browser, MIXED)).headers["location"]
        browser.csrf = "0" * 64
        assert (await upload(browser, MIXED)).status_code == 403
        browser.csrf = "0" * 64
        assert (await browser.post(path)).status_code == 403
        assert await products(shop) == {}
