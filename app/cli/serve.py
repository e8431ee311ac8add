"""`dzbuild serve`."""

import asyncio
from pathlib import Path

import click

from app.cli.options import data_option, epilog, host_option, port_option, workers_option
from app.cli.progress import Progress
from app.settings import given_keys, settings
from app.supervisor.instance import Plan, running_instance


@click.command(
    epilog=epilog(
        "dzbuild serve",
        "DATABASE_URL=postgresql://… REDIS_URL=redis://… dzbuild serve --without-workers",
        "dzbuild serve --workers 4 --host 0.0.0.0 --port 8080",
        "DATABASE_URL=postgresql://… REDIS_URL=redis://… dzbuild serve --workers 8",
        exit_codes="0 stopped, 2 could not start (the sentence says why)",
    )
)
@workers_option
@host_option
@port_option
@data_option
@click.option(
    "--without-workers",
    "alone",
    is_flag=True,
    help="Answer requests alone: the workers run by themselves (`dzbuild worker ingest`, `dzbuild worker deliver`).",
)
def serve(workers: int | None, host: str | None, port: int | None, data: Path | None, alone: bool) -> None:
    """Run the API with its workers.

    Starts an embedded PostgreSQL and Valkey where no address of one is set, brings the database up to date, and runs
    the app's processes. Whatever dies is restarted. Ctrl-C or SIGTERM stops everything; a second one stops at once. The
    app's log goes to standard error.
    """
    values = settings()
    progress = Progress()
    plan = Plan(
        data_dir=data or values.data_dir,
        host=host or values.host,
        port=values.port if port is None else port,
        workers=workers or values.workers,
        public_url=values.public_url,
        database_url=values.database_url,
        redis_url=values.redis_url,
        app_keys=given_keys(values),
        beside=not alone,
        tell=progress,
    )

    async def run() -> None:
        async with running_instance(plan) as instance:
            progress(f"Serving {instance.base_url}/v1 and {instance.base_url}/graphql; Ctrl-C stops it")
            await instance.supervisor.wait()

    asyncio.run(run())
