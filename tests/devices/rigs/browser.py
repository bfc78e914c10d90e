from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

from biometrics.errors import DeviceBusyError, DeviceLostError, DeviceProtocolError, DeviceTimeoutError
from biometrics.positions import Position
from devices.choices import DeviceChoices
from devices.conformance import Fault, Rig
from devices.contract import CaptureRequest
from tests.devices.browser.page import Address, FakePage, Mischief

TOKEN = "known-to-the-page"
SHORT_S = 1.0


def listener() -> socket.socket:
    """Return a socket that listens at a port of its own."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    with closing(listener()) as free:
        port = free.getsockname()[1]
    page = FakePage(Address(port, TOKEN))
    faults = {
        "pulled_out": (Mischief.LEAVES, DeviceLostError),
        "hangs": (Mischief.IS_SILENT, DeviceTimeoutError),
        "sends_garbage": (Mischief.SENDS_GARBAGE, DeviceProtocolError),
        "lies_about_length": (Mischief.LIES_ABOUT_LENGTH, DeviceProtocolError),
    }
    with (
        closing(page),
        closing(listener()) as foreign,
        mock.patch("devices.browser.driver.new_token", return_value=TOKEN),
    ):
        yield Rig(
            choices=DeviceChoices(state=folder),
            uri=f"browser:{port}?simulated=1",
            absent_uri=f"browser:{foreign.getsockname()[1]}",
            absent=(DeviceBusyError,),
            wrong_uris=("browser:", "browser:camera", "browser:70000", "browser:0?simulated=yes", "browser:0?token=1"),
            request=CaptureRequest(positions=(Position.FACE,)),
            simulated=True,
            faults={
                name: Fault(begin=partial(page.misbehaving, mischief), expected=(error,), timeout_s=SHORT_S)
                for name, (mischief, error) in faults.items()
            },
        )
