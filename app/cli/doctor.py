"""`dzbuild doctor`: what is reachable, what is out of date, and the command that mends it."""

import asyncio
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import click
import redis
from rich.console import Console
from rich.table import Table

from app.cli.options import data_option, epilog
from app.services import servers_in
from app.settings import settings
from db.engine import engine
from db.migrate import pending
from graph.customer_admin import totals_mend, totals_wrong

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRES = 150_000
OLDEST_VALKEY = (7, 2)
LEAST_SPACE = 1 << 30
TIMEOUT = 3.0
START = "start it with: dzbuild demo (or dzbuild serve)"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `mend` says what to do where it isn't well."""

    name: str
    well: bool
    seen: str
    mend: str = ""


@click.command(
    epilog=epilog(
        "dzbuild doctor",
        "dzbuild doctor --fix",
        "DATABASE_URL=postgresql://… REDIS_URL=redis://… dzbuild doctor",
        exit_codes="0 all is well, 1 something isn't",
    )
)
@click.option("--fix", is_flag=True, help="Mend what can be: customers' totals are counted anew (orders wait).")
@data_option
def doctor(data: Path | None, fix: bool) -> None:
    """Check what is reachable and up to date, and how to fix what is not."""
    values = settings()
    table = Table("", "what", "seen", "to mend it", box=None, pad_edge=False)
    findings = list(_findings(data or values.data_dir, values.database_url, values.redis_url, fix=fix))
    for finding in findings:
        mark = "[green]✓[/green]" if finding.well else "[red]✗[/red]"
        table.add_row(mark, finding.name, finding.seen, "" if finding.well else finding.mend)
    Console().print(table)
    sys.exit(0 if all(finding.well for finding in findings) else 1)


def _findings(data_dir: Path, database_url: str | None, redis_url: str | None, *, fix: bool) -> Iterator[Finding]:

    running = servers_in(data_dir)
    yield _python()
    yield _space(data_dir)
    database = database_url or (running.database_url if running else None)
    if database is None:
        yield Finding("PostgreSQL", well=False, seen=f"none runs on {data_dir}", mend=START)
    else:
        yield from asyncio.run(_database(database, given=database_url is not None, fix=fix))
    valkey = redis_url or (running.redis_url if running else None)
    if valkey is None:
        yield Finding("Valkey", well=False, seen=f"none runs on {data_dir}", mend=START)
    else:
        yield _valkey(valkey, given=redis_url is not None)


def _python() -> Finding:
    return Finding(
        "Python",
        well=sys.version_info >= OLDEST_PYTHON,
        seen=platform.python_version(),
        mend="install Python 3.11 or later, then: make clean install",
    )


def _space(data_dir: Path) -> Finding:
    existing = data_dir.absolute()
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    return Finding(
        "disk",
        well=free >= LEAST_SPACE,
        seen=f"{free / (1 << 30):.1f} GiB free in {existing}",
        mend="make room, or choose another folder with: export DZBUILD_DATA_DIR=…",
    )


async def _database(url: str, *, given: bool, fix: bool) -> list[Finding]:

    try:
        connection = await asyncpg.connect(url, timeout=TIMEOUT)
        try:
            version = await connection.fetchval("SHOW server_version")
            number = int(await connection.fetchval("SHOW server_version_num"))
        finally:
            await connection.close(timeout=TIMEOUT)
        missing = await pending(url)
        totals = [] if missing else [await _totals(url, fix=fix)]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        mend = "start that server, or mend it with: export DATABASE_URL=postgresql://…" if given else START
        return [
            Finding("PostgreSQL", well=False, seen=f"out of reach: {str(error) or type(error).__name__}", mend=mend)
        ]
    return [
        Finding("PostgreSQL", number >= OLDEST_POSTGRES, version, "bring the server to PostgreSQL 15 or later"),
        Finding(
            "migrations",
            well=not missing,
            seen=f"{len(missing)} to be applied" if missing else "up to date",
            mend="run: dzbuild migrate",
        ),
        *totals,
    ]


async def _totals(url: str, *, fix: bool) -> Finding:
    """Compare what customers come to with their orders; `fix` mends it."""
    await engine.open(url, size=1, timeout=600)
    try:
        if fix:
            async with engine.transaction():
                mended = await totals_mend()
            return Finding("customers' totals", well=True, seen=f"{mended} mended" if mended else "right")
        wrong = await totals_wrong()
    finally:
        await engine.close()
    seen = f"{wrong} wrong" if wrong else "right"
    return Finding("customers' totals", well=not wrong, seen=seen, mend="run: dzbuild doctor --fix")


def _valkey(url: str, *, given: bool) -> Finding:

    try:
        client = redis.Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
        with client:
            info = client.info("server")
    except (redis.RedisError, ValueError) as error:
        mend = "start that server, or mend it with: export REDIS_URL=redis://…" if given else START
        return Finding("Valkey", well=False, seen=f"out of reach: {error}", mend=mend)
    version = str(info.get("valkey_version") or info.get("redis_version") or "0")
    numbers = tuple(int(part) for part in version.split(".")[:2])
    return Finding("Valkey", numbers >= OLDEST_VALKEY, version, "bring the server to Valkey or Redis 7.2 or later")
