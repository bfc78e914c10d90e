"""Servers that say what a test wants, whatever they are asked."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

TLS = b"\x16\x03"
"""How whoever speaks TLS begins."""


@dataclass
class Scripted:
    port: int
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def scripted(*answers: bytes, hold: bool = False, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """Give each connection the next answer, the last one again and again; `hold` keeps connections open."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Scripted(port=listener.getsockname()[1])
        ending = threading.Event()

        def serve() -> None:
            with suppress(OSError):  # the listener was shut down
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        connection.settimeout(30)
                        answer(connection if tls is None else tls.wrap_socket(connection, server_side=True))

        def answer(connection: socket.socket) -> None:
            with connection:
                server.requests.append(_request(connection))
                connection.sendall(answers[min(len(server.requests), len(answers)) - 1])
                if hold:
                    ending.wait(30)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            ending.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request and not request.startswith(TLS) and (piece := connection.recv(4_096)):
        request += piece
    return request


def http(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", "")
    return "\r\n".join(lines).encode() + body


def http_stream(*pictures: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
    part = b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"
    return head + b"".join(part % (len(picture), picture) for picture in pictures)
