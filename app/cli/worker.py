"""`dzbuild worker`: one of the workers that run beside the requests, by itself."""

import asyncio
from pathlib import Path

import click

from app.cli.options import data_option, epilog
from app.services import StartupProblem, reachable_servers
from app.services.app_key import use_app_keys
from app.settings import given_keys, settings
from app.workers.known import WORKERS


@click.command(
    epilog=epilog(
        *(f"dzbuild worker {name:<10} {known.does}" for name, known in WORKERS.items()),
        exit_codes="0 stopped, 2 could not start (the sentence says why)",
    )
)
@click.argument("name", type=click.Choice(list(WORKERS)))
@data_option
def worker(name: str, data: Path | None) -> None:
    """Run one worker on the database and Valkey of the settings, or of the instance that runs on the data folder.

    `serve`, `demo` and `sandbox` run each of them already. More of them share the work, on this machine or others.
    Ctrl-C or SIGTERM stops it.
    """
    from app.logs import configure  # noqa: PLC0415  slow to import
    from app.workers.running import load, work  # noqa: PLC0415

    values = settings()
    folder = data or values.data_dir
    configure(values)
    with reachable_servers(folder, values.database_url, values.redis_url) as servers:
        use_app_keys(given_keys(values), folder)
        used = values.model_copy(update=servers.__dict__)
        try:
            asyncio.run(work(name, load(name), used, supervised=False))
        except OSError as error:
            raise StartupProblem(f"The database is out of reach ({error}): see that DATABASE_URL is right.") from error
