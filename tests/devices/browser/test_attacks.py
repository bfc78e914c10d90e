"""Pages on loopback against whoever else is on this machine, and against foreign pages in the same browser."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import threading

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from biometrics.positions import Position
from devices.browser import gate, loopback
from devices.browser.driver import driver
from devices.browser.served import ServedCamera
from devices.calls import Call
from devices.choices import DEFAULT_CHOICES
from devices.contract import CaptureRequest
from devices.uris import DeviceUri
from tests.devices.browser.cards import jpeg
from tests.devices.browser.page import TIMEOUT_S, Address, Session


def asked(address: Address, method: str, path: str, **fields: str) -> tuple[int, str, http.client.HTTPMessage]:
    """Ask with exactly these fields; status, reason and fields of the answer."""
    with address.connection() as connection:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{address.port}", "Content-Length": "0", **fields}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        told = answer.headers["content-type"] == "application/json"  # what is let in may answer without end
        reason = json.loads(answer.read())["reason"] if told else ""
        return answer.status, reason, answer.headers


def proven(address: Address) -> dict[str, str]:
    return {"Origin": address.origin, "Authorization": f"Bearer {address.meet().credential}"}


@pytest.mark.parametrize(
    "authorization",
    [
        "", "Bearer", "Bearer ", "Bearer wrong", "Bearer .", "Bearer é{met}", "Basic {met}", "bearer {met}",
        "Bearer {met}x", "Bearer {other}.{proof}", "Bearer {page}.{other}", "Bearer {page}.", "Bearer {token}",
        "Bearer {page}.{token}",
    ],
)  # fmt: skip
def test_nobody_connects_without_a_proof(camera: ServedCamera, address: Address, authorization: str) -> None:
    met = address.meet().credential
    page, proof = met.split(".")
    given = authorization.format(met=met, page=page, proof=proof, other="a" * 64, token=address.token)
    status, reason, _ = asked(address, "POST", "/session", Origin=address.origin, Authorization=given)
    assert (status, reason) == (401, "wrong_token")
    assert camera.channel.pusher is None


def test_the_token_in_the_address_does_not_count(address: Address) -> None:
    for path in (f"/session?token={address.token}", f"/session?{address.token}", "/session?"):
        assert asked(address, "POST", path, Origin=address.origin)[0] in (401, 405)


@pytest.mark.parametrize("bearer", ["", "wrong", "{token}", "{other}"])
def test_nobody_pushes_without_the_credential_of_the_session(address: Address, bearer: str) -> None:
    with Session(address) as session, address.connection() as connection:
        given = bearer.format(token=address.token, other=address.meet().credential)
        answer = address.post(connection, "/frame", session.met.sealed(jpeg()), bearer=given)
        assert (answer.status, json.loads(answer.read())["reason"]) == (409, "not_connected")
        assert session.push(jpeg()) == (204, None)


def test_pictures_that_nobody_sealed_are_none(address: Address) -> None:
    other = address.meet()
    with Session(address) as session:
        whole = session.met.sealed(jpeg())
        for body in (jpeg(), other.sealed(jpeg()), whole[:-1], whole[:27], b"", bytes([whole[0] ^ 1]) + whole[1:]):
            with address.connection() as connection:
                answer = address.post(connection, "/frame", body, bearer=session.met.credential)
                assert (answer.status, json.loads(answer.read())["reason"]) == (422, "not_a_picture")
        assert session.push(jpeg()) == (204, None)


@pytest.mark.parametrize("nonce", ["", "a" * 63, "a" * 65, "A" * 64, "|" * 64, "é" * 32])
def test_nobody_says_hello_with_what_is_no_nonce(address: Address, nonce: str) -> None:
    assert address.hello(nonce)["reason"] in ("no_nonce", "too_large")


def test_what_somebody_collected_opens_no_later_opening() -> None:
    by, uri = driver(DEFAULT_CHOICES), DeviceUri.parse("browser:0")
    with contextlib.closing(by.open(uri, Call(uri.shown, 30.0))) as camera:
        address = Address.of(camera.info.details["url"])
        before, told = address.meet(), address.hello("a" * 64)
    with contextlib.closing(by.open(uri, Call(uri.shown, 30.0))) as camera:
        assert Address.of(camera.info.details["url"]) == address
        fields = {"Origin": address.origin, "Authorization": f"Bearer {before.credential}"}
        assert asked(address, "POST", "/session", **fields)[:2] == (401, "wrong_token")
        again = address.hello("a" * 64)
        assert (again["nonce"] != told["nonce"], again["proof"] != told["proof"]) == (True, True)


def test_a_proof_that_is_passed_on_from_another_port_is_none(address: Address) -> None:
    """The station may have moved, where the impostor listens at its port; it has the same token there."""
    with contextlib.closing(loopback.listen(0, "test")) as free:
        moved = Address(free.getsockname()[1], address.token)
    relay = loopback.LoopbackServer(loopback.listen(moved.port, "test"), passing_on(address))
    with contextlib.closing(relay), pytest.raises(http.client.HTTPException, match="not the station"):
        moved.meet()


def passing_on(address: Address) -> ASGIApp:
    """Return what answers everything as somebody else answers it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        told = json.dumps(await asyncio.to_thread(address.hello, body.decode()))
        await Response(told)(scope, receive, send)

    return answer


