"""Runs an instance with the tiny application and says on standard output where it is: `launcher.py DATA [FACTORY]`."""

import asyncio
import json
import sys
from functools import partial
from pathlib import Path

import click

from app.supervisor.instance import Plan, running_instance
from app.supervisor.problems import StartupProblem


async def run(data_dir, factory):
    plan = Plan(
        data_dir=data_dir,
        workers=2,
        application=f"tiny:{factory}",
        migrated=False,
        quiet=True,
        stop_with_parent=True,
        tell=partial(click.echo, err=True),
        environment={"PYTHONPATH": ":".join((*sys.path, str(Path(__file__).parent)))},
    )
    async with running_instance(plan) as instance:
        members = {name: getattr(instance, name) for name in ("base_url", "database_url", "redis_url")}
        click.echo(json.dumps(members))
        await instance.supervisor.wait()


if __name__ == "__main__":
    try:
        asyncio.run(run(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "create_app"))
    except StartupProblem as problem:
        click.echo(problem.message, err=True)
        sys.exit(2)
