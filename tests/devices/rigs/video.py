from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biometrics.errors import DeviceNotFoundError, DeviceProtocolError
from biometrics.positions import Position
from devices.choices import DeviceChoices
from devices.conformance import Fault, Rig
from devices.contract import CaptureRequest
from tests.devices.cameras.pictures import write_clip


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    clip = write_clip(folder / "clip.avi")
    good = clip.read_bytes()

    @contextmanager
    def holding(data: bytes) -> Iterator[None]:
        clip.write_bytes(data)
        yield
        clip.write_bytes(good)

    @contextmanager
    def gone() -> Iterator[None]:
        clip.rename(clip.with_suffix(".gone"))
        yield
        clip.with_suffix(".gone").rename(clip)

    yield Rig(
        choices=DeviceChoices(),
        uri=f"video:{clip}?loop=1",
        absent_uri=f"video:{folder / 'nowhere.avi'}",
        wrong_uris=("video:", f"video:{clip}?loop=2", f"video:{clip}?kind=finger", f"video:{clip}?x=y"),
        request=CaptureRequest(positions=(Position.FACE,), timeout_s=10.0),
        simulated=True,
        faults={
            "cut_short": Fault(
                begin=lambda: holding(good[:1000]), expected=(DeviceProtocolError,), at_opening=True, timeout_s=3.0
            ),
            "sends_garbage": Fault(
                begin=lambda: holding(bytes(100_000)), expected=(DeviceProtocolError,), at_opening=True, timeout_s=3.0
            ),
            "pulled_out": Fault(begin=gone, expected=(DeviceNotFoundError,), at_opening=True, timeout_s=3.0),
        },
    )
