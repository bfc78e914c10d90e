"""What a simulated camera sees: the pictures of a folder, one after the other. No face is made up."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
from PIL import Image

from biometrics.arrays import Pixels
from biometrics.errors import ConfigurationError, ImageFormatError
from biometrics.image_writing import SIMULATED_KEYWORD
from biometrics.images import read_image
from biometrics.interchange.face_image_record import FaceEncoding, FaceImage
from biometrics.interchange.face_image_writing import write_face_image_record

_MARK = f"{SIMULATED_KEYWORD}: from a file, by a simulated camera"


class Faces:
    """The pictures of a folder in the order of their names; after the last comes the first.

    Parameters
    ----------
    folder
        Whose files that Kura reads as pictures are shown.

    Raises
    ------
    ConfigurationError
        When it holds none.
    """

    score = 80.0
    """Of every picture, 0-100: the simulator measures none."""

    def __init__(self, folder: Path) -> None:
        self._pictures = _readable(folder)
        if not self._pictures:
            raise ConfigurationError(
                "there is no picture that Kura reads", source=str(folder), remedy="name a folder of portraits"
            )
        self._next = 0
        self._taking = threading.Lock()

    def seen(self) -> Pixels:
        """Return the picture that is in front of the camera now."""
        return read_image(self._pictures[self._next % len(self._pictures)]).pixels

    def record(self) -> bytes:
        """Return it as ISO/IEC 19794-5:2011, JPEG 2000 without loss, and turn to the next."""
        with self._taking:
            pixels = self.seen()
            self._next += 1
        image = FaceImage(
            width=pixels.shape[1],
            height=pixels.shape[0],
            encoding=FaceEncoding.JPEG2000_LOSSLESS,
            data=_encoded(pixels),
            quality=round(self.score),
        )
        return write_face_image_record((image,))


def _readable(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise ConfigurationError(
            f"the folder cannot be read: {error.strerror}", source=str(folder), remedy="name a folder of portraits"
        ) from error
    return [path for path in files if _is_picture(path)]


def _is_picture(path: Path) -> bool:
    try:
        read_image(path)
    except ImageFormatError:
        return False
    return True


def _encoded(pixels: Pixels) -> bytes:
    color = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)
    buffer = io.BytesIO()
    Image.fromarray(color).save(buffer, "JPEG2000", irreversible=False, comment=_MARK)
    return buffer.getvalue()
