"""What every capture driver must do (`devices/conformance/suite.py`), run against each rig of `tests/devices/rigs`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devices.conformance.suite import DriverContract
from tests.devices.rigs import RIGS, Rig, rigged


class TestDrivers(DriverContract):
    @pytest.fixture(scope="module", params=RIGS)
    @staticmethod
    def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
        with rigged(request.param, tmp_path_factory.mktemp(request.param)) as rig:
            yield rig
