"""Encounters are searched, decided and recorded when they come, and read as they came."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.api.osia.abis.conftest import encounter, face, finger
from tests.enrollment.fakes import BLANK, picture


def _create(client: httpx.Client, path: str, *data: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/persons{path}", json=encounter(*data, **more))
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_a_new_person_gets_identifiers_and_is_unique(client: httpx.Client, somebody: int) -> None:
    content = _create(client, "", finger(somebody))

    assert content["personId"] and content["encounterId"]
    assert content["others"] == {"outcome": "unique"}


def test_what_was_sent_is_read_as_it_came(client: httpx.Client, somebody: int) -> None:
    data = [
        finger(somebody, mimeType="image/png", width=200, resolution=500, instance="i1"),
        face(somebody, captureDevice="camera 3"),
        {"biometricType": "IRIS", "biometricSubType": "EYE_LEFT", "image": "AAAA"},
    ]
    sent = encounter(
        *data,
        clientData="AAEC",
        contextualData={"enrollmentDate": "2019-01-11", "nothing": None},
        biographicData={"firstName": "Ada", "lastName": "Lovelace"},
    )
    client.post(f"/v1/persons/P{somebody}/encounters/E1", json=sent).raise_for_status()

    read = client.get(f"/v1/persons/P{somebody}/encounters/E1").json()

    assert (read["encounterId"], read["status"], read["galleries"]) == ("E1", "ACTIVE", ["citizens"])
    assert read["createdDate"] and read["updatedDate"]
    for name in ("encounterType", "clientData", "contextualData", "biographicData"):
        assert read[name] == sent[name]
    for element, came in zip(read["biometricData"], data, strict=True):
        assert came.items() <= element.items()
        assert element["encounterId"] == "E1"
    assert read["biometricData"][0]["qualityFormat"]
    assert "quality" not in read["biometricData"][2]


def test_pictures_come_back_in_the_standard_alphabet(client: httpx.Client, somebody: int) -> None:
    image = picture(somebody)
    sent = finger(somebody) | {"image": base64.urlsafe_b64encode(image).decode().rstrip("=")}
    _create(client, f"/P{somebody}/encounters/E1", sent)

    (element,) = client.get(f"/v1/persons/P{somebody}/encounters/E1").json()["biometricData"]

    assert base64.b64decode(element["image"], validate=True) == image


def test_the_encounter_of_somebody_known_by_another_name_waits_for_a_verdict(
    client: httpx.Client, somebody: int
) -> None:
    _create(client, f"/P{somebody}/encounters", finger(somebody))

    content = _create(client, f"/Q{somebody}/encounters/E1", finger(somebody, 1))

    assert content["others"]["outcome"] == "duplicate" and content["others"]["case"]
    assert f"P{somebody}" not in str(content["others"])
    assert client.get(f"/v1/persons/Q{somebody}/encounters/E1").json()["status"] == "INACTIVE"


def test_a_second_encounter_of_the_same_person_is_unique(client: httpx.Client, somebody: int) -> None:
    _create(client, f"/P{somebody}/encounters/E1", finger(somebody))

    content = _create(client, f"/P{somebody}/encounters/E2", finger(somebody, 1))

    assert content["others"] == {"outcome": "unique"}
    read = client.get(f"/v1/persons/P{somebody}/encounters").json()
    assert sorted(one["encounterId"] for one in read) == ["E1", "E2"]


def test_a_second_encounter_that_is_not_like_the_person_waits_for_a_verdict(
    client: httpx.Client, somebody: int
) -> None:
    _create(client, f"/P{somebody}/encounters/E1", finger(somebody))

    content = _create(client, f"/P{somebody}/encounters/E2", finger(somebody + 20_000))

    assert content["others"]["outcome"] == "needs_review" and content["others"]["case"]


def test_the_same_request_again_finds_the_first(client: httpx.Client, somebody: int) -> None:
    first = _create(client, "", finger(somebody))

    again = _create(client, "", finger(somebody))

    assert again["others"].pop("repeated") is True
    assert again == first


def test_another_encounter_under_a_name_that_is_taken_conflicts(client: httpx.Client, somebody: int) -> None:
    _create(client, f"/P{somebody}/encounters/E1", finger(somebody))

    answer = client.post(f"/v1/persons/P{somebody}/encounters/E1", json=encounter(finger(somebody, 2)))

    assert answer.status_code == 409
    assert answer.json()["code"] // 100 == 409


def test_an_update_changes_what_is_kept_with_it(client: httpx.Client, somebody: int) -> None:
    path = f"/v1/persons/P{somebody}/encounters/E1"
    _create(client, f"/P{somebody}/encounters/E1", finger(somebody))

    answer = client.put(path, json=encounter(finger(somebody), status="INACTIVE", encounterType="renewal"))

    assert answer.status_code == 200, answer.text
    read = client.get(path).json()
    assert (read["status"], read["encounterType"]) == ("INACTIVE", "renewal")


def test_an_update_with_other_pictures_takes_the_place_of_the_old(client: httpx.Client, somebody: int) -> None:
    path = f"/v1/persons/P{somebody}/encounters/E1"
    _create(client, f"/P{somebody}/encounters/E1", finger(somebody))

    answer = client.put(path, json=encounter(finger(somebody, 3), face(somebody)))

    assert answer.status_code == 200, answer.text
    read = client.get(f"/v1/persons/P{somebody}/encounters").json()
    assert [one["encounterId"] for one in read] == ["E1"]
    assert len(read[0]["biometricData"]) == 2


def test_what_is_deleted_is_gone_and_its_name_may_come_again(client: httpx.Client, somebody: int) -> None:
    path = f"/v1/persons/P{somebody}/encounters/E1"
    _create(client, f"/P{somebody}/encounters/E1", finger(somebody))

    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.delete(path).status_code == 404
    assert client.get(f"/v1/persons/P{somebody}/encounters").status_code == 404

    again = _create(client, f"/P{somebody}/encounters/E1", finger(somebody))
    assert "repeated" not in again["others"]


def test_all_of_a_person_is_deleted_at_once(client: httpx.Client, somebody: int) -> None:
    for number in range(2):
        _create(client, f"/P{somebody}/encounters/E{number}", finger(somebody, number))

    assert client.delete(f"/v1/persons/P{somebody}").status_code == 204
    assert client.get(f"/v1/persons/P{somebody}/encounters").status_code == 404
    assert client.delete(f"/v1/persons/P{somebody}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/v1/persons/nobody/encounters", "/v1/persons/nobody/encounters/E1", "/v1/persons/nobody/encounters/E1/templates"],
)
def test_nobody_is_read_who_is_not_there(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json().keys() == {"code", "message"}


def test_nobody_is_updated_who_is_not_there(client: httpx.Client, somebody: int) -> None:
    answer = client.put("/v1/persons/nobody/encounters/E1", json=encounter(finger(somebody)))

    assert answer.status_code == 404


def test_templates_are_read_in_the_formats_that_are_asked_for(client: httpx.Client, somebody: int) -> None:
    path = f"/v1/persons/P{somebody}/encounters/E1"
    _create(client, f"/P{somebody}/encounters/E1", finger(somebody, instance="left one"), face(somebody))

    def read(**asked: str) -> list[dict[str, Any]]:
        answer = client.get(f"{path}/templates", params=client.params.merge(asked))
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    assert {one["biometricType"] for one in read()} == {"FINGER", "FACE"}
    (one,) = read(biometricType="FINGER", biometricSubType="RIGHT_INDEX")
    assert one["templateFormat"] == "ISO_19794_2" and base64.b64decode(one["template"]).startswith(b"FMR\x00 20")
    assert one["quality"] >= 0 and one["qualityFormat"] and one["algorithm"]
    (newer,) = read(templateFormat="ANSI_378_2009")
    assert base64.b64decode(newer["template"]).startswith(b"FMR\x00030")
    assert [one["instance"] for one in read(instance="left one")] == ["left one"]
    assert not read(instance="another") and not read(templateFormat="unheard of") and not read(biometricType="IRIS")


@pytest.mark.parametrize(
    "sent",
    [
        encounter(),
        encounter({"biometricType": "IRIS", "image": "AAAA"}),
        encounter(finger(BLANK)),
        encounter(finger(1) | {"image": "AAAA"}),
        encounter(finger(1, encryption={"type": "JWE", "scope": "$"})),
        encounter({"biometricType": "IRIS", "integrity": [{"scope": "$", "alg": "SHA256", "hash": "0"}]}, finger(1)),
        encounter(finger(1), encryption={"type": "PKCS7", "scope": "$"}),
        encounter(finger(1), integrity=[{"scope": "$", "alg": "SHA256", "hash": "0"}]),
        encounter(finger(1), encounterId="another"),
        encounter(finger(1), galleries=["not a name!"]),
        encounter(finger(1), galleries=["ALL"]),
        encounter(*[finger(1)] * 31),
    ],
)
def test_what_is_well_formed_and_cannot_be_used_is_forbidden(client: httpx.Client, sent: dict[str, Any]) -> None:
    answer = client.post("/v1/persons/refused/encounters/E1", json=sent)

    assert answer.status_code == 403, answer.text
    assert answer.json()["code"] // 100 == 403 and answer.json()["message"]
    assert client.get("/v1/persons/refused/encounters").status_code == 404


@pytest.mark.parametrize("name", ["%20space", "e%CC%81", "x" * 201])
def test_identifiers_that_could_pass_for_others_are_refused(client: httpx.Client, name: str) -> None:
    answer = client.post(f"/v1/persons/{name}/encounters", json=encounter(finger(1)))

    assert answer.status_code == 403, answer.text


def test_what_is_missing_is_recorded_and_sufficient_where_it_explains_everything(
    client: httpx.Client, somebody: int
) -> None:
    fingers = [f"{side}_{one}" for side in ("LEFT", "RIGHT") for one in ("THUMB", "INDEX", "MIDDLE", "RING", "LITTLE")]
    missing = [{"biometricSubType": one, "presence": "AMPUTATED"} for one in [*fingers, "PORTRAIT"]]

    part = client.post(
        f"/v1/persons/P{somebody}/encounters", json=encounter({"biometricType": "FINGER", "missing": missing[:3]})
    )
    assert part.status_code == 403

    content = _create(client, f"/P{somebody}/encounters", {"biometricType": "FINGER", "missing": missing})
    assert content["others"]["outcome"] == "needs_review"
