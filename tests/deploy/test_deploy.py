"""What `deploy/` names is there: settings, commands and their options, files; and the commands run as they do there."""

import configparser
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import psutil
import pytest
import yaml

from app.asgi import Application
from app.cli import main
from app.services import Servers
from app.settings import Settings
from app.workers.known import WORKERS
from tests.conftest import APP_KEY

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file())
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
# Of other programs.
OTHERS = {"DZBUILD_TAG"}
PATIENCE = 60.0


def variables() -> dict[str, Any]:
    """Return the settings by the names of their variables."""
    return {
        field.validation_alias.choices[0] if field.validation_alias else f"DZBUILD_{name.upper()}": field
        for name, field in Settings.model_fields.items()
    }


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "deploy" / "systemd" / name, encoding="utf-8")
    return parser


def commands() -> Iterator[list[str]]:
    """Give the words of every command that is named."""
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".md":
            lines = [*re.findall(r"`(dzbuild [^`]+)`", text), *re.findall(r"^(dzbuild [^#\n]+)", text, re.MULTILINE)]
            yield from (shlex.split(line)[1:] for line in lines)
        yield from (shlex.split(line)[1:] for line in re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE))
    yield from (service["command"] for service in COMPOSE["services"].values())
    yield ["serve", "--without-workers"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_is_one(path: Path) -> None:
    named = set(re.findall(r"\b(?:DZBUILD_[A-Z_]+|DATABASE_URL|REDIS_URL)\b", path.read_text(encoding="utf-8")))
    assert named - OTHERS <= set(variables())


def test_the_example_shows_the_defaults() -> None:
    text = (ROOT / "deploy" / "dzbuild.env.example").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert len(shown) >= 5
    assert shown == {name: str(variables()[name].default) for name in shown}


def test_every_command_and_option_is_there() -> None:
    named = list(commands())
    assert len(named) >= 12
    for words in named:
        command: click.Command = main
        rest = [word.replace("%i", "deliver") for word in words]
        while isinstance(command, click.Group) and rest:
            found = command.get_command(click.Context(command), rest.pop(0))
            assert found is not None, words
            command = found
        options = {name for each in command.params for name in each.opts}
        assert {word for word in rest if word.startswith("--")} <= options | {"--help"}, words
        if command.name == "worker":
            assert rest[0] in WORKERS


def test_units_name_each_other_and_every_worker() -> None:
    target = unit("dzbuild.target")["Unit"]["Wants"].split()
    assert {name.partition("@")[2].removesuffix(".service") for name in target if "@" in name} == set(WORKERS)
    names = {path.name for path in UNITS}
    for name in target:
        assert re.sub("@.+[.]", "@.", name) in names
    for name in names - {"dzbuild.target"}:
        read = unit(name)
        assert read["Service"]["EnvironmentFile"] == "/etc/dzbuild/dzbuild.env"
        assert read["Unit"]["PartOf"] == read["Install"]["WantedBy"] == "dzbuild.target"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this system has no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace("/opt/dzbuild/.venv/bin/", f"{Path(sys.executable).parent}/"))
    names = ["dzbuild.target", "dzbuild-api.service", *(f"dzbuild-worker@{name}.service" for name in WORKERS)]
    verified = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in names)],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


def test_containers_run_every_worker_as_no_root() -> None:
    services = COMPOSE["services"]
    assert {service["command"][1] for service in services.values() if service["command"][0] == "worker"} == set(WORKERS)
    for name, service in services.items():
        assert service["read_only"], name
        assert service["env_file"] == ["dzbuild.env"]
    lines = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER dzbuild" in lines
    for line in lines:
        if line.startswith("COPY"):
            assert all((ROOT / source).exists() for source in line.split()[1:-1]), line


def test_linked_files_are_there() -> None:
    text = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 4
    assert [link for link in links if not (ROOT / "deploy" / link).exists()] == []


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(servers: Servers, *arguments: str) -> Iterator[psutil.Process]:
    """Run a command on outside servers, as a unit does, and see that SIGTERM ends it well."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DZBUILD_")}
    given = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "DZBUILD_APP_KEYS": APP_KEY}
    command = [sys.executable, "-m", "app.cli", *arguments]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=kept | given, cwd=ROOT, stderr=quiet) as process:
        yield psutil.Process(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def until(look: Callable[[], str]) -> str:
    """Return what is there as soon as something is."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return look()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def got(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


@pytest.mark.slow
def test_the_api_alone_and_a_worker_that_shows_its_metrics(servers: Servers, application: Application) -> None:
    port, metrics = free_port(), free_port()
    with (
        running(servers, "serve", "--without-workers", "--port", str(port)) as api,
        running(servers, "worker", "ingest", "--metrics", str(metrics)),
    ):
        until(lambda: got(f"http://127.0.0.1:{port}/readyz"))
        programs = [" ".join(each.cmdline()) for each in api.children(recursive=True)]
        assert [program for program in programs if "app.workers.running" in program] == []
        assert any("app.supervisor.worker" in program for program in programs)
        assert "dzbuild_inbox_lag_seconds" in until(lambda: got(f"http://127.0.0.1:{metrics}/metrics"))
