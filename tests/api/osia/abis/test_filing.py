"""Encounters in use or not, in other galleries, and under other persons."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.osia.abis.conftest import encounter, face, finger


def _record(client: httpx.Client, person: str, name: str, *data: dict[str, Any], **more: Any) -> None:
    answer = client.post(f"/v1/persons/{person}/encounters/{name}", json=encounter(*data, **more))
    assert answer.status_code == 200, answer.text


def _names(client: httpx.Client, person: str) -> list[str]:
    answer = client.get(f"/v1/persons/{person}/encounters")
    return sorted(one["encounterId"] for one in answer.json()) if answer.status_code == 200 else []


def _put(client: httpx.Client, path: str, **more: Any) -> httpx.Response:
    params = more.pop("params", {})
    return client.put(path, params=client.params.merge(params), **more)


def test_an_encounter_out_of_use_identifies_nobody(client: httpx.Client, somebody: int) -> None:
    person = f"P{somebody}"
    _record(client, person, "E1", finger(somebody))
    path = f"/v1/persons/{person}/encounters/E1"
    search = {"filter": {}, "biometricData": [finger(somebody, 1)]}
    assert [one["personId"] for one in client.post("/v1/identify/citizens", json=search).json()] == [person]

    assert _put(client, f"{path}/status", params={"status": "INACTIVE"}).status_code == 204

    assert client.get(path).json()["status"] == "INACTIVE"
    assert client.post("/v1/identify/citizens", json=search).json() == []
    hidden = client.post(f"/v1/persons/Q{somebody}/encounters", json=encounter(finger(somebody, 2))).json()
    assert hidden["others"]["outcome"] == "duplicate"
    assert _put(client, f"{path}/status", params={"status": "ACTIVE"}).status_code == 204
    assert client.get(path).json()["status"] == "ACTIVE"


def test_an_encounter_that_waits_for_a_verdict_is_not_taken_into_use(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody))
    _record(client, f"Q{somebody}", "E1", finger(somebody, 1))

    answer = _put(client, f"/v1/persons/Q{somebody}/encounters/E1/status", params={"status": "ACTIVE"})

    assert answer.status_code == 403


@pytest.mark.parametrize("status", ["active", "", "ACTIVE "])
def test_a_status_that_is_none_is_forbidden(client: httpx.Client, somebody: int, status: str) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody))

    assert _put(client, f"/v1/persons/P{somebody}/encounters/E1/status", params={"status": status}).status_code == 403


def test_an_encounter_is_in_the_galleries_last_named(client: httpx.Client, somebody: int) -> None:
    path = f"/v1/persons/P{somebody}/encounters/E1"
    _record(client, f"P{somebody}", "E1", finger(somebody))

    assert _put(client, f"{path}/galleries", json=["vip", "residents"]).status_code == 204

    assert sorted(client.get(path).json()["galleries"]) == ["residents", "vip"]


@pytest.mark.parametrize("galleries", [[], ["a", "a"], "a", [1], None, {}])
def test_galleries_that_are_no_list_of_names_are_refused(client: httpx.Client, galleries: Any) -> None:
    assert _put(client, "/v1/persons/P/encounters/E/galleries", json=galleries).status_code == 400


@pytest.mark.parametrize("what", ["status", "galleries"])
def test_nobody_is_filed_who_is_not_there(client: httpx.Client, what: str) -> None:
    """OSIA lists no 404 here."""
    more: dict[str, Any] = {"json": ["citizens"]} if what == "galleries" else {"params": {"status": "ACTIVE"}}

    assert _put(client, f"/v1/persons/nobody/encounters/E1/{what}", **more).status_code == 403


def test_two_persons_become_one(client: httpx.Client, somebody: int) -> None:
    target, source = f"T{somebody}", f"S{somebody}"
    _record(client, target, "E1", finger(somebody))
    _record(client, source, "E2", face(somebody + 20_000))

    assert client.post(f"/v1/persons/{target}/merge/{source}").status_code == 204

    assert _names(client, target) == ["E1", "E2"]
    assert client.get(f"/v1/persons/{source}/encounters").status_code == 404
    again = client.post(f"/v1/persons/{source}/encounters", json=encounter(face(somebody + 20_000, 5)))
    assert again.status_code == 403
    assert client.post(f"/v1/persons/{target}/merge/{source}").status_code == 404


def test_persons_with_encounters_of_one_name_stay_two(client: httpx.Client, somebody: int) -> None:
    target, source = f"T{somebody}", f"S{somebody}"
    _record(client, target, "E1", finger(somebody))
    _record(client, source, "E1", face(somebody + 20_000))

    assert client.post(f"/v1/persons/{target}/merge/{source}").status_code == 409

    assert _names(client, target) == _names(client, source) == ["E1"]


def test_an_encounter_moves_alone(client: httpx.Client, somebody: int) -> None:
    target, source = f"T{somebody}", f"S{somebody}"
    _record(client, target, "E1", finger(somebody))
    for number in (2, 3):
        _record(client, source, f"E{number}", face(somebody + 20_000, number))

    assert client.post(f"/v1/persons/{target}/move/{source}/encounters/E3").status_code == 204

    assert (_names(client, target), _names(client, source)) == (["E1", "E3"], ["E2"])
    _record(client, target, "E2", finger(somebody, 2))
    assert client.post(f"/v1/persons/{target}/move/{source}/encounters/E2").status_code == 409
    assert client.post(f"/v1/persons/{target}/move/{source}/encounters/E9").status_code == 404
    assert client.post(f"/v1/persons/nobody/move/{source}/encounters/E2").status_code == 404


def test_nobody_is_made_one_with_oneself(client: httpx.Client, somebody: int) -> None:
    _record(client, f"P{somebody}", "E1", finger(somebody))

    assert client.post(f"/v1/persons/P{somebody}/merge/P{somebody}").status_code == 403
    assert client.post(f"/v1/persons/P{somebody}/move/P{somebody}/encounters/E1").status_code == 403
