"""Folds text as the database's `search_fold` does, so that what is compared in Python and in SQL is alike."""

import re
import unicodedata

MARKS = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670]")
ALIKE = str.maketrans({"œ": "oe", "æ": "ae", "\u0671": "\u0627", "\u0649": "\u064a", "\u0629": "\u0647"})


def fold(text: str) -> str:
    """Return text without its case, accents, tashkeel and tatweel, the forms of alef, ya and ta marbuta made one."""
    decomposed = unicodedata.normalize("NFKD", text)
    # A character at a time, as PostgreSQL has it: a whole word's sigma would depend on its place.
    return MARKS.sub("", "".join(map(str.lower, decomposed)).translate(ALIKE))
