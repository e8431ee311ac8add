"""`dzbuild migrate`."""

import asyncio
from pathlib import Path

import click

from app.cli.options import data_option, epilog
from app.services import StartupProblem, reachable_servers
from app.settings import settings
from db.migrate import migrate as bring_up_to_date


@click.command(
    epilog=epilog(
        "dzbuild migrate",
        "DATABASE_URL=postgresql://… dzbuild migrate",
        exit_codes="0 the database is up to date, 2 it is out of reach",
    )
)
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database up to date.

    Runs every pending migration, in one transaction. It is safe to run twice, or several times at once.
    `serve`, `demo` and `sandbox` do it when they start.
    """
    values = settings()
    # Only the database is worked on, so a missing Valkey is no reason to start one.
    redis_url = values.redis_url or "unused" if values.database_url else values.redis_url
    with reachable_servers(data or values.data_dir, values.database_url, redis_url) as servers:
        try:
            applied = asyncio.run(bring_up_to_date(servers.database_url))
        except OSError as error:
            raise StartupProblem(f"The database is out of reach ({error}): see that DATABASE_URL is right.") from error
    for name in applied:
        click.echo(f"applied {name}")
    click.echo("The database is up to date.")
