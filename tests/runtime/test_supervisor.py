"""What a supervisor promises about its processes: each dies here, and is there again."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from running import DZBUILD, LAUNCHER, PATIENCE, ROOT, alive, environment, eventually, launch, running

from app.services.probes import postgres_answers, valkey_answers
from app.services.reachable import servers_in

pytestmark = pytest.mark.slow


def sockets(instance):
    run = instance.members["database_url"].split("host=")[1]
    return f"{run}/.s.PGSQL.5432", instance.members["redis_url"].removeprefix("unix://")


class TestRestart:
    @pytest.mark.parametrize("name", ["postgres", "valkey", "app-1", "app-2"])
    def test_what_is_killed_is_replaced(self, instance, name):
        before = instance.pids
        os.kill(before[name], signal.SIGKILL)
        eventually(lambda: instance.pids.get(name) not in {None, before[name]}, f"{name} was not replaced")
        others = {other: pid for other, pid in instance.pids.items() if other != name}
        assert others == {other: pid for other, pid in before.items() if other != name}
        database, valkey = sockets(instance)
        eventually(lambda: postgres_answers(database, "dzbuild"))
        eventually(lambda: valkey_answers(valkey))
        assert int(instance.get()) in instance.pids.values()

    def test_postgres_comes_back_while_its_sessions_hold_on(self, instance):
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, instance.members["database_url"]],
            stdout=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        assert holder.stdout.readline() == "holding\n"
        before = instance.pids["postgres"]
        os.kill(before, signal.SIGKILL)
        eventually(lambda: instance.pids.get("postgres") not in {None, before})
        eventually(lambda: postgres_answers(sockets(instance)[0], "dzbuild"))
        holder.kill()
        holder.wait()
        holder.stdout.close()

    def test_clients_wait_while_no_worker_is_there(self, instance):
        for name, pid in instance.pids.items():
            if name.startswith("app-"):
                os.kill(pid, signal.SIGKILL)
        # The socket is the supervisor's, so this neither fails nor is refused.
        assert int(instance.get()) > 0

    def test_a_process_that_ends_by_itself_is_replaced_too(self, instance):
        before = instance.pids["app-1"]
        os.kill(before, signal.SIGTERM)
        eventually(lambda: instance.pids.get("app-1") not in {None, before})

    def test_other_commands_find_the_servers(self, instance):
        found = servers_in(instance.data)
        assert found is not None
        assert found.database_url == instance.members["database_url"]
        assert found.redis_url == instance.members["redis_url"]


HOLDER = """
import asyncio, asyncpg, sys
async def hold():
    connection = await asyncpg.connect(sys.argv[1])
    print("holding", flush=True)
    await connection.execute("SELECT count(*) FROM generate_series(1, 1e10)")
asyncio.run(hold())
"""


class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_leaves_nothing_behind(self, data, number):
        with running((*LAUNCHER, str(data)), data) as instance:
            processes = instance.everything()
            instance.process.send_signal(number)
            assert instance.process.wait(PATIENCE) == 0
        assert alive(processes) == []
        assert not (data / "pids.json").exists()
        assert not (data / "run").exists()

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
    def test_a_killed_supervisor_leaves_nothing_behind(self, data):
        with running((*LAUNCHER, str(data)), data) as instance:
            processes = instance.everything()
            instance.process.kill()
            eventually(lambda: not alive(processes), "something outlived its supervisor")
        with running((*LAUNCHER, str(data)), data) as again:
            assert again.get()

    def test_nothing_outlives_the_parent(self, data):
        script = "import subprocess, sys; subprocess.run(sys.argv[1:])"
        process = launch((sys.executable, "-c", script, *LAUNCHER, str(data)), data)
        assert process.stdout.readline()
        processes = psutil.Process(process.pid).children(recursive=True)
        assert len(processes) > 4
        process.kill()
        process.wait()
        process.stdout.close()
        eventually(lambda: not alive(processes), "something outlived the parent")

    def test_a_second_signal_kills_at_once(self, data):
        with running((*LAUNCHER, str(data)), data) as instance, instance.connect() as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            processes = instance.everything()
            assert client.recv(100)  # a worker is at it
            started = time.monotonic()
            instance.process.send_signal(signal.SIGINT)
            eventually(lambda: any(not name.startswith("app-") for name in instance.pids) and len(instance.pids) < 4)
            instance.process.send_signal(signal.SIGINT)
            assert instance.process.wait(PATIENCE) == 0
            assert time.monotonic() - started < 5
            assert alive(processes) == []


class TestStart:
    def test_an_application_that_does_not_start_is_a_problem_and_leaves_nothing(self, data):
        answer = subprocess.run(
            [*LAUNCHER, str(data), "create_broken"],
            capture_output=True,
            env=environment(),
            cwd=ROOT,
            text=True,
            check=False,
        )
        assert answer.returncode == 2
        assert "this application can't be made" in answer.stderr
        assert "Traceback" not in answer.stderr
        assert not (data / "pids.json").exists()

    def test_a_taken_port_is_a_sentence(self, instance, data):
        port = instance.members["base_url"].rsplit(":", 1)[1]
        answer = subprocess.run(
            [*DZBUILD, "serve", "--port", port, "--data", str(data)],
            capture_output=True,
            env=environment(),
            cwd=ROOT,
            text=True,
            check=False,
        )
        assert answer.returncode == 2
        assert f"Port {port} on 127.0.0.1 is taken" in answer.stderr
        assert "--port" in answer.stderr
        assert "Traceback" not in answer.stderr

    def test_a_folder_is_for_one_instance(self, instance):
        answer = subprocess.run(
            [*DZBUILD, "serve", "--port", "0", "--data", str(instance.data)],
            capture_output=True,
            env=environment(),
            cwd=ROOT,
            text=True,
            check=False,
        )
        assert answer.returncode == 2
        assert f"is already running on {instance.data} (pid {instance.process.pid})" in answer.stderr
