"""PostgreSQL refuses to run as root: as whom it runs then, and what that account can reach."""

import os
import pwd
import subprocess
from pathlib import Path

from app.supervisor.problems import StartupProblem
from app.supervisor.process import Account

ACCOUNT_NAMES = ("postgres", "nobody")


def database_account() -> Account | None:
    """Return the account that PostgreSQL runs as, or None where it is the user's own.

    Raises:
        StartupProblem: this is root, and there is no account to step down to.
    """
    if os.geteuid() != 0:
        return None
    for name in ACCOUNT_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, user_id=entry.pw_uid, group_id=entry.pw_gid)
    raise StartupProblem(
        "PostgreSQL doesn't run as root, and this system has neither an account 'postgres' nor 'nobody': "
        "start this as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def can_reach(account: Account | None, path: Path, *, test: str = "-x") -> bool:
    """Tell whether an account may enter a folder or run a file.

    It is tried rather than computed: access lists and network file systems say more than mode bits. `test` is a
    condition of test(1).

    Raises:
        StartupProblem: this process may not step down to the account.
    """
    if account is None:
        return True
    try:
        answer = subprocess.run(  # noqa: S603  fixed command, the path is an argument
            ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)],
            user=account.user_id,
            group=account.group_id,
            extra_groups=[],
            cwd="/",
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StartupProblem(
            f"PostgreSQL doesn't run as root, and this process may not step down to the account '{account.name}' "
            f"({error}): start this as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        ) from error
    return answer.returncode == 0


def give(account: Account | None, path: Path) -> bool:
    """Make an account the owner of one folder of this program's own; tell whether the file system allowed it."""
    if account is None:
        return True
    try:
        os.chown(path, account.user_id, account.group_id)
    except OSError:
        return False
    return True
