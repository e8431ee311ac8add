"""What the demo shops sell: typed rows made of the CSV files beside this module, the same at every run.

The files hold what a merchant wrote: one line a product, or a family of products of several weights, sizes or
colours (its `editions`: `label~price~kilogrammes~tint`, set apart by `;`). What a merchant wouldn't write by hand
(stock, barcodes, parcels) follows from a hash of the SKU.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from typing import Literal

from app.demo.parcels import parcel
from app.demo.pictures import VIEWS, image_name

Language = Literal["ar", "fr", "en"]
Tier = Literal["free", "pro", "pro_plus", "enterprise"]
Status = Literal["active", "draft", "archived"]
Row = dict[str, str]

# GS1 numbers 200 to 299 are for use inside a shop: no such barcode is another maker's.
BARCODE_PREFIX = "213"
INSURED_FROM = 20_000
# What a measure of load can't sell out.
BULK_STOCK = 1_000_000
_GROWING = frozenset({"weight", "volume", "size"})
_EDITION_NOTES: dict[str, dict[str, str]] = {
    "ar": {
        "weight": "الوزن الصافي",
        "volume": "السعة",
        "colour": "اللون",
        "size": "القياس",
        "length": "الطول",
        "capacity": "السعة",
    },
    "fr": {
        "weight": "Poids net",
        "volume": "Contenance",
        "colour": "Coloris",
        "size": "Dimensions",
        "length": "Longueur",
        "capacity": "Capacité",
    },
    "en": {"colour": "Colour", "size": "Size", "weight": "Net weight"},
}
_VIEW_NOTES: dict[str, tuple[str, ...]] = {
    "ar": ("", " – من زاوية أخرى", " – صورة مقرّبة", " – لقطة جانبية"),
    "fr": ("", " – sous un autre angle", " – vue rapprochée", " – vue de biais"),
    "en": ("", " – another view", " – close-up", " – at an angle"),
}


@dataclass(frozen=True, slots=True)
class DemoCategory:
    """A category; `parent` is the key of another one of the same shop, listed before it."""

    key: str
    name: str
    parent: str | None
    position: int


@dataclass(frozen=True, slots=True)
class DemoImage:
    """A picture: a file name that `app.demo.pictures.picture` knows, and its text in the product's language."""

    name: str
    alt: str


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """A choice of size or colour; without a price it costs what its product costs."""

    name: str
    sku: str
    price: int | None
    stock_quantity: int


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product; prices in whole dinars, weight in kilogrammes, lengths in centimetres."""

    name: str
    language: Language
    short_description: str
    description: str
    category: str
    price: int
    compare_price: int | None
    cost_price: int | None
    sku: str
    barcode: str | None
    track_stock: bool
    stock_quantity: int
    low_stock_alert: int
    weight: float
    height: float
    width: float
    length: float
    do_insurance: bool
    status: Status
    featured: bool
    external_id: str | None
    metadata: tuple[tuple[str, str], ...]
    images: tuple[DemoImage, ...]
    variants: tuple[DemoVariant, ...]

    @property
    def has_variants(self) -> bool:
        """Tell whether there is a choice to make."""
        return bool(self.variants)


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A shop and all that it sells. `key` is the letter that documentation calls it by."""

    key: str
    slug: str
    name: str
    language: Language
    tier: Tier
    sandbox_only: bool
    description: str
    primary_color: str
    secondary_color: str
    background_color: str
    font_family: str
    logo: str
    favicon: str
    banner: str
    categories: tuple[DemoCategory, ...]
    products: tuple[DemoProduct, ...]


@dataclass(frozen=True, slots=True)
class _Edition:
    """One product of a family; `place` counts from 0, the label is empty where there is only one."""

    place: int
    label: str
    price: int
    weight: float
    tint: str


def check_digit(digits: str) -> str:
    """Return the thirteenth digit of an EAN-13."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)


def demo_product_count() -> int:
    """Return how many products all shops have together."""
    return sum(len(shop.products) for shop in demo_shops())


@lru_cache(maxsize=1)
def demo_shops() -> tuple[DemoShop, ...]:
    """Return the demo shops, the ones of the sandbox alone included."""
    return tuple(_shop(row) for row in _rows("shops.csv"))


def _rows(file: str) -> list[Row]:
    text = files("app.demo").joinpath(file).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _number(text: str, choices: int) -> int:
    """Return a number below `choices` that a text always gives."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") % choices


def _shop(row: Row) -> DemoShop:
    slug = row["slug"]
    return DemoShop(
        key=row["key"],
        slug=slug,
        name=row["name"],
        language=_language(row["language"]),
        tier=_tier(row["tier"]),
        sandbox_only=row["sandbox_only"] == "true",
        description=row["description"],
        primary_color=row["primary_color"],
        secondary_color=row["secondary_color"],
        background_color=row["background_color"],
        font_family=row["font_family"],
        logo=f"logo-{slug}.svg",
        favicon=f"favicon-{slug}.svg",
        banner=f"banner-{slug}.svg",
        categories=_categories(slug),
        products=tuple(
            _product(line, edition)
            for line in _rows("products.csv")
            if line["shop"] == slug
            for edition in _editions(line)
        ),
    )


def _categories(slug: str) -> tuple[DemoCategory, ...]:
    """Return a shop's categories, each with its place among those of the same parent."""
    seen: Counter[str] = Counter()
    found: list[DemoCategory] = []
    for row in _rows("categories.csv"):
        if row["shop"] == slug:
            parent = row["parent"]
            found.append(DemoCategory(row["key"], row["name"], parent or None, seen[parent]))
            seen[parent] += 1
    return tuple(found)


def _language(text: str) -> Language:
    known: dict[str, Language] = {"ar": "ar", "fr": "fr", "en": "en"}
    return known[text]


