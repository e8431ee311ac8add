"""The folder of one instance: who may use it, and where its servers' data and sockets are."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.services.accounts import can_reach, database_account
from app.services.programs import shared_folder
from app.supervisor.problems import StartupProblem
from app.supervisor.process import Account

LONGEST_SOCKET_PATH = 103
"""What fits into an address on every system: Linux takes 107 bytes, macOS 103."""

LONGEST_LOG = 10_000_000

SERVERS_FILE = "servers.json"


def ignore(_sentence: str) -> None:
    """Take a remark and leave it unsaid."""


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """An instance's folder while this process has it for itself.

    `postgres_data` is inside, unless PostgreSQL's account can't get there. `sockets` holds a folder for each server.
    `unclean` says that whoever had it before didn't get to tidy up.
    """

    path: Path
    account: Account | None
    postgres_data: Path
    sockets: Path
    unclean: bool
    lock: int
    tell: Callable[[str], None]

    @property
    def pids_file(self) -> Path:
        """The file that names the running processes."""
        return self.path / "pids.json"

    def log(self, name: str) -> Path:
        """Return the path of a process's log; one that has grown long is moved aside."""
        path = self.path / f"{name}.log"
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path

    def socket_folder(self, name: str, account: Account | None = None) -> Path:
        """Return the folder of a server's socket, which nobody but its account (or this user) may enter."""
        folder = self.sockets / name
        folder.mkdir(mode=0o700, exist_ok=True)
        if account is not None:
            os.chown(folder, account.user_id, account.group_id)
        return folder

    def note_servers(self, database_url: str, redis_url: str) -> None:
        """Write down where the servers of this run are, for other commands on the same folder."""
        new = self.path / f"{SERVERS_FILE}.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps({"database_url": database_url, "redis_url": redis_url}) + "\n")
        new.replace(self.path / SERVERS_FILE)

    def close(self) -> None:
        """Give the folder back: nothing of the run is left in it but the data and the logs."""
        shutil.rmtree(self.sockets, ignore_errors=True)
        for name in (self.pids_file.name, SERVERS_FILE):
            (self.path / name).unlink(missing_ok=True)
        os.close(self.lock)

    def discard(self) -> None:
        """Remove the folder with all data, also what lies elsewhere for it; call it after `close`."""
        shutil.rmtree(self.postgres_data.parent if self._is_elsewhere else self.postgres_data, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    @property
    def _is_elsewhere(self) -> bool:
        return self.postgres_data.parent != self.path


def open_data_folder(path: Path, *, tell: Callable[[str], None] = ignore) -> DataFolder:
    """Take a folder for one instance, making it if need be. `tell` gets a sentence about anything unexpected.

    Raises:
        StartupProblem: it can't be written to, or another instance has it.
    """
    path = path.absolute()
    account = database_account()
    _make(path, account)
    path = path.resolve()
    lock = _take(path)
    try:
        reachable = can_reach(account, path)
        return DataFolder(
            path=path,
            account=account,
            postgres_data=_postgres_data(path, account, tell, reachable=reachable),
            sockets=_sockets(path, account, reachable=reachable),
            unclean=any((path / name).exists() for name in ("pids.json", SERVERS_FILE)),
            lock=lock,
            tell=tell,
        )
    except BaseException:
        os.close(lock)
        raise


def _make(path: Path, account: Account | None) -> None:
    try:
        if not path.is_dir():
            path.mkdir(parents=True)
            # Another account has to pass through where PostgreSQL can't be this user's.
            path.chmod(0o700 if account is None else 0o711)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise StartupProblem(
            f"The data folder {path} can't be written to ({error.strerror}): choose another with --data or "
            "DZBUILD_DATA_DIR, or let this user write there."
        ) from error


def _take(path: Path) -> int:
    """Take the folder's lock, which the system gives back whatever happens to this process."""
    lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise StartupProblem(
            f"DZBuild is already running on {path} (pid {owner}): stop that one with `kill {owner}`, "
            "or choose another folder with --data or DZBUILD_DATA_DIR."
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _postgres_data(path: Path, account: Account | None, tell: Callable[[str], None], *, reachable: bool) -> Path:
    inside = path / "postgres"
    if reachable:
        return inside
    name = account.name if account else ""
    if (inside / "PG_VERSION").exists():
        raise StartupProblem(
            f"PostgreSQL's account '{name}' can't enter {inside}, where its data are: let others pass through the "
            "folders above it (chmod o+x), or choose another data folder with --data or DZBUILD_DATA_DIR."
        )
    elsewhere = shared_folder() / f"data-{_mark(path)}"
    elsewhere.mkdir(mode=0o755, exist_ok=True)
    tell(f"PostgreSQL's account '{name}' can't enter {path}, so its data are kept in {elsewhere}.")
    return elsewhere / "postgres"


def _sockets(path: Path, account: Account | None, *, reachable: bool) -> Path:
    short = f"dzbuild-{os.geteuid()}-{_mark(path)}"
    candidates = [path / "run"] if reachable else []
    candidates += [Path(parent).resolve() / short for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp")]  # noqa: S108  checked below
    for candidate in candidates:
        if _is_fit_for_sockets(candidate, account):
            return candidate
    raise StartupProblem(
        f"There is no folder for the servers' sockets: none of {', '.join(map(str, candidates))} can be made by this "
        f"user, entered by PostgreSQL's account and addressed in {LONGEST_SOCKET_PATH} bytes. "
        "Choose a shorter data folder with --data."
    )


def _is_fit_for_sockets(folder: Path, account: Account | None) -> bool:
    if len(os.fsencode(folder / "postgres" / ".s.PGSQL.5432.lock")) > LONGEST_SOCKET_PATH:
        return False
    trial = folder / "trial"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        # In a folder for everyone, somebody else could have made this one first.
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
            return False
        folder.chmod(0o700 if account is None else 0o711)
        trial.unlink(missing_ok=True)
        # Some mounted file systems have no sockets.
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
            probe.bind(str(trial))
        trial.unlink()
    except OSError:
        return False
    return can_reach(account, folder)
