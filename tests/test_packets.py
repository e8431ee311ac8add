"""Head and body of an answer leave the server together."""

import json
import socket
from typing import BinaryIO
from urllib.parse import urlsplit

from tests.conftest import Instance

# More than the kernel holds for one who does not read.
MANY = 150


def received(instance: Instance, request: bytes) -> list[bytes]:
    """Return what came back, as it came: one piece a packet."""
    address = urlsplit(instance.base_url)
    pieces = []
    with socket.create_connection((address.hostname, address.port), 10) as connection:
        connection.sendall(request)
        while piece := connection.recv(65_536):
            pieces.append(piece)
    return pieces


class TestAnswer:
    def test_is_one_packet(self, instance: Instance) -> None:
        request = b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        pieces = received(instance, request)
        assert len(pieces) == 1
        head, _, body = pieces[0].partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b'"pong":true' in body

    def test_pipelined_answers_keep_their_order(self, instance: Instance) -> None:
        paths = [b"/v1/ping", b"/v1/none", b"/healthz", b"/v1/products"]
        requests = [b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths[:-1]]
        last = b"GET " + paths[-1] + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = b"".join(received(instance, b"".join([*requests, last])))
        states = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
        assert states == [b"200", b"404", b"200", b"401"]

    def test_without_a_body_where_http_has_none(self, instance: Instance) -> None:
        request = b"HEAD /v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        head, _, body = b"".join(received(instance, request)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 405")
        assert b"content-length: 0" not in head
        assert body == b""

    def test_who_reads_late_gets_everything(self, instance: Instance) -> None:
        """Answers wait in the server while the client takes none, and come whole and in order afterwards."""
        key = instance.members["unlimited_key"].encode()
        request = b"GET /v1/wilayas HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + b"\r\n"
        address = urlsplit(instance.base_url)
        with socket.socket() as connection:
            connection.settimeout(60)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect((address.hostname, address.port))
            connection.sendall(((request + b"\r\n") * (MANY - 1)) + request + b"Connection: close\r\n\r\n")
            # Another client is answered meanwhile, so the answers above are under way.
            assert b"200" in received(instance, b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[0]
            with connection.makefile("rb") as answers:
                bodies = [self.one(answers) for _ in range(MANY)]
        assert len({json.dumps(json.loads(body)["data"]) for body in bodies}) == 1

    def one(self, answers: BinaryIO) -> bytes:
        """Read one answer, and return its body."""
        assert answers.readline().startswith(b"HTTP/1.1 200")
        length = 0
        while (line := answers.readline()) != b"\r\n":
            name, _, value = line.partition(b": ")
            length = int(value) if name == b"content-length" else length
        return answers.read(length)
