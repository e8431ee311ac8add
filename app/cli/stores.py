"""`dzbuild stores`."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from app.cli.database import sentence, with_database
from app.cli.options import data_option, epilog
from db.engine import engine
from graph.errors import ApiError
from graph.store_admin import store_create, stores_list, subdomain_of
from graph.tiers import TIERS


@click.group()
def stores() -> None:
    """Create and list stores."""


@stores.command(
    epilog=epilog(
        'dzbuild stores create "Dar El Yasmine" --tier pro',
        'dzbuild stores create "دار الياسمين" --subdomain yasmine --language ar',
        exit_codes="0 created (its id is on standard output), 1 refused, 2 the database is out of reach",
    )
)
@click.argument("name")
@click.option("--subdomain", help="Its name under the platform's domain.  [default: made of NAME]")
@click.option("--language", type=click.Choice(["ar", "fr", "en"]), default="ar", show_default=True)
@click.option("--tier", type=click.Choice(list(TIERS)), default="free", show_default=True, help="Its plan.")
@data_option
def create(name: str, subdomain: str | None, language: str, tier: str, data: Path | None) -> None:
    """Create a store called NAME, and print its id."""

    async def work() -> int:
        async with engine.transaction():
            return await store_create(
                {"name": name, "subdomain": subdomain or subdomain_of(name), "language": language, "tier": tier}
            )

    try:
        click.echo(with_database(data, work))
    except ApiError as error:
        click.secho(sentence(error), fg="red", err=True)
        sys.exit(1)


@stores.command("list", epilog=epilog("dzbuild stores list", exit_codes="0 listed, 2 the database is out of reach"))
@data_option
def list_(data: Path | None) -> None:
    """List the newest 1,000 stores."""
    table = Table("id", "name", "slug", "tier", "created at")
    for row in with_database(data, stores_list):
        table.add_row(str(row["id"]), row["name"], row["slug"], row["tier"], f"{row['created_at']:%Y-%m-%d %H:%M}")
    Console().print(table if table.row_count else "There is no store yet: `dzbuild stores create NAME` makes one.")
