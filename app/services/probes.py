"""Asks the servers, over their Unix sockets, whether they answer: without a client library and within milliseconds."""

import socket
import struct
from pathlib import Path

TIMEOUT = 0.5
PROTOCOL = 3 << 16
TERMINATE = b"X\x00\x00\x00\x04"


def valkey_answers(path: Path) -> bool:
    """Tell whether a Valkey at this socket answers a PING."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def postgres_answers(path: Path, database: str) -> bool:
    """Tell whether a PostgreSQL at this socket takes sessions on a database.

    While it starts, recovers or stops it answers with an error in place of `AuthenticationOk`.
    """
    parameters = b"user\0postgres\0database\0" + database.encode() + b"\0\0"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(str(path))
            connection.sendall(struct.pack("!II", len(parameters) + 8, PROTOCOL) + parameters)
            ready = _session_opens(connection)
            if ready:
                connection.sendall(TERMINATE)
            return ready
    except OSError:
        return False


def _session_opens(connection: socket.socket) -> bool:
    """Read messages until `ReadyForQuery` (Z), or an error or the end."""
    with connection.makefile("rb") as messages:
        while len(header := messages.read(5)) == 5:
            kind, length = struct.unpack("!cI", header)
            if kind in {b"E", b"Z"}:
                return bool(kind == b"Z")
            messages.read(length - 4)
    return False
