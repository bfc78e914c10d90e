"""A client sees what is in its galleries, and changes what is in no others."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.api.http.fixtures import InProcess
from tests.api.osia.abis.conftest import VISA, asking, encounter, face, finger

_OURS, _BOTH, _THEIRS = "visible", "shared", "hidden"


@pytest.fixture(scope="module")
def visa(served: InProcess) -> httpx.Client:
    """A client that sees the gallery `visa`, with a person in it, one in another, and one in both."""
    everything = asking(served)
    people = {_OURS: (["visa"], 41_000), _BOTH: (["visa", "citizens"], 41_001), _THEIRS: (["citizens"], 41_002)}
    for person, (galleries, number) in people.items():
        sent = encounter(finger(number), galleries=galleries)
        everything.post(f"/v1/persons/{person}/encounters/E1", json=sent).raise_for_status()
    return asking(served, client=VISA)


def test_persons_of_other_galleries_are_not_there(visa: httpx.Client) -> None:
    assert visa.get("/v1/galleries").json() == ["visa"]
    found = {one["personId"] for one in visa.get("/v1/galleries/ALL").json()}
    assert found == {_OURS, _BOTH}
    assert visa.get(f"/v1/persons/{_OURS}/encounters").status_code == 200
    for path in ("encounters", "encounters/E1", "encounters/E1/templates"):
        assert visa.get(f"/v1/persons/{_THEIRS}/{path}").status_code == 404
    assert visa.get("/v1/galleries/citizens").status_code == 404


_ASKED: dict[str, Callable[[httpx.Client, str, str], httpx.Response]] = {
    "read all": lambda client, person, _: client.get(f"/v1/persons/{person}/encounters"),
    "read": lambda client, person, name: client.get(f"/v1/persons/{person}/encounters/{name}"),
    "templates": lambda client, person, name: client.get(f"/v1/persons/{person}/encounters/{name}/templates"),
    "delete": lambda client, person, name: client.delete(f"/v1/persons/{person}/encounters/{name}"),
    "merge": lambda client, person, _: client.post(f"/v1/persons/{_OURS}/merge/{person}"),
    "verify": lambda client, person, _: client.post(
        f"/v1/verify/visa/{person}", json={"biometricData": [finger(41_002, 1)]}
    ),
    "identify": lambda client, person, name: client.post(f"/v1/identify/visa/{person}/encounters/{name}"),
}


@pytest.mark.parametrize("asked", _ASKED)
def test_who_is_in_other_galleries_is_told_from_nobody_by_no_word(visa: httpx.Client, asked: str) -> None:
    ask = _ASKED[asked]
    answers = [ask(visa, _THEIRS, "E1"), ask(visa, _THEIRS, "E99"), ask(visa, "nobody at all", "E1")]

    assert [one.status_code for one in answers] == [404, 404, 404]
    assert len({one.text for one in answers}) == 1


def test_searches_and_comparisons_stay_in_the_client_s_galleries(visa: httpx.Client) -> None:
    sent = {"filter": {}, "biometricData": [finger(41_002, 1)]}

    assert visa.post("/v1/identify/ALL", json=sent).json() == []
    for path in ("identify/citizens", "verify/citizens/hidden", f"verify/visa/{_THEIRS}", f"verify/ALL/{_OURS}"):
        body = sent if path.startswith("identify") else {"biometricData": [finger(41_002, 1)]}
        assert visa.post(f"/v1/{path}", json=body).status_code == 404
    assert visa.post(f"/v1/identify/ALL/{_THEIRS}").status_code == 404


def test_nobody_is_searched_with_samples_of_other_galleries(served: InProcess, visa: httpx.Client) -> None:
    everything, mixed = asking(served), "of two galleries"
    for name, gallery in (("E1", "visa"), ("E2", "citizens")):
        sent = encounter(finger(41_020), galleries=[gallery])
        everything.post(f"/v1/persons/{mixed}/encounters/{name}", json=sent).raise_for_status()

    assert visa.post(f"/v1/identify/visa/{mixed}").status_code == 403
    assert visa.post(f"/v1/identify/visa/{mixed}/encounters/E1").status_code == 200
    assert visa.post(f"/v1/identify/visa/{mixed}/encounters/E2").status_code == 404
    assert visa.post(f"/v1/identify/visa/{_BOTH}").status_code == 200
    assert everything.post(f"/v1/identify/visa/{mixed}").status_code == 200


def test_neither_pictures_nor_scores_are_told_without_the_right(visa: httpx.Client) -> None:
    (element,) = visa.get(f"/v1/persons/{_OURS}/encounters/E1").json()["biometricData"]
    assert "image" not in element and element["biometricSubType"] == "RIGHT_INDEX"

    (found,) = visa.post("/v1/identify/visa", json={"filter": {}, "biometricData": [finger(41_000, 1)]}).json()
    assert "scores" not in found and found["score"] == int(found["score"])

    verdict = visa.post(f"/v1/verify/visa/{_OURS}", json={"biometricData": [finger(41_000, 1)]}).json()
    assert verdict == {"decision": True}


_CHANGES: dict[str, Callable[[httpx.Client, str], httpx.Response]] = {
    "update": lambda client, person: client.put(
        f"/v1/persons/{person}/encounters/E1", json=encounter(finger(41_001), galleries=["visa"])
    ),
    "delete": lambda client, person: client.delete(f"/v1/persons/{person}/encounters/E1"),
    "delete all": lambda client, person: client.delete(f"/v1/persons/{person}"),
    "merge into": lambda client, person: client.post(f"/v1/persons/{person}/merge/{_OURS}"),
    "merge from": lambda client, person: client.post(f"/v1/persons/{_OURS}/merge/{person}"),
    "move from": lambda client, person: client.post(f"/v1/persons/{_OURS}/move/{person}/encounters/E1"),
    "status": lambda client, person: client.put(
        f"/v1/persons/{person}/encounters/E1/status", params=client.params.merge({"status": "INACTIVE"})
    ),
    "galleries": lambda client, person: client.put(f"/v1/persons/{person}/encounters/E1/galleries", json=["visa"]),
}
_LISTS_NO_404 = ("status", "galleries")


@pytest.mark.parametrize("change", _CHANGES)
def test_what_is_in_other_galleries_too_is_not_changed(visa: httpx.Client, change: str) -> None:
    assert _CHANGES[change](visa, _BOTH).status_code == 403
    assert _CHANGES[change](visa, _THEIRS).status_code == (403 if change in _LISTS_NO_404 else 404)
    assert visa.get(f"/v1/persons/{_BOTH}/encounters/E1").json()["status"] == "ACTIVE"


@pytest.mark.parametrize("galleries", [["citizens"], ["visa", "citizens"], ["new"]])
def test_nothing_is_recorded_in_galleries_of_others(visa: httpx.Client, galleries: list[str]) -> None:
    sent = encounter(face(41_009), galleries=galleries)

    assert visa.post("/v1/persons/intruder/encounters", json=sent).status_code == 403
    assert visa.get("/v1/persons/intruder/encounters").status_code == 404


def test_a_gallery_is_created_only_by_who_may(served: InProcess) -> None:
    sent = encounter(face(41_010), galleries=["fresh"])

    assert asking(served, client="border").post("/v1/persons", json=sent).status_code == 403
    assert "fresh" not in asking(served).get("/v1/galleries").json()


def test_a_name_of_another_s_person_is_not_told_to_be_taken_by_content(visa: httpx.Client) -> None:
    """Whoever names a person they may not see learns nothing about them but that it cannot be done."""
    answer = visa.post(f"/v1/persons/{_THEIRS}/encounters/E9", json=encounter(face(41_011), galleries=["visa"]))

    assert answer.status_code == 403, answer.text
