"""Brings a database up to date: every migration that has not run, in one transaction, one process at a time."""

import contextlib
import io
from collections.abc import AsyncIterator

import asyncpg
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

from db.engine import engine
from db.partitions import deliveries_look_after
from db.piccolo_app import APP_CONFIG, APP_NAME

# Any constant does: it only has to be the same in every process that migrates.
MIGRATION_LOCK = 6_019_521

# Read from the table: `to_regclass` may tell what this process knew before it waited for the lock.
MADE = (
    "SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'migration' AND relnamespace = current_schema()::regnamespace)"
    " AS made"
)


def known() -> list[str]:
    """Return the ids of the migrations that this version of the program has, in order."""
    manager = BaseMigrationManager()
    return manager.get_migration_ids(manager.get_migration_modules(APP_CONFIG.resolved_migrations_folder_path))


async def pending_on_engine() -> list[str]:
    """Return the ids of the migrations that the open engine's database lacks, in order."""
    there = await engine.fetch(MADE)
    applied = {row["name"] for row in await engine.fetch("SELECT name FROM migration")} if there[0]["made"] else set()
    return [migration for migration in known() if migration not in applied]


async def pending(dsn: str) -> list[str]:
    """Return the ids of the migrations that the database at `dsn` lacks, in order.

    Raises:
        OSError: the server is out of reach.
    """
    async with _opened(dsn):
        return await pending_on_engine()


async def migrate(dsn: str) -> list[str]:
    """Apply what is missing to the database at `dsn` and return the ids of what was applied.

    Several processes may call it at once: the others wait, then find nothing to do. A crash leaves all or nothing.

    Raises:
        OSError: the server is out of reach.
        asyncpg.PostgresError: a migration failed; nothing of any was kept.
    """
    async with _opened(dsn):
        applied: list[str] = []
        if await pending_on_engine():
            # Piccolo prints as it goes; the caller decides what a person gets to see.
            with contextlib.redirect_stdout(io.StringIO()):
                applied = await _apply()
        # Of a database that nobody has used for long, the running week may be missing. Where it is in use, it isn't.
        with contextlib.suppress(asyncpg.LockNotAvailableError):
            await deliveries_look_after()
        return applied


async def _apply() -> list[str]:
    missing: list[str] = []
    async with engine.transaction():
        await engine.write("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
        missing += await pending_on_engine()
        manager = ForwardsMigrationManager(app_name=APP_NAME)
        await manager.create_migration_table()
        await manager.run_migrations(APP_CONFIG)
    return missing


@contextlib.asynccontextmanager
async def _opened(dsn: str) -> AsyncIterator[None]:
    if engine.pool is not None:
        if engine.config.get("dsn") != dsn:
            raise RuntimeError("this process has another database open")
        yield
        return
    await engine.open(dsn, size=2, timeout=600)
    try:
        yield
    finally:
        await engine.close()
