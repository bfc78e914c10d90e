from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biometrics.positions import Position
from devices.choices import DeviceChoices
from devices.conformance import Rig
from devices.contract import CaptureRequest

URI = "simulated:finger?person=42&seed=1"


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    @contextmanager
    def idle() -> Iterator[str]:
        yield URI + "&delay_ms=60000"

    yield Rig(
        choices=DeviceChoices(state=folder),
        uri=URI,
        absent_uri="simulated:iris",
        wrong_uris=("simulated:", "simulated:finger", "simulated:finger?person=x"),
        request=CaptureRequest(positions=(Position.RIGHT_INDEX,)),
        simulated=True,
        idle=idle,
    )
