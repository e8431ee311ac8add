import json
import unicodedata
from collections import Counter
from dataclasses import asdict
from hashlib import sha256
from itertools import chain

import pytest

from app.demo.catalogue import DemoProduct, DemoShop, check_digit, demo_product_count, demo_shops

# Documentation shows these rows: a change here is a change there.
CATALOGUE_HASH = "29859eaa23545cf9914b3460d2264fecf292ffae971f15576e0051da1bb2d068"

SHOPS = {shop.key: shop for shop in demo_shops()}
PRODUCTS = [(shop.slug, product) for shop in demo_shops() for product in shop.products]
every_shop = pytest.mark.parametrize("shop", demo_shops(), ids=lambda shop: shop.slug)


def texts(shop: DemoShop) -> list[str]:
    found = [shop.name, shop.description, *(category.name for category in shop.categories)]
    for product in shop.products:
        found += [product.name, product.short_description, product.description]
        found += [text for pair in product.metadata for text in pair]
        found += [image.alt for image in product.images] + [variant.name for variant in product.variants]
    return found


def arabic(text: str) -> bool:
    return any("\u0600" <= letter <= "\u06ff" for letter in text)


def latin(text: str) -> bool:
    return any("a" <= letter.lower() <= "z" for letter in text)


def test_the_catalogue_is_the_same_at_every_run_and_on_every_platform() -> None:
    dump = json.dumps([asdict(shop) for shop in demo_shops()], ensure_ascii=True, sort_keys=True)
    assert sha256(dump.encode()).hexdigest() == CATALOGUE_HASH


def test_the_shops_are_the_four_of_the_contract() -> None:
    assert {key: shop.tier for key, shop in SHOPS.items()} == {
        "a": "pro_plus", "b": "pro_plus", "c": "free", "d": "enterprise",
    }  # fmt: skip
    assert [shop.key for shop in demo_shops() if shop.sandbox_only] == ["d"]
    assert {key: len(shop.products) for key, shop in SHOPS.items()} == {"a": 227, "b": 29, "c": 8, "d": 5}
    assert demo_product_count() == 269
    assert len({shop.slug for shop in demo_shops()}) == 4


@every_shop
def test_names_skus_barcodes_and_external_ids_are_unique_in_a_shop(shop: DemoShop) -> None:
    for values in (
        [product.name for product in shop.products],
        [product.sku for product in shop.products] + [v.sku for product in shop.products for v in product.variants],
        [product.barcode for product in shop.products if product.barcode],
        [product.external_id for product in shop.products if product.external_id],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []


@every_shop
def test_categories_make_a_tree_of_two_levels_and_none_is_a_loose_end(shop: DemoShop) -> None:
    parents = {category.key: category.parent for category in shop.categories}
    seen: set[str] = set()
    for category in shop.categories:
        assert category.parent is None or (category.parent in seen and parents[category.parent] is None)
        seen.add(category.key)
    filled = {product.category for product in shop.products}
    assert filled == set(parents) - {parent for parent in parents.values() if parent}
    places = Counter((category.parent, category.position) for category in shop.categories)
    assert set(places.values()) == {1}


@pytest.mark.parametrize(("slug", "product"), PRODUCTS, ids=lambda value: value.sku if hasattr(value, "sku") else value)
def test_a_product_keeps_the_rules_of_the_contract(slug: str, product: DemoProduct) -> None:
    assert 1 <= len(product.name) <= 255
    assert product.short_description
    assert product.description.count(".") >= 2, slug
    assert 0 < product.price <= 100_000
    assert product.price % 10 == 0
    assert product.compare_price is None or product.compare_price > product.price
    assert product.cost_price is None or 0 < product.cost_price < product.price
    assert 0 < len(product.sku) <= 64
    assert product.sku.isascii()
    assert product.stock_quantity >= 0
    assert product.low_stock_alert > 0
    assert product.do_insurance == (product.price >= 20_000)
    assert 0 < product.weight <= 30
    assert all(0 < side <= 150 for side in (product.height, product.width, product.length))
    assert len(product.metadata) <= 50
    assert all(key and value for key, value in product.metadata)
    assert 1 <= len(product.images) <= 4


@pytest.mark.parametrize("product", [product for _, product in PRODUCTS if product.variants], ids=lambda p: p.sku)
def test_variants_share_their_product_s_stock(product: DemoProduct) -> None:
    assert product.has_variants
    assert sum(variant.stock_quantity for variant in product.variants) == product.stock_quantity
    for variant in product.variants:
        assert variant.name
        assert variant.stock_quantity >= 0
        assert variant.sku.startswith(f"{product.sku}-")
        assert variant.sku.isascii()
        assert len(variant.sku) <= 64
        assert variant.price is None or variant.price > 0


def test_a_barcode_ends_in_its_check_digit() -> None:
    assert check_digit("400638133393") == "1"
    barcodes = [product.barcode for _, product in PRODUCTS if product.barcode]
    assert len(barcodes) > 100
    for barcode in barcodes:
        assert len(barcode) == 13
        assert barcode.isdecimal()
        assert check_digit(barcode[:12]) == barcode[12]


@every_shop
def test_text_is_composed_clean_and_in_the_language_that_it_says(shop: DemoShop) -> None:
    for text in texts(shop):
        assert text == unicodedata.normalize("NFC", text).strip()
        assert "  " not in text
        assert "lorem" not in text.lower()
        assert all(letter.isprintable() for letter in text), text
    for product in shop.products:
        script = arabic if product.language == "ar" else latin
        assert script(product.name)
        assert script(product.description)
        assert all(script(image.alt) for image in product.images)
        if product.language != "ar":
            assert not arabic(product.description)


def test_the_first_shop_shows_every_case() -> None:
    products = SHOPS["a"].products
    languages = Counter(product.language for product in products)
    assert languages["ar"] > 80
    assert languages["fr"] > 80
    assert languages["en"] >= 5
    assert {product.status for product in products} == {"active", "draft", "archived"}
    assert Counter(product.status for product in products)["active"] > 200
    gaps = Counter(product.stock_quantity - product.low_stock_alert for product in products)
    assert min(gaps[-1], gaps[0], gaps[1]) >= 5
    assert sum(product.stock_quantity == 0 for product in products) >= 5
    assert 5 <= sum(product.featured for product in products) <= 25
    assert 0 < sum(not product.track_stock for product in products) < 20
    assert all(
        any(getattr(product, field) is None for product in products) for field in ("compare_price", "cost_price")
    )
    assert sum(product.compare_price is not None for product in products) > 20
    assert sum(product.has_variants for product in products) > 30
    assert any(variant.price for product in products for variant in product.variants)


def test_the_announcement_s_own_product_is_left_to_its_readers() -> None:
    skus = chain.from_iterable([product.sku, *(variant.sku for variant in product.variants)] for _, product in PRODUCTS)
    assert "TS-COT-001" not in set(skus)
    assert all(product.name.casefold() != "cotton t-shirt" for _, product in PRODUCTS)


def test_a_measure_of_load_can_t_sell_its_shop_out() -> None:
    assert all(product.stock_quantity == 1_000_000 and product.status == "active" for product in SHOPS["d"].products)
