"""The command line as it is used: its help, its exit codes, and the sandbox with the real application."""

import json
import os
import shlex
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import click
import psutil
import pytest
from click.testing import CliRunner
from running import DZBUILD, PATIENCE, ROOT, alive, environment, eventually, launch, running

from app.cli import COMMANDS, main
from app.services import running_servers

pytestmark = pytest.mark.slow

MEMBERS = {
    *("base_url", "graphql_url", "database_url", "redis_url", "pids"),
    *("platform_key", "platform_key_b", "free_key", "test_key", "unlimited_key"),
    *("public_key_id", "public_signing_secret", "load_public_key_id", "load_public_signing_secret"),
    *("store_id", "store_id_b", "store_id_c"),
}


def dzbuild(*arguments, **variables):
    """Run a command to its end."""
    return subprocess.run(
        [*DZBUILD, *arguments],
        capture_output=True,
        env={**environment(), **variables},
        cwd=ROOT,
        text=True,
        check=False,
        timeout=60,
    )


def every_command(command, path):
    """Yield each command and its words, those of groups too."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from every_command(command.get_command(context, name), [*path, name])


class TestHelp:
    def test_it_comes_at_once_and_names_every_command(self):
        started = time.monotonic()
        answer = dzbuild("--help")
        assert time.monotonic() - started < 1, "help should import next to nothing"
        assert answer.returncode == 0
        for name in COMMANDS:
            assert f"  {name} " in answer.stdout

    @pytest.mark.parametrize(("path", "command"), list(every_command(main, [])), ids=str)
    def test_is_whole(self, path, command):
        shown = CliRunner().invoke(main, [*path, "--help"], terminal_width=100).output
        assert "\\b" not in shown
        # In its group's list a command is one line, which is not cut off.
        assert "..." not in shown.partition("\nCommands:\n")[2]
        if not isinstance(command, click.Group):
            assert "Examples:" in shown
            assert "Exit codes: 0" in " ".join(shown.split())

    @pytest.mark.parametrize("arguments", [("nonsense",), ("serve", "--port", "99999"), ("serve", "--workers", "0")])
    def test_wrong_usage_is_2(self, arguments):
        assert CliRunner().invoke(main, arguments).exit_code == 2


class TestDoctor:
    def test_what_is_not_there_is_named_with_its_remedy(self, data):
        answer = dzbuild("doctor", "--data", str(data))
        assert answer.returncode == 1
        assert "PostgreSQL" in answer.stdout
        assert "dzbuild demo" in answer.stdout

    def test_a_migrated_database_is_well(self, data):
        with running_servers(data):
            first = dzbuild("migrate", "--data", str(data))
            assert first.returncode == 0
            assert "applied " in first.stdout
            answer = dzbuild("doctor", "--data", str(data))
            assert answer.returncode == 0, answer.stdout
            assert "up to date" in answer.stdout

    def test_servers_out_of_reach_are_no_crash(self, data):
        answer = dzbuild(
            "doctor",
            DATABASE_URL=f"postgresql://nobody@/none?host={data.parent}",
            REDIS_URL=f"unix://{data.parent}/none.sock",
        )
        assert answer.returncode == 1
        assert answer.stdout.count("out of reach") == 2
        assert "Traceback" not in answer.stderr


class TestKeys:
    def test_public_one(self, data):
        with running_servers(data):
            folder = ("--data", str(data))
            assert dzbuild("stores", "create", "Dar Alia", *folder).returncode == 0
            create = ("keys", "create", "dar-alia", "--name", "page", *folder)
            made = dzbuild(*create, "--type", "public", "--origin", "https://shop.example")
            assert made.returncode == 0, made.stderr
            key_id, secret = made.stdout.split()
            assert key_id.startswith("dzpub_live_")
            assert len(bytes.fromhex(secret)) == 32
            listed = dzbuild("keys", "list", "dar-alia", *folder)
            assert key_id[:12] in listed.stdout
            assert secret not in listed.stdout
            refused = dzbuild(*create, "--type", "public", "--origin", "shop.example/")
            assert refused.returncode == 1
            assert "write https://shop.example" in refused.stderr
            assert dzbuild(*create, "--type", "public", "--scope", "products:read").returncode == 1
            assert dzbuild(*create, "--origin", "https://shop.example").returncode == 2
            assert dzbuild("keys", "revoke", key_id, *folder).returncode == 0

    def test_public_one_on_a_database_elsewhere(self, data, tmp_path):
        with running_servers(data) as servers:
            elsewhere = {"DATABASE_URL": servers.database_url, "DZBUILD_DATA_DIR": str(tmp_path / "none")}
            assert dzbuild("stores", "create", "Dar Alia", **elsewhere).returncode == 0
            create = ("keys", "create", "dar-alia", "--name", "page", "--type", "public")
            refused = dzbuild(*create, **elsewhere)
            assert refused.returncode == 2
            assert "DZBUILD_APP_KEYS is not set" in refused.stderr
            assert not (tmp_path / "none").exists()
            assert dzbuild(*create, **elsewhere, DZBUILD_APP_KEYS="k" * 32).returncode == 0


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A sandbox with data of its own that nobody keeps."""
    with running((*DZBUILD, "sandbox", "--json"), tmp_path_factory.mktemp("sandbox") / "unused") as started:
        # An ephemeral sandbox doesn't say where its folder is; Valkey works in it.
        started.data = Path(psutil.Process(started.members["pids"]["valkey"]).cwd()).parent
        yield started


