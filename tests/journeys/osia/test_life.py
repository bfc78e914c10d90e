"""A life over OSIA Biometrics: created, found, verified, changed, merged, moved, deleted; at once and by callback."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.journeys.osia.bodies import encounter, face, finger
from tests.journeys.osia.receiver import Receiver
from tests.journeys.osia.service import Osia

pytestmark = pytest.mark.slow


@pytest.fixture(params=["at once", "by callback"])
def osia(request: pytest.FixtureRequest, abis: httpx.Client, receiver: Receiver) -> Osia:
    """Both ways of asking."""
    return Osia(client=abis, receiver=receiver if request.param == "by callback" else None, prefix=request.node.name)


def test_a_life(osia: Osia) -> None:
    first = 9_000 if osia.receiver is None else 9_100
    ada, bob = osia.name("ADA"), osia.name("BOB")

    made = osia.post(f"/v1/persons/{ada}/encounters", encounter(finger(first), biographicData={"firstName": "Ada"}))
    assert made["personId"] == ada
    assert made["others"]["outcome"] in ("unique", "needs_review")
    visit = made["encounterId"]

    found = osia.post("/v1/identify/citizens", {"filter": {}, "biometricData": [finger(first, 1)]})
    assert found[0]["personId"] == ada
    assert found[0]["rank"] == 1

    def decides(person: str, touched: dict[str, Any]) -> bool:
        answer = osia.post(f"/v1/verify/citizens/{person}", {"biometricData": [touched]})
        return bool(answer["decision"])

    assert decides(ada, finger(first, 1))
    assert not decides(ada, finger(first + 1, 1))

    read = osia.get(f"/v1/persons/{ada}/encounters/{visit}")
    assert read["encounterId"] == visit
    assert read["biographicData"] == {"firstName": "Ada"}
    assert read["biometricData"][0]["image"] == finger(first)["image"]

    osia.put(f"/v1/persons/{ada}/encounters/{visit}", encounter(finger(first, 2), biographicData={"firstName": "Adah"}))
    read = osia.get(f"/v1/persons/{ada}/encounters/{visit}")
    assert read["biographicData"] == {"firstName": "Adah"}
    assert read["biometricData"][0]["image"] == finger(first, 2)["image"]

    other = osia.post(f"/v1/persons/{bob}/encounters", encounter(finger(first + 1)))["encounterId"]
    osia.post(f"/v1/persons/{ada}/merge/{bob}")
    assert {one["encounterId"] for one in osia.get(f"/v1/persons/{ada}/encounters")} == {visit, other}
    assert osia.status("GET", f"/v1/persons/{bob}/encounters") == 404

    eve = osia.name("EVE")
    osia.post(f"/v1/persons/{eve}/encounters", encounter(finger(first + 2)))
    osia.post(f"/v1/persons/{eve}/move/{ada}/encounters/{other}")
    assert [one["encounterId"] for one in osia.get(f"/v1/persons/{ada}/encounters")] == [visit]
    assert decides(eve, finger(first + 1, 1))

    osia.put(f"/v1/persons/{ada}/encounters/{visit}/status", None, status="INACTIVE")
    assert osia.get(f"/v1/persons/{ada}/encounters/{visit}")["status"] == "INACTIVE"
    osia.put(f"/v1/persons/{ada}/encounters/{visit}/galleries", ["visa_applicants"])
    assert osia.get(f"/v1/persons/{ada}/encounters/{visit}")["galleries"] == ["visa_applicants"]

    osia.delete(f"/v1/persons/{ada}/encounters/{visit}")
    assert osia.status("GET", f"/v1/persons/{ada}/encounters/{visit}") == 404
    osia.delete(f"/v1/persons/{eve}")
    assert osia.status("GET", f"/v1/persons/{eve}/encounters") == 404
    assert osia.post("/v1/identify/citizens", {"filter": {}, "biometricData": [finger(first, 1)]}) == []


def test_nobody_is_enrolled_twice_unseen(osia: Osia) -> None:
    first = 9_200 if osia.receiver is None else 9_300
    osia.post(f"/v1/persons/{osia.name('ONE')}/encounters", encounter(finger(first)))
    again = osia.post(f"/v1/persons/{osia.name('TWO')}/encounters", encounter(finger(first, 1)))
    assert again["others"]["outcome"] == "duplicate"
    read = osia.get(f"/v1/persons/{osia.name('TWO')}/encounters/{again['encounterId']}")
    assert read["status"] == "INACTIVE"


def test_a_portrait_is_enrolled_and_verified(osia: Osia) -> None:
    person = osia.name("PORTRAIT")
    made = osia.post(f"/v1/persons/{person}/encounters/first", encounter(face(), gallery="visa_applicants"))
    assert made["encounterId"] == "first"
    assert osia.post(f"/v1/verify/visa_applicants/{person}", {"biometricData": [face()]})["decision"]
    same = {"biometricData1": [face()], "biometricData2": [face()]}
    assert osia.post("/v1/verify", same)["decision"]
    osia.delete(f"/v1/persons/{person}")


def test_an_error_by_callback_is_told(abis: httpx.Client, receiver: Receiver) -> None:
    osia = Osia(client=abis, receiver=receiver, prefix="errors")
    body = encounter({**finger(9_400), "image": "bm8gaW1hZ2U="})
    answer = osia.asked("POST", f"/v1/persons/{osia.name('X')}/encounters", body)
    if answer.status_code == 202:
        told = receiver.of(answer.json()["taskId"])
        assert told.headers["Content-Type"] == "application/error+json"
        assert told.said.keys() == {"code", "message"}
    else:
        assert answer.status_code == 403
