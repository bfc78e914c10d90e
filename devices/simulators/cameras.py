"""Running a simulated camera until somebody ends it, and saying what it is: for a command."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from biometrics.errors import ConfigurationError
from devices.simulators.camera_pictures import CameraPictures
from devices.simulators.camera_server import Misbehaviour, Place
from devices.simulators.mjpeg import MjpegSimulator
from devices.simulators.rtsp import RtspSimulator

_LOOK_S = 0.5

CAMERA_FAULTS = {fault.value.replace(" ", "-"): fault for fault in Misbehaviour}
"""What a simulated camera can be told to do wrong, by name."""


def simulated_camera(protocol: str, *, port: int = 0, show: Path | None = None) -> MjpegSimulator | RtspSimulator:
    """Return a camera that serves from now until it is closed.

    Parameters
    ----------
    protocol
        `mjpeg` or `rtsp`.
    port
        On 127.0.0.1; 0 is any free one.
    show
        A folder of pictures, or a video; None is a test card.

    Raises
    ------
    CaptureError
        When there is nothing to show, or the port is taken.
    """
    place = Place(port=port)
    if protocol == "rtsp":
        return RtspSimulator(CameraPictures(show, for_rtp=True), place)
    return MjpegSimulator(CameraPictures(show), place)


def serve_camera(
    camera: MjpegSimulator | RtspSimulator,
    *,
    faults: Sequence[str] = (),
    tell: Callable[[str], None] = print,
    ending: threading.Event | None = None,
) -> None:
    """Let a simulated camera serve until `ending` is set, or the keyboard interrupts, and close it.

    Parameters
    ----------
    camera
        From `simulated_camera`.
    faults
        At most one of `CAMERA_FAULTS`.
    tell
        Takes the lines that say what runs where.
    ending
        Set from another thread, or by a signal handler, to end it.

    Raises
    ------
    ConfigurationError
        When a fault is unknown, or there are several.
    """
    wanted = ending or threading.Event()
    with camera, ExitStack() as held:
        fault = _fault(faults)
        try:
            if fault is not None:
                held.enter_context(camera.misbehaving(fault))
            tell("SIMULATED camera: what it shows is marked as simulated")
            tell(f"open it as {camera.uri}" + (f"; fault {fault.value}" if fault else ""))
            while not wanted.wait(_LOOK_S):
                pass
        except KeyboardInterrupt:
            pass


def _fault(names: Sequence[str]) -> Misbehaviour | None:
    unknown = [name for name in names if name not in CAMERA_FAULTS]
    if unknown or len(names) > 1:
        raise ConfigurationError(
            f"a camera has no fault {unknown[0]!r}" if unknown else "a camera has one fault at a time",
            remedy=f"use one of {', '.join(CAMERA_FAULTS)}",
        )
    return CAMERA_FAULTS[names[0]] if names else None
