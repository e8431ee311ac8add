"""The page on contract tests, kept to: its scripts are run as they stand, against real sandboxes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.contract.conftest import ROOT
from tests.contract.test_examples import OPERATIONS, SIGNED

PAGE = (ROOT / "docs" / "en" / "testing.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"```sh script\n(.+?)```", PAGE, re.DOTALL)
# As many requests as show that the script works; tests/contract makes the thousands.
EXAMPLES = "5"


@pytest.fixture
def ran(tmp_path: Path, request: pytest.FixtureRequest) -> "subprocess.CompletedProcess[str]":
    """A script of the page, run in an empty folder."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "EXAMPLES": EXAMPLES}
    command = ["bash", "-c", request.param]
    return subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=400, check=False
    )


def test_there_are_two_scripts() -> None:
    assert [("schemathesis run" in script, "reset" in script) for script in SCRIPTS] == [(True, False), (False, True)]


@pytest.mark.parametrize("ran", SCRIPTS[:1], indirect=True, ids=["contract"])
def test_contract(ran: "subprocess.CompletedProcess[str]", tmp_path: Path) -> None:
    assert ran.returncode == 0, ran.stdout[-5_000:] + ran.stderr[-2_000:]
    tested = len(OPERATIONS) - len(SIGNED)
    assert f"{tested} selected / {len(OPERATIONS)} total" in ran.stdout
    assert re.search(r"\n  (\d+) generated, \1 passed\n", ran.stdout)
    assert (tmp_path / "openapi.yaml").read_bytes() == (ROOT / "openapi.yaml").read_bytes()
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize("ran", SCRIPTS[1:], indirect=True, ids=["integration"])
def test_integration(ran: "subprocess.CompletedProcess[str]", tmp_path: Path) -> None:
    assert ran.returncode == 0, ran.stdout + ran.stderr
    decoder, answers, rest = json.JSONDecoder(), [], ran.stdout
    while rest := rest.strip():
        answer, end = decoder.raw_decode(rest)
        answers.append(answer["data"])
        rest = rest[end:]
    assert answers[0]["reset"] is True
    assert [row["id"] for row in answers[2]["items"]] == [answers[1]["id"]]
    assert answers[3] == {"reset": True, "deleted": 1}
    assert_nothing_is_left(tmp_path)


def test_workflow() -> None:
    (text,) = re.findall(r"```yaml\n(.+?)```", PAGE, re.DOTALL)
    steps = yaml.safe_load(text)["jobs"]["contract"]["steps"]
    (install,) = [step["run"] for step in steps if "pip install" in step.get("run", "")]
    pinned = re.search(r'"(schemathesis==[\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pinned is not None
    assert pinned[1] in install
    assert (ROOT / "requirements.lock").exists()
    assert steps[-1]["run"] == "bash contract.sh"


def assert_nothing_is_left(folder: Path) -> None:
    """No process of the sandbox outlives the script."""
    members = json.loads((folder / "sandbox.json").read_text(encoding="utf-8"))
    assert [name for name, pid in members["pids"].items() if Path(f"/proc/{pid}").exists()] == []
