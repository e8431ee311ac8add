"""The app's key: the setting's, or one made once in the data folder."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.services.app_key import app_keys
from app.settings import Settings, given_keys
from app.supervisor.problems import StartupProblem

ROOT = Path(__file__).parents[2]
GIVEN = "g" * 32
MAKE = (
    "import sys; from pathlib import Path; from app.services.app_key import app_keys; "
    "print(app_keys(None, Path(sys.argv[1])))"
)


class TestAppKeys:
    def test_of_the_setting(self, tmp_path: Path) -> None:
        assert app_keys(f"{GIVEN}, {'h' * 40}", tmp_path) == f"{GIVEN}, {'h' * 40}"
        assert list(tmp_path.iterdir()) == []

    def test_made_once(self, tmp_path: Path) -> None:
        made = app_keys(None, tmp_path / "new")
        assert len(bytes.fromhex(made)) == 32
        assert app_keys(None, tmp_path / "new") == made
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["app.key"]
        assert (tmp_path / "new" / "app.key").stat().st_mode & 0o777 == 0o600
        assert app_keys(None, tmp_path / "other") != made

    @pytest.mark.anyio
    async def test_made_once_by_several_processes(self, tmp_path: Path) -> None:
        async def make() -> str:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", MAKE, str(tmp_path)), stdout=asyncio.subprocess.PIPE, cwd=ROOT
            )
            printed, _ = await process.communicate()
            return printed.decode()

        made = await asyncio.gather(*(make() for _ in range(6)))
        assert len(set(made)) == 1
        assert len(made[0].strip()) == 64

    @pytest.mark.parametrize("keys", ["", "short", f"{GIVEN},short"])
    def test_too_short(self, tmp_path: Path, keys: str) -> None:
        with pytest.raises(StartupProblem, match=r"DZBUILD_APP_KEYS must be .* at least 32 characters each") as caught:
            app_keys(keys, tmp_path)
        assert "short" not in caught.value.message

    def test_damaged_file(self, tmp_path: Path) -> None:
        (tmp_path / "app.key").write_text("half")
        with pytest.raises(StartupProblem, match=r"app\.key is damaged"):
            app_keys(None, tmp_path)

    def test_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StartupProblem, match="can't be read or made"):
            app_keys(None, tmp_path / "file")


class TestSetting:
    def test_is_not_shown(self) -> None:
        values = Settings(app_keys=GIVEN)
        assert given_keys(values) == GIVEN
        assert GIVEN not in repr(values)
        assert GIVEN not in str(values)
        assert given_keys(Settings()) is None


class TestCommands:
    def test_too_short_is_a_sentence(self, tmp_path: Path) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "app.cli", "serve", "--data", str(tmp_path), "--port", "0"],
            env={**os.environ, "DZBUILD_APP_KEYS": "short"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 2
        assert "at least 32 characters each" in ran.stderr
        assert "Traceback" not in ran.stderr
        assert ran.stdout == ""
