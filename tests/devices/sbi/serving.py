"""A service by hand: whatever bytes it is told to send, to one connection after the other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Serve = Callable[[socket.socket, threading.Event], None]


@contextmanager
def serving(serve: Serve, port: int = 0) -> Iterator[int]:
    """Give the port of a service on 127.0.0.1; `serve` gets each connection, with the request already read."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=_accept, args=(listener, serve, ended))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def answering(*pieces: bytes, keep_open: bool = False) -> Serve:
    """Send these bytes and close, or wait for the end of the test."""

    def serve(connection: socket.socket, ended: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)
        if keep_open:
            ended.wait()

    return serve


def trickling(head: bytes, piece: bytes, every_s: float = 0.02) -> Serve:
    """Send a head, and then the same bytes again and again."""

    def serve(connection: socket.socket, ended: threading.Event) -> None:
        connection.sendall(head)
        while not ended.wait(every_s):
            connection.sendall(piece)

    return serve


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an answer of HTTP."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _accept(listener: socket.socket, serve: Serve, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection:
            connection.settimeout(5)
            try:
                _read_request(connection)
                serve(connection, ended)
            except OSError:
                continue


def _read_request(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(4096)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(4096)
