"""Enrollments created, read, changed and deleted, as OSIA Enrollment 1.3 says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from enrollment.engine.local import LocalService
from enrollment.operations.drafts import REPLACE_DRAFT
from enrollment.operations.operation import Operation
from tests.api.http.fixtures import InProcess
from tests.api.osia.enrollment.conftest import PREFIX, asking, path_of

AWA: dict[str, Any] = {
    "enrollmentType": "citizen",
    "enrollmentFlags": {"timeout": 3600, "other": None},
    "requestData": ["anything", 1.5, {"at": "all"}],
    "contextualData": {"enrollmentDate": "2019-01-11"},
    "biographicData": {"firstName": "Awa", "lastName": "Traoré", "dateOfBirth": "1985-11-30", "gender": "F"},
    "biometricData": [
        {
            "biometricType": "IRIS",
            "biometricSubType": "EYE_LEFT",
            "image": "AAAA",
            "captureDate": "2019-05-21T12:00:00Z",
        }
    ],
    "documentData": [
        {"documentType": "FORM", "parts": [{"pages": [1, 2], "mimeType": "application/vc", "data": "vc"}]}
    ],
    "encryption": {"type": "JWE", "scope": "$.documentData"},
    "integrity": [{"scope": "$", "alg": "SHA256", "hash": "00"}],
}


def test_an_enrollment_is_read_as_it_came(client: httpx.Client, draft_id: str) -> None:
    made = client.post(path_of(draft_id), json=AWA)
    assert (made.status_code, made.content) == (204, b"")
    read = client.get(path_of(draft_id))
    assert read.status_code == 200
    assert read.json() == {"enrollmentId": draft_id, "status": "IN_PROGRESS", **AWA}


def test_an_identifier_is_taken_once(client: httpx.Client, served: InProcess, draft_id: str) -> None:
    assert client.post(path_of(draft_id), json=AWA).status_code == 204
    for again in (client, asking(served, client="other")):
        taken = again.post(path_of(draft_id), json=AWA)
        assert taken.status_code == 409
        assert taken.json()["code"] // 100 == 409


def test_everything_may_be_left_out(client: httpx.Client, draft_id: str) -> None:
    assert client.post(path_of(draft_id)).status_code == 204
    assert client.get(path_of(draft_id)).json() == {"enrollmentId": draft_id, "status": "IN_PROGRESS"}


def test_what_only_kura_says_may_be_repeated_and_changes_nothing(client: httpx.Client, draft_id: str) -> None:
    repeated = {"enrollmentId": draft_id, "status": "FINALIZED"}
    assert client.post(path_of(draft_id), json=repeated).status_code == 204
    assert client.get(path_of(draft_id)).json()["status"] == "IN_PROGRESS"
    assert client.put(path_of(draft_id), json={"enrollmentId": "another"}).status_code == 403


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (["firstName"], {"biographicData": {"firstName": "Awa"}}),
        (["gender", "none"], {"biographicData": {"gender": "F"}}),
        (["enrollmentType"], {"enrollmentType": "citizen", "biographicData": {}}),
        (["biographicData"], {"biographicData": AWA["biographicData"]}),
    ],
)
def test_attributes_say_what_is_read(
    client: httpx.Client, draft_id: str, asked: list[str], answered: dict[str, Any]
) -> None:
    client.post(path_of(draft_id), json=AWA)
    read = client.get(path_of(draft_id), params={"transactionId": "T1", "attributes": asked})
    assert read.json() == {"enrollmentId": draft_id, "status": "IN_PROGRESS", **answered}


def test_an_update_takes_the_place_of_everything(client: httpx.Client, draft_id: str) -> None:
    client.post(path_of(draft_id), json=AWA)
    assert client.put(path_of(draft_id), json={"enrollmentType": "resident"}).status_code == 204
    read = client.get(path_of(draft_id)).json()
    assert read == {"enrollmentId": draft_id, "status": "IN_PROGRESS", "enrollmentType": "resident"}


def test_a_partial_update_is_merged(client: httpx.Client, draft_id: str) -> None:
    client.post(path_of(draft_id), json=AWA)
    patch = {
        "biographicData": {"gender": None, "nationality": "MLI"},
        "documentData": [{"documentType": "ID_CARD", "parts": [{"data": "VC DATA"}]}],
        "encryption": None,
    }
    assert client.patch(path_of(draft_id), json=patch).status_code == 204
    read = client.get(path_of(draft_id)).json()
    assert read["biographicData"] == {
        "firstName": "Awa",
        "lastName": "Traoré",
        "dateOfBirth": "1985-11-30",
        "nationality": "MLI",
    }
    assert read["documentData"] == patch["documentData"]
    assert "encryption" not in read
    assert read["requestData"] == AWA["requestData"]


@pytest.mark.parametrize("patch", [[], "text", 3, {"unknown": 1}, {"biometricData": [{}]}, {"status": None}])
def test_a_partial_update_must_leave_an_enrollment(client: httpx.Client, draft_id: str, patch: Any) -> None:
    client.post(path_of(draft_id), json=AWA)
    refused = client.patch(path_of(draft_id), json=patch)
    assert refused.status_code == 400
    assert refused.json()["code"] // 100 == 400
    assert client.get(path_of(draft_id)).json() == {"enrollmentId": draft_id, "status": "IN_PROGRESS", **AWA}


def test_a_deleted_enrollment_is_unknown(client: httpx.Client, draft_id: str) -> None:
    client.post(path_of(draft_id), json=AWA)
    assert client.delete(path_of(draft_id)).status_code == 204
    assert client.delete(path_of(draft_id)).status_code == 404
    assert client.get(path_of(draft_id)).status_code == 404
    assert client.post(path_of(draft_id), json={}).status_code == 204


def test_what_is_not_there_is_404(client: httpx.Client, served: InProcess, draft_id: str) -> None:
    asking(served, client="other").post(path_of(draft_id), json=AWA)
    for name in (draft_id, "nobody's"):
        for answer in (
            client.get(path_of(name)),
            client.put(path_of(name), json={}),
            client.patch(path_of(name), json={}),
            client.delete(path_of(name)),
            client.put(path_of(name, "finalize")),
            client.post(path_of(name, "buffer"), content=b"x", headers={"Content-Type": "image/png"}),
            client.get(path_of(name, "buffer", "x")),
        ):
            assert answer.status_code == 404
            assert answer.json().keys() == {"code", "message"}


@pytest.mark.parametrize(
    "body",
    [
        {"unknown": 1},
        {"enrollmentType": 1},
        {"enrollmentType": None},
        {"biometricData": {}},
        {"biometricData": [{"biometricType": "EAR"}]},
        {"biometricData": [{"biometricType": "FACE", "encounterId": "of another interface"}]},
        {"biometricData": [{"biometricType": "FACE", "captureDate": "yesterday"}]},
        {"documentData": [{"documentType": "FORM", "parts": []}]},
        {"documentData": [{"documentType": "FORM", "parts": [{"pages": []}]}]},
        {"documentData": [{"documentType": "FORM"}]},
        {"encryption": {"type": "ROT13", "scope": "$"}},
        {"status": "DONE"},
        [],
        "text",
    ],
)
def test_what_the_description_does_not_allow_is_400(client: httpx.Client, draft_id: str, body: Any) -> None:
    refused = client.post(path_of(draft_id), json=body)
    assert refused.status_code == 400
    assert refused.json()["code"] // 100 == 400
    assert client.get(path_of(draft_id)).status_code == 404


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"transactionId": "T1", "finalize": "yes"},
        {"transactionId": "T1", "finalize": "1"},
        {"transactionId": "T1", "finalize": ""},
        {"transactionId": "T1", "other": "x"},
        {"transactionId": ["T1", "T2"]},
    ],
)
def test_parameters_are_held_to_the_description(client: httpx.Client, draft_id: str, params: dict[str, Any]) -> None:
    url = httpx.URL(path_of(draft_id), params=params)
    bare = httpx.Client(transport=client._transport, base_url=client.base_url, headers=client.headers)
    assert bare.post(url, json={}).status_code == 400


@pytest.mark.parametrize("name", [" padded", "o\u0301", "x" * 201, "\u202egnp"])
def test_an_identifier_that_could_be_taken_for_another_is_refused(client: httpx.Client, name: str) -> None:
    refused = client.post(path_of(name), json={})
    assert refused.status_code == 403
    assert refused.json()["code"] == 40320


@pytest.mark.parametrize(
    ("method", "more", "scope"),
    [
        ("POST", (), "enroll.write"),
        ("PUT", (), "enroll.write"),
        ("PATCH", (), "enroll.write"),
        ("DELETE", (), "enroll.write"),
        ("GET", (), "enroll.read"),
        ("PUT", ("finalize",), "enroll.write"),
        ("POST", ("buffer",), "enroll.buf.write"),
        ("GET", ("buffer", "x"), "enroll.buf.read"),
    ],
)
def test_each_operation_needs_its_own_scope(
    served: InProcess, draft_id: str, method: str, more: tuple[str, ...], scope: str
) -> None:
    every = {"enroll.read", "enroll.write", "enroll.buf.read", "enroll.buf.write"}
    others = asking(served, *sorted(every - {scope}))
    refused = others.request(method, path_of(draft_id, *more))
    assert (refused.status_code, refused.json()["code"]) == (403, 40312)
    without = served.client(prefix=PREFIX).request(method, path_of(draft_id, *more), params={"transactionId": "T1"})
    assert (without.status_code, without.json()["code"]) == (403, 40310)


def test_an_enrollment_cannot_grow_without_end(client: httpx.Client, draft_id: str) -> None:
    half = "x" * 600_000
    assert client.post(path_of(draft_id), json={"requestData": half}).status_code == 204
    grown = client.patch(path_of(draft_id), json={"contextualData": half})
    assert grown.status_code == 413
    assert "contextualData" not in client.get(path_of(draft_id)).json()


def test_two_partial_updates_at_once_both_count(
    client: httpx.Client, served: InProcess, draft_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request changes the enrollment between reading and writing."""
    client.post(path_of(draft_id), json={})
    intruder, call, late = asking(served), LocalService.call, [True]

    def after_a_change(service: LocalService, operation: Operation[Any, Any], asked: Any) -> Any:
        if late and operation is REPLACE_DRAFT:
            late.pop()
            assert intruder.patch(path_of(draft_id), json={"requestData": 1}).status_code == 204
        return call(service, operation, asked)

    monkeypatch.setattr(LocalService, "call", after_a_change)
    assert client.patch(path_of(draft_id), json={"contextualData": 2}).status_code == 204
    read = client.get(path_of(draft_id)).json()
    assert (read["requestData"], read["contextualData"]) == (1, 2)
