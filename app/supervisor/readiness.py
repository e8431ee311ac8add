"""Asks the app itself whether it serves."""

import asyncio
import http.client
import socket
import time

from app.supervisor.problems import StartupProblem

TIMEOUT = 30.0
INTERVAL = 0.03


async def wait_until_served(listener: socket.socket, path: str) -> None:
    """Wait until a path answers with 200.

    Raises:
        StartupProblem: it doesn't within half a minute.
    """
    deadline = time.monotonic() + TIMEOUT
    while (answer := await asyncio.to_thread(get, listener, path)) is None or answer[0] != 200:
        if time.monotonic() > deadline:
            said = f"answers {answer[0]}: {answer[1].decode(errors='replace')[:300]}" if answer else "doesn't answer"
            raise StartupProblem(f"The app started, but {path} {said}")
        await asyncio.sleep(INTERVAL)


def get(listener: socket.socket, path: str, key: str | None = None) -> tuple[int, bytes] | None:
    """Return status and body of a GET request to the socket's own address, None when there is no answer."""
    host, port = listener.getsockname()[:2]
    return get_from({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, path, key)  # noqa: S104


def get_from(host: str, port: int, path: str, key: str | None = None) -> tuple[int, bytes] | None:
    """Return status and body of a GET request, with a platform key if one is given; None without an answer."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
