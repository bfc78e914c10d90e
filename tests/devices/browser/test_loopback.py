"""The small server itself: it starts, answers and stops, whatever its clients and its application do."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import closing

import pytest
from starlette.types import Receive, Scope, Send

from devices.browser.loopback import HOST, LoopbackServer, listen
from tests.devices.browser.page import TIMEOUT_S


async def greeting(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


async def flood(scope: Scope, receive: Receive, send: Send) -> None:
    """Send more than the buffers of a connection hold."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": bytes(64_000_000)})


def test_it_answers_until_it_is_closed_and_leaves_nothing() -> None:
    before = threading.active_count()
    listener = listen(0, "test")
    port = listener.getsockname()[1]
    server = LoopbackServer(listener, greeting)
    with closing(http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)) as connection:
        for _ in range(3):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"hi"
    server.close()
    server.close()
    assert threading.active_count() == before
    with pytest.raises(OSError):
        socket.create_connection((HOST, port), TIMEOUT_S).close()
    with closing(listen(port, "test")):
        pass  # the port is free again


def test_it_stops_in_time_where_a_client_takes_nothing() -> None:
    before = threading.active_count()
    listener = listen(0, "test")
    server = LoopbackServer(listener, flood)
    with socket.create_connection((HOST, listener.getsockname()[1]), TIMEOUT_S) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        assert connection.recv(4) == b"HTTP"
        begun = time.monotonic()
        server.close()
        assert time.monotonic() - begun < 4.0
        assert threading.active_count() == before
