"""Calls with a callback: accepted when they can be, refused at once when it shows."""

from __future__ import annotations

import httpx
import pytest

from tests.api.http.fixtures import InProcess
from tests.api.osia.abis.conftest import asking, encounter, finger

_CALLBACK = "http://127.0.0.1:9/results"


def _deferred(
    client: httpx.Client, method: str, path: str, callback: str = _CALLBACK, **more: object
) -> httpx.Response:
    params = client.params.merge({"callback": callback})
    return client.request(method, path, params=params, **more)  # type: ignore[arg-type]


def test_what_is_accepted_has_a_task_that_waits(client: httpx.Client, somebody: int) -> None:
    answer = _deferred(client, "POST", f"/v1/persons/P{somebody}/encounters/E1", json=encounter(finger(somebody)))

    assert answer.status_code == 202, answer.text
    task = answer.json()["taskId"]
    assert client.get(f"/v1/tasks/{task}/status").json() == "PENDING"
    assert client.get(f"/v1/persons/P{somebody}/encounters").status_code == 404


def test_tasks_of_others_are_not_there(client: httpx.Client, served: InProcess) -> None:
    task = _deferred(client, "GET", "/v1/galleries").json()["taskId"]

    assert asking(served, client="border").get(f"/v1/tasks/{task}/status").status_code == 404


@pytest.mark.parametrize("callback", ["http://elsewhere.example/", "file:///etc/passwd", "http://127.0.0.1@elsewhere/"])
def test_addresses_that_are_not_the_client_s_are_forbidden(client: httpx.Client, callback: str) -> None:
    assert _deferred(client, "GET", "/v1/galleries", callback).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/persons/nobody/encounters"),
        ("GET", "/v1/persons/nobody/encounters/E1/templates"),
        ("DELETE", "/v1/persons/nobody"),
        ("POST", "/v1/persons/nobody/merge/neither"),
        ("POST", "/v1/identify/citizens/nobody"),
        ("GET", "/v1/galleries/nowhere"),
    ],
)
def test_what_shows_at_once_is_refused_at_once(client: httpx.Client, method: str, path: str) -> None:
    assert _deferred(client, method, path).status_code == 404


def test_a_body_is_checked_before_it_is_accepted(client: httpx.Client) -> None:
    assert _deferred(client, "POST", "/v1/persons", json={"status": "ACTIVE"}).status_code == 400
