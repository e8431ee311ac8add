"""What commands have in common that work by the API alone: where it is, with which key, and what is in their way."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

import click

from app.developer.api import Api, OutOfReach, Refused
from app.supervisor.problems import StartupProblem

EXIT_CODES = "1 refused, 2 no key or nothing to reach (the sentence says why)"
api_option = click.option(
    "--api",
    default="http://127.0.0.1:8000",
    show_default=True,
    envvar="DZ_URL",
    show_envvar=True,
    help="The API's address, without /v1.",
)
key_option = click.option(
    "--key", envvar="DZ_KEY", show_envvar=True, help="A platform key. In DZ_KEY no list of processes shows it."
)


def with_api(address: str, key: str | None, work: Callable[[Api], Awaitable[None]]) -> None:
    """Run `work` with a client of the API; exit with 1 when it is refused.

    Raises:
        StartupProblem: there is no key, or nothing is to be reached.
    """
    if not key:
        raise StartupProblem(
            "Which key? Put a platform key into DZ_KEY: `dzbuild keys create STORE --name laptop --test` makes one."
        )

    async def run() -> None:
        async with Api(address, key) as api:
            await work(api)

    try:
        asyncio.run(run())
    except OutOfReach as problem:
        raise StartupProblem(f"{problem}.") from problem
    except Refused as refused:
        click.secho(str(refused), fg="red", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Nobody reads on; and nothing is left to be written at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
