"""`dzbuild events`."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from app.cli.database import with_database
from app.cli.options import data_option, epilog
from db import inbox
from db.engine import engine

SHOWN = 1_000


@click.group()
def events() -> None:
    """Look at signups and events that failed, and retry them."""


@events.group()
def dead() -> None:
    """Signups and events that were acknowledged, but could not be processed."""


@dead.command("list", epilog=epilog("dzbuild events dead list", exit_codes="0 listed, 2 the database is out of reach"))
@data_option
def list_(data: Path | None) -> None:
    """List the newest 1,000, without their contents."""
    table = Table("id", "store", "mode", "kind", "received at", "reason")
    for row in with_database(data, lambda: inbox.dead(SHOWN)):
        mode = "live" if row["livemode"] else "test"
        received = f"{row['received_at']:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(row["id"]), str(row["store_id"]), mode, row["kind"], received, row["reason"])
    Console().print(table if table.row_count else "Everything could be taken in.")


@dead.command(
    epilog=epilog(
        "dzbuild events dead retry 311 312",
        "dzbuild events dead retry --all",
        exit_codes="0 put back (how many is on standard output), 1 nothing to put back, 2 the database is out of reach",
    )
)
@click.argument("identifiers", metavar="[ID]...", type=click.IntRange(1, 2**63 - 1), nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All of them.")
@data_option
def retry(identifiers: tuple[int, ...], everything: bool, data: Path | None) -> None:
    """Retry them: the worker processes them again."""
    if everything == bool(identifiers):
        raise click.UsageError("Name the messages by their ids, or say --all.")

    async def work() -> int:
        async with engine.transaction():
            return await inbox.revive(None if everything else identifiers)

    revived = with_database(data, work)
    click.echo(revived)
    if not revived:
        sys.exit(1)
