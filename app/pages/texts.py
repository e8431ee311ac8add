"""What the pages say, in three languages: `texts/<section>.toml`, a text a key, found as `<section>.<key>`."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

FOLDER: Final = Path(__file__).parent / "texts"
REFUSALS: Final = Path(__file__).parent / "refusals.toml"
Language = Literal["en", "fr", "ar"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
# As each calls itself.
NAMES: Final[Mapping[Language, str]] = {"en": "English", "fr": "Français", "ar": "العربية"}
DEFAULT: Final[Language] = "en"
PLACE: Final = re.compile(r"\\\{(\w+)\\\}")

Texts = Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=1)
def texts() -> Texts:
    """Return every text by its key."""
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        members = tomllib.loads(path.read_text(encoding="utf-8"))
        found |= {f"{path.stem}.{key}": {**text, "fr": spaced(text.get("fr", ""))} for key, text in members.items()}
    return found


def spaced(french: str) -> str:
    """Return a French text whose signs stay with their words: no line ends between them."""
    return re.sub("« ", "«\u202f", re.sub(" (?=[?!;»])", "\u202f", french.replace(" :", "\u00a0:")))


def text(language: Language, key: str, **values: object) -> str:
    """Return a text in a language, with values in the places that it has for them.

    Raises:
        KeyError: there is no such text.
    """
    found = texts()[key][language]
    return found.format_map(values) if values else found


@lru_cache(maxsize=1)
def _refusals() -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    """Return what the resolvers say that is wrong with a value, as patterns, and the same in other languages."""
    members: dict[str, Any] = tomllib.loads(REFUSALS.read_text(encoding="utf-8"))
    return tuple(
        (re.compile(PLACE.sub(r"(?P<\1>.+)", re.escape(each["en"])), re.DOTALL), each) for each in members["refusal"]
    )


def refusal(language: Language, message: str) -> str:
    """Return what a resolver said in a person's language, or as it was said where nobody has put it into that yet."""
    if language == DEFAULT:
        return message
    for pattern, said in _refusals():
        match = pattern.fullmatch(message)
        if match is not None:
            return said[language].format_map(match.groupdict())
    return message


def accepted(header: str) -> Language:
    """Return the language of ours that a browser's `Accept-Language` likes best."""
    liked: list[tuple[float, Language]] = []
    for part in header[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        name = tag.partition("-")[0].lower()
        if name in LANGUAGES:
            weight = float(quality) if re.fullmatch(r"[01](\.\d{1,3})?", quality) else 1.0
            liked.append((weight, name))
    return max(liked, key=lambda each: each[0])[1] if liked else DEFAULT


def known(language: str | None) -> Language | None:
    """Return a language if it is one of ours."""
    return language if language in LANGUAGES else None
