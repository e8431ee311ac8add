"""The shop's pages in a real browser: an order confirmed with a thumb, a product put right, a file with errors."""

import re
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PageOpener, Tab
from tests.browser.looks import WIDTHS, require_accessible, require_fitting, signed_in
from tests.conftest import Instance

pytestmark = pytest.mark.slow

PATIENCE = 30_000
TABLE = "name;price;sku;stock\nقندورة;12500;{sku};8\nHuile;abc;HUI-1;40\n"


@pytest.fixture(scope="module")
def owner(instance: Instance) -> dict[str, Any]:
    """The cookies of the demo shop's owner."""
    return signed_in(instance)


def api(instance: Instance, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Ask as store A's server."""
    headers = {"Authorization": f"Bearer {instance.members['platform_key']}", "Idempotency-Key": secrets.token_hex(8)}
    answer = httpx.request(method, f"{instance.base_url}/v1{path}", json=body, headers=headers, timeout=30)
    assert answer.status_code < 300, answer.text
    return answer.json()["data"]


def product(instance: Instance, **members: object) -> dict[str, Any]:
    given = {"name": "زربية", "price": 1000, "status": "active", "stock_quantity": 50, "track_stock": True, **members}
    return api(instance, "POST", "/products", given)


def speak(tab: Tab, language: str) -> None:
    tab.set_default_timeout(PATIENCE)
    tab.get_by_role("button", name={"ar": "العربية", "en": "English"}[language]).click()
    expect(tab.locator("html")).to_have_attribute("lang", language)


def test_an_order_is_confirmed_with_a_thumb(instance: Instance, owner: dict[str, Any], open_page: PageOpener) -> None:
    made = product(instance)
    customer = {"name": "أمينة بن سالم", "phone": "0555987654", "wilaya_id": 16, "commune": "Hydra"}
    items = [{"product_id": made["id"], "quantity": 2}]
    order = api(instance, "POST", "/orders", {"customer": customer, "delivery": {"type": "home"}, "items": items})
    tab = open_page(f"{instance.base_url}/dashboard/orders", storage_state=owner, width=390, height=844, has_touch=True)
    speak(tab, "ar")
    tab.get_by_label("الهاتف أو رقم الطلبية").fill(order["order_number"])
    tab.get_by_role("search").get_by_role("button").tap()
    expect(tab.get_by_role("heading", level=1)).to_have_text(order["order_number"])
    confirm = tab.get_by_role("button", name="تأكيد", exact=True)
    place = confirm.bounding_box()
    # Without scrolling: in the window's lower half, where a thumb is, and large enough for one.
    assert place is not None
    assert 422 < place["y"] <= 844 - place["height"] <= 800, place
    confirm.tap()
    expect(tab.get_by_text("تم تأكيد الطلبية.")).to_be_visible()
    tab.get_by_role("button", name="إلغاء الطلبية").first.tap()
    expect(tab.get_by_role("dialog", name="إلغاء هذه الطلبية؟")).to_be_visible()
    require_accessible(tab)
    tab.get_by_role("dialog").get_by_role("button", name="إلغاء", exact=True).tap()
    assert api(instance, "GET", f"/orders/{order['id']}")["status"] == "confirmed"
    for width in WIDTHS:
        require_fitting(tab, width)
    speak(tab, "en")


def test_an_error_stands_beside_its_field(instance: Instance, owner: dict[str, Any], open_page: PageOpener) -> None:
    made = product(instance, name="Théière dorée")
    tab = open_page(f"{instance.base_url}/dashboard/products/{made['id']}/edit", storage_state=owner)
    tab.set_default_timeout(PATIENCE)
    price = tab.get_by_label("Price", exact=True)
    price.fill("a lot")
    tab.get_by_label("Name", exact=True).fill("Théière argentée")
    # What was answered with 400 is an error to the console, too.
    with tab.expect_response(lambda answer: answer.request.method == "POST") as answered:
        tab.get_by_role("button", name="Save").click()
    assert answered.value.status == 400
    expect(price).to_have_attribute("aria-invalid", "true")
    expect(price).to_have_accessible_description(re.compile("must be an integer"))
    expect(price).to_have_value("a lot")
    require_accessible(tab)
    for width in WIDTHS:
        require_fitting(tab, width)
    price.fill("2 500")
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("Saved.")).to_be_visible()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Théière argentée")
    expect(tab.get_by_text("2,500 DA").first).to_be_visible()
    tab.complaints[:] = [each for each in tab.complaints if "400" not in each]


def test_a_file_with_errors(instance: Instance, owner: dict[str, Any], open_page: PageOpener, tmp_path: Path) -> None:
    sku = f"GND-{secrets.token_hex(4)}"
    file = tmp_path / "catalogue.csv"
    file.write_text(TABLE.format(sku=sku), encoding="utf-8-sig")
    tab = open_page(f"{instance.base_url}/dashboard/products", storage_state=owner)
    tab.set_default_timeout(PATIENCE)
    tab.get_by_role("link", name="Import CSV").click()
    require_accessible(tab)
    tab.get_by_label("CSV file").set_input_files(file)
    tab.get_by_role("button", name="Check the file").click()
    row = tab.get_by_role("region", name="Errors").get_by_role("row").nth(1)
    expect(row).to_contain_text("3")
    expect(row).to_contain_text("price")
    expect(row).to_contain_text("must be an integer")
    require_accessible(tab)
    for width in WIDTHS:
        require_fitting(tab, width)
    with tab.expect_download() as downloaded:
        tab.get_by_role("link", name="Download all errors").click()
    assert '3,price,"must be an integer' in Path(downloaded.value.path()).read_text(encoding="utf-8-sig")
    tab.get_by_role("button", name="Import 1 products").click()
    expect(tab.get_by_text("The file is imported.")).to_be_visible()
    tab.goto(f"{instance.base_url}/dashboard/products?search={sku}")
    tab.get_by_role("link", name="قندورة").click()
    expect(tab.get_by_text("Opening stock")).to_be_visible()
