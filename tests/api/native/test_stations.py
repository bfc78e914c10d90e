"""Enrollment, identification and verification in one call each."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from api.http.clients import Rights
from biometrics.records import ActorRole
from tests.api.native.conftest import House
from tests.enrollment.fakes import BLANK, picture


def _picture(person: int, capture: int = 0, **said: Any) -> dict[str, Any]:
    return {"data": base64.b64encode(picture(person, capture)).decode(), "position": "right_index", **said}


@pytest.fixture
def station(house: House) -> httpx.Client:
    return house.served.client("kura.enroll", "kura.identify", "kura.verify", prefix="/v1", purpose="tests")


def test_somebody_new_is_enrolled_once_under_a_key(station: httpx.Client) -> None:
    body, key = {"person": "N-9", "pictures": [_picture(9)]}, {"Idempotency-Key": "e-1"}
    first = station.post("/enrollments", json=body, headers=key)
    told = first.json()
    assert (first.status_code, told["outcome"], told["person"], told["repeated"]) == (201, "unique", "N-9", False)
    assert first.headers["location"] == f"persons/{told['subject_id']}"
    again = station.post("/enrollments", json=body, headers=key)
    assert (again.status_code, again.json()) == (200, told | {"repeated": True})
    other = station.post("/enrollments", json=body | {"pictures": [_picture(10)]}, headers=key)
    assert other.status_code == 422
    assert station.post("/enrollments", json=body, headers={"Idempotency-Key": "e-2"}).status_code == 409
    assert station.post("/enrollments", json=body).status_code == 400


def test_a_person_without_a_name_is_given_one(station: httpx.Client) -> None:
    body, key = {"pictures": [_picture(9)]}, {"Idempotency-Key": "e-1"}
    told = station.post("/enrollments", json=body, headers=key).json()
    assert len(told["person"]) == 32
    assert station.post("/enrollments", json=body, headers=key).json()["person"] == told["person"]


def test_who_is_enrolled_already_opens_a_case(station: httpx.Client) -> None:
    told = station.post(
        "/enrollments", json={"person": "N-9", "pictures": [_picture(1, 7)]}, headers={"Idempotency-Key": "e-1"}
    ).json()
    assert told["outcome"] in ("duplicate", "needs_review")
    assert told["case"] is not None
    assert "P-1" not in str(told)


def test_pictures_that_cannot_be_used_enroll_nobody(station: httpx.Client) -> None:
    body = {"person": "N-9", "pictures": [_picture(BLANK)]}
    told = station.post("/enrollments", json=body, headers={"Idempotency-Key": "e-1"})
    assert (told.status_code, told.json()["outcome"]) == (200, "not_enrolled")
    assert told.json()["samples"][0]["reasons"][0]["code"] == "blank_print"


@pytest.mark.parametrize(
    "data", ["not base64!", "AAA", "AA==\n", "iVBORw0K", base64.urlsafe_b64encode(b"\xfb\xff" * 9).decode()]
)
def test_what_is_no_picture_is_refused(station: httpx.Client, data: str) -> None:
    body = {"person": "P-1", "pictures": [_picture(1), {"data": data, "position": "left_index"}]}
    refused = station.post("/verifications", json=body)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/content")
    assert "pictures[1]" in refused.json()["detail"]


def test_a_person_is_found_and_verified(station: httpx.Client) -> None:
    found = station.post("/identifications", json={"pictures": [_picture(2, 3)]}).json()
    assert (found["found"], [one["person"] for one in found["candidates"]]) == (True, ["P-2"])
    assert found["candidates"][0]["evidence"]["score"] > 0
    nobody = station.post("/identifications", json={"pictures": [_picture(77)]}).json()
    assert (nobody["found"], nobody["candidates"], nobody["complete"]) == (False, [], True)
    assert nobody["gallery_size"] == 3
    match = station.post("/verifications", json={"person": "P-2", "pictures": [_picture(2, 3)]}).json()
    other = station.post("/verifications", json={"person": "P-1", "pictures": [_picture(2, 3)]}).json()
    assert (match["match"], other["match"]) == (True, False)
    assert station.post("/verifications", json={"person": "X", "pictures": [_picture(2)]}).status_code == 404
    assert station.post("/verifications", json={"person": "P-1", "pictures": []}).status_code == 400


def test_rights_limit_what_is_searched_and_told(house: House) -> None:
    rights = house.served._clients
    assert isinstance(rights, dict)
    rights["poor"] = Rights(roles=frozenset(ActorRole))
    rights["plain"] = Rights(one_to_many=True, authorisation="act 1")
    rights["visa"] = Rights(one_to_many=True, authorisation="act 2", galleries=frozenset({"visa_applicants"}))
    scopes = ("kura.enroll", "kura.identify", "kura.verify")
    body = {"pictures": [_picture(2, 3)]}
    poor = house.served.client(*scopes, prefix="/v1", client="poor", purpose="x")
    assert poor.post("/identifications", json=body).json()["type"] == "/problems/right"
    plain = house.served.client(*scopes, prefix="/v1", client="plain", purpose="x")
    assert plain.post("/identifications", json=body).json()["candidates"][0]["evidence"] is None
    assert plain.post("/verifications", json=body | {"person": "P-2"}).json()["evidence"] is None
    aimless = house.served.client(*scopes, prefix="/v1", client="plain")
    assert aimless.post("/identifications", json=body).json()["type"] == "/problems/purpose"
    visa = house.served.client(*scopes, prefix="/v1", client="visa", purpose="x")
    assert visa.post("/identifications", json=body).status_code == 404
    assert visa.post("/verifications", json=body | {"person": "P-2"}).status_code == 403
    key = {"Idempotency-Key": "v"}
    assert visa.post("/enrollments", json=body, headers=key).status_code == 404
    assert visa.post("/verifications", json=body | {"person": "P-2", "gallery": "visa_applicants"}).status_code == 404
