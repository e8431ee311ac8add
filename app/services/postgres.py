"""The embedded PostgreSQL: its data made once, and the process that serves them."""

import errno
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from app.services.accounts import can_reach, give
from app.services.data_folder import DataFolder
from app.services.leftovers import stop_processes_in
from app.services.probes import postgres_answers
from app.services.programs import POSTGRES_MAJOR, postgres_programs
from app.supervisor.problems import StartupProblem
from app.supervisor.process import Account, Process

DATABASE = "dzbuild"
SOCKET = ".s.PGSQL.5432"

LOCALES = ("C.UTF-8", "en_US.UTF-8", "C")
"""Tried in this order: with the last, trigrams of Arabic words would be empty, so it is for systems without others."""

ENVIRONMENT = {"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"}
"""Nothing of the user's environment: a PGPORT or PGDATA in it would change what the server does."""

OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "track_io_timing": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    # A failed statement's details repeat the row, and with it people's names and numbers.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)


class EmbeddedPostgres:
    """A PostgreSQL on a data folder. Its own folder is made, if need be, when this is."""

    def __init__(self, folder: DataFolder) -> None:
        """Make ready to start, making the data if there are none yet.

        Raises:
            StartupProblem: the data are another version's or another account's, or can't be made.
        """
        self._folder = folder
        self._data = folder.postgres_data
        self._account = folder.account
        self._programs = postgres_programs(folder.account)
        self._sockets = folder.socket_folder("postgres", folder.account)
        if (self._data / "PG_VERSION").exists():
            _check_version(self._data)
            _check_owner(self._data, self._account)
            if folder.unclean or (self._data / "postmaster.pid").exists():
                self._clear()
        else:
            self._make_data()

    @property
    def url(self) -> str:
        """The database's address, as asyncpg and libpq take it."""
        return f"postgresql://postgres@/{DATABASE}?host={quote(str(self._sockets))}"

    def process(self) -> Process:
        """Return the server as a process. SIGINT stops it within moments, ending open transactions."""
        options = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
        return Process(
            name="postgres",
            argv=(str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._sockets), *options),
            environment=ENVIRONMENT,
            is_ready=lambda: postgres_answers(self._sockets / SOCKET, DATABASE),
            before_start=self._clear_if_needed,
            account=self._account,
            log=self._folder.log("postgres"),
            stop_signal=signal.SIGINT,
            stop_timeout=20.0,
            kill_signal=signal.SIGQUIT,
        )

    def _clear_if_needed(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self._clear()

    def _clear(self) -> None:
        """Stop what is left of an earlier server, and remove the files by which it would keep a new one from starting.

        A killed server leaves backends that hold its shared memory until they notice; and its number may belong to
        another process by now, or to a zombie, both of which PostgreSQL takes for a running server.
        """
        stop_processes_in(self._data, "postgres", STOP_SIGNALS)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET, f"{SOCKET}.lock"):
            (self._sockets / name).unlink(missing_ok=True)

    def _make_data(self) -> None:
        # Under another name until all is done, so that an interrupted start leaves nothing half made.
        unfinished = self._data.with_name("postgres.unfinished")
        _remove(unfinished)
        unfinished.mkdir(mode=0o700)
        if not give(self._account, unfinished) or not can_reach(self._account, unfinished, test="-w"):
            name = self._account.name if self._account else ""
            raise StartupProblem(
                f"PostgreSQL's account '{name}' can't be given a folder in {unfinished.parent} on this file system: "
                "choose another data folder with --data or DZBUILD_DATA_DIR."
            )
        self._initialise(unfinished)
        self._run(
            [self._programs / "postgres", "--single", "-D", unfinished, "postgres"], f"CREATE DATABASE {DATABASE}"
        )
        try:
            unfinished.rename(self._data)
        except OSError as error:
            raise StartupProblem(
                f"{self._data} is in the way and holds no PostgreSQL data: move it away, then start again."
                if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}
                else f"{unfinished} can't be renamed to {self._data.name}: {error.strerror}."
            ) from error

    def _initialise(self, data: Path) -> None:
        for locale in LOCALES:
            try:
                self._run(
                    [
                        *(self._programs / "initdb", "-D", data, "--username=postgres", "--auth=trust"),
                        *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                        *(f"--locale={locale}", "--lc-messages=C", "--no-instructions"),
                    ]
                )
            except StartupProblem:
                if locale == LOCALES[-1]:
                    raise
                continue
            if locale == LOCALES[-1]:
                self._folder.tell("This system has no UTF-8 locale: a search for Arabic words is slow.")
            return

    def _run(self, argv: Iterable[str | Path], text: str = "") -> None:
        account = self._account
        command = [str(part) for part in argv]
        try:
            subprocess.run(  # noqa: S603  the command lines are this module's own
                command,
                input=text,
                env=ENVIRONMENT,
                cwd="/",
                check=True,
                text=True,
                # Ctrl-C in the terminal is for the supervisor, which stops at a point of its own choosing.
                start_new_session=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                user=account.user_id if account else None,
                group=account.group_id if account else None,
                extra_groups=[] if account else None,
            )
        except (OSError, subprocess.SubprocessError) as error:
            output = error.stdout if isinstance(error, subprocess.CalledProcessError) else str(error)
            reason = ([line.strip() for line in (output or "").splitlines() if "rror" in line] or [str(error)])[0]
            raise StartupProblem(f"PostgreSQL's data can't be made in {self._data.parent}: {reason}") from error


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(POSTGRES_MAJOR):
        raise StartupProblem(
            f"{data} was made by PostgreSQL {found}, and this is PostgreSQL {POSTGRES_MAJOR}: choose another folder "
            "with --data or DZBUILD_DATA_DIR, or move this one away to start with an empty database "
            f"(pg_dump of PostgreSQL {found} takes the data along)."
        )


def _check_owner(data: Path, account: Account | None) -> None:
    expected = account.user_id if account else os.geteuid()
    owner = data.stat().st_uid
    if owner != expected:
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = str(owner)
        raise StartupProblem(
            f"The data in {data} belong to the account '{name}': start this the way it was started when they were "
            "made (root uses 'postgres' or 'nobody'), or choose another folder with --data or DZBUILD_DATA_DIR."
        )


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + 5
    # An initdb that outlived its start may be writing there yet.
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
