"""One person in every state there is, in one gallery, and what routes call them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx

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
