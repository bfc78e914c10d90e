"""The application offers what OSIA Enrollment 1.3 describes: no operation, parameter or status less or more."""

from __future__ import annotations

import pytest

from tests.api.http.fixtures import InProcess
from tests.api.osia.descriptions import described, needs_descriptions, offered


@pytest.mark.data
@needs_descriptions
def test_operations_are_those_of_the_description(served: InProcess) -> None:
    (part,) = (route.app for route in served.app.routes if getattr(route, "path", None) == "/osia/enrollment")
    assert offered(part) == described("enrollment.yaml")
