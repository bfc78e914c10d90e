"""Pictures for people: prints with their minutiae, two prints with the minutiae that correspond, thumbnails."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from biometrics.arrays import Picture, Pixels
from biometrics.image_writing import encode_jpeg
from biometrics.templates import TEMPLATE_PPI, TYPE_BIFURCATION, MinutiaSet

ENDING_COLOR = (200, 30, 30)
BIFURCATION_COLOR = (20, 90, 200)
LINK_COLOR = (0, 140, 70)

_ZOOM = 2
_TAIL_PX = 9.0
_MARK_PX = 2
"""Line width, of a picture doubled in size: thinner ones vanish where a page shows it smaller."""

_JPEG_QUALITY = 80


def at_template_scale(pixels: Pixels, ppi: float) -> Picture:
    """Return a print as RGB at 500 ppi, the scale minutiae are given in."""
    factor = TEMPLATE_PPI / ppi
    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    size = (max(1, round(gray.shape[1] * factor)), max(1, round(gray.shape[0] * factor)))
    scaled = cv2.resize(gray, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def draw_minutiae(pixels: Picture, minutiae: MinutiaSet) -> Picture:
    """Return a print at 500 ppi, doubled in size, with red circles for endings and blue squares for bifurcations."""
    canvas = _enlarged(pixels)
    for index in range(len(minutiae)):
        _mark(canvas, minutiae, index, offset=0)
    return canvas


def draw_correspondence(
    left: Picture,
    left_minutiae: MinutiaSet,
    right: Picture,
    right_minutiae: MinutiaSet,
    pairs: Sequence[tuple[int, int]],
) -> Picture:
    """Return two prints side by side, each at 500 ppi and doubled, with lines between the minutiae that correspond."""
    height = max(left.shape[0], right.shape[0]) * _ZOOM
    offset = left.shape[1] * _ZOOM
    canvas = np.full((height, offset + right.shape[1] * _ZOOM, 3), 255, dtype=np.uint8)
    for pixels, start in ((left, 0), (right, offset)):
        large = _enlarged(pixels)
        canvas[: large.shape[0], start : start + large.shape[1]] = large
    for first, second in pairs:
        _mark(canvas, left_minutiae, first, offset=0)
        _mark(canvas, right_minutiae, second, offset=offset)
        start_point = _place(left_minutiae, first, 0)
        cv2.line(canvas, start_point, _place(right_minutiae, second, offset), LINK_COLOR, 1, cv2.LINE_AA)
    return canvas


def _enlarged(pixels: Picture) -> Picture:
    return np.asarray(cv2.resize(pixels, None, fx=_ZOOM, fy=_ZOOM, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _place(minutiae: MinutiaSet, index: int, offset: int) -> tuple[int, int]:
    return round(float(minutiae.x[index]) * _ZOOM) + offset, round(float(minutiae.y[index]) * _ZOOM)


def _mark(canvas: Pixels, minutiae: MinutiaSet, index: int, *, offset: int) -> None:
    x, y = _place(minutiae, index, offset)
    angle = float(minutiae.angle[index])
    # Angles count with y up, rows of pixels go down.
    tip = (round(x + _TAIL_PX * _ZOOM * np.cos(angle)), round(y - _TAIL_PX * _ZOOM * np.sin(angle)))
    if minutiae.kind[index] == TYPE_BIFURCATION:
        cv2.rectangle(canvas, (x - 4, y - 4), (x + 4, y + 4), BIFURCATION_COLOR, _MARK_PX, cv2.LINE_AA)
        cv2.line(canvas, (x, y), tip, BIFURCATION_COLOR, _MARK_PX, cv2.LINE_AA)
    else:
        cv2.circle(canvas, (x, y), 5, ENDING_COLOR, _MARK_PX, cv2.LINE_AA)
        cv2.line(canvas, (x, y), tip, ENDING_COLOR, _MARK_PX, cv2.LINE_AA)


def data_uri(pixels: Pixels, *, longest_side: int, simulated: bool = False) -> str:
    """Return a JPEG of at most `longest_side` pixels a side as a data URI, to stand in a self-contained page.

    A simulated one carries the mark, so that whoever saves it from the page cannot enroll it as somebody's.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((longest_side, longest_side))
    data = encode_jpeg(image, quality=_JPEG_QUALITY, simulated=simulated)
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()
