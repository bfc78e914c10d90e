"""The application offers what OSIA Third Party Services 1.2 describes; results are never awaited."""

from __future__ import annotations

import pytest

from api.osia.models import BiometricData, OsiaModel
from api.osia.thirdparty import models
from tests.api.http.fixtures import InProcess
from tests.api.osia.descriptions import described, described_shape, needs_descriptions, offered, part_of, shape_of

DESCRIPTION = "3rdparty.yaml"


@pytest.mark.data
@needs_descriptions
def test_operations_are_those_of_the_description(served: InProcess) -> None:
    assert offered(part_of(served.app, "/osia/3rdparty")) == described(DESCRIPTION)


@pytest.mark.data
@needs_descriptions
@pytest.mark.parametrize(
    ("model", "schema"),
    [
        (models.AttributeSet, "AttributeSet"),
        (models.CredentialData, "CredentialData"),
        (models.IdentifyRequest, "IdentifyRequest"),
        (models.OutputAttributeSet, "OutputAttributeSet"),
        (models.VerifyResult, "VerifyResult"),
        (models.TaskId, "TaskId"),
        (BiometricData, "BiometricData"),
    ],
)
def test_objects_are_those_of_the_description(model: type[OsiaModel], schema: str) -> None:
    assert shape_of(model.model_json_schema(by_alias=True)) == described_shape(DESCRIPTION, schema)
