"""Slugs: a name as a part of an address, in the scripts that Algeria writes."""

import re
import unicodedata
from collections.abc import Mapping
from itertools import count
from typing import Any

from slugify import slugify

from db.engine import engine
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
# The windows of candidates that are tried in turn. From the second try on, those who create under one name at once
# queue, so that each sees what the one before it took.
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


async def insert_under_slug(table: str, stored: Mapping[str, Any], stem: str, *, chosen: bool, live: str = "") -> int:
    """Insert a row of a store on the running transaction, under the slug `stem` or a free one made of it.

    Args:
        table: one with a unique slug in each store and mode.
        stored: its other columns; the store and the mode first.
        stem: the slug.
        chosen: it has to be this very slug.
        live: the condition of the rows among which a slug is unique, where that is not all of them.

    Raises:
        ApiError: `conflict`; the slug is taken.
    """
    places = ", ".join(f"${place}" for place in range(1, len(stored) + 1))
    tried = f"${len(stored) + 1}::text[]"
    # Where none is free the first is tried, conflicts, and no row comes back.
    sql = (
        f"INSERT INTO {table} ({', '.join(stored)}, slug) VALUES ({places}, coalesce(("
        f"SELECT candidate FROM unnest({tried}) WITH ORDINALITY AS tried(candidate, place)"
        f" WHERE NOT EXISTS (SELECT FROM {table} taken WHERE taken.store_id = $1 AND taken.livemode = $2"
        f" AND taken.slug = candidate{live and f' AND taken.{live}'}) ORDER BY place LIMIT 1), ({tried})[1]))"
        f" ON CONFLICT (store_id, livemode, slug){live and f' WHERE {live}'} DO NOTHING RETURNING id"
    )
    for number, window in enumerate(WINDOWS[:1] if chosen else WINDOWS):
        if number == 1:
            name = f"{table} {stored['store_id']} {stored['livemode']} {stem}"
            await engine.write("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)
        rows = await engine.write(sql, *stored.values(), [stem] if chosen else candidates(stem, window))
        if rows:
            return int(rows[0]["id"])
    raise conflict("slug", f"The slug {stem} is taken in this store: choose another one")
