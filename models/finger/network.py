"""Runs LEADER on one picture: padding to the sizes it takes, and the maps it answers."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import onnxruntime
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.arrays import GrayPixels
from biometrics.errors import ProcessingError
from biometrics.templates import MinutiaSet
from models.finger.area import PrintArea
from models.finger.minutiae import MinutiaMaps, find_minutiae

PaddedPicture: TypeAlias = Float32[NDArray[np.float32], "rows columns"]

_SIDE_MULTIPLE = 32
"""LEADER halves the resolution five times."""


class MinutiaNetwork:
    """LEADER in one inference session; safe to call from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    def minutiae(self, picture: GrayPixels, area: PrintArea) -> MinutiaSet:
        """Return the minutiae of a picture at 500 ppi, looking at one area of it.

        Raises
        ------
        ProcessingError
            When the runtime fails or answers numbers that are not finite.
        """
        height, width = picture.shape
        padded, left, top = _padded(picture[area.top : area.bottom, area.left : area.right])
        try:
            position, direction, ending = self._session.run(
                ["position", "direction", "type"], {"image": padded[np.newaxis, :, :, np.newaxis]}
            )
        except Exception as error:  # the runtime's own exception types are not public
            raise ProcessingError("the minutia network failed", remedy="run kura models prepare") from error
        if not all(np.isfinite(found).all() for found in (position, direction, ending)):
            raise ProcessingError("the minutia network answered numbers that are not finite")
        maps = MinutiaMaps(
            position=position[0, 0],
            direction=direction[0],
            ending=ending[0, 0],
            left=left - area.left,
            top=top - area.top,
        )
        return find_minutiae(maps, width=width, height=height)


def _padded(picture: GrayPixels) -> tuple[PaddedPicture, int, int]:
    """Return the picture centred on ground of its corner's grey, and where it begins: left, top."""
    height, width = picture.shape
    rows, columns = (-(-side // _SIDE_MULTIPLE) * _SIDE_MULTIPLE for side in picture.shape)
    top, left = (rows - height) // 2, (columns - width) // 2
    padded = np.full((rows, columns), picture[0, 0], dtype=np.float32)
    padded[top : top + height, left : left + width] = picture
    return padded, left, top
