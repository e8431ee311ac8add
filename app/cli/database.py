"""How a command works on the database: the one of the settings, or the embedded one, brought up to date first."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from app.services import StartupProblem, reachable_servers
from app.services.app_key import has_key, use_app_keys
from app.settings import given_keys, settings
from db.engine import engine
from db.migrate import migrate
from graph.errors import ApiError

T = TypeVar("T")


def with_database(data: Path | None, work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` on an open, migrated database and return what it returns.

    Args:
        data: the data folder of the embedded server, when it is not the setting's.
        work: what to do; it opens its own transactions.

    Raises:
        StartupProblem: the database can't be reached or started.
    """
    values = settings()

    async def run(database_url: str) -> T:
        try:
            await migrate(database_url)
            await engine.open(database_url, size=2, timeout=600)
        except OSError as error:
            raise StartupProblem(f"The database is out of reach ({error}): see that DATABASE_URL is right.") from error
        try:
            return await work()
        finally:
            await engine.close()

    # Only the database is worked on, so a missing Valkey is no reason to start one.
    redis_url = values.redis_url or "unused" if values.database_url else values.redis_url
    folder = data or values.data_dir
    with reachable_servers(folder, values.database_url, redis_url) as servers:
        # A key that is made here would be of no use to a server elsewhere.
        if values.app_keys is not None or has_key(folder) or not values.database_url:
            use_app_keys(given_keys(values), folder)
        return asyncio.run(run(servers.database_url))


def sentence(error: ApiError) -> str:
    """Return an error for a person: its message, and each field's."""
    details = "".join(f"\n  {detail.field}: {detail.message}" for detail in error.details)
    return error.message + details
