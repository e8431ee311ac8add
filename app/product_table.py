"""A table of products as a spreadsheet writes it: CSV in UTF-8, with commas, semicolons or tabs."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING, Final, NamedTuple

from graph.product_import import fields_of

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS: Final = (",", ";", "\t")


class Line(NamedTuple):
    """A line of the file. `problem` says why it has no fields."""

    number: int
    fields: dict[str, str]
    problem: str = ""


class ProductTable(NamedTuple):
    """A table: the fields that its columns are, about how many rows there are, and its lines."""

    names: list[str]
    rows: int
    lines: Iterator[Line]


def table_opened(content: bytes) -> ProductTable:
    """Return the table that a file is.

    Raises:
        ValueError: it is not UTF-8, or its header names what is no field; says what to change.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start}): save it as CSV UTF-8") from error
    first = text.partition("\n")[0]
    # Of two that come as often, the one that stands first here: a comma, then.
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        names = fields_of(next(reader, []))
    except csv.Error as error:
        raise ValueError(f"is not CSV: {error}") from error
    return ProductTable(names, text.count("\n"), _lines(reader, names))


def _lines(reader: "Reader", names: list[str]) -> Iterator[Line]:
    """Give each line that is not empty, by its number in the file."""
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number, {}, f"is not CSV: {error}")
            continue
        if len(cells) > len(names):
            yield Line(number, {}, f"has {len(cells)} cells, and the header {len(names)}")
        elif any(cells):
            yield Line(number, dict(zip(names, cells, strict=False)))
