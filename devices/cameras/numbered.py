"""Numbered pictures as a video: `take-%03d.png` is `take-001.png`, `take-002.png` and so on."""

from __future__ import annotations

import re
from pathlib import Path

from biometrics.arrays import Pixels
from biometrics.errors import DeviceNotFoundError, DeviceProtocolError, ImageFormatError
from biometrics.images import decode_image, read_file
from devices.frames import MOST_FRAME_PIXELS

_NUMBER = re.compile(r"%0?([1-9]?)d")
_FIRST_AT_MOST = 10
_FPS = 25.0


class NumberedPictures:
    """Pictures whose names differ in a number, of which the first is at most 10; the first that is missing ends them.

    Parameters
    ----------
    path
        Its name holds `%d`, or `%03d` for three digits.
    source
        URI of the device, for errors.

    Raises
    ------
    DeviceNotFoundError
        When there is no such picture.
    DeviceProtocolError
        When a picture cannot be read; reading may raise it too.
    """

    fps, codec = _FPS, "pictures"

    def __init__(self, path: Path, source: str) -> None:
        self._path, self._source = path, source
        there = [number for number in range(_FIRST_AT_MOST + 1) if self._named(number).exists()]
        if not there:
            raise DeviceNotFoundError(f"no such pictures: {path.name}", source=source, remedy="check the path")
        self._next = there[0]
        first = self._decoded(self._named(self._next))
        self.size = f"{first.shape[1]} x {first.shape[0]}"

    @classmethod
    def names(cls, path: Path) -> bool:
        """Say whether a path names numbered pictures."""
        return _NUMBER.search(path.name) is not None and not path.exists()

    def skip(self) -> bool:
        """Leave a picture out; say whether there was one."""
        self._next += 1
        return self._named(self._next - 1).exists()

    def read(self) -> Pixels | None:
        """Return the next picture; None at the end."""
        path = self._named(self._next)
        self._next += 1
        return self._decoded(path) if path.exists() else None

    def close(self) -> None:
        """Nothing is held."""

    def _named(self, number: int) -> Path:
        return self._path.with_name(_NUMBER.sub(lambda found: f"{number:0{found[1] or 1}d}", self._path.name, count=1))

    def _decoded(self, path: Path) -> Pixels:
        try:
            return decode_image(read_file(path), most_pixels=MOST_FRAME_PIXELS).pixels
        except ImageFormatError as error:
            raise DeviceProtocolError(
                f"{path.name}: {error.message}", source=self._source, remedy=error.remedy or "take it out"
            ) from error
