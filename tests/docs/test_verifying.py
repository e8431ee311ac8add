"""The programs of the page on signatures: each takes real deliveries, and refuses what is not genuine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.webhook_signing import signature
from tests.docs.conftest import ReaderMaker, Receiver, examples
from tests.docs.fences import Fence
from tests.docs.running import PRELUDE, PROGRAMS, in_python, require

pytestmark = pytest.mark.slow

PATIENCE = 30.0


def fences(kind: str) -> dict[str, Fence]:
    """Return the examples of a kind by their language."""
    found = [fence for group in examples("verifying-signatures", "en") for fence in group.fences]
    return {fence.language: fence for fence in found if kind in fence.words}


def until(condition: Callable[[], Any]) -> Any:
    """Wait for a state."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "the state did not come"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def client(new_reader: ReaderMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client with a key of a store of its own."""
    reader = new_reader(tmp_path_factory.mktemp("receivers"))
    headers = {"Authorization": f"Bearer {reader.keys['platform_key']}"}
    with httpx.Client(base_url=reader.base_url, headers=headers, timeout=30) as made:
        yield made


def write(client: httpx.Client, path: str, body: Any = None) -> dict[str, Any]:
    answer = client.post(path, json=body, headers={"Idempotency-Key": os.urandom(8).hex()})
    assert answer.is_success, answer.text
    return answer.json()["data"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(fence: Fence, secret: str, port: int, folder: Path, programs: dict[str, Path]) -> Iterator[None]:
    """Run a program of the page until it listens, and stop it afterwards."""
    environment = os.environ | {"DZBUILD_WEBHOOK_SECRET": secret, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    path = folder / {"python": "receiver.py", "js": "receiver.mjs", "php": "index.php", "go": "main.go"}[fence.language]
    path.write_text(fence.code, encoding="utf-8")
    command = {
        "python": [sys.executable, str(path)],
        "js": [PROGRAMS["js"], str(path)],
        "php": [PROGRAMS["php"], "-S", f"127.0.0.1:{port}", str(path)],
        "go": [str(programs.get(fence.code))],
    }[fence.language]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, cwd=folder, **quiet) as process:  # type: ignore[call-overload]
        try:
            until(lambda: answers(port))
            yield
        finally:
            process.terminate()


def answers(port: int) -> bool:
    try:
        httpx.post(f"http://127.0.0.1:{port}/", content=b"{}")
    except httpx.TransportError:
        return False
    return True


@pytest.mark.parametrize("language", ["python", "js", "php", "go"])
def test_receiver(language: str, client: httpx.Client, tmp_path: Path, programs: dict[str, Path]) -> None:
    require(language)
    port = free_port()
    url = f"http://127.0.0.1:{port}/webhooks/dzbuild"
    hook = write(client, "/v1/webhooks", {"url": url, "events": ["order.created"]})
    with running(fences("receiver")[language], hook["secret"], port, tmp_path, programs):
        write(client, f"/v1/webhooks/{hook['id']}/test")
        path = f"/v1/webhooks/{hook['id']}/deliveries"
        (sent,) = until(lambda: [row for row in client.get(path).json()["data"]["items"] if row["response_status"]])
        assert (sent["status"], sent["response_status"]) == ("delivered", 200)
        body = b'{"delivery_id": 1, "event": "order.created", "data": {}}'
        now = int(time.time())
        assert taken(url, hook["secret"], now, body) == 200
        assert taken(url, hook["secret"], now - 400, body) == 401
        assert taken(url, hook["secret"], now + 400, body) == 401
        assert taken(url, "0" * 64, now, body) == 401
        assert taken(url, hook["secret"], now, body, sent=body.replace(b"1", b"2")) == 401
        for headers in ({}, {"X-DZ-Timestamp": str(now)}, {"X-DZ-Timestamp": "soon", "X-DZ-Signature": "é"}):
            raw = {name: value.encode() for name, value in headers.items()}
            assert httpx.post(url, content=body, headers=raw).status_code == 401


def taken(url: str, secret: str, timestamp: int, body: bytes, *, sent: bytes | None = None) -> int:
    """Return what a program answers to a body that is signed so; `sent` is another one than was signed."""
    signed = signature(bytes.fromhex(secret), timestamp, body)
    headers = {"X-DZ-Timestamp": str(timestamp), "X-DZ-Signature": signed, "Content-Type": "application/json"}
    return httpx.post(url, content=body if sent is None else sent, headers=headers).status_code


def test_by_hand_and_with_the_ready_library(client: httpx.Client, receiver: Receiver, tmp_path: Path) -> None:
    hook = write(client, "/v1/webhooks", {"url": receiver.url + "/own", "events": ["order.created"]})
    before = len(receiver.came)
    delivery = write(client, f"/v1/webhooks/{hook['id']}/test")
    headers, body = until(
        lambda: next((each for each in receiver.came[before:] if each[0]["X-DZ-Delivery"] == str(delivery["id"])), None)
    )
    for secret, told in ((hook["secret"], "genuine"), ("0" * 64, "not genuine")):
        given = {
            "BODY": body.decode(),
            "TIMESTAMP": headers["X-DZ-Timestamp"],
            "SIGNATURE": headers["X-DZ-Signature"],
            "DZBUILD_WEBHOOK_SECRET": secret,
        }
        command = ["bash", "-c", PRELUDE + fences("check")["sh"].code]
        ran = subprocess.run(command, env=os.environ | given, capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == told
    code = fences("standard")["python"].code + f"\nprint(handle({headers!r}, {body!r})['delivery_id'])"
    environment = {"DZBUILD_STANDARD_SECRET": hook["standard_secret"]}
    assert in_python(code, environment, tmp_path).strip() == str(delivery["id"])
    with pytest.raises(Exception, match="No matching signature"):
        in_python(code.replace("livemode", "lifemode"), environment, tmp_path)
