"""The application offers what OSIA Enrollment 1.3 describes: no operation, parameter or status less or more."""

from __future__ import annotations

import pytest

from api.osia.enrollment import models
from api.osia.models import BiometricDataBase, OsiaModel
from tests.api.http.fixtures import InProcess
from tests.api.osia.descriptions import described, described_shape, needs_descriptions, offered, part_of, shape_of


@pytest.mark.data
@needs_descriptions
def test_operations_are_those_of_the_description(served: InProcess) -> None:
    assert offered(part_of(served.app, "/osia/enrollment")) == described("enrollment.yaml")


@pytest.mark.data
@needs_descriptions
@pytest.mark.parametrize(
    ("model", "schema"),
    [
        (models.Enrollment, "Enrollment"),
        (models.DocumentData, "DocumentData"),
        (models.DocumentPart, "DocumentPart"),
        (models.SearchExpression, "Expression"),
        (BiometricDataBase, "BiometricData"),
    ],
)
def test_objects_are_those_of_the_description(model: type[OsiaModel], schema: str) -> None:
    assert shape_of(model.model_json_schema(by_alias=True)) == described_shape("enrollment.yaml", schema)
