"""Products from a table of text, such as a CSV file: many at once, and the same twice changes nothing.

A row is found again by its `sku`, or by its `external_id` when it has none. Each is held to the rules of
`product_forms.CREATE`; one that is refused says why and stops no other.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from db.engine import engine
from db.tables import Product
from graph.context import Context
from graph.errors import ApiError, Detail, invalid_fields
from graph.product_forms import CREATE
from graph.products import product_create, product_update
from graph.rules import Rule
from graph.slugs import slug_of
from graph.stock import openings_record

What = Literal["created", "updated", "unchanged", "refused"]

# How other programs name our fields.
# What no column of a file holds.
NO_COLUMN = frozenset({"metadata", "variants"})
ALIASES = {"stock": "stock_quantity", "quantity": "stock_quantity", "image": "images", "title": "name"}
YES = frozenset({"true", "1", "yes", "oui", "نعم"})
NO = frozenset({"false", "0", "no", "non", "لا"})
# What the table gives a column that a row leaves out.
DEFAULTS = {
    column._meta.name: column.get_default_value()  # noqa: SLF001 -- Piccolo keeps a column's name there
    for column in Product._meta.columns  # noqa: SLF001
    if column._meta.name in CREATE.members and not column._meta.null and column._meta.name != "metadata"  # noqa: SLF001
}
# What one product of a store has alone: a table that gives it twice means two things by it.
UNIQUE = ("sku", "external_id", "slug")
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row. Of a refused one, `details` say what is wrong with which field; "" stands for the row."""

    what: What
    details: tuple[Detail, ...] = ()

    @property
    def reason(self) -> str:
        """Return why a row was refused, in one line."""
        return "; ".join(f"{detail.field} {detail.message}".strip() for detail in self.details)


class Undone(Exception):
    """Work that was tried, and of which nothing may stay."""


def fields_of(header: Sequence[str]) -> list[str]:
    """Return the fields that a table's header names.

    Raises:
        ValueError: a column is none of ours, comes twice, or a needed one is missing; says which there are.
    """
    names = [ALIASES.get(name.strip().lower(), name.strip().lower()) for name in header]
    allowed = [name for name in CREATE.members if name not in NO_COLUMN]
    unknown = [name for name in names if name not in allowed]
    if unknown:
        raise ValueError(f"unknown columns: {', '.join(unknown)}. There are: {', '.join(allowed)}")
    if len(set(names)) != len(names):
        raise ValueError("a column comes twice")
    missing = [name for name in CREATE.required if name not in names]
    if missing or not {"sku", "external_id"} & set(names):
        needed = [*missing, *([] if {"sku", "external_id"} & set(names) else ["sku or external_id"])]
        raise ValueError(f"missing columns: {', '.join(needed)}")
    return names


async def products_import(
    context: Context, rows: Sequence[Mapping[str, str]], seen: set[tuple[str, str]]
) -> list[Outcome]:
    """Create or change a batch of products on the running transaction and say what became of each.

    Args:
        context: whose they are; needs `products:write`.
        rows: text by field; an empty text is an absent field.
        seen: what named the rows of earlier batches; grows by these. A row that names a product again is refused.
    """
    context.require("products:write")
    before = len(seen)
    read, refused = _checked(rows, seen)
    outcomes: list[Outcome | None] = [refused.get(place) for place in range(len(rows))]
    known = await _known(context, read.values())
    fresh = await _insert_fresh(context, {place: each for place, each in read.items() if _identity(each) not in known})
    for place, values in read.items():
        outcomes[place] = Outcome("created") if place in fresh else await _one(context, known, values)
    if len(seen).bit_length() > before.bit_length() and len(fresh) > len(rows) // 2:
        # The table may have doubled: statements planned for what it was would read all of it for each batch.
        await engine.write("ANALYZE products")
    return [outcome for outcome in outcomes if outcome is not None]


async def products_preview(
    context: Context, rows: Sequence[Mapping[str, str]], seen: set[tuple[str, str]]
) -> list[Outcome]:
    """Return what `products_import` would do with a batch; nothing of it stays."""
    outcomes: list[Outcome] = []
    with suppress(Undone):
        async with engine.transaction():
            outcomes = await products_import(context, rows, seen)
            raise Undone
    return outcomes


def names_seen(rows: Sequence[Mapping[str, str]], seen: set[tuple[str, str]]) -> None:
    """Let `seen` grow as `products_import` does, by a batch that is in already."""
    _checked(rows, seen)


def _checked(
    rows: Sequence[Mapping[str, str]], seen: set[tuple[str, str]]
) -> tuple[dict[int, dict[str, Any]], dict[int, Outcome]]:
    """Return the values of the rows that can be read, and why the others can't, by place."""
    read: dict[int, dict[str, Any]] = {}
    refused: dict[int, Outcome] = {}
    for place, row in enumerate(rows):
        try:
            values = _read(row)
            names = {(name, values[name]) for name in UNIQUE if values.get(name)}
            twice = sorted(names & seen)
            if twice:
                raise invalid_fields([Detail(name, f"{value} comes twice in this table") for name, value in twice])
            seen |= names
            read[place] = values
        except (ApiError, ValueError) as error:
            refused[place] = _refused(error)
    return read, refused


