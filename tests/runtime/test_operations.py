"""`dzbuild operations`, and the keys that are held to what it registers, as an operator uses them."""

import hashlib
import json
import shutil
import subprocess

import pytest
from running import DZBUILD, ROOT, environment

from app.services import running_servers
from app.services.running import temporary_folder

pytestmark = pytest.mark.slow

NAMES = "query Names { products(first: 5) { nodes { name } } }\n"
STORE = "query Store { store { name } }"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def dzbuild():
    """Run a command to its end, on a database with one store."""
    parent = temporary_folder()
    data = parent / "data"

    def run(*arguments):
        command = [*DZBUILD, *arguments, "--data", str(data)]
        return subprocess.run(
            command, capture_output=True, env=environment(), cwd=ROOT, text=True, check=False, timeout=60
        )

    with running_servers(data):
        assert run("stores", "create", "Dar Alia").returncode == 0
        yield run
    shutil.rmtree(parent)


def test_operations(dzbuild, tmp_path):
    (tmp_path / "queries" / "below").mkdir(parents=True)
    (tmp_path / "queries" / "names.graphql").write_text(NAMES)
    (tmp_path / "queries" / "below" / "store.gql").write_text(STORE)
    (tmp_path / "queries" / "README.md").write_text("no document")
    register = ("operations", "register")

    made = dzbuild(*register, str(tmp_path / "queries"), "--store", "dar-alia")
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines() == [f"{sha256(STORE)}  below/store.gql", f"{sha256(NAMES)}  names.graphql"]
    listed = dzbuild("operations", "list", "--store", "dar-alia")
    assert sha256(STORE) in listed.stdout

    token = dzbuild("keys", "create", "dar-alia", "--name", "app", "--registered-operations-only").stdout.strip()
    other = "{ store { currency } }"
    for name, manifest in {
        "apollo.json": {"format": "apollo-persisted-query-manifest", "operations": [{"name": "A", "body": other}]},
        "relay.json": {"some-id": other},
    }.items():
        (tmp_path / name).write_text(json.dumps(manifest))
        again = dzbuild(*register, str(tmp_path / name), "--key", token)
        assert again.returncode == 0, again.stderr
        assert again.stdout.startswith(sha256(other))

    refused = dzbuild("operations", "remove", "zz", "--store", "dar-alia")
    assert refused.returncode == 1
    assert dzbuild("operations", "remove", "--store", "dar-alia").returncode == 2
    assert dzbuild("operations", "remove", sha256(other)[:10], "--store", "dar-alia").stdout == "1 removed.\n"
    assert dzbuild("operations", "remove", "--all", "--store", "1").stdout == "2 removed.\n"
    assert "dzbuild operations register" in dzbuild("operations", "list", "--store", "dar-alia").stderr

    key_id = token.partition(".")[0]
    assert "regist" in dzbuild("keys", "list", "dar-alia").stdout
    assert dzbuild("keys", "set", key_id, "--any-operation").stdout == "It runs any operation.\n"
    assert dzbuild("keys", "set", "dzpk_live_none", "--any-operation").returncode == 1
    assert dzbuild("keys", "set", key_id).returncode == 2


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("bad.graphql", "{ nothing }", 1, "bad.graphql: Cannot query field"),
        ("bad.json", "{", 2, "not valid JSON"),
        ("list.json", "[]", 2, "no manifest"),
        ("numbers.json", '{"a": 5}', 2, "no manifest"),
        ("deep.json", "[" * 100_000, 2, "not valid JSON"),
    ],
)
def test_refused(dzbuild, tmp_path, name, content, code, says):
    (tmp_path / name).write_text(content)
    refused = dzbuild("operations", "register", str(tmp_path / name), "--store", "dar-alia")
    assert (refused.returncode, says in refused.stderr) == (code, True), refused.stderr


def test_no_such_store(dzbuild, tmp_path):
    (tmp_path / "a.graphql").write_text(STORE)
    file = str(tmp_path / "a.graphql")
    assert dzbuild("operations", "register", file, "--store", "none").returncode == 1
    assert dzbuild("operations", "register", file, "--key", "dzpk_live_none").returncode == 1
    assert dzbuild("operations", "register", file).returncode == 2
    assert dzbuild("operations", "register", str(tmp_path / "none"), "--store", "dar-alia").returncode == 2
