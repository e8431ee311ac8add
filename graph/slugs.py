"""Slugs: a name as a part of an address, in the scripts that Algeria writes."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import count
from typing import Any

import asyncpg
from slugify import slugify

from db.engine import engine
from graph.creations import NOTHING, Beside, creation_sql
from graph.errors import conflict
from graph.rules import Rule, text

# Latin, Arabic and Tifinagh letters and digits stay as they are; other scripts are transliterated.
KEPT = r"a-z0-9\u0621-\u063a\u0641-\u064a\u0660-\u0669\u2d30-\u2d67"
PATTERN = rf"[{KEPT}]+(?:-[{KEPT}]+)*"
NOT_KEPT = re.compile(rf"[^{KEPT}]+")
OWN_SCRIPT = re.compile(r"[\u0600-\u06ff\u2d30-\u2d7f]")
PARTS = re.compile(r"[\u0600-\u06ff\u2d30-\u2d7f]+|[^\u0600-\u06ff\u2d30-\u2d7f]+")
MARKS = re.compile(r"[\u0610-\u061a\u0640\u064b-\u065f\u0670]")
SLUG_LENGTH = 255
STEM_LENGTH = 240
CANDIDATES = 64
# The windows of candidates that are tried in turn, once the stem is taken. From the second one on, those who create
# under one name at once queue, so that each sees what the one before it took.
WINDOWS = (0, 0, 0, 1, 2, 3)


def slug_rule() -> Rule:
    """Return the rule of a slug that a client chooses."""
    return text(
        1, SLUG_LENGTH, PATTERN, "must be lower-case letters and digits with single hyphens between, like t-shirt"
    )


def slug_of(name: str, fallback: str) -> str:
    """Return a name's slug: `Crème brûlée` becomes `creme-brulee`, `قميص قطني` becomes `قميص-قطني`.

    A name with no letter or digit in it gets `fallback`.
    """
    # NFC keeps a hamza on its letter; tashkeel and tatweel are marks of their own, and go.
    composed = MARKS.sub("", unicodedata.normalize("NFC", name))
    parts = [part if OWN_SCRIPT.match(part) else slugify(part) for part in PARTS.findall(composed)]
    joined = NOT_KEPT.sub("-", "-".join(filter(None, parts)))
    return joined[:STEM_LENGTH].strip("-") or fallback


def candidates(stem: str, window: int) -> list[str]:
    """Return the slugs to try in the `window`-th try: the stem, `-2`, `-3`, …; far apart once those are taken."""
    if window == 0:
        return [stem, *(f"{stem}-{number}" for number in range(2, CANDIDATES + 1))]
    numbers = count(CANDIDATES * 10**window)
    return [f"{stem}-{next(numbers)}" for _ in range(CANDIDATES)]


@lru_cache(maxsize=256)
def _insert_sql(table: str, names: tuple[str, ...], live: str) -> tuple[str, str]:
    """Return the INSERT of a row under the slug given last, and the one under a free one of those given last."""
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    into = f"INSERT INTO {table} ({', '.join(names)}, slug) VALUES ({places}, "
    unless = f") ON CONFLICT (store_id, livemode, slug){live and f' WHERE {live}'} DO NOTHING"
    given = f"${len(names) + 1}"
    tried = f"{given}::text[]"
    # Where none is free the first is tried, conflicts, and no row comes back.
    free = (
        f"coalesce((SELECT candidate FROM unnest({tried}) WITH ORDINALITY AS tried(candidate, place)"
        f" WHERE NOT EXISTS (SELECT FROM {table} taken WHERE taken.store_id = $1 AND taken.livemode = $2"
        f" AND taken.slug = candidate{live and f' AND taken.{live}'}) ORDER BY place LIMIT 1), ({tried})[1])"
    )
    return f"{into}{given}{unless}", f"{into}{free}{unless}"


async def insert_under_slug(
    table: str,
    stored: Mapping[str, Any],
    stem: str,
    terms: str,
    *,
    chosen: bool,
    live: str = "",
    beside: Beside = NOTHING,
) -> asyncpg.Record:
    """Insert a row of a store on the running transaction, under the slug `stem` or a free one made of it.

    Most names are new: the slug itself is tried first, without a look at others.

    Args:
        table: one with a unique slug in each store and mode.
        stored: its other columns; the store and the mode first.
        stem: the slug.
        terms: what is returned of the row, SQL over `t`.
        chosen: it has to be this very slug.
        live: the condition of the rows among which a slug is unique, where that is not all of them.
        beside: what is inserted by the same statement.

    Raises:
        ApiError: `conflict`; the slug is taken.
    """
    itself, free = _insert_sql(table, tuple(stored), live)

    async def inserted(insert: str, slug: str | list[str]) -> asyncpg.Record | None:
        sql = creation_sql(table, insert, beside.sql, terms, len(stored) + 1)
        rows = await engine.write(sql, *stored.values(), slug, *beside.values)
        return rows[0] if rows else None

    row = await inserted(itself, stem)
    for number, window in enumerate(() if chosen else WINDOWS):
        if row is not None:
            break
        if number == 1:
            name = f"{table} {stored['store_id']} {stored['livemode']} {stem}"
            await engine.write("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)
        row = await inserted(free, candidates(stem, window))
    if row is None:
        raise conflict("slug", f"The slug {stem} is taken in this store: choose another one")
    return row
