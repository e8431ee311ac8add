"""The app's key, which seals secrets in the database: the setting's, or one made once in the data folder."""

import os
import secrets
from pathlib import Path

from app.supervisor.problems import StartupProblem
from graph import sealing

KEY_FILE = "app.key"
KEY_BYTES = 32


def app_keys(given: str | None, data_dir: Path) -> str:
    """Return the app's keys, comma-separated, the sealing one first.

    Args:
        given: what `DZBUILD_APP_KEYS` says.
        data_dir: where a key is made once, readable by its owner alone, when that says nothing.

    Raises:
        StartupProblem: a key is too short, or the file can't be read or made.
    """
    path = data_dir / KEY_FILE
    try:
        keys = given if given is not None else _kept(path)
        sealing.split(keys)
    except ValueError as error:
        raise StartupProblem(str(error) if given is not None else f"{path} is damaged: put it back.") from error
    except OSError as error:
        raise StartupProblem(
            f"The app's key {path} can't be read or made ({error.strerror}): set DZBUILD_APP_KEYS, or choose another "
            "data folder with --data or DZBUILD_DATA_DIR."
        ) from error
    return keys


def use_app_keys(given: str | None, data_dir: Path) -> str:
    """Let this process seal and unseal with the app's keys, and return them for others; arguments as of `app_keys`.

    Raises:
        StartupProblem: as `app_keys`.
    """
    keys = app_keys(given, data_dir)
    sealing.use(keys)
    return keys


def has_key(data_dir: Path) -> bool:
    """Tell whether a key was made in this folder."""
    return (data_dir / KEY_FILE).exists()


def _kept(path: Path) -> str:
    """Return the key of the file, made first if there is none; of processes that make one at once, one's is taken."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{KEY_FILE}.{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_hex(KEY_BYTES) + "\n", encoding="ascii")
        try:
            path.hardlink_to(new)
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_text(encoding="ascii").strip()
