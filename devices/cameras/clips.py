"""Video files, read frame by frame: AVI, MP4, Matroska, YUV4MPEG2, and JPEG pictures in a row."""

from __future__ import annotations

import shlex
import stat
import types
from pathlib import Path
from typing import Any

from biometrics.arrays import Pixels
from biometrics.errors import CaptureError, DeviceNotFoundError, DeviceProtocolError, DriverUnavailableError
from devices.cameras.opencv import codec_name, quiet_opencv, rgb
from devices.frames import MOST_FRAME_PIXELS

ORDINARY_FPS, LOWEST_FPS, HIGHEST_FPS = 25.0, 1.0, 60.0
"""Frames per second: where a file states none that a camera could have, and the bounds of what it may state."""

_BEGINNINGS = (
    (0, b"YUV4MPEG2 "),
    (8, b"AVI "),
    (4, b"ftyp"),
    (4, b"moov"),
    (0, b"\x1a\x45\xdf\xa3"),
    (0, b"\xff\xd8\xff"),
)
"""At which byte a video file of each kind starts with what; FFmpeg would also follow lists of other files and hosts."""


class Clip:
    """An open video file.

    Parameters
    ----------
    path
        Of the file.
    source
        URI of the device, for errors.

    Raises
    ------
    DeviceNotFoundError
        When there is no such file.
    DriverUnavailableError
        When it may not be read.
    DeviceProtocolError
        When it is no video file that can be read, is damaged, or its frames are too large.
    """

    def __init__(self, path: Path, source: str) -> None:
        self._source = source
        _require_video(path, source)
        self._cv2: types.ModuleType = quiet_opencv()
        self._capture: Any = self._cv2.VideoCapture(str(path), self._cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise _damaged(path, source)
        try:
            self._refuse_huge()
        except CaptureError:
            self.close()
            raise

    @property
    def fps(self) -> float:
        """Frames per second, of a rate that a camera could have."""
        stated = float(self._capture.get(self._cv2.CAP_PROP_FPS))
        return min(stated, HIGHEST_FPS) if stated >= LOWEST_FPS else ORDINARY_FPS

    @property
    def size(self) -> str:
        """Width and height for people, as the file states it."""
        return " x ".join(str(side) for side in self._sides())

    @property
    def codec(self) -> str:
        """Name of the codec; empty where it has none."""
        return codec_name(self._capture.get(self._cv2.CAP_PROP_FOURCC))

    def skip(self) -> bool:
        """Leave a frame out; say whether there was one."""
        return bool(self._capture.grab())

    def read(self) -> Pixels | None:
        """Return the next frame, uint8 [height, width, 3] RGB; None at the end, and where damage begins."""
        there, picture = self._capture.read()
        return rgb(picture) if there else None

    def close(self) -> None:
        """Give the file back."""
        self._capture.release()

    def _sides(self) -> tuple[int, int]:
        width, height = self._cv2.CAP_PROP_FRAME_WIDTH, self._cv2.CAP_PROP_FRAME_HEIGHT
        return int(self._capture.get(width)), int(self._capture.get(height))

    def _refuse_huge(self) -> None:
        width, height = self._sides()
        if width * height > MOST_FRAME_PIXELS:
            raise DeviceProtocolError(
                f"its frames have {width} x {height} pixels, more than {MOST_FRAME_PIXELS / 1e6:.0f} million",
                source=self._source,
                remedy="make it smaller, such as with ffmpeg -vf scale=1280:-2",
            )


def _require_video(path: Path, source: str) -> None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DeviceProtocolError(
                "this is no video file", source=source, remedy="name a file; file:FOLDER shows the pictures of a folder"
            )
        with path.open("rb") as file:
            start = file.read(32)
    except (FileNotFoundError, NotADirectoryError):
        raise DeviceNotFoundError(f"no such file: {path.name}", source=source, remedy="check the path") from None
    except PermissionError:
        raise DriverUnavailableError(
            "the video may not be read",
            source=source,
            remedy="let this user read it",
            missing=("read permission",),
            command=f"chmod u+r {shlex.quote(str(path))}",
        ) from None
    except (OSError, ValueError) as error:
        raise DeviceNotFoundError(
            f"the video cannot be read: {getattr(error, 'strerror', None) or 'impossible path'}",
            source=source,
            remedy="check the path",
        ) from error
    if not any(start[at:].startswith(beginning) for at, beginning in _BEGINNINGS):
        raise _damaged(path, source)


def _damaged(path: Path, source: str) -> DeviceProtocolError:
    return DeviceProtocolError(
        f"{path.name} is no video that can be read, or is damaged",
        source=source,
        remedy="give an AVI, MP4, Matroska or YUV4MPEG2 file; ffplay shows whether it plays",
    )
