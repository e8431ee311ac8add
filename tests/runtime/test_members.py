"""`dzbuild members`, as an operator uses it."""

import subprocess

import pytest
from running import DZBUILD, ROOT, environment

from app.services import running_servers

pytestmark = pytest.mark.slow


@pytest.fixture
def dzbuild(data):
    """Run a command to its end, on a database with one store."""

    def run(*arguments, typed=""):
        command = [*DZBUILD, *arguments, "--data", str(data)]
        return subprocess.run(
            command, capture_output=True, env=environment(), cwd=ROOT, text=True, check=False, timeout=60, input=typed
        )

    with running_servers(data):
        assert run("stores", "create", "Dar Alia").returncode == 0
        yield run


def test_members(dzbuild):
    of_store = ("--store", "dar-alia")
    added = dzbuild("members", "add", "Amina@Example.dz", *of_store)
    assert added.returncode == 0, added.stderr
    assert len(added.stdout.strip()) == 29
    typed = dzbuild(
        "members",
        "add",
        "karim@example.dz",
        *of_store,
        "--role",
        "viewer",
        "--password-stdin",
        typed="a long one here\n",
    )
    assert (typed.returncode, typed.stdout) == (0, ""), typed.stderr
    listed = dzbuild("members", "list", *of_store).stdout
    assert "amina@example.dz" in listed
    assert "viewer" in listed

    again = dzbuild("members", "reset-password", "amina@example.dz")
    assert again.stdout not in ("", added.stdout)

    last = dzbuild("members", "remove", "amina@example.dz", *of_store)
    assert last.returncode == 1
    assert "without an owner" in last.stderr
