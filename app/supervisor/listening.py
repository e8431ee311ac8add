"""The listening socket: bound once, by the supervisor, so that clients wait while a worker restarts."""

import errno
import socket

from app.supervisor.problems import StartupProblem

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 takes a free one.

    Raises:
        StartupProblem: the port is taken, or this machine or user can't listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartupProblem(_reason(host, port, error)) from error
    return listener


def base_url(listener: socket.socket) -> str:
    """Return the address under which a client on this machine reaches the socket."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  compared, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program: stop that one, "
            f"or choose another port, as with `--port {port + 1 if port < 65535 else 8001}` "
            "(`make demo PORT=0` takes a free one)."
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"This user may not listen on port {port}: choose one from 1024 up with --port."
    return f"This machine can't listen on {host} ({error.strerror or error}): choose another address with --host."
