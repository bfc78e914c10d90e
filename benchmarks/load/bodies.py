"""What stations and clients send: bodies of OSIA Biometrics, from pictures."""

from __future__ import annotations

import base64
import json
from typing import Any

from benchmarks.load.people import Visit
from biometrics.records import DEFAULT_GALLERY
from devices.simulated import PPI

SCOPES = "abis.encounter.write abis.encounter.read abis.identify abis.verify"
"""What a token of the benchmark may do."""


def enrollment_body(visit: Visit) -> bytes:
    """Return an encounter to be created."""
    return _encoded({
        "status": "ACTIVE",
        "encounterType": "simulated",
        "galleries": [DEFAULT_GALLERY],
        "biometricData": _biometrics(visit),
    })  # fmt: skip


def identification_body(visit: Visit) -> bytes:
    """Return a question who somebody is."""
    return _encoded({"filter": {}, "biometricData": _biometrics(visit)})


def verification_body(visit: Visit) -> bytes:
    """Return a question whether somebody is the one."""
    return _encoded({"biometricData": _biometrics(visit)})


def enrollment_path(person: str) -> str:
    """Return where a person's encounters are created."""
    return f"/osia/abis/v1/persons/{person}/encounters"


def identification_path() -> str:
    """Return where everybody is searched."""
    return f"/osia/abis/v1/identify/{DEFAULT_GALLERY}"


def verification_path(person: str) -> str:
    """Return where a person is verified."""
    return f"/osia/abis/v1/verify/{DEFAULT_GALLERY}/{person}"


def _biometrics(visit: Visit) -> list[dict[str, Any]]:
    return [
        {
            "biometricType": "FINGER",
            "biometricSubType": position.name,
            "image": base64.b64encode(data).decode(),
            "mimeType": "image/png",
            "resolution": PPI,
        }
        for position, data in visit.pictures
    ]


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