def _read(row: Mapping[str, str]) -> dict[str, Any]:
    """Return a row's checked values."""
    values = CREATE.check({name: _value(name, CREATE.members[name], text) for name, text in row.items() if text != ""})
    if not values.get("sku") and not values.get("external_id"):
        raise ValueError("sku or external_id is required: by it a second import finds the product again")
    return values


def _value(name: str, rule: Rule, text: str) -> Any:
    """Return what a cell says, as JSON would; what can't be read stays text, and the rule refuses it."""
    kinds = rule.schema["type"]
    kind = kinds[0] if isinstance(kinds, list) else kinds
    word = text.strip()
    if kind == "integer":
        return int(word) if INTEGER.fullmatch(word) else text
    if kind == "number":
        try:
            return float(word.replace(",", "."))
        except ValueError:
            return text
    if kind == "boolean":
        return True if word.lower() in YES else False if word.lower() in NO else text
    if name == "images":
        return [{"url": url} for url in word.split()]
    return text


def _identity(values: Mapping[str, Any]) -> tuple[str, str]:
    return ("sku", values["sku"]) if values.get("sku") else ("external_id", values["external_id"])


async def _known(context: Context, given: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the store's products that these rows name, by what names them, and hold them."""
    identities = [_identity(values) for values in given]
    rows = await engine.write(
        "SELECT p.*, (SELECT coalesce(json_agg(i.url ORDER BY i.position, i.id), '[]')::text FROM product_images i"
        " WHERE i.product_id = p.id) AS image_urls"
        " FROM products p WHERE p.id IN ("
        "SELECT id FROM products WHERE store_id = $1 AND livemode = $2 AND deleted_at IS NULL"
        " AND sku = ANY($3) AND sku <> ''"
        " UNION SELECT id FROM products WHERE store_id = $1 AND livemode = $2 AND deleted_at IS NULL"
        " AND external_id = ANY($4)"
        ") AND p.deleted_at IS NULL ORDER BY p.id FOR NO KEY UPDATE OF p",
        context.store_id,
        context.livemode,
        [value for kind, value in identities if kind == "sku"],
        [value for kind, value in identities if kind == "external_id"],
    )
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        stored = dict(row)
        if stored["external_id"]:
            known["external_id", stored["external_id"]] = stored
        if stored["sku"]:
            known["sku", stored["sku"]] = stored
    return known


async def _insert_fresh(context: Context, rows: Mapping[int, dict[str, Any]]) -> set[int]:
    """Insert, in one statement, those rows that meet nothing in their way, and return their places.

    One with pictures, a category, a slug of its own or a name that is taken is left to be created by itself.
    """
    stems = {place: slug_of(values["name"], "product") for place, values in rows.items()}
    taken_rows = await engine.fetch(
        "SELECT slug FROM products WHERE store_id = $1 AND livemode = $2 AND deleted_at IS NULL AND slug = ANY($3)",
        context.store_id,
        context.livemode,
        list(set(stems.values())),
    )
    seen = {row["slug"] for row in taken_rows}
    simple: list[int] = []
    for place, values in rows.items():
        if not {"images", "category_id", "slug"} & set(values) and stems[place] not in seen:
            seen.add(stems[place])
            simple.append(place)
    documents = [{**DEFAULTS, **rows[place], "slug": stems[place], "place": place} for place in simple]
    columns = ", ".join(name for name in CREATE.members if name not in {"images", *NO_COLUMN})
    inserted = await engine.write(
        f"INSERT INTO products (store_id, livemode, {columns})"
        f" SELECT $1, $2, {columns}"
        " FROM jsonb_array_elements($3::jsonb) AS given(document),"
        " jsonb_populate_record(NULL::products, document) AS row"
        " ORDER BY (document->>'place')::int"
        " ON CONFLICT DO NOTHING RETURNING id, slug",
        context.store_id,
        context.livemode,
        msgspec.json.encode(documents).decode(),
    )
    await openings_record(context, [row["id"] for row in inserted])
    made = {row["slug"] for row in inserted}
    return {place for place in simple if stems[place] in made}


async def _one(context: Context, known: Mapping[tuple[str, str], dict[str, Any]], values: dict[str, Any]) -> Outcome:
    """Create or change one product in a savepoint of its own."""
    stored = known.get(_identity(values))
    try:
        async with engine.transaction():
            if stored is None:
                await (await product_create(context, values)).make()
                return Outcome("created")
            changes = _changes(stored, values)
            if not changes:
                return Outcome("unchanged")
            await product_update(context, stored["id"], changes, counted_by="import")
            return Outcome("updated")
    except ApiError as error:
        return _refused(error)


def _changes(stored: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    changes = {name: value for name, value in values.items() if name != "images" and stored[name] != value}
    urls = [image["url"] for image in values.get("images", [])]
    if urls and urls != msgspec.json.decode(stored["image_urls"]):
        changes["images"] = values["images"]
    return changes


def _refused(error: Exception) -> Outcome:
    details = error.details if isinstance(error, ApiError) else ()
    return Outcome("refused", tuple(details) or (Detail("", str(error)),))
