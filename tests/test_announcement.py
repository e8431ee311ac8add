"""The announcement's own examples, unchanged but for address and key."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Instance

ROWS = 1_000
BAD_ROW = 17

SCRIPT = """
import csv
import requests
API_KEY = "{key}"
BASE_URL = "{base}/v1"
with open('products.csv') as f:
    reader = csv.DictReader(f)
    for row in reader:
        requests.post(
            f"{{BASE_URL}}/products",
            headers={{
                "Authorization": f"Bearer {{API_KEY}}",
                "Content-Type": "application/json",
                "Idempotency-Key": row['sku']
            }},
            json={{
                "name": row['name'],
                "price": int(row['price']),
                "sku": row['sku'],
                "stock_quantity": int(row['stock']),
                "status": "active"
            }}
        )
"""

PRODUCT = {
    "name": "Cotton T-Shirt",
    "price": 1500,
    "description": "100% cotton, made in Algeria",
    "sku": "TS-COT-001",
    "stock_quantity": 50,
    "track_stock": True,
    "status": "active",
}


@pytest.fixture
def store_a(instance: Instance) -> httpx.Client:
    return client(instance, "platform_key_b")


def client(instance: Instance, key: str) -> httpx.Client:
    return httpx.Client(
        base_url=instance.base_url, headers={"Authorization": f"Bearer {instance.members[key]}"}, timeout=30
    )


class TestExamples:
    def test_whoami(self, store_a: httpx.Client, instance: Instance) -> None:
        answer = store_a.get("/v1/whoami")
        assert answer.status_code == 200
        assert answer.json()["data"]["store_id"] == instance.members["store_id_b"]

    def test_create_a_product(self, store_a: httpx.Client) -> None:
        answer = store_a.post("/v1/products", json=PRODUCT, headers={"Idempotency-Key": "announcement"})
        assert answer.status_code == 201
        data = answer.json()["data"]
        shown = ["id", "name", "slug", "pricing", "inventory", "status", "created_at"]
        assert [name for name in data if name in shown] == shown
        assert data["slug"] == "cotton-t-shirt"
        assert data["pricing"] == {"price": 1500, "compare_price": None, "cost_price": None}
        inventory = {"sku": "TS-COT-001", "track_stock": True, "stock_quantity": 50, "low_stock_alert": 5}
        assert [(name, value) for name, value in data["inventory"].items() if name in inventory] == [*inventory.items()]
        assert answer.json()["meta"] == {"request_id": answer.headers["x-request-id"], "api_version": "v1"}


class TestCsvScript:
    def test_twice(self, instance: Instance, tmp_path: Path) -> None:
        with (tmp_path / "products.csv").open("w", newline="") as out:
            rows = csv.DictWriter(out, ["name", "price", "sku", "stock"])
            rows.writeheader()
            rows.writerows(self.row(number) for number in range(1, ROWS + 1))
        with client(instance, "unlimited_key") as store_d:
            before = {product["id"] for product in self.products(store_d)}
            self.run(instance, tmp_path)
            first = self.products(store_d)
            made = [product for product in first if product["id"] not in before]
            assert len(made) == ROWS - 1
            assert {product["sku"] for product in made} == {f"CSV-{n}" for n in range(1, ROWS + 1) if n != BAD_ROW}
            self.run(instance, tmp_path)
            assert self.products(store_d) == first
            refused = store_d.post(
                "/v1/products",
                json={"name": "Row 17", "price": -5, "sku": "CSV-17", "stock_quantity": 17, "status": "active"},
                headers={"Idempotency-Key": "CSV-17"},
            )
        assert refused.status_code == 400
        assert [detail["field"] for detail in refused.json()["error"]["details"]] == ["price"]

    def row(self, number: int) -> dict[str, Any]:
        price = -5 if number == BAD_ROW else 100 + number
        return {"name": f"Article n° {number} – قطعة", "price": price, "sku": f"CSV-{number}", "stock": number}

    def run(self, instance: Instance, folder: Path) -> None:
        script = SCRIPT.format(key=instance.members["unlimited_key"], base=instance.base_url)
        subprocess.run([sys.executable, "-c", script], cwd=folder, check=True, env={"PYTHONUTF8": "1"})

    def products(self, store: httpx.Client) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = store.get("/v1/products", params={"limit": 200} | ({"cursor": cursor} if cursor else {})).json()
            found += page["data"]["items"]
            cursor = page["data"]["next_cursor"]
        return found