class TestSandbox:
    def test_it_says_everything_in_one_line(self, sandbox):
        assert sandbox.members.keys() >= MEMBERS
        assert not sandbox.members["base_url"].endswith("/v1")
        assert {"postgres", "valkey", "app-1"} <= sandbox.members["pids"].keys()
        for pid in sandbox.members["pids"].values():
            assert psutil.pid_exists(pid)

    def test_its_keys_open_its_stores(self, sandbox):
        for key, store in (("platform_key", "store_id"), ("platform_key_b", "store_id_b"), ("free_key", "store_id_c")):
            request = urllib.request.Request(
                f"{sandbox.members['base_url']}/v1/whoami",
                headers={"Authorization": f"Bearer {sandbox.members[key]}"},
            )
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                assert json.load(answer)["data"]["store_id"] == sandbox.members[store]

    @pytest.mark.parametrize("name", ["postgres", "valkey", "app-1"])
    def test_it_serves_again_after_a_kill(self, sandbox, name):
        before = sandbox.pids[name]
        os.kill(before, signal.SIGKILL)
        eventually(lambda: sandbox.pids.get(name) not in {None, before})
        eventually(lambda: self.is_ready(sandbox), f"not ready after {name} was killed")

    @staticmethod
    def is_ready(sandbox):
        try:
            return sandbox.get("/readyz")
        except OSError:
            return False

    def test_nothing_else_is_printed_and_nothing_is_left(self, tmp_path):
        process = launch((*DZBUILD, "sandbox", "--json"), tmp_path / "unused")
        members = json.loads(process.stdout.readline())
        folder = Path(psutil.Process(members["pids"]["valkey"]).cwd()).parent
        processes = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        assert process.stdout.read() == ""
        assert process.wait(PATIENCE) == 0
        process.stdout.close()
        assert alive(processes) == []
        assert not folder.exists()

    def test_data_that_are_named_are_kept(self, data):
        command = (*DZBUILD, "sandbox", "--json", "--data", str(data))
        with running(command, data) as first:
            keys = {name: value for name, value in first.members.items() if "key" in name or "secret" in name}
            assert first.pids == first.members["pids"]
        with running(command, data) as second:
            assert {name: second.members[name] for name in keys} == keys


def sent(command):
    """Do what a printed curl command does."""
    words = shlex.split(command)
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    body = words[words.index("-d") + 1].encode() if "-d" in words else None
    address = next(word for word in words if word.startswith("http"))
    with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=PATIENCE) as answer:
        return json.load(answer)


class TestDemo:
    def test_what_it_prints_to_copy_works(self, data):
        process = launch((*DZBUILD, "demo", "--port", "0", "--data", str(data)), data)
        lines = []
        while not lines or "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], (data.parent / f"{data.name}.stderr").read_text()
        rest, graphql = (sent(line) for line in lines if line.startswith("  curl"))
        printed = "".join(lines)
        shown = json.loads(printed.split("It answers\n")[1].split("\nThe same in GraphQL")[0])
        assert rest["data"] == shown["data"]
        assert len(rest["data"]["items"]) == 1
        assert "errors" not in graphql
        assert len(graphql["data"]["products"]["nodes"]) == 3
        key = next(line.split()[1] for line in lines if line.startswith("  platform_key "))
        assert f"  export DZ_KEY='{key}'\n" in lines
        for path in ("/graphql", "/api-docs/intro", "/api-docs/reference", "/dashboard", "/examples/storefront/"):
            page = next(line.split() for line in lines if f"{path} " in line)
            address = next(word for word in page if word.startswith("http"))
            request = urllib.request.Request(address, headers={"Accept": "text/html"})
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                html = answer.read().decode()
            assert (f'data-key="{key}"' in html) is (path in {"/graphql", "/api-docs/reference"})
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        process.stdout.close()
