"""Slugs: a name as a part of an address, in the scripts that Algeria writes."""

import re
import unicodedata
from itertools import count

from slugify import slugify

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
