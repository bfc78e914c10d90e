"""One person in every state there is, in one gallery, and what routes call them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.api.matrix.endpoints import Endpoint
from tests.enrollment.fakes import picture

GALLERY, OTHER_GALLERY = "citizens", "visa_applicants"
SCOPES = "abis.encounter.write abis.encounter.read"


def encounter(person: int, capture: int = 0) -> dict[str, Any]:
    """Return an encounter of a finger to be created."""
    return {
        "status": "ACTIVE",
        "encounterType": "test",
        "galleries": [GALLERY],
        "biometricData": [finger(person, capture)],
    }


def finger(person: int, capture: int = 0) -> dict[str, Any]:
    """Return a finger as OSIA writes it."""
    return {
        "biometricType": "FINGER",
        "biometricSubType": "RIGHT_INDEX",
        "image": base64.b64encode(picture(person, capture)).decode(),
        "resolution": 500,
    }


def body_for(endpoint: Endpoint) -> Any:
    """Return a body that a route understands: a real finger in place of what descriptions only hint at."""
    if endpoint.part == "/osia/abis":
        return _osia_body(endpoint.path)
    if endpoint.part == "/osia/3rdparty":
        if "attributes" in endpoint.path:
            return {}
        asked = {"biometricData": [finger(2)]}
        return {"attributeSet": asked, "outputAttributeSetName": "DEFAULT"} if "identify" in endpoint.path else asked
    if endpoint.part == "/osia/enrollment":
        return [] if endpoint.path.endswith("enrollments") else {"enrollmentType": "test"}
    if isinstance(endpoint.body, dict) and "pictures" in endpoint.body:
        data = base64.b64encode(picture(2)).decode()
        return endpoint.body | {"pictures": [{"data": data, "position": "right_index", "ppi": 500}]}
    return endpoint.body


def _osia_body(path: str) -> Any:
    if path.endswith("galleries"):
        return [GALLERY]
    if path == "/v1/verify":
        return {"biometricData1": [finger(2)], "biometricData2": [finger(2, 1)]}
    if "verify" in path:
        return {"biometricData": [finger(2)]}
    if path == "/v1/identify/{galleryId}":
        return {"filter": {}, "biometricData": [finger(2)]}
    return {} if "identify" in path else encounter(2)


@dataclass(slots=True)
class Population:
    """Values of path parameters, by the state of what they name."""

    states: dict[str, dict[str, str]] = field(default_factory=dict)


def populate(client: httpx.Client) -> Population:
    """Create one person in each state over OSIA, by a client that may do everything."""
    found = Population()

    def create(name: str, person: int, capture: int = 0) -> dict[str, Any]:
        path = f"/osia/abis/v1/persons/{name}/encounters"
        answer = client.post(path, params={"transactionId": name}, json=encounter(person, capture))
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        found.states[name.lower()] = {
            "personId": name,
            "person": name,
            "personIdSource": name,
            "personIdTarget": name,
            "encounterId": said["encounterId"],
            "encounter": said["encounterId"],
            "encounter_id": said["encounterId"],
            "galleryId": GALLERY,
            "gallery_id": GALLERY,
            "gallery": GALLERY,
            "identifier": name,
            "case_id": said["others"].get("case", "no-case"),
            "case": said["others"].get("case", "no-case"),
        }
        return said

    def ask(method: str, path: str, **query: str) -> None:
        answer = client.request(method, f"/osia/abis/v1{path}", params={"transactionId": "T", **query})
        assert answer.status_code == 204, answer.text

    create("STRANGER", 1)
    create("ACTIVE", 2)
    waiting = create("PENDING", 2, 1)
    assert waiting["others"]["outcome"] == "duplicate"
    inactive = create("INACTIVE", 3)
    ask("PUT", f"/persons/INACTIVE/encounters/{inactive['encounterId']}/status", status="INACTIVE")
    deleted = create("DELETED", 4)
    ask("DELETE", f"/persons/DELETED/encounters/{deleted['encounterId']}")
    create("SURVIVOR", 5)
    create("MERGED", 6)
    ask("POST", "/persons/SURVIVOR/merge/MERGED")
    found.states["unknown"] = {}
    return found
