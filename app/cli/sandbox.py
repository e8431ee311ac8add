"""`dzbuild sandbox`: a whole instance for contract tests."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from app.cli.options import epilog, workers_option
from app.cli.progress import Progress
from app.cli.seeding import Seeding
from app.services.running import temporary_folder
from app.settings import settings
from app.supervisor.instance import OWN_NETWORKS, Instance, Plan, running_instance


@click.command(
    epilog=epilog(
        "dzbuild sandbox --json",
        "dzbuild sandbox --port 8100 --data /tmp/box --workers 2",
        exit_codes="0 stopped, 1 stopped before it was ready, 2 could not start (the sentence says why)",
    )
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; 0, the default, takes a free one.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the data in this folder; without it they go to a temporary one that is removed at the end.",
)
@workers_option
@click.option("--json", "as_json", is_flag=True, help="One line of JSON on standard output, and nothing else there.")
def sandbox(port: int, data: Path | None, workers: int | None, as_json: bool) -> None:
    """Run a whole temporary instance, for tests.

    It has its own PostgreSQL and Valkey, demo shops, the app and its workers, and prints addresses, keys and process
    ids when it is ready. Whatever dies is restarted, and DIR/pids.json always has the current process ids. It stops on
    SIGTERM, on Ctrl-C and when the process that started it dies, and leaves no process behind. DATABASE_URL and
    REDIS_URL are ignored.
    """
    progress = Progress()
    folder = data or temporary_folder()
    seeding = Seeding("sandbox", folder, progress)
    plan = Plan(
        data_dir=folder,
        port=port,
        workers=workers or settings().workers,
        prepare=seeding,
        tell=progress,
        quiet=True,
        ephemeral=data is None,
        stop_with_parent=True,
        environment=OWN_NETWORKS,
    )

    async def run() -> None:
        async with running_instance(plan) as instance:
            members = _members(instance, seeding.secrets)
            click.echo(json.dumps(members) if as_json else "\n".join(f"{k}: {v}" for k, v in members.items()))
            progress(f"Ready; logs and pids.json are in {folder}")
            await instance.supervisor.wait()

    asyncio.run(run())


def _members(instance: Instance, secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the sandbox tells about itself."""
    return {
        "base_url": instance.base_url,
        "graphql_url": f"{instance.base_url}/graphql",
        "dashboard_url": f"{instance.base_url}/dashboard",
        **secrets,
        "database_url": instance.database_url,
        "redis_url": instance.redis_url,
        "pids": instance.supervisor.pids,
    }
