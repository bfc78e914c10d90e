"""Searches and comparisons: who is found, in which galleries, and what of it is told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.http.fixtures import InProcess
from tests.api.osia.abis.conftest import asking, encounter, face, finger
from tests.enrollment.fakes import BLANK


def _record(client: httpx.Client, person: str, name: str, *data: dict[str, Any], **more: Any) -> None:
    answer = client.post(f"/v1/persons/{person}/encounters/{name}", json=encounter(*data, **more))
    assert answer.status_code == 200, answer.text


def _identify(client: httpx.Client, gallery: str, *data: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
    sent = {"filter": asked.pop("filter", {}), "biometricData": list(data)}
    answer = client.post(f"/v1/identify/{gallery}", params=client.params.merge(asked), json=sent)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def _persons(found: list[dict[str, Any]]) -> list[str]:
    assert [one["rank"] for one in found] == list(range(1, len(found) + 1))
    return [one["personId"] for one in found]


def test_somebody_is_found_with_score_and_parts(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody), face(somebody))

    (one,) = _identify(client, "citizens", finger(somebody, 1))

    assert one["personId"] == f"P{somebody}" and one["score"] > 0
    (part,) = one["scores"]
    assert (part["biometricType"], part["biometricSubType"]) == ("FINGER", "RIGHT_INDEX")


def test_nobody_is_found_in_other_galleries_and_everybody_in_all(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody), galleries=["elsewhere"])

    assert _persons(_identify(client, "citizens", finger(somebody, 1))) == []
    (one,) = _identify(client, "ALL", finger(somebody, 1))
    assert one["others"]["galleries"] == ["elsewhere"] == one["scores"][0]["galleries"]


def test_a_recorded_person_is_searched_without_themselves(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody), galleries=["first"])
    _record(client, f"Q{somebody}", "E1", finger(somebody, 1), galleries=["second"])

    for path in (f"P{somebody}", f"P{somebody}/encounters/E1"):
        answer = client.post(f"/v1/identify/ALL/{path}")
        assert answer.status_code == 200, answer.text
        assert _persons(answer.json()) == [f"Q{somebody}"]
        assert client.post(f"/v1/identify/first/{path}").json() == []


def test_a_filter_compares_nothing_else(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody), face(somebody))
    probe = (finger(somebody, 1), face(somebody + 20_000))

    assert _persons(_identify(client, "citizens", *probe, filter={"biometricType": ["FINGER", "IRIS"]}))
    assert not _identify(client, "citizens", *probe, filter={"biometricType": ["FACE"]})


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ({}, {"filter": {"gender": "F"}}),
        ({}, {"filter": {"biometricType": "FINGER"}}),
        ({}, {"filter": {"biometricType": ["IRIS"]}}),
        ({}, {"biometricData": []}),
        ({}, {"biometricData": [finger(BLANK)]}),
        ({}, {"biometricData": [{"biometricType": "FINGER", "template": "AAAA"}]}),
        ({}, {"encryption": {"type": "JWE", "scope": "$"}}),
        ({"maxNbCand": 0}, {}),
        ({"maxNbCand": 101}, {}),
        ({"maxNbCand": -1}, {}),
    ],
)
def test_questions_that_cannot_be_answered_are_forbidden(
    client: httpx.Client, query: dict[str, Any], sent: dict[str, Any]
) -> None:
    body = {"filter": {}, "biometricData": [finger(1)]} | sent

    answer = client.post("/v1/identify/ALL", params=client.params.merge(query), json=body)

    assert answer.status_code == 403, answer.text


def test_a_threshold_shortens_the_list_and_never_lengthens_it(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody))
    (one,) = _identify(client, "citizens", finger(somebody, 1))

    assert _identify(client, "citizens", finger(somebody, 1), threshold=-5.0) == [one]
    assert _identify(client, "citizens", finger(somebody, 1), threshold=one["score"] + 1) == []
    assert _identify(client, "citizens", finger(somebody + 20_000), threshold=-5.0) == []


@pytest.mark.parametrize("path", ["/v1/identify/nowhere", "/v1/identify/nowhere/P", "/v1/identify/citizens/nobody"])
def test_galleries_and_persons_that_are_not_there_are_not_found(client: httpx.Client, path: str) -> None:
    sent = {"filter": {}, "biometricData": [finger(1)]} if path.endswith("nowhere") else {}

    assert client.post(path, json=sent).status_code == 404


def test_who_may_not_search_everybody_does_not(served: InProcess) -> None:
    border = asking(served, client="border")

    for path in ("/v1/identify/ALL", "/v1/identify/ALL/P1", "/v1/identify/ALL/P1/encounters/E1"):
        assert border.post(path, json={"filter": {}, "biometricData": [finger(1)]}).status_code == 403


def test_the_right_person_is_verified_and_the_wrong_one_not(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody))
    path = f"/v1/verify/citizens/P{somebody}"

    right = client.post(path, json={"biometricData": [finger(somebody, 1)]}).json()
    wrong = client.post(path, json={"biometricData": [finger(somebody + 20_000)]}).json()

    assert (right["decision"], wrong["decision"]) == (True, False)
    fused, part = right["scores"]
    assert fused["score"] > 0 and part["biometricSubType"] == "RIGHT_INDEX"
    strict = client.post(
        path,
        params=client.params.merge({"threshold": fused["score"] + 1}),
        json={"biometricData": [finger(somebody, 1)]},
    )
    assert strict.json()["decision"] is False


def test_nothing_in_common_is_no_verdict(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody))

    answer = client.post(f"/v1/verify/citizens/P{somebody}", json={"biometricData": [face(somebody)]})

    assert answer.status_code == 403, answer.text


@pytest.mark.parametrize("path", ["/v1/verify/nowhere/P", "/v1/verify/citizens/nobody"])
def test_nobody_is_verified_who_is_not_there(client: httpx.Client, path: str) -> None:
    assert client.post(path, json={"biometricData": [finger(1)]}).status_code == 404


def test_a_person_of_another_gallery_is_not_there(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody))
    _record(client, f"Q{somebody}", "E1", face(somebody), galleries=["verified"])

    assert client.post(f"/v1/verify/verified/P{somebody}", json={"biometricData": [finger(1)]}).status_code == 404


def test_two_sets_are_compared_with_each_other(client: httpx.Client, somebody: int) -> None:
    def compared(first: dict[str, Any], second: dict[str, Any]) -> httpx.Response:
        return client.post("/v1/verify", json={"biometricData1": [first], "biometricData2": [second]})

    assert compared(finger(somebody), finger(somebody, 1)).json()["decision"] is True
    assert compared(finger(somebody), finger(somebody + 20_000)).json()["decision"] is False
    assert compared(finger(somebody), face(somebody)).status_code == 403
    assert compared(finger(somebody), finger(BLANK)).status_code == 403
