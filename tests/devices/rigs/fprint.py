from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from biometrics.errors import DeviceBusyError, DeviceLostError, DeviceProtocolError, DeviceTimeoutError
from biometrics.positions import Position
from devices.choices import DeviceChoices
from devices.conformance import Fault, Rig
from devices.contract import CaptureRequest
from tests.devices.fprint.finger import (
    DIES,
    ERROR,
    NOTHING,
    REMOVED,
    STOPS,
    SimulatedFinger,
    control,
    picture,
    print_of_a_finger,
    simulated_finger,
)
from tests.devices.fprint.libfprint import URI, virtual_device

BUSY, PROTOCOL = 4, 5
"""FpDeviceError's codes."""


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """libfprint itself, with its virtual image device and a simulated finger on it."""
    with virtual_device() as path, simulated_finger(path) as finger:

        @contextmanager
        def idle() -> Iterator[str]:
            with finger.instead(NOTHING):
                yield URI

        yield Rig(
            choices=DeviceChoices(state=folder),
            uri=URI,
            absent_uri="fprint:uru4000/none",
            wrong_uris=("fprint:", "fprint:URU 4000", "fprint:a/b/c", f"{URI}?ppi=x", f"{URI}?ppi=1", f"{URI}?dpi=500"),
            request=CaptureRequest(positions=(Position.RIGHT_INDEX,)),
            simulated=True,
            discoverable=True,
            idle=idle,
            faults=_faults(finger),
        )


def _faults(finger: SimulatedFinger) -> dict[str, Fault]:
    whole = print_of_a_finger()
    torn = picture(whole[: len(whole) // 2], height=len(whole))
    instead = finger.instead
    return {
        "pulled_out": Fault(begin=partial(instead, control(REMOVED)), expected=(DeviceLostError,)),
        "dies": Fault(begin=partial(instead, NOTHING, signal_=DIES), expected=(DeviceLostError,)),
        "hangs": Fault(begin=partial(instead, NOTHING, signal_=STOPS), expected=(DeviceTimeoutError,), timeout_s=2.0),
        "lies_about_length": Fault(begin=partial(instead, torn, hangs_up=True), expected=(DeviceProtocolError,)),
        "sends_garbage": Fault(begin=partial(instead, control(ERROR, PROTOCOL)), expected=(DeviceProtocolError,)),
        "busy": Fault(begin=partial(instead, control(ERROR, BUSY)), expected=(DeviceBusyError,)),
    }
