"""Who is this, for those few who may ask: identifiers of who is alike, and nothing else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from biometrics.records import Actor, ActorRole
from tests.api.http.fixtures import InProcess
from tests.api.osia.thirdparty.conftest import AWA, VISITOR, asking
from tests.api.osia.thirdparty.test_verifying import RIGHT, finger

STRANGER = 900
BOSS = Actor(name="boss", role=ActorRole.SUPERVISOR)


@pytest.fixture(scope="module")
def police(served: InProcess) -> httpx.Client:
    return asking(served, client="police")  # not listed: development rights


def identify(client: httpx.Client, stated: dict[str, Any], name: str = "DEFAULT_SET_01") -> httpx.Response:
    return client.post("/v1/identify", json={"attributeSet": stated, "outputAttributeSetName": name})


@pytest.mark.parametrize(("person", "label"), [(AWA, "awa"), (VISITOR, "visitor")])
def test_who_is_alike_is_found(police: httpx.Client, person: int, label: str) -> None:
    found = identify(police, {"biometricData": [finger(person)]})
    assert (found.status_code, found.json()) == (200, [{"biographicData": {"personId": label}}])


def test_nobody_is_an_answer(police: httpx.Client) -> None:
    assert identify(police, {"biometricData": [finger(STRANGER)]}).json() == []


def test_only_visible_galleries_are_searched(served: InProcess) -> None:
    border = asking(served, client="border")
    assert identify(border, {"biometricData": [finger(AWA)]}).json() == []
    assert identify(border, {"biometricData": [finger(VISITOR)]}).json() == [
        {"biographicData": {"personId": "visitor"}}
    ]


def test_a_client_needs_the_right(bank: httpx.Client) -> None:
    refused = identify(bank, {"biometricData": [finger(AWA)]})
    assert (refused.status_code, refused.json()["code"]) == (403, 40314)
    assert bank.get("/v1/identify/x").status_code == 403


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"biographicData": RIGHT},
        {"biographicData": RIGHT, "biometricData": [finger(AWA)]},
        {"biometricData": [finger(AWA)], "contactData": {"email": "x"}},
        {"biometricData": [finger(AWA, image="none")]},
    ],
)
def test_people_are_found_by_pictures_alone(police: httpx.Client, stated: dict[str, Any]) -> None:
    assert identify(police, stated).status_code == 403


@pytest.mark.parametrize(
    "content", [{}, {"attributeSet": {}}, {"attributeSet": {}, "outputAttributeSetName": 1}, {"attributeSet": []}]
)
def test_what_the_description_does_not_allow_is_400(police: httpx.Client, content: Any) -> None:
    assert police.post("/v1/identify", json=content).status_code == 400


def test_there_are_no_results_to_wait_for(police: httpx.Client) -> None:
    assert police.get("/v1/identify/T-1").status_code == 404


def test_somebody_locked_is_neither_told_nor_denied(served: InProcess, police: httpx.Client) -> None:
    with served.registry.writing(BOSS) as writer:
        subject_id = writer.people.find("awa")
        lock = writer.rights.restrict(subject_id, purpose=None, reason="contested")
    try:
        refused = identify(police, {"biometricData": [finger(AWA)]})
        found = identify(police, {"biometricData": [finger(VISITOR)]})
    finally:
        with served.registry.writing(BOSS) as writer:
            writer.rights.lift_restriction(lock.restriction_id, reason="corrected")
    assert refused.status_code == 403 and "no conclusion" in refused.text and "awa" not in refused.text
    assert found.json() == [{"biographicData": {"personId": "visitor"}}]
