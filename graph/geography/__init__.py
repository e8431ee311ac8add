"""The country: its wilayas and communes, from the files beside this one (see the README there).

Read once, when the module is imported, and never changed.

What an address may say: a wilaya is one of today's, by its number (`wilaya_rule`). A commune is free text: `contract.md
§8` refuses none, and shoppers write hamlets and quarters there too. One that is known, however it is spelt, is found by
`settled`, which also understands the wilaya that it belonged to before 2026 and before 2019; what is not known is kept
as it was given.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from graph.folding import fold
from graph.rules import Rule

# The country's time: it has no other, in summer or winter.
ALGIERS: Final = timezone(timedelta(hours=1), "Algiers")
FOLDER: Final = Path(__file__).parent
NOT_A_LETTER = re.compile(r"[\W_]+")
# Today's division, then the ones that it replaced.
DIVISIONS: Final = ("wilaya_code", "wilaya_code_58", "wilaya_code_48")


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune: its code in the national statistics (ONS), today's wilaya, its names in French and Arabic."""

    code: str
    wilaya_id: int
    name: str
    name_ar: str


@dataclass(frozen=True, slots=True)
class Wilaya:
    """A wilaya: its number, its names in French and Arabic, and its communes in the order of their codes."""

    id: int
    name: str
    name_ar: str
    communes: tuple[Commune, ...]


def wilayas() -> tuple[Wilaya, ...]:
    """Return all wilayas, by number."""
    return _ALL


def wilaya(code: int) -> Wilaya | None:
    """Return the wilaya of this number, or None."""
    return _WILAYAS.get(code)


def commune(wilaya_id: int, name: str) -> Commune | None:
    """Return the commune of this name that is in a wilaya today, or None.

    Args:
        wilaya_id: the wilaya's number.
        name: its name in French or Arabic, or one that it is also known by. Case, accents, blanks, hyphens,
            apostrophes, tashkeel and the forms of alef, hamza and ya don't matter.
    """
    found = _COMMUNES.get((wilaya_id, _key(name)))
    return found if found and found.wilaya_id == wilaya_id else None


def settled(wilaya_id: int, name: str) -> tuple[int, Commune | None]:
    """Return where a commune is today that was given with its wilaya, or with the one that it was in before.

    The number as it was given and None where no commune of this name is or was in that wilaya.
    """
    found = _COMMUNES.get((wilaya_id, _key(name)))
    return (found.wilaya_id, found) if found else (wilaya_id, None)


def wilaya_rule() -> Rule:
    """Return the rule of a wilaya's number."""

    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value not in _WILAYAS:
            raise ValueError(f"must be the number of a wilaya, an integer from {_FIRST} to {_LAST}")
        return value

    def from_text(value: str) -> int:
        return check(int(value) if re.fullmatch("[0-9]{1,4}", value) else None)

    return Rule(check, {"type": "integer", "minimum": _FIRST, "maximum": _LAST}, from_text=from_text)


def _key(name: str) -> str:
    """Return a name as it is compared: its letters and digits alone, folded."""
    return NOT_A_LETTER.sub("", fold(name))


def _rows(file: str) -> list[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _named(rows: Iterable[dict[str, str]]) -> Iterator[tuple[tuple[int, str], Commune]]:
    """Yield each commune under each of its names, in every division; what counts for more comes first."""
    known = [(row, _commune(row)) for row in rows]
    for division in DIVISIONS:
        for columns in (("name_fr", "name_ar"), ("aliases",)):
            for row, found in known:
                for name in "|".join(row[column] for column in columns).split("|"):
                    yield (int(row[division]), _key(name)), found


def _commune(row: dict[str, str]) -> Commune:
    return Commune(row["code"], int(row["wilaya_code"]), row["name_fr"], row["name_ar"])


def _by_name(rows: Iterable[dict[str, str]]) -> dict[tuple[int, str], Commune]:
    places: dict[tuple[int, str], Commune] = {}
    for (wilaya_id, key), found in _named(rows):
        if key:
            places.setdefault((wilaya_id, key), found)
    return places


def _read_wilayas(rows: Iterable[dict[str, str]]) -> Iterator[Wilaya]:
    communes = sorted((_commune(row) for row in rows), key=lambda each: (each.wilaya_id, each.code))
    inside = {key: tuple(group) for key, group in groupby(communes, key=lambda each: each.wilaya_id)}
    for row in _rows("wilayas.csv"):
        number = int(row["code"])
        yield Wilaya(number, row["name_fr"], row["name_ar"], inside[number])


_COMMUNE_ROWS = _rows("communes.csv")
_ALL: Final = tuple(_read_wilayas(_COMMUNE_ROWS))
_WILAYAS: Final = {each.id: each for each in _ALL}
_FIRST, _LAST = min(_WILAYAS), max(_WILAYAS)
_COMMUNES: Final = _by_name(_COMMUNE_ROWS)
