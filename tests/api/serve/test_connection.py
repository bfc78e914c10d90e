"""One worker spoken to byte by byte: heads too slow or too large, clients that take nothing, proxies."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.serve.listening import listen, url_of
from api.serve.server import Serving, WorkerServer
from api.server_settings import ServerSettings
from biometrics.errors import ConfigurationError
from tests.api.serve.stub_worker import STUB

_QUICK = ServerSettings(head_timeout_s=0.5, body_timeout_s=0.5, keep_alive_s=1, connections=8)
_TELL = b"GET /tell HTTP/1.1\r\nHost: kura\r\n\r\n"


@contextmanager
def worker(chosen: ServerSettings = _QUICK) -> Iterator[str]:
    """Yield the address of a worker in a thread."""
    listener = listen("127.0.0.1", 0)
    url, ready = url_of(listener, tls=False), threading.Event()
    server = WorkerServer(Serving(app=STUB, settings=chosen, listener=listener), ready=ready.set)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(10)
        yield url
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with worker() as address:
        yield address


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    address = httpx.URL(url)
    with closing(socket.create_connection((address.host, address.port or 0), timeout=20)) as connection:
        yield connection


def answered(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def test_a_request_is_answered_without_a_server_header(url: str) -> None:
    answer = httpx.get(f"{url}/tell")
    assert answer.status_code == 200 and answer.json()["scheme"] == "http"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /tell HTTP/1.1\r\nHost: kura\r\nX: ", 408),  # begun, never whole
        (b"", None),  # never begun
        (b"GET /tell HTTP/1.1\r\nHost: kura\r\nX: " + b"a" * 40_000, 431),
        (b"GET /tell HTTP/1.1\r\n" + b"X: y\r\n" * 70, 431),
        (b"GET /tell HTTP/1.1\r\n" + (b"X: " + b"y" * 8000 + b"\r\n") * 5, 431),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: kura\r\n\r\n", 431),
        (b"GET /" + b"a" * 70_000, 431),
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS to a server that speaks none
        (b"POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
        (b"POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"CONNECT kura:80 HTTP/1.1\r\nHost: kura\r\n\r\n", 400),
    ],
)
def test_heads_that_are_slow_large_or_wrong_end_the_connection(url: str, sent: bytes, status: int | None) -> None:
    with connected(url) as connection:
        connection.sendall(sent)
        answer = answered(connection)
    if status is None:
        assert answer == b""
    else:
        assert answer.startswith(b"HTTP/1.1 %d " % status) and b"connection: close" in answer
        assert answer.count(b"HTTP/1.1 ") == 1
    assert httpx.get(f"{url}/tell").status_code == 200


def test_a_head_that_trickles_is_cut_however_steadily_it_comes(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"GET /tell HTTP/1.1\r\n")
        with pytest.raises(OSError):
            for _ in range(100):
                connection.sendall(b"X-Y: z\r\n")
                time.sleep(0.05)


def test_a_second_head_that_is_slow_is_cut_too(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(_TELL + b"GET /tell HTTP/1.1\r\nX: ")
        answer = answered(connection)
    assert answer.startswith(b"HTTP/1.1 200 ") and b"HTTP/1.1 408 " in answer


def test_an_idle_connection_is_closed_without_a_word(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(_TELL)
        answer = answered(connection)
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_slow_answer_is_not_a_slow_head(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"GET /wait?s=1.2 HTTP/1.1\r\nHost: kura\r\nConnection: close\r\n\r\n")
        assert answered(connection).startswith(b"HTTP/1.1 200 ")


def test_whoever_takes_nothing_of_an_answer_is_let_go(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"GET /much?bytes=50000000 HTTP/1.1\r\nHost: kura\r\n\r\n")
        time.sleep(3)
        received = answered(connection)
    assert 0 < len(received) < 50_000_000


def test_whoever_takes_an_answer_slowly_but_steadily_gets_it(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"GET /much?bytes=12000000 HTTP/1.1\r\nHost: kura\r\nConnection: close\r\n\r\n")
        received = 0
        while chunk := connection.recv(200_000):
            received += len(chunk)
            time.sleep(0.03)
    assert received > 12_000_000


def test_connections_beyond_the_most_are_told_to_come_again(url: str) -> None:
    held = [socket.create_connection((httpx.URL(url).host, httpx.URL(url).port or 0)) for _ in range(8)]
    try:
        answer = httpx.get(f"{url}/tell")
        assert answer.status_code == 503 and answer.headers["retry-after"] == "1"
    finally:
        for connection in held:
            connection.close()
    _until(lambda: httpx.get(f"{url}/tell").status_code == 200)


def test_bodies_and_pipelined_requests_pass(url: str) -> None:
    assert httpx.post(f"{url}/take", content=b"x" * 3_000_000).json() == {"bytes": 3_000_000}
    with connected(url) as connection:
        connection.sendall(_TELL * 5)
        assert answered(connection).count(b"HTTP/1.1 200 ") == 5


@settings(max_examples=60)
@given(data=st.binary(max_size=400), cut=st.integers(0, 400))
def test_no_bytes_keep_a_worker_from_answering_others(url: str, data: bytes, cut: int) -> None:
    with connected(url) as connection:
        for part in (data[:cut], data[cut:]):
            try:
                connection.sendall(part)
            except OSError:
                break
    assert httpx.get(f"{url}/tell").status_code == 200


_CLAIMS = {
    "X-Forwarded-For": "192.0.2.1, 203.0.113.9, 127.0.0.7",
    "X-Forwarded-Proto": "https",
    "Client-Cert": ":aGVsbG8=:",
}


def test_a_declared_proxy_is_believed() -> None:
    with worker(replace(_QUICK, tls="proxy", proxies=("127.0.0.0/8",))) as url:
        told = httpx.get(f"{url}/tell", headers=_CLAIMS).json()
        assert (told["client"], told["scheme"]) == ("203.0.113.9", "https")
        assert told["certificate"] is not None
        assert not {name.lower() for name in _CLAIMS} & set(told["fields"])
        assert httpx.get(f"{url}/tell").json()["client"] is None  # nobody knows who is behind it
        for field in ("hello", ":hello!:", "::", ":aGVsbG8=:, :aGVsbG8=:"):
            told = httpx.get(f"{url}/tell", headers=_CLAIMS | {"Client-Cert": field}).json()
            assert told["certificate"] is None


def test_nobody_else_is_believed(url: str) -> None:
    told = httpx.get(f"{url}/tell", headers=_CLAIMS).json()
    assert (told["client"], told["scheme"], told["certificate"]) == (None, "http", None)
    assert httpx.get(f"{url}/tell").json()["client"] == "127.0.0.1"


def test_behind_a_proxy_nobody_else_may_connect() -> None:
    protected = replace(_QUICK, tls="proxy", proxies=("192.0.2.1",))
    with worker(protected) as url:  # this machine may, for those who look after the service
        assert httpx.get(f"{url}/tell").json()["client"] == "127.0.0.1"


def test_a_port_in_use_is_named() -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}: Address already in use") as caught:
            listen("127.0.0.1", port)
        assert "--port" in (caught.value.remedy or "")
    with pytest.raises(ConfigurationError, match="no address to listen on"):
        listen("no.such.host.invalid", 0)


def _until(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
