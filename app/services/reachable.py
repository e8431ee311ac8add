"""Finds the servers that a command works on: the ones given, the ones that run, or ones started for the moment."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from app.services.data_folder import SERVERS_FILE
from app.services.postgres import DATABASE, SOCKET
from app.services.probes import postgres_answers
from app.services.running import running_servers


@dataclass(frozen=True)
class Addresses:
    """Where the database and Valkey are."""

    database_url: str
    redis_url: str


def servers_in(data_dir: Path) -> Addresses | None:
    """Return the addresses of the embedded servers that run on a data folder, None when none do."""
    try:
        found = Addresses(**json.loads((data_dir / SERVERS_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    sockets = parse_qs(urlsplit(found.database_url).query).get("host")
    # With a database of the user's own there is no socket to try.
    answers = not sockets or postgres_answers(Path(sockets[0], SOCKET), DATABASE)
    return found if answers else None


@contextmanager
def reachable_servers(data_dir: Path, database_url: str | None, redis_url: str | None) -> Iterator[Addresses]:
    """Give a command the servers to work on, whether or not an instance runs at the moment.

    `database_url` and `redis_url` come from the settings. What they leave open are the servers that run on the data
    folder, or else embedded ones, for the length of the block.

    Raises:
        StartupProblem: embedded servers are needed and can't be started.
    """
    if database_url and redis_url:
        yield Addresses(database_url, redis_url)
        return
    if found := servers_in(data_dir):
        yield Addresses(database_url or found.database_url, redis_url or found.redis_url)
        return
    with running_servers(data_dir) as servers:
        yield Addresses(database_url or servers.database_url, redis_url or servers.redis_url)
