"""A whole instance: the database and Valkey, embedded or given, migrations, and the app's processes."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from app.services.data_folder import DataFolder, open_data_folder
from app.services.postgres import EmbeddedPostgres
from app.services.valkey import EmbeddedValkey
from app.supervisor.gate import Gate
from app.supervisor.listening import base_url, listen
from app.supervisor.problems import StartupProblem, StoppedEarlyError
from app.supervisor.process import Process
from app.supervisor.readiness import wait_until_served
from app.supervisor.supervisor import Supervisor
from app.workers.known import WORKERS

APPLICATION = "app.asgi:create_app"
# Of an instance that is for trying out: its webhooks may go to whoever tries it.
OWN_NETWORKS = {"DZBUILD_WEBHOOK_PRIVATE_NETWORKS": "true", "DZBUILD_WEBHOOK_PORTS": "1-65535"}
SOURCES = Path(__file__).resolve().parents[2]


async def _no_step(_database_url: str, _base_url: str) -> None:
    """Do nothing: the default of a step."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run. `database_url` and `redis_url` are servers that run already; without them embedded ones are started.

    Without `app_keys` one is made in the data folder. `prepare` runs between migrations and app, with the database's
    and the app's address. `quiet` sends the app's output to `app.log` in the data folder. `ephemeral` removes the data
    folder at the end. `tell` gets sentences about progress and trouble. Of `application` (an import string) `migrated`
    says whether it uses this database; workers run beside one that does, unless they are not to (`beside`).
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    workers: int = 1
    public_url: str | None = None
    database_url: str | None = None
    redis_url: str | None = None
    app_keys: str | None = None
    prepare: Callable[[str, str], Awaitable[None]] = _no_step
    tell: Callable[[str], None] = lambda _sentence: None
    quiet: bool = False
    ephemeral: bool = False
    stop_with_parent: bool = False
    application: str = APPLICATION
    migrated: bool = True
    beside: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A running instance: its addresses, and its processes by way of the supervisor."""

    base_url: str
    database_url: str
    redis_url: str
    supervisor: Supervisor


@asynccontextmanager
async def running_instance(plan: Plan) -> AsyncIterator[Instance]:
    """Run an instance for the length of the block, which SIGTERM and SIGINT end by cancelling its body.

    The block is entered when `/readyz` is green.

    Raises:
        StartupProblem: something outside the program keeps it from starting.
        StoppedEarlyError: such a signal came before.
    """
    entered = False
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listen(plan.host, plan.port))
        folder = _take_folder(plan, stack)
        gate = stack.enter_context(Gate())
        counts = _counts_folder(folder, stack)
        pids_file = folder.pids_file if folder else None
        keys = await asyncio.to_thread(_sealing_keys, plan, folder)
        supervisor = Supervisor(pids_file=pids_file, stop_with_parent=plan.stop_with_parent, tell=plan.tell)
        await stack.enter_async_context(supervisor)
        reading = asyncio.create_task(asyncio.to_thread(_read_in_migrations)) if plan.migrated else None
        database_url, redis_url, servers = await _servers(plan, folder)
        address = base_url(listener)
        instance = Instance(base_url=address, database_url=database_url, redis_url=redis_url, supervisor=supervisor)
        # Reading in the program takes the app longer than all that has to be done before it may begin: it starts now.
        starting = supervisor.launch(*servers)
        app = supervisor.launch(*_app_workers(plan, instance, listener, gate, folder, counts, keys))
        await supervisor.until_ready(starting)
        if folder is not None:
            folder.note_servers(database_url, redis_url)
        if reading is not None:
            await reading
            await _migrate(plan, database_url)
        await plan.prepare(database_url, plan.public_url or address)
        plan.tell("Starting the app")
        gate.open()
        await supervisor.until_ready(app)
        await wait_until_served(listener, "/readyz")
        entered = True
        yield instance
    if not entered:
        raise StoppedEarlyError


def _take_folder(plan: Plan, stack: AsyncExitStack) -> DataFolder | None:
    """Take the data folder, unless everything that would be in it is elsewhere."""
    if plan.database_url and plan.redis_url and not plan.quiet:
        return None
    if plan.ephemeral:
        stack.callback(shutil.rmtree, plan.data_dir, ignore_errors=True)
    folder = open_data_folder(plan.data_dir, tell=plan.tell)
    if plan.ephemeral:
        stack.callback(folder.discard)
    stack.callback(folder.close)
    return folder


def _counts_folder(folder: DataFolder | None, stack: AsyncExitStack) -> Path:
    """Return an empty folder in which the app's processes count together, and which goes when the run ends.

    What a process counted stays in the sums after its end; a new run begins at nothing.
    """
    if folder is None:
        return Path(stack.enter_context(TemporaryDirectory(prefix="dzbuild-counts-")))
    path = folder.path / "counts"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    stack.callback(shutil.rmtree, path, ignore_errors=True)
    return path


def _count_no_more(counts: Path, pid: int) -> None:
    """Take a dead process out of what tells of the living."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  slow to import

    with suppress(OSError):
        mark_process_dead(pid, str(counts))  # type: ignore[no-untyped-call]


