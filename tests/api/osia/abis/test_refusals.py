"""Requests that are not formed as described, and those who may not ask."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.osia.abis.table import ROUTES, AbisRoute
from tests.api.http.fixtures import InProcess
from tests.api.osia.abis.conftest import PREFIX, asking, encounter, finger

_BODIES: dict[str, Any] = {
    "EncounterBody": encounter(finger(1)),
    "IdentifyBody": {"filter": {}, "biometricData": [finger(1)]},
    "VerifyFromIdBody": {"biometricData": [finger(1)]},
    "VerifyFromBioBody": {"biometricData1": [finger(1)], "biometricData2": [finger(1)]},
}
_by_name = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)


def _ask(client: httpx.Client, route: AbisRoute, **more: Any) -> httpx.Response:
    path = route.path.replace("{", "").replace("}", "")
    if route.operation == "updateEncounterStatus":
        more["params"] = {"status": "ACTIVE"} | more.get("params", {})
    params = client.params.merge(more.pop("params", {}))
    if route.body is not None and not {"json", "content"} & more.keys():
        more["json"] = _BODIES.get(getattr(route.body, "__name__", ""), ["citizens"] if not route.body_optional else {})
    return client.request(route.method, path, params=params, **more)


@_by_name
def test_every_operation_names_its_transaction(served: InProcess, route: AbisRoute) -> None:
    client = asking(served)
    client.params = httpx.QueryParams()

    answer = _ask(client, route)

    assert answer.status_code == 400 and answer.json()["code"] // 100 == 400


@_by_name
def test_no_operation_takes_parameters_it_does_not_have(client: httpx.Client, route: AbisRoute) -> None:
    assert _ask(client, route, params={"verbose": "1"}).status_code == 400
    assert _ask(client, route, params={"callback": "not an address"}).status_code == 400


@_by_name
def test_nobody_asks_without_a_token_or_with_another_scope(served: InProcess, route: AbisRoute) -> None:
    without = served.client(prefix=PREFIX)
    without.params = httpx.QueryParams({"transactionId": "T1"})

    assert _ask(without, route).status_code == 403
    assert _ask(asking(served, "abis.another"), route).status_code == 403


@pytest.mark.parametrize("route", [one for one in ROUTES if one.body is not None], ids=lambda route: route.operation)
def test_no_operation_takes_another_body(client: httpx.Client, route: AbisRoute) -> None:
    for content in (b"{", b'{"a":1,"a":2}', b"[]x", b"\xff", b'"text"', b"5"):
        answer = _ask(client, route, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, (content, answer.text)
    if not route.body_optional:
        assert _ask(client, route, content=b"").status_code == 400
        assert _ask(client, route, json={"unknown": 1}).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "active"},
        {"status": None},
        {"encounterType": 5},
        {"galleries": []},
        {"galleries": ["a", "a"]},
        {"galleries": None},
        {"biometricData": None},
        {"biometricData": {}},
        {"biometricData": [{"biometricType": "EAR"}]},
        {"biometricData": [{}]},
        {"clientData": "not base64!"},
        {"createdDate": "yesterday"},
        {"encounterId": 7},
        {"encryption": {"type": "JWE"}},
        {"integrity": [{"scope": "$"}]},
        {"extra": 1},
    ],
)
def test_encounters_that_are_not_formed_as_described_are_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    answer = client.post("/v1/persons", json=encounter(finger(1)) | wrong)

    assert answer.status_code == 400, answer.text
    assert answer.json().keys() == {"code", "message"}


@pytest.mark.parametrize("missing", ["status", "encounterType", "galleries", "biometricData"])
def test_encounters_lack_nothing_that_is_required(client: httpx.Client, missing: str) -> None:
    sent = encounter(finger(1))
    del sent[missing]

    assert client.post("/v1/persons", json=sent).status_code == 400


@pytest.mark.parametrize(
    "asked", [{"threshold": "high"}, {"threshold": "nan"}, {"maxNbCand": "ten"}, {"serviceLevel": "1.5"}]
)
def test_numbers_are_numbers(client: httpx.Client, asked: dict[str, str]) -> None:
    sent = {"filter": {}, "biometricData": [finger(1)]}

    assert client.post("/v1/identify/ALL", params=client.params.merge(asked), json=sent).status_code == 400


def test_refusals_repeat_nothing_that_was_sent(client: httpx.Client) -> None:
    secret = "Lovelace"
    answers = [
        client.post("/v1/persons", json=encounter(finger(1), biographicData={"name": secret}) | {"galleries": []}),
        client.post("/v1/persons", json=encounter(finger(1), status=secret)),
        client.post("/v1/persons", json=encounter(finger(1) | {"image": secret * 3})),
        client.get(f"/v1/persons/{secret}/encounters"),
        client.get(f"/v1/galleries/{secret}"),
        client.post("/v1/identify/ALL", json={"filter": {secret: secret}, "biometricData": []}),
    ]

    for answer in answers:
        assert answer.status_code in (400, 403, 404)
        assert secret not in answer.text, answer.text
