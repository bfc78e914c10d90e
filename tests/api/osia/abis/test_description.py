"""The application offers what OSIA Biometrics 1.6 describes: no operation, parameter, status or scope less or more."""

from __future__ import annotations

from typing import Any

import pytest

from api.osia.abis import bodies
from api.osia.models import BiometricData, Encryption, Error, Integrity, MissingPart
from tests.api.http.fixtures import InProcess
from tests.api.osia.descriptions import described, described_shape, needs_descriptions, offered, part_of, shape_of

_SCHEMAS: dict[str, Any] = {
    "Encounter": bodies.EncounterBody,
    "IdentifyRequest": bodies.IdentifyBody,
    "VerifyFromIdRequest": bodies.VerifyFromIdBody,
    "VerifyFromBioRequest": bodies.VerifyFromBioBody,
    "ExtendablePersonIds": bodies.ExtendablePersonIds,
    "PersonIds": bodies.PersonIds,
    "TaskId": bodies.TaskIdBody,
    "Candidate": bodies.CandidateBody,
    "ScoreDetail": bodies.ScoreDetail,
    "BiometricComputedData": bodies.ComputedData,
    "BiometricData": BiometricData,
    "MissingType": MissingPart,
    "Encryption": Encryption,
    "Integrity": Integrity,
    "Error": Error,
}
_READ_ONLY = frozenset({"encounterId"})
"""Required in answers alone."""


@pytest.mark.data
@needs_descriptions
def test_operations_are_those_of_the_description(served: InProcess) -> None:
    assert offered(part_of(served.app, "/osia/abis")) == described("abis.yaml")


@pytest.mark.data
@needs_descriptions
@pytest.mark.parametrize("name", _SCHEMAS)
def test_properties_are_those_of_the_description(name: str) -> None:
    properties, required = described_shape("abis.yaml", name)

    read_only = _READ_ONLY if name == "Encounter" else frozenset()
    assert shape_of(_SCHEMAS[name].model_json_schema()) == (properties, required - read_only)
