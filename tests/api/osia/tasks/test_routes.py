"""Tasks as their client sees them through OSIA Biometrics."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.http.clients import DEVELOPMENT
from api.osia.abis.performing import OPERATIONS
from api.osia.tasks.runner import TaskRunner
from tests.api.http.fixtures import InProcess
from tests.api.osia.tasks.receivers import Receiver, receiving

ABIS, T = "/osia/abis", {"transactionId": "T1"}
SCOPES = ("abis.gallery.read", "abis.task.read", "abis.task.update")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[InProcess]:
    with InProcess(tmp_path / "home", parts=[ABIS]) as served:
        yield served


@pytest.fixture
def client(served: InProcess) -> Iterator[httpx.Client]:
    with served.client(*SCOPES, prefix=ABIS) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def ask(client: httpx.Client, receiver: Receiver) -> str:
    """Ask for the galleries, to be answered later, and return the task."""
    answer = client.get("/v1/galleries", params=T | {"callback": receiver.url})
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert said.keys() == {"taskId"}
    return str(said["taskId"])


def wait_for(client: httpx.Client, task_id: str, state: str) -> None:
    deadline = time.monotonic() + 30.0
    while (answer := client.get(f"/v1/tasks/{task_id}/status", params=T)).json() != state:
        assert answer.status_code == 200
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_call_with_a_callback_is_answered_there(served: InProcess, client: httpx.Client, receiver: Receiver) -> None:
    task_id = ask(client, receiver)
    assert client.get(f"/v1/tasks/{task_id}/status", params=T).json() == "PENDING"
    runner = TaskRunner(served.desk, lambda _: DEVELOPMENT, OPERATIONS)
    runner.start()
    try:
        (received,) = receiver.wait_for(1)
        wait_for(client, task_id, "COMPLETED")
        assert json.loads(received.content) == client.get("/v1/galleries", params=T).json()
        assert client.post(f"/v1/tasks/{task_id}/redeliver", params=T).status_code == 204
        assert receiver.wait_for(2)[1].content == received.content
        wait_for(client, task_id, "COMPLETED")
    finally:
        runner.stop()


def test_a_task_is_unknown_to_others(served: InProcess, client: httpx.Client, receiver: Receiver) -> None:
    task_id = ask(client, receiver)
    with served.client(*SCOPES, prefix=ABIS, client="another") as other:
        for method, path in (("GET", "status"), ("POST", "redeliver")):
            foreign = other.request(method, f"/v1/tasks/{task_id}/{path}", params=T)
            nobodys = client.request(method, f"/v1/tasks/nobodys/{path}", params=T)
            assert foreign.status_code == nobodys.status_code == 404
            assert foreign.json() == nobodys.json()
            assert foreign.json().keys() == {"code", "message"}


@pytest.mark.parametrize(("method", "path", "scope"), [("GET", "status", 1), ("POST", "redeliver", 2)])
def test_scopes_and_parameters_are_needed(served: InProcess, method: str, path: str, scope: int) -> None:
    address = f"/v1/tasks/some/{path}"
    client = served.client(*SCOPES, prefix=ABIS)
    assert client.request(method, address).status_code == 400
    assert client.request(method, address, params=T | {"more": "x"}).status_code == 400
    assert client.request(method, address, params={"transactionId": ["T1", "T2"]}).status_code == 400
    lacking = [one for one in SCOPES if one != SCOPES[scope]]
    with served.client(*lacking, prefix=ABIS) as other:
        assert other.request(method, address, params=T).status_code == 403
    with served.client(prefix=ABIS) as nobody:
        assert nobody.request(method, address, params=T).status_code == 403


@pytest.mark.parametrize("callback", ["http://169.254.169.254/latest", "https://evil.example/results"])
def test_a_callback_elsewhere_is_forbidden(client: httpx.Client, callback: str) -> None:
    answer = client.get("/v1/galleries", params=T | {"callback": callback})
    assert answer.status_code == 403
    assert answer.json().keys() == {"code", "message"}
    assert callback not in answer.text
