"""Folders of pictures as devices: `file:/portraits`, `file:/prints?kind=finger&ppi=500`.

Each capture takes the next picture, in the order of the numbers in their names. It lies there until the capture is
over, as a finger lies on a sensor: a judge that finds nothing in it waits in vain. Pictures that Kura simulated say so.
"""

from __future__ import annotations

import re
import shlex
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from biometrics.errors import (
    CaptureCancelledError,
    CaptureError,
    DeviceNotFoundError,
    DeviceProtocolError,
    DeviceRefusedError,
    DriverUnavailableError,
    ImageFormatError,
    NothingPresentedError,
)
from biometrics.images import SUFFIXES, ImageFile, read_image
from biometrics.samples import now_utc
from devices.calls import Call
from devices.cameras.camera import OPTIONS, info_of, sensor_of
from devices.choices import DeviceChoices
from devices.contract import (
    Captured,
    CaptureRequest,
    Device,
    DeviceDescriptor,
    DeviceInfo,
    Driver,
    Finding,
    Frame,
    FrameJudgement,
)
from devices.frames import Sensor, check_presentable, nothing_presented, sample_of
from devices.uris import DeviceUri

_EXAMPLE = "write it like file:/portraits or file:/prints?kind=finger&ppi=500"


def driver(choices: DeviceChoices) -> Driver:
    """Return the driver of folders; nothing about it can be chosen."""
    del choices
    return FolderDriver()


class FolderDriver:
    """Opens folders; they are not discovered."""

    schemes: tuple[str, ...] = ("file",)
    exclusive: bool = False

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return nothing: a folder is named, not found."""
        del call
        return ()

    def open(self, uri: DeviceUri, call: Call) -> Device:
        """Open a folder; see `devices.contract.Driver`."""
        call.check()
        sensor = sensor_of(uri, uri.parameters(OPTIONS, _EXAMPLE), simulated=False)
        if not uri.target:
            raise CaptureError("it names no folder", source=uri.shown, remedy=_EXAMPLE)
        return FolderDevice(Path(uri.target), sensor)

    def examine(self, call: Call) -> Sequence[Finding]:
        """Return nothing: it needs nothing."""
        del call
        return ()


class FolderDevice:
    """Shows the pictures of a folder one by one.

    Parameters
    ----------
    folder
        Looked through once, now; of what lies in folders below it, nothing is shown.
    sensor
        What the pictures show.

    Raises
    ------
    DeviceNotFoundError, DriverUnavailableError
        When there is no such folder, or it may not be read.
    """

    def __init__(self, folder: Path, sensor: Sensor) -> None:
        self._sensor = sensor
        self._waiting = _pictures(folder, sensor.uri)
        self._closed = False
        shown = replace(sensor, simulated=bool(self._waiting) and _is_simulated(self._waiting[0]))
        self._info = info_of(shown, f"folder {folder.name}", {"pictures": str(len(self._waiting))}, streams=False)

    @property
    def info(self) -> DeviceInfo:
        """What it is; simulated when its first picture is."""
        return self._info

    def stream(self, call: Call) -> Iterator[Frame]:
        """Refuse: what lies in a folder does not move."""
        del call
        self._refuse_when_closed()
        raise DeviceRefusedError(
            "a folder shows its pictures to captures only", source=self._sensor.uri, remedy="capture, without a preview"
        )

    def capture(self, request: CaptureRequest, call: Call) -> Captured:
        """Take the next picture; see `devices.contract.Device`."""
        self._refuse_when_closed()
        check_presentable(request, self._sensor)
        call.check()
        if not self._waiting:
            raise NothingPresentedError(
                "no picture is left in the folder", source=self._sensor.uri, remedy="open it again to start over"
            )
        image = self._read(self._waiting.popleft())
        frame = Frame(pixels=image.pixels, number=0, captured_at=now_utc())
        judgement = request.judge(frame) if request.judge else FrameJudgement(score=0.0, take=True)
        sensor = replace(self._sensor, simulated=image.simulated)
        if judgement.score is None and not judgement.take:
            raise self._waited_in_vain(call, sensor)
        return Captured(samples=(sample_of(frame, request, sensor),))

    def close(self) -> None:
        """Forget the rest."""
        self._closed = True

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise CaptureError("the folder is closed", source=self._sensor.uri, remedy="open it again")

    def _read(self, path: Path) -> ImageFile:
        try:
            return read_image(path)
        except ImageFormatError as error:
            raise DeviceProtocolError(
                f"the picture {path.name} cannot be used: {error.message}",
                source=self._sensor.uri,
                remedy=f"{error.remedy or 'take it out of the folder'}; the next capture takes the next picture",
            ) from error

    def _waited_in_vain(self, call: Call, sensor: Sensor) -> CaptureError:
        if call.cancellation.wait(call.remaining_s):
            return CaptureCancelledError("the capture was cancelled", source=sensor.uri, remedy="start it again")
        return nothing_presented(sensor)


def _pictures(folder: Path, source: str) -> deque[Path]:
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    except (FileNotFoundError, NotADirectoryError):
        raise DeviceNotFoundError("no such folder", source=source, remedy="check the path") from None
    except PermissionError:
        raise DriverUnavailableError(
            "the folder may not be read",
            source=source,
            remedy="let this user read it",
            missing=("read permission",),
            command=f"chmod u+rx {shlex.quote(str(folder))}",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "impossible path"
        raise DeviceNotFoundError(
            f"the folder cannot be read: {reason}", source=source, remedy="check the path"
        ) from error
    return deque(sorted(found, key=lambda path: natural(path.name)))


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key by which `2.png` comes before `10.png`."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in parts)


def _is_simulated(path: Path) -> bool:
    try:
        return read_image(path).simulated
    except ImageFormatError:
        return False
