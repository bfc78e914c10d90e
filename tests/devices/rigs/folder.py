from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biometrics.errors import DeviceProtocolError
from biometrics.positions import Position
from devices.choices import DeviceChoices
from devices.conformance import Fault, Rig
from devices.contract import CaptureRequest
from tests.devices.cameras.pictures import write_folder


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    pictures = write_folder(folder / "pictures", 12, simulated=True)

    @contextmanager
    def unreadable() -> Iterator[None]:
        good = {path: path.read_bytes() for path in pictures.iterdir()}
        for path, data in good.items():
            path.write_bytes(data[: len(data) // 2])
        yield
        for path, data in good.items():
            path.write_bytes(data)

    yield Rig(
        choices=DeviceChoices(),
        uri=f"file:{pictures}?kind=finger&ppi=500",
        absent_uri=f"file:{folder / 'nowhere'}",
        wrong_uris=("file:", f"file:{pictures}?kind=iris", f"file:{pictures}?kind=finger", f"file:{pictures}?x=y"),
        request=CaptureRequest(positions=(Position.RIGHT_INDEX,), timeout_s=10.0),
        simulated=True,
        faults={"sends_garbage": Fault(begin=unreadable, expected=(DeviceProtocolError,))},
    )
