from __future__ import annotations

import gzip
import socket
import threading
import time

import pytest

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    DeviceLostError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceTimeoutError,
)
from devices.calls import Call, Cancellation
from devices.sbi.wire import Answer, Place, ask, asked
from devices.sbi.words import Verb
from tests.devices.sbi.serving import Serve, answering, http, serving, trickling

PROMPT_S = 5.0


def asking(serve: Serve, call: Call | None = None, closed: threading.Event | None = None) -> Answer:
    with serving(serve) as port:
        place = Place(host="127.0.0.1", port=port)
        return ask(place, Verb.DISCOVER, b"{}", call or Call("sbi:x", 10.0), closed or threading.Event())


def test_a_whole_answer_comes_with_its_status() -> None:
    assert asking(answering(http(b"[1]"))).body == b"[1]"
    assert asking(answering(http(b"no", status="405 Method Not Allowed"))).status == 405
    assert asking(answering(http(b"[1]")[:20], http(b"[1]")[20:] + b"\r\n\r\n")).body == b"[1]"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"
    assert asking(answering(chunked)).body == b"[1]"
    assert asking(answering(b"HTTP/1.0 200 OK\r\n\r\n[1]")).body == b"[1]"


@pytest.mark.parametrize(
    "sent",
    [
        b"garbage\r\n\r\n",
        b"\x00" * 100_000,
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n[1]\r\n0\r\n\r\n",
        http(gzip.compress(b"[1]"), "Content-Encoding: gzip"),
        http(b"[1]", "Content-Encoding: br"),
    ],
)
def test_what_is_no_answer_is_an_error_of_protocol(sent: bytes) -> None:
    with pytest.raises(DeviceProtocolError) as error:
        asking(answering(sent))
    assert (error.value.source, bool(error.value.remedy)) == ("sbi:x", True)


def test_an_answer_without_end_is_cut() -> None:
    def serve(connection: socket.socket, ended: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not ended.is_set():
            connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")

    with pytest.raises(DeviceProtocolError):
        asking(serve)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(DeviceNotFoundError):
        ask(Place(host="127.0.0.1", port=port), Verb.INFO, None, Call("sbi:x", 5.0), threading.Event())


def test_a_service_that_ends_is_lost() -> None:
    with pytest.raises(DeviceLostError):
        asking(answering())


WAITS = (
    answering(keep_open=True),
    answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", keep_open=True),
    trickling(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    trickling(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.05),
    trickling(b"", b"H", 0.05),
)


@pytest.mark.parametrize("serve", WAITS)
def test_a_service_that_hangs_or_trickles_ends_with_the_call(serve: Serve) -> None:
    begun = time.monotonic()
    with pytest.raises(DeviceTimeoutError):
        asking(serve, Call("sbi:x", 0.4))
    assert time.monotonic() - begun < PROMPT_S


@pytest.mark.parametrize("serve", WAITS)
def test_whoever_waits_can_be_cancelled(serve: Serve) -> None:
    cancellation = Cancellation()
    timer = threading.Timer(0.2, cancellation.cancel)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(CaptureCancelledError):
        asking(serve, Call("sbi:x", 60.0, cancellation))
    assert time.monotonic() - begun < PROMPT_S
    timer.join()


def test_closing_the_device_ends_what_is_under_way() -> None:
    closed = threading.Event()
    timer = threading.Timer(0.2, closed.set)
    timer.start()
    with pytest.raises(CaptureError, match="closed"):
        asking(answering(keep_open=True), Call("sbi:x", 60.0), closed)
    timer.join()


def test_an_answer_can_be_read_as_it_comes_and_left() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
    with serving(trickling(head, b"more")) as port:
        place = Place(host="127.0.0.1", port=port)
        with asked(place, Verb.STREAM, b"{}", Call("sbi:x", 10.0), threading.Event()) as opening:
            assert opening.content_type.startswith("multipart/")
            assert next(opening.pieces).startswith(b"more")
