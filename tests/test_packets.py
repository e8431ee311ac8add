"""Head and body of an answer leave the server together."""

import socket
from urllib.parse import urlsplit

from tests.conftest import Instance


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