@pytest.mark.parametrize(
    "host",
    ["", "localhost:{port}", "127.0.0.1", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "[::1]:{port}"],
)
def test_the_machine_under_another_name_is_refused(address: Address, host: str) -> None:
    """DNS rebinding: the browser believes that it talks to the foreign page's own server."""
    given = host.format(port=address.port)
    for method, path in (("GET", "/"), ("GET", "/camera.js"), ("POST", "/session")):
        assert asked(address, method, path, Host=given, **proven(address))[:2] == (421, "wrong_host")


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://127.0.0.1", "http://localhost:{port}", "https://127.0.0.1:{port}"],
)
def test_foreign_pages_are_refused(camera: ServedCamera, address: Address, origin: str | None) -> None:
    fields = {"Authorization": f"Bearer {address.token}"}
    if origin is not None:
        fields["Origin"] = origin.format(port=address.port)
    for path in ("/session", "/frame", "/"):
        status, reason, answered = asked(address, "POST", path, **fields)
        assert (status, reason) == (403, "wrong_origin")
        assert "access-control-allow-origin" not in answered
    assert camera.channel.pusher is None


def test_a_browser_that_asks_for_a_foreign_page_is_not_allowed(address: Address) -> None:
    fields = {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
        "Access-Control-Request-Private-Network": "true",
    }
    status, _, answered = asked(address, "OPTIONS", "/session", **fields)
    assert status == 405
    assert not [name for name in answered if name.lower().startswith("access-control")]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS", "NONSENSE"])
def test_other_methods_are_refused(address: Address, method: str) -> None:
    assert asked(address, method, "/frame", **proven(address))[:2] == (405, "wrong_method")


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd", "/static/../camera.html", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/driver.py",
        "/camera.toml", "//etc/passwd", "/camera.js/../../driver.py", "/camera.js%00.html", "/static/camera.html",
        "/page.css/",
    ],
)  # fmt: skip
def test_nothing_but_the_page_can_be_read(address: Address, path: str) -> None:
    status, _, _ = asked(address, "GET", path)
    assert status == 404


