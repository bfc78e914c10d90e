"""What the contract suite must know of a driver: a device that is there, and ways to make it misbehave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from biometrics.errors import CaptureError, DeviceNotFoundError
from devices.choices import DeviceChoices
from devices.contract import CaptureRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which the device misbehaves.

    Parameters
    ----------
    begin
        While what it returns is entered, the device misbehaves; entered before the capture is called, so a fault of the
        middle of a capture arms the simulator, which strikes when it is asked.
    expected
        The errors that a capture, or the opening, may then raise; subclasses count.
    at_opening
        True when it keeps the device from being opened, so that it is entered before; otherwise the device is open
        already, and is left open.
    timeout_s
        Of the capture meanwhile; None takes the request's. A device that hangs is better waited for shortly.
    """

    begin: Callable[[], AbstractContextManager[object]]
    expected: tuple[type[CaptureError], ...]
    at_opening: bool = False
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A device of the driver that is connected, with something presented, so that `request` succeeds again and again.

    Parameters
    ----------
    choices
        The driver is made with these; where `state` is None, the suite gives a folder.
    uri
        Of the device.
    absent_uri
        A URI of the driver that can be read, of a device that is not there.
    wrong_uris
        URIs of the driver's schemes that cannot be read.
    request
        A capture that the device can serve.
    simulated
        What its samples must say.
    discoverable
        Whether discovery must find `uri`.
    discovery_s
        Seconds that this may take.
    absent
        The errors that opening `absent_uri` may raise.
    idle
        While what it returns is entered, nothing is presented at the device of the URI that it gives, and a capture
        waits. None for devices whose captures `CaptureRequest.judge` can keep waiting: cameras.
    faults
        Ways to misbehave by name, such as `pulled_out`, `hangs`, `lies_about_length`, `sends_garbage`, `busy`.
    """

    choices: DeviceChoices
    uri: str
    absent_uri: str
    wrong_uris: tuple[str, ...]
    request: CaptureRequest
    simulated: bool
    discoverable: bool = False
    discovery_s: float = 10.0
    absent: tuple[type[CaptureError], ...] = (DeviceNotFoundError,)
    idle: Callable[[], AbstractContextManager[str]] | None = None
    faults: Mapping[str, Fault] = field(default_factory=dict)


Rigging: TypeAlias = Callable[[Path], AbstractContextManager[Rig]]
"""Connects the device, with a folder for whatever it needs, and takes it away at the end."""
