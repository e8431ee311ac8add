"""The fields of a product's form: as text, and as the mutations take them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.pages.changes import Texts, camel_case, plain
from app.pages.forms import Form
from graph.errors import Detail, invalid_fields
from graph.product_forms import IMAGES_MAXIMUM
from graph.rules import Form as Rules

WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
BLANKS: Final = re.compile(r"[\s\u00a0\u202f\u2009]")
SPARE: Final = 2

READ: Final = """
  databaseId name slug status featured price description sku
  short_description: shortDescription compare_price: comparePrice category_id: categoryId external_id: externalId
  pricing { cost_price: costPrice }
  inventory { barcode track_stock: trackStock low_stock_alert: lowStockAlert stock_quantity: stockQuantity }
  shipping { weight height width length do_insurance: doInsurance }
  images { url alt }
"""
CATEGORIES: Final = "categories(first: 200) { nodes { databaseId name } }"


def whole(text: str) -> Any:
    """Return a whole number that somebody typed, with blanks between its digits or without; else the text."""
    packed = BLANKS.sub("", text)
    return int(packed) if WHOLE.fullmatch(packed) else text


def _number(text: str) -> Any:
    try:
        return float(BLANKS.sub("", text).replace(",", "."))
    except ValueError:
        return text


def _images(text: str) -> list[dict[str, Any]]:
    return [{"url": url, "alt": alt or None} for url, alt in json.loads(text)]


def _text(text: str) -> str:
    return text


KINDS: Final[Mapping[str, Callable[[str], Any]]] = {
    "name": _text,
    "price": whole,
    "compare_price": whole,
    "cost_price": whole,
    "short_description": _text,
    "description": _text,
    "category_id": whole,
    "status": str.lower,
    "featured": bool,
    "sku": _text,
    "barcode": _text,
    "track_stock": bool,
    "stock_quantity": whole,
    "low_stock_alert": whole,
    "images": _images,
    "weight": _number,
    "height": _number,
    "width": _number,
    "length": _number,
    "do_insurance": bool,
    "slug": _text,
    "external_id": _text,
}
# Those that a form of boxes and rows has no text for.
MADE: Final = ("images",)


def texts_of(product: Mapping[str, Any]) -> dict[str, str]:
    """Return a product, as `READ` has it, as its form shows it."""
    flat = {**product, **product["pricing"], **product["inventory"], **product["shipping"]}
    texts = {name: plain(flat[name]) for name in KINDS if name not in MADE}
    texts |= {name: f"{flat[name]:g}" for name in ("weight", "height", "width", "length") if flat[name] is not None}
    texts["images"] = json.dumps([[image["url"], image["alt"] or ""] for image in product["images"]])
    return texts


def typed_in(form: Form) -> dict[str, str]:
    """Return what was typed."""
    texts = {name: plain(form.get(name)) for name in KINDS if name not in MADE}
    pairs = zip(form.all("image_url"), form.all("image_alt"), strict=False)
    texts["images"] = json.dumps([[url.strip(), alt.strip()] for url, alt in pairs if url.strip()])
    return texts


def image_rows(texts: Texts) -> list[tuple[str, str]]:
    """Return the rows of pictures that a form shows: those there are, and room for more."""
    rows = [(str(url), str(alt)) for url, alt in json.loads(texts["images"])]
    return rows + [("", "")] * min(SPARE, max(0, IMAGES_MAXIMUM - len(rows)))


def wanted(texts: Texts, rules: Rules) -> dict[str, Any]:
    """Return fields of a form as a mutation's input.

    Args:
        texts: those that are meant; an empty one clears, where that may be.
        rules: what they have to keep; the resolver's own, so that each is told by its name.

    Raises:
        ApiError: `bad_request` with a detail for each that keeps it not.
    """
    values: dict[str, Any] = {}
    for name, text in texts.items():
        is_empty = text == "" and KINDS[name] is not bool and name != "name"
        values[name] = None if is_empty else KINDS[name](text)
    rules.check(values)
    outward = {camel_case(name): value for name, value in values.items()}
    if "status" in values:
        outward["status"] = values["status"].upper()
    if values.get("category_id") is not None:
        outward["categoryId"] = str(values["category_id"])
    return outward


def refuse_text(field: str, value: Any) -> int:
    """Return a whole number.

    Raises:
        ApiError: `bad_request`: it is none.
    """
    if not isinstance(value, int):
        raise invalid_fields([Detail(field, "must be a whole number")])
    return value
