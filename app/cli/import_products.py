"""`dzbuild import`."""

import csv
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from app.cli.database import sentence, with_database
from app.cli.options import data_option, epilog
from app.product_table import Line, ProductTable, table_opened
from db.engine import engine
from graph.context import Context
from graph.errors import ApiError
from graph.product_import import products_import
from graph.store_admin import operator_context

BATCH = 500
SHOWN = 50
errors = Console(stderr=True)


class Refused(NamedTuple):
    """A line that is not in, and why."""

    number: int
    reason: str


@click.group("import")
def import_() -> None:
    """Import products from a CSV file."""


@import_.command(
    epilog=epilog(
        "dzbuild import products catalogue.csv --store dar-el-yasmine",
        "dzbuild import products catalogue.csv --store 1 --test --report refused.csv",
        exit_codes="0 every line is in, 1 some were refused (each is named with its reason), 2 the file or the database"
        " can't be read",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--store", required=True, help="The store's id or slug.")
@click.option("--test", is_flag=True, help="Into the store's sandbox.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the refused lines to a CSV file."
)
@data_option
def products(file: Path, store: str, test: bool, report: Path | None, data: Path | None) -> None:
    """Create or update products from FILE.

    FILE is a CSV file in UTF-8 with a header, separated by commas, semicolons or tabs.

    Columns are named as the API's fields: name and price, sku or external_id, and any other of a product. A product is
    known again by its sku (or external_id), so the same file twice changes nothing. Lines that are refused are
    reported, each with its reason, and stop no other.
    """
    table = _opened(file)
    outcomes: Counter[str] = Counter()
    refused: list[Refused] = []

    async def work() -> None:
        context = await operator_context(store, livemode=not test)
        with Progress("Importing", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=errors) as bar:
            task = bar.add_task("rows", total=table.rows)
            seen: set[tuple[str, str]] = set()
            while batch := list(islice(table.lines, BATCH)):
                await _batch(context, batch, seen, outcomes, refused)
                bar.advance(task, len(batch))

    try:
        with_database(data, work)
    except ApiError as error:
        click.secho(sentence(error), fg="red", err=True)
        sys.exit(1)
    _tell(outcomes, refused, report)
    sys.exit(1 if refused else 0)


async def _batch(
    context: Context, batch: list[Line], seen: set[tuple[str, str]], outcomes: Counter[str], refused: list[Refused]
) -> None:
    """Import some lines in one transaction."""
    whole = [line for line in batch if not line.problem]
    async with engine.transaction():
        imported = await products_import(context, [line.fields for line in whole], seen)
    results = {line.number: outcome for line, outcome in zip(whole, imported, strict=True)}
    for line in batch:
        what = results[line.number].what if line.number in results else "refused"
        outcomes[what] += 1
        if what == "refused":
            refused.append(Refused(line.number, line.problem or results[line.number].reason))


def _opened(file: Path) -> ProductTable:
    """Return a CSV file's lines.

    Raises:
        click.UsageError: it is not UTF-8, or its header names what is no field.
    """
    try:
        return table_opened(file.read_bytes())
    except ValueError as error:
        raise click.UsageError(f"{file}: {error}") from error


def _tell(outcomes: Counter[str], refused: list[Refused], report: Path | None) -> None:
    """Print what became of the lines, and write the refused ones where asked to."""
    for line in refused[:SHOWN]:
        errors.print(f"[red]line {line.number}[/]: {line.reason}", highlight=False)
    if len(refused) > SHOWN:
        errors.print(f"… and {len(refused) - SHOWN} more: --report FILE writes them all")
    if report is not None:
        with report.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows([("line", "reason"), *refused])
    click.echo(", ".join(f"{outcomes[what]} {what}" for what in ("created", "updated", "unchanged", "refused")))
