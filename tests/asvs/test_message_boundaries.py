"""Requests whose end two programs could see in different places are refused, and what hides in them is not answered."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.http.front import ALWAYS
from api.serve.tls import server_context
from api.server_settings import ServerSettings
from tests.api.serve.certificates import Authority
from tests.api.serve.test_connection import answered, connected, worker

_HIDDEN = b"GET /tell HTTP/1.1\r\nHost: hidden\r\n\r\n"
_CHUNKED = b"0\r\n\r\n" + _HIDDEN


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with worker() as address:
        yield address


def _post(fields: bytes, body: bytes) -> bytes:
    return b"POST /take HTTP/1.1\r\nHost: kura\r\nConnection: close\r\n" + fields + b"\r\n" + body


_LENGTH = b"Content-Length: %d\r\n" % len(_CHUNKED)
AMBIGUOUS = {
    "length and chunks": _post(_LENGTH + b"Transfer-Encoding: chunked\r\n", _CHUNKED),
    "chunks and length": _post(b"Transfer-Encoding: chunked\r\n" + _LENGTH, _CHUNKED),
    "two lengths": _post(b"Content-Length: 0\r\n" + _LENGTH, _CHUNKED),
    "lengths in one": _post(b"Content-Length: 0, %d\r\n" % len(_CHUNKED), _CHUNKED),
    "a signed length": _post(b"Content-Length: +5\r\n", _CHUNKED),
    "a length in hexadecimal": _post(b"Content-Length: 0x5\r\n", _CHUNKED),
    "a negative length": _post(b"Content-Length: -1\r\n", _CHUNKED),
    "another encoding": _post(b"Transfer-Encoding: xchunked\r\n", _CHUNKED),
    "chunked, then another": _post(b"Transfer-Encoding: chunked, identity\r\n", _CHUNKED),
    "a space before the colon": _post(b"Transfer-Encoding : chunked\r\n", _CHUNKED),
    "a folded field": _post(b"X: 1\r\n Transfer-Encoding: chunked\r\n", _CHUNKED),
    "a bare carriage return": _post(b"X: 1\rTransfer-Encoding: chunked\r\n", _CHUNKED),
    "NUL in a field": _post(b"X: 1\x00\r\n", _CHUNKED),
    "a chunk of no length": _post(b"Transfer-Encoding: chunked\r\n", b"\r\n" + _HIDDEN),
    "a chunk too long for 64 bits": _post(b"Transfer-Encoding: chunked\r\n", b"1" + b"0" * 16 + b"\r\n" + _HIDDEN),
    "a negative chunk": _post(b"Transfer-Encoding: chunked\r\n", b"-1\r\n" + _HIDDEN),
}


@pytest.mark.parametrize("how", AMBIGUOUS)
def test_a_request_with_two_ends_hides_none(url: str, how: str) -> None:
    with connected(url) as connection:
        connection.sendall(AMBIGUOUS[how])
        answer = answered(connection)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b'"pid"' not in answer  # as the hidden request would be answered
    assert answer == b"" or answer.split(b" ", 2)[1] in (b"400", b"405")


def test_whoever_is_refused_before_the_application_is_told_as_little(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        head = answered(connection).partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    assert set(head) >= {name + b": " + value.lower() for name, value in ALWAYS}
    assert not any(line.startswith(b"server:") for line in head)


def test_only_ciphers_with_forward_secrecy_and_authentication_are_taken(tmp_path: Path) -> None:
    Authority(tmp_path, "servers").certify("server")
    context = server_context(tmp_path, ServerSettings(tls="own", tls_certificate="server.pem", tls_key="server.key"))
    names = [cipher["name"] for cipher in context.get_ciphers()]
    assert names
    assert all("GCM" in name or "CHACHA20" in name for name in names)
    assert all(name.startswith(("TLS_", "ECDHE-")) for name in names)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION and context.options & ssl.OP_NO_COMPRESSION
