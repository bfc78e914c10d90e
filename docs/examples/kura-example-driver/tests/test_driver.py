"""The contract of Kura's drivers, held by the example driver against the simulated scanner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from kura_example_simulator import SimulatedExampleScanner

from biometrics.errors import DeviceLostError, DeviceProtocolError, DeviceTimeoutError
from biometrics.positions import Position
from devices.choices import DeviceChoices
from devices.conformance import Fault, Rig
from devices.conformance.suite import DriverContract
from devices.contract import CaptureRequest


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """Connect a simulated scanner."""
    path = folder / "desk.socket"
    with pytest.MonkeyPatch.context() as patch, closing(SimulatedExampleScanner(path)) as scanner:
        patch.setenv("EXAMPLE_SCANNERS", str(folder))

        @contextmanager
        def idle() -> Iterator[str]:
            with scanner.failing("no_finger"):
                yield f"example:{path}"

        yield Rig(
            choices=DeviceChoices(state=folder),
            uri=f"example:{path}",
            absent_uri=f"example:{folder}/nowhere.socket",
            wrong_uris=("example:", "example:desk.socket", f"example:{path}?ppi=500"),
            request=CaptureRequest(positions=(Position.RIGHT_INDEX,), timeout_s=5.0),
            simulated=True,
            discoverable=True,
            idle=idle,
            faults={
                "pulled_out": Fault(begin=partial(scanner.failing, "pulled_out"), expected=(DeviceLostError,)),
                "hangs": Fault(begin=partial(scanner.failing, "hangs"), expected=(DeviceTimeoutError,), timeout_s=0.5),
                "lies_about_length": Fault(
                    begin=partial(scanner.failing, "lies_about_length"), expected=(DeviceProtocolError,)
                ),
                "sends_garbage": Fault(
                    begin=partial(scanner.failing, "sends_garbage"), expected=(DeviceProtocolError,)
                ),
            },
        )


class TestExampleDriver(DriverContract):
    """All of the contract; the fixture says on which device."""

    @pytest.fixture(scope="class")
    @staticmethod
    def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
        """Connect the device once for all tests."""
        with rig(tmp_path_factory.mktemp("example")) as connected:
            yield connected