def test_every_answer_closes_what_browsers_open(address: Address) -> None:
    for method, path, fields in (
        ("GET", "/", {}),
        ("GET", "/nothing", {}),
        ("GET", "/", {"Host": "evil.example"}),
        ("POST", "/session", {}),
        ("POST", "/frame", proven(address)),
    ):
        _, _, answered = asked(address, method, path, **fields)
        policy = answered["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answered["x-content-type-options"] == "nosniff"
        assert answered["referrer-policy"] == "no-referrer"
        assert answered["cache-control"] == "no-store"
        assert answered["cross-origin-resource-policy"] == "same-origin"
        assert "set-cookie" not in answered
        assert "server" not in answered


def raw(address: Address) -> socket.socket:
    return socket.create_connection(("127.0.0.1", address.port), TIMEOUT_S)


def head(address: Address, path: str, length: int | str, bearer: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\nOrigin: {address.origin}\r\n"
        f"Authorization: Bearer {bearer}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def answered(connection: socket.socket) -> bytes:
    """Return what comes until the other side ends the connection."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            got += part
    return got


@pytest.mark.parametrize("length", [17_000_000, 10**12, 10**18])
def test_what_says_that_it_is_far_too_large_is_not_read(address: Address, length: int) -> None:
    with Session(address) as session, raw(address) as connection:
        connection.sendall(head(address, "/frame", length, session.met.credential) + bytes(1000))
        assert b"413" in answered(connection).split(b"\r\n")[0]


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "4, 5", "1" * 40, ""])
def test_lengths_that_are_none_are_refused(address: Address, length: str) -> None:
    with Session(address) as session, raw(address) as connection:
        connection.sendall(
            head(address, "/frame", length, session.met.credential).replace("٣".encode(), b"\xd9\xa3") + b"1234"
        )
        assert answered(connection).split(b" ")[1] in (b"400", b"411")


def test_a_body_without_a_length_is_refused(address: Address) -> None:
    with Session(address) as session, raw(address) as connection:
        fields = head(address, "/frame", 0, session.met.credential).replace(
            b"Content-Length: 0", b"Transfer-Encoding: chunked"
        )
        connection.sendall(fields + b"5\r\nhello\r\n0\r\n\r\n")
        assert answered(connection).split(b" ")[1] == b"411"


def test_a_slow_body_is_cut_and_frames_of_others_go_on(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_BODY_S", 0.5)
    with Session(address) as session, raw(address) as connection:
        connection.sendall(head(address, "/frame", 1000, session.met.credential) + b"x")
        assert session.push(jpeg()) == (204, None)
        assert answered(connection).split(b" ")[1] == b"408"


def test_a_slow_head_is_cut(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "_HEAD_S", 0.3)
    with raw(address) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost:")
        assert answered(connection) == b""


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01", b"GET /\r\n\r\n" * 3, b"GET / HTTP/1.1\r\n" + b"X: y" * 9000]
)
def test_what_is_no_http_is_answered_shortly(address: Address, sent: bytes) -> None:
    with raw(address) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent + b"\r\n\r\n")
        assert answered(connection).split(b"\r\n")[0] in (b"HTTP/1.1 400 Bad Request", b"")


def test_a_hundred_connections_keep_no_page_from_pushing(camera: ServedCamera, address: Address) -> None:
    with contextlib.ExitStack() as held:
        session = held.enter_context(Session(address))
        idle = [held.enter_context(raw(address)) for _ in range(100)]
        assert session.push(jpeg()) == (204, None)
        idle += [held.enter_context(raw(address)) for _ in range(20)]
        assert session.push(jpeg()) == (204, None)
        assert not session.over
    with camera.channel.changed:
        assert camera.channel.changed.wait_for(lambda: camera.channel.pusher is None, TIMEOUT_S)
    begun = threading.active_count()
    with Session(address) as session:
        capture = threading.Thread(
            target=camera.capture, args=(CaptureRequest(positions=(Position.FACE,)), Call("browser:0", TIMEOUT_S))
        )
        capture.start()
        assert session.wait(lambda told: told.get("wanted") is True)
        assert session.push(jpeg()) == (204, None)
        capture.join(TIMEOUT_S)
        assert not capture.is_alive()
    assert threading.active_count() <= begun


@pytest.mark.parametrize("kind", ["answers nobody reads", "bodies that never come", "one request after the other"])
def test_connections_without_a_proof_keep_no_page_out(address: Address, kind: str) -> None:
    asking = f"GET /camera.js HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\n\r\n".encode()
    sent = {
        "answers nobody reads": asking * 1000,
        "bodies that never come": head(address, "/hello", 64, "") + b"a",
        "one request after the other": asking,
    }[kind]
    with contextlib.ExitStack() as held:
        for _ in range(loopback._MOST_CONNECTIONS + 20):
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            one.connect(("127.0.0.1", address.port))
            one.setblocking(False)
            with contextlib.suppress(OSError):
                one.send(sent)
        session = held.enter_context(Session(address))
        assert session.status == 200
        assert session.push(jpeg()) == (204, None)
        assert not session.over


def test_a_hundred_pages_at_once_make_one_pusher(address: Address) -> None:
    sessions: list[Session] = []
    lock = threading.Lock()

    def connect() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            session = Session(address)
            with lock:
                sessions.append(session)

    threads = [threading.Thread(target=connect) for _ in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_S)
    winners = [session for session in sessions if session.status == 200]
    assert len(winners) == 1
    assert {session.reason for session in sessions if session.status != 200} <= {"occupied"}
    winners[0].leave()


def test_it_listens_on_loopback_alone(address: Address) -> None:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: tells which address of this machine would be used
        own = probe.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("the machine has no address but loopback")
    with pytest.raises(OSError):
        socket.create_connection((own, address.port), 2.0).close()


def test_a_camera_closes_whatever_clients_do(camera: ServedCamera, address: Address) -> None:
    with Session(address) as session, raw(address) as slow, raw(address) as idle:
        slow.sendall(head(address, "/frame", 1000, session.met.credential) + b"x")
        camera.close()
        assert answered(idle) == b""
        answered(slow)
    with pytest.raises(OSError):
        raw(address).close()
    assert not [thread for thread in threading.enumerate() if thread.name == "loopback-server"]
