"""Video files as cameras: `video:/clips/portrait.avi`, `video:clip.mp4?loop=1`, `video:take-%03d.png`.

A clip plays at its own rate while a call is under way, and stands still in between; frames are left out for whoever
is slow, as with a camera. Without `loop=1` its end is the end of the time: a capture returns the best so far, and the
next one finds the device lost. Nobody presented anything to a file: its samples are simulated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from biometrics.arrays import Pixels
from biometrics.errors import CaptureError, DeviceLostError, DeviceProtocolError
from biometrics.samples import now_utc
from devices.calls import Call
from devices.cameras.camera import OPTIONS, FrameCamera, info_of, is_over, sensor_of
from devices.cameras.clips import Clip
from devices.cameras.numbered import NumberedPictures
from devices.cameras.opencv import examine_opencv
from devices.choices import DeviceChoices
from devices.contract import Device, DeviceDescriptor, Driver, Finding, Frame
from devices.frames import Sensor
from devices.uris import DeviceUri

_EXAMPLE = "write it like video:/clips/portrait.avi or video:clip.mp4?loop=1"


def driver(choices: DeviceChoices) -> Driver:
    """Return the driver of video files; nothing about it can be chosen."""
    del choices
    return VideoDriver()


class VideoDriver:
    """Opens video files; they are not discovered."""

    schemes: tuple[str, ...] = ("video",)
    exclusive: bool = False

    def discover(self, call: Call) -> Sequence[DeviceDescriptor]:
        """Return nothing: a file is named, not found."""
        del call
        return ()

    def open(self, uri: DeviceUri, call: Call) -> Device:
        """Open a file; see `devices.contract.Driver`."""
        call.check()
        given = uri.parameters(OPTIONS | {"loop"}, _EXAMPLE)
        if not uri.target or given.get("loop", "0") not in ("0", "1"):
            raise CaptureError("a file, and loop=1 or nothing", source=uri.shown, remedy=_EXAMPLE)
        sensor = sensor_of(uri, given, simulated=True)
        return VideoCamera(Path(uri.target), sensor, loops=given.get("loop") == "1")

    def examine(self, call: Call) -> Sequence[Finding]:
        """Look for OpenCV, which reads them."""
        call.check()
        return (examine_opencv(),)


class VideoCamera(FrameCamera):
    """Plays a video file; a lock keeps `close` from taking it away in the middle of a frame."""

    def __init__(self, path: Path, sensor: Sensor, *, loops: bool) -> None:
        self._path, self._loops = path, loops
        self._clip: Clip | NumberedPictures | None = _opened(path, sensor.uri)
        self._lock = threading.Lock()
        self._played_any = self._over = False
        self._frame_s = 1 / self._clip.fps
        details = {"size": self._clip.size, "fps": f"{self._clip.fps:g}", "codec": self._clip.codec}
        super().__init__(info_of(sensor, f"video {path.name}", details), sensor)

    def frames(self, call: Call) -> Iterator[Frame]:
        """Play on from where the last call stopped, at the file's rate."""
        begun, number, shown = time.monotonic(), 0, 0
        while not is_over(call):
            early_s = begun + number * self._frame_s - time.monotonic()
            if early_s > 0:
                call.cancellation.wait(min(early_s, call.remaining_s))
                continue
            pixels = self._next(late=shown > 0 and early_s < -self._frame_s)
            if self._over and shown:
                return
            if pixels is not None:
                yield Frame(pixels=pixels, number=number, captured_at=now_utc())
                shown += 1
            number += 1

    def close(self) -> None:
        """Close the file; a call that is under way finds it closed."""
        with self._lock:
            clip, self._clip = self._clip, None
            if clip is not None:
                clip.close()

    def _next(self, *, late: bool) -> Pixels | None:
        """Return the next frame, or leave it out; at the end start over, or note it."""
        with self._lock:
            if self._clip is None:
                raise self.closed()
            if self._over:
                raise DeviceLostError(
                    "the video is over", source=self._sensor.uri, remedy="open it again, or with loop=1"
                )
            pixels = None if late else self._clip.read()
            if pixels is not None or (late and self._clip.skip()):
                self._played_any = True
            elif not self._played_any:
                raise DeviceProtocolError(
                    "the video holds no frame that can be read", source=self._sensor.uri, remedy="give another file"
                )
            elif self._loops:
                self._clip.close()
                self._clip, self._played_any = _opened(self._path, self._sensor.uri), False
            else:
                self._over = True
            return pixels


def _opened(path: Path, source: str) -> Clip | NumberedPictures:
    return NumberedPictures(path, source) if NumberedPictures.names(path) else Clip(path, source)
