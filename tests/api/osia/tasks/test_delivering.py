"""Results on their way: signed, whole, to the allowed machine alone, and never for longer than the time limit."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from api.osia.tasks.delivering import Courier, callback_url
from api.osia.tasks.keys import public_key
from api.osia.tasks.signatures import Message, verify_message
from biometrics.samples import now_utc
from enrollment.tasks.records import Delivery
from registry.service_states import TaskState
from registry.tasks import Task
from tests.api.osia.tasks.plain_key import PlainKey
from tests.api.osia.tasks.receivers import receiving

ALLOWED = ("http://127.0.0.1",)


def task(callback: str, *, answer: bytes = b'{"personId":"x"}', failed: bool = False) -> Task:
    now = now_utc()
    return Task(
        task_id="5f1e",
        client="ministry",
        operation="createEncounter",
        transaction_id="T 1&x=ö",
        callback=callback,
        priority=0,
        state=TaskState.RESPONSE_SCHEDULED,
        asked=None,
        answer=answer,
        failed=failed,
        made_at=now,
        changed_at=now,
    )


def test_a_result_arrives_signed_and_whole(tmp_path: Path) -> None:
    key = PlainKey()
    with receiving() as receiver:
        sent = task(f"{receiver.url}?from=kura")
        assert Courier(lambda: key).deliver(sent, ALLOWED) is Delivery.RECEIVED
        (received,) = receiver.wait_for(1)
        target = receiver.url.removesuffix("/results") + received.path
    assert received.path == "/results?from=kura&transactionId=T+1%26x%3D%C3%B6&taskId=5f1e"
    assert received.content == sent.answer
    assert received.headers["Content-Type"] == "application/json"
    verify_message(
        Message(method="POST", target_uri=target, content=received.content),
        headers=received.headers,
        keys={key.key_id: public_key(key.public_jwk())},
        now_s=time.time(),
    )


def test_an_error_is_told_as_an_error(tmp_path: Path) -> None:
    with receiving() as receiver:
        Courier(PlainKey).deliver(task(receiver.url, answer=b"{}", failed=True), ALLOWED)
        assert receiver.wait_for(1)[0].headers["Content-Type"] == "application/error+json"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_success_is_a_receipt(tmp_path: Path, status: int) -> None:
    with receiving(statuses=[status]) as receiver:
        assert Courier(PlainKey).deliver(task(receiver.url), ALLOWED) is Delivery.RECEIVED


@pytest.mark.parametrize("status", [301, 307, 400, 403, 404, 500, 503])
def test_anything_else_is_none_and_no_redirect_is_followed(tmp_path: Path, status: int) -> None:
    with receiving() as elsewhere, receiving(statuses=[status], headers={"Location": elsewhere.url}) as receiver:
        assert Courier(PlainKey).deliver(task(receiver.url), ALLOWED) is Delivery.REFUSED
        assert (len(receiver.received), len(elsewhere.received)) == (1, 0)


def test_an_address_that_is_no_longer_allowed_gets_nothing(tmp_path: Path) -> None:
    with receiving() as receiver:
        courier = Courier(PlainKey)
        assert courier.deliver(task(receiver.url), ()) is Delivery.REFUSED
        assert courier.deliver(task(receiver.url), ["http://127.0.0.1:1"]) is Delivery.REFUSED
        assert receiver.received == []


def test_a_name_is_looked_up_once_and_the_machine_called_by_number(tmp_path: Path) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["169.254.169.254"]

    with receiving("127.0.0.2") as receiver:
        named = receiver.url.replace("127.0.0.2", "localhost")
        courier = Courier(PlainKey, resolve=resolve)
        assert courier.deliver(task(named), ["http://localhost"]) is Delivery.RECEIVED
        assert receiver.wait_for(1)[0].headers["Host"].startswith("localhost:")
    assert asked == ["localhost"]


def test_a_name_that_leads_inside_is_not_called(tmp_path: Path) -> None:
    with receiving() as receiver:
        named = receiver.url.replace("127.0.0.1", "ministry.example")
        prefix = named.removesuffix("/results")
        courier = Courier(PlainKey, resolve=lambda host, port: ["127.0.0.1"])
        assert courier.deliver(task(named), [prefix]) is Delivery.REFUSED
        assert receiver.received == []


def test_nobody_there_and_nobody_answering_are_silence(tmp_path: Path) -> None:
    courier = Courier(PlainKey, time_limit_s=0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        began = time.monotonic()
        assert courier.deliver(task(f"http://127.0.0.1:{port}/"), ALLOWED) is Delivery.SILENT
        assert time.monotonic() - began < 5.0
    assert courier.deliver(task(f"http://127.0.0.1:{port}/"), ALLOWED) is Delivery.SILENT

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such host")

    courier = Courier(PlainKey, resolve=unknown)
    assert courier.deliver(task("http://127.0.0.1:1/"), ALLOWED) is Delivery.SILENT


def test_a_receiver_that_drips_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopped = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                try:
                    while not stopped.wait(0.05):
                        connection.sendall(b"a")
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        courier = Courier(PlainKey, time_limit_s=1.0)
        sent = task(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        began = time.monotonic()
        assert courier.deliver(sent, ALLOWED) is Delivery.SILENT
        assert time.monotonic() - began < 10.0
        stopped.set()
        thread.join()


def test_garbage_is_silence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"\x00\x01 this is no HTTP\r\n\r\n")

        thread = threading.Thread(target=speak)
        thread.start()
        sent = task(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        assert Courier(PlainKey).deliver(sent, ALLOWED) is Delivery.SILENT
        thread.join()


def test_a_large_answer_arrives_whole(tmp_path: Path) -> None:
    answer = b'"' + b"a" * 20_000_000 + b'"'
    with receiving() as receiver:
        assert Courier(PlainKey).deliver(task(receiver.url, answer=answer), ALLOWED) is Delivery.RECEIVED
        assert receiver.received[0].content == answer


def test_a_receiver_without_the_proof_of_its_name_gets_nothing(tmp_path: Path) -> None:
    with receiving() as receiver:
        plain = receiver.url.replace("http://", "https://")
        ended = Courier(PlainKey).deliver(task(plain), ["https://127.0.0.1"])
        assert (ended, receiver.received) == (Delivery.SILENT, [])


def test_the_address_is_the_clients_with_two_more_parameters() -> None:
    assert callback_url(replace(task("https://a.example/x"), transaction_id="t")) == (
        "https://a.example/x?transactionId=t&taskId=5f1e"
    )