async def _servers(plan: Plan, folder: DataFolder | None) -> tuple[str, str, list[Process]]:
    """Make ready the servers that aren't given. Return both addresses, and what is to be started."""
    database_url, redis_url = plan.database_url, plan.redis_url
    processes = []
    if not database_url and folder is not None:
        new = not (folder.postgres_data / "PG_VERSION").exists()
        plan.tell("Making a PostgreSQL database" if new else "Starting PostgreSQL")
        postgres = await asyncio.to_thread(EmbeddedPostgres, folder)
        database_url = postgres.url
        processes.append(postgres.process())
    if not redis_url and folder is not None:
        valkey = await asyncio.to_thread(EmbeddedValkey, folder)
        redis_url = valkey.url
        processes.append(valkey.process())
    return database_url or "", redis_url or "", processes


def _read_in_migrations() -> None:
    import db.migrate  # noqa: F401, PLC0415


async def _migrate(plan: Plan, database_url: str) -> None:
    from db.migrate import migrate  # noqa: PLC0415  slow to import

    try:
        applied = await migrate(database_url)
    except OSError as error:
        raise StartupProblem(
            f"The database is out of reach ({error}): see that DATABASE_URL is right and the server runs."
        ) from error
    if applied:
        plan.tell(f"Brought the database up to date: {len(applied)} migration{'s' if len(applied) > 1 else ''}")


def _sealing_keys(plan: Plan, folder: DataFolder | None) -> str:
    from app.services.app_key import KEY_FILE, use_app_keys  # noqa: PLC0415  slow to import

    path = folder.path if folder else plan.data_dir
    keys = use_app_keys(plan.app_keys, path)
    if plan.database_url and plan.app_keys is None:
        plan.tell(
            f"Secrets in the database are sealed with the key in {path.absolute() / KEY_FILE}: "
            "every other machine on it needs the same one as DZBUILD_APP_KEYS."
        )
    return keys


def _app_workers(
    plan: Plan,
    instance: Instance,
    listener: socket.socket,
    gate: Gate,
    folder: DataFolder | None,
    counts: Path,
    keys: str,
) -> list[Process]:
    """Return the processes that answer requests, and those that work beside them."""
    descriptor = listener.fileno()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(part for part in (str(SOURCES), os.environ.get("PYTHONPATH", "")) if part),
        "DATABASE_URL": instance.database_url,
        "REDIS_URL": instance.redis_url,
        "DZBUILD_APP_KEYS": keys,
        "DZBUILD_DATA_DIR": str(plan.data_dir.absolute()),
        "DZBUILD_HOST": plan.host,
        "DZBUILD_PORT": str(listener.getsockname()[1]),
        "DZBUILD_PUBLIC_URL": plan.public_url or instance.base_url,
        "DZBUILD_WORKERS": str(plan.workers),
        "PROMETHEUS_MULTIPROC_DIR": str(counts),
        **plan.environment,
    }
    program = (sys.executable, "-P", "-m", "app.supervisor.worker", plan.application, str(descriptor), str(gate.side))
    answering = {f"app-{number}": program for number in range(1, plan.workers + 1)}
    beside = {
        name: (sys.executable, "-P", "-m", "app.workers.running", name, str(gate.side))
        for name in WORKERS
        if plan.migrated and plan.beside
    }
    return [
        Process(
            name=name,
            argv=argv,
            environment=environment,
            announces=True,
            after_end=partial(_count_no_more, counts),
            inherited=(descriptor, gate.side) if name in answering else (gate.side,),
            directory=None,
            log=folder.log("app") if folder and plan.quiet else None,
        )
        for name, argv in (answering | beside).items()
    ]
