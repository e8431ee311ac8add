"""Finding pages: the index that browsers search by themselves, and the same search for those without script."""

import re
from functools import cache
from typing import Final, NamedTuple

import msgspec

from app.pages.docs.library import pages
from app.pages.texts import Language
from graph.folding import fold

MOST: Final = 20
LONGEST_QUERY: Final = 100
AROUND: Final = 90


class Entry(NamedTuple):
    """A passage of a page: what can be found."""

    path: str
    page: str
    heading: str
    text: str


class Found(NamedTuple):
    """An entry that has been found, with the words around what was looked for."""

    entry: Entry
    excerpt: str


@cache
def entries(language: Language) -> tuple[Entry, ...]:
    """Return every passage of every page, those that aren't translated in English."""
    found = []
    for page in pages(language):
        for passage in page.rendered.passages:
            anchor = f"#{passage.anchor}" if passage.anchor else ""
            heading = page.short_title if not passage.anchor else passage.title
            found.append(Entry(page.path + anchor, page.short_title, heading, passage.text))
    return tuple(found)


@cache
def index(language: Language) -> bytes:
    """Return the entries as JSON, for a browser."""
    return msgspec.json.encode(entries(language))


@cache
def _folded(language: Language) -> tuple[tuple[str, str, str], ...]:
    return tuple((fold(each.heading), fold(each.page), fold(each.text)) for each in entries(language))


def find(query: str, language: Language) -> list[Found]:
    """Return the passages that have every word of a query, best first; `docs.js` does the same.

    A word in a heading weighs most, then one in the page's name, one that begins a word of the text, any other.
    """
    words = fold(query[:LONGEST_QUERY]).split()
    scored = []
    for entry, (heading, page, text) in zip(entries(language), _folded(language), strict=True):
        scores = [_score(word, heading, page, text) for word in words]
        if scores and all(scores):
            scored.append((sum(scores), Found(entry, excerpt(entry.text, words))))
    scored.sort(key=lambda each: -each[0])
    return [found for _, found in scored[:MOST]]


def _score(word: str, heading: str, page: str, text: str) -> int:
    begins = re.compile(rf"(?<!\w){re.escape(word)}")
    return (
        (20 if word == heading else 12 if begins.search(heading) else 6 if word in heading else 0)
        + (5 if begins.search(page) else 3 if word in page else 0)
        + (2 if begins.search(text) else 1 if word in text else 0)
    )


def excerpt(text: str, words: list[str]) -> str:
    """Return the part of a text around the first of the words in it."""
    # Folding can change a text's length; a place in it that is a little off does no harm.
    folded = fold(text)
    places = [place for word in words if (place := folded.find(word)) >= 0]
    begin = max(0, min(places, default=0) - AROUND // 2)
    if begin:
        begin = text.find(" ", begin) + 1
    end = min(len(text), begin + 2 * AROUND)
    shown = text[begin:end]
    if end < len(text):
        shown = shown.rpartition(" ")[0] + " …"
    return ("… " if begin else "") + shown