def _tier(text: str) -> Tier:
    known: dict[str, Tier] = {"free": "free", "pro": "pro", "pro_plus": "pro_plus", "enterprise": "enterprise"}
    return known[text]


def _editions(row: Row) -> list[_Edition]:
    """Return the products of a line: one, or as many as it has editions."""
    if not row["editions"]:
        return [_Edition(0, "", int(row["price"]), float(row["weight"]), row["tint"])]
    parts = [edition.strip().split("~") for edition in row["editions"].split(";")]
    return [
        _Edition(place, label, int(price), float(weight), tint[0] if tint else row["tint"])
        for place, (label, price, weight, *tint) in enumerate(parts)
    ]


def _product(row: Row, edition: _Edition) -> DemoProduct:
    sku = f"{row['code']}-{edition.place + 1:03d}"
    language = _language(row["language"])
    flags = set(row["flags"].split())
    name = f"{row['name']} – {edition.label}" if edition.label else row["name"]
    featured = "featured" in flags and edition.place == 0
    alert = _low_stock_alert(sku, edition.price)
    stock = BULK_STOCK if "bulk" in flags else _stock(sku, alert, edition.price)
    height, width, length = parcel(row["motif"], edition.place if row["edition_kind"] in _GROWING else 0)
    return DemoProduct(
        name=name,
        language=language,
        short_description=row["short_description"],
        description=row["description"] + _edition_note(language, row["edition_kind"], edition.label),
        category=row["category"],
        price=edition.price,
        compare_price=_compare_price(row, edition.price),
        cost_price=_cost_price(sku, edition.price),
        sku=sku,
        barcode=_barcode(sku),
        track_stock=_number(f"track {sku}", 25) > 0,
        stock_quantity=stock,
        low_stock_alert=alert,
        weight=edition.weight,
        height=height,
        width=width,
        length=length,
        do_insurance=edition.price >= INSURED_FROM,
        status="draft" if "draft" in flags else "archived" if "archived" in flags else "active",
        featured=featured,
        external_id=f"ERP-{10_000 + _number(row['code'], 80_000) + edition.place}" if "erp" in flags else None,
        metadata=_metadata(row["metadata"]),
        images=_images(row["motif"], edition.tint, sku, name, language, featured=featured),
        variants=_variants(row["variants"], sku, stock),
    )


def _edition_note(language: Language, kind: str, label: str) -> str:
    if not label:
        return ""
    colon = " : " if language == "fr" else ": "
    return f" {_EDITION_NOTES[language][kind]}{colon}{label}."


def _compare_price(row: Row, price: int) -> int | None:
    """Return the price before the reduction, in steps of fifty dinars, always above the price."""
    reduction = int(row["discount"] or 0)
    if not reduction:
        return None
    return (price * 100 // (100 - reduction) // 50 + 1) * 50


def _cost_price(sku: str, price: int) -> int | None:
    """Return what the merchant paid, where it is known: between 52 % and 71 % of the price, in tens."""
    if _number(f"cost known {sku}", 6) == 0:
        return None
    return price * (52 + _number(f"cost {sku}", 20)) // 1000 * 10


def _barcode(sku: str) -> str | None:
    if _number(f"barcode known {sku}", 5) < 2:
        return None
    digits = f"{BARCODE_PREFIX}{_number(f'barcode {sku}', 10**9):09d}"
    return digits + check_digit(digits)


def _low_stock_alert(sku: str, price: int) -> int:
    if price >= INSURED_FROM:
        return 2
    return (5, 5, 5, 10, 8)[_number(f"alert {sku}", 5)]


def _stock(sku: str, alert: int, price: int) -> int:
    """Return what is left: usually plenty, sometimes none, or just at, above or below the alert."""
    chance = _number(f"stock kind {sku}", 100)
    for limit, left in ((6, 0), (11, alert), (16, alert + 1), (21, alert - 1)):
        if chance < limit:
            return left
    return 10 + _number(f"stock {sku}", 21 if price >= INSURED_FROM else 191)


def _metadata(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [pair.strip().partition("=") for pair in text.split(";") if pair.strip()]
    return tuple((key, value) for key, _, value in pairs)


def _images(motif: str, tint: str, sku: str, name: str, language: Language, *, featured: bool) -> tuple[DemoImage, ...]:
    """Return one to four views of a product; what is featured has three at least."""
    count = max(3 if featured else 1, 1 + _number(f"images {sku}", VIEWS))
    seed = _number(f"picture {sku}", 0x10000)
    first = _number(f"first view {sku}", 2)
    views = [1, 2, 3, 4] if first == 0 else [2, 1, 4, 3]
    notes = _VIEW_NOTES[language]
    return tuple(
        DemoImage(image_name(motif, tint, seed, view), name + notes[place]) for place, view in enumerate(views[:count])
    )


def _variants(text: str, sku: str, stock: int) -> tuple[DemoVariant, ...]:
    """Return the choices of a line (`name`, `name/CODE` or either `=price`), the product's stock shared among them."""
    labels = [label.strip() for label in text.split(",") if label.strip()]
    if not labels:
        return ()
    cuts = sorted(_number(f"share {place} {sku}", stock + 1) for place in range(1, len(labels)))
    shares = [after - before for before, after in pairwise([0, *cuts, stock])]
    return tuple(_variant(label, sku, share) for label, share in zip(labels, shares, strict=True))


def _variant(label: str, sku: str, stock: int) -> DemoVariant:
    choice, _, price = label.partition("=")
    name, _, code = choice.rpartition("/") if "/" in choice else (choice, "", choice)
    code = code.replace(" ", "").upper()
    return DemoVariant(name, f"{sku}-{code}", int(price) if price else None, stock)
