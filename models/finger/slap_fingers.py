"""Fingertips in a picture of several fingers: how the hand is turned, and a box around every fingertip.

All of it happens on the cells of `models.finger.flow`, 0.4 mm wide. The steps are those of slap segmentation as known
from NIST's evaluations (Watson et al., "Slap fingerprint segmentation evaluation II", NISTIR 7553, 2009): foreground,
rotation of the hand, separation of fingers, and the fingertip above the first crease.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from numpy.typing import NDArray

from biometrics.templates import TEMPLATE_PPI
from models.finger.flow import CELL_PX, CellValues, ContactCells, RidgeFlow, ridged_cells

Profile: TypeAlias = Float64[NDArray[np.float64], " _cells"]
Places: TypeAlias = Float64[NDArray[np.float64], "_cells 3"]
"""Cells of a piece: column, row, and contrast (root of the strength) of each."""

Field: TypeAlias = Float32[NDArray[np.float32], "side side"]
Affine: TypeAlias = Float64[NDArray[np.float64], "2 3"]

_CELLS_PER_MM = TEMPLATE_PPI / 25.4 / CELL_PX

_GAP_CELLS = 3
"""Narrower gaps and specks, 1.2 mm, are neither between fingers nor fingers."""

_MOST_TURN_DEG = 35
"""Hands are asked to lie straight and turn by up to 20 degrees."""

_SIDE_CELLS, _APART_CELLS = 5, 9
"""Over what a profile is smoothed, 2 mm, and by what fingers are thinned before, 3.6 mm, to stand apart. The turn of 60
composed slaps of touching fingers is then found within 8 degrees, and within 2 in half of them; without thinning, one
in five was turned by 12 or more."""

_LEAST_WIDTH_MM, _LEAST_AREA_MM2 = 7.0, 60.0
"""Of a fingertip: less than a child's little finger shows (8 mm, 1 cm²); what is smaller is dust or a fold. With 6 mm,
one of 90 slaps composed of real prints had a finger cut in two along a smear."""

_NECK = 0.65
"""Between fingers that touch, the foreground is at most this part as long as in both of them; at a crease, contrast
summed over the finger's width is at most this part of what it is above and below. The ovals of two fingertips that
overlap by a millimetre share half of their length; a crease of 0.6 mm in composed slaps leaves 0.6 of the contrast."""

_TILTS_DEG = range(-24, 25, 4)
"""Of the line between two fingers against the hand, whose own turn is found within 8 degrees."""

_SAME_COLUMN = 0.6
"""A piece whose middle is less than this part of a finger's width beside its middle lies below it, not beside it."""

_NEAREST_CREASE_MM, LONGEST_TIP_MM = 13.0, 30.0
"""How far below the tip the first crease may lie: fingertips are 17 to 30 mm long, and as seen somewhat shorter, since
the very tip stays above the glass."""

_ROUND = 1.25
"""Length over width below which a print's own axis says less about its direction than the hand's."""

_MOST_SPREAD_DEG = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FingertipBox:
    """An upright rectangle in the finger's own frame, as it lies in the picture.

    Parameters
    ----------
    x, y
        Its middle, in pixels of the picture at 500 ppi, y down.
    width, height
        Across and along the finger, in pixels.
    angle_deg
        By how much the finger is turned counter-clockwise from upright.
    tip_mm
        How high the fingertip reaches in the hand's frame, relative to the picture's middle.
    """

    x: float
    y: float
    width: float
    height: float
    angle_deg: float
    tip_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFingers:
    """How the hand is turned, counter-clockwise, and its fingertips from left to right."""

    rotation_deg: float
    boxes: tuple[FingertipBox, ...]


def find_fingers(flow: RidgeFlow) -> FoundFingers:
    """Return the fingertips of a hand whose fingers point up, give or take 40 degrees.

    Parameters
    ----------
    flow
        Of the whole picture at 500 ppi.
    """
    cells = ridged_cells(flow.strength, _GAP_CELLS)
    turn_deg = _hand_turn(cells)
    upright, back = _turned_back(np.sqrt(flow.strength) * cells, turn_deg)
    tips = _topmost([part for piece in _pieces(upright) for part in _parted(piece)])
    boxes = sorted((_box(tip, back, turn_deg) for tip in tips), key=lambda found: found[0])
    return FoundFingers(rotation_deg=turn_deg, boxes=tuple(box for _, box in boxes))


def _hand_turn(cells: ContactCells) -> float:
    """Return by how much the hand is turned: looking along the fingers, their sides and the gaps are sharpest."""
    apart = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_APART_CELLS, _APART_CELLS))
    rows, columns = np.nonzero(cv2.erode(cells.astype(np.uint8), apart))
    if rows.size == 0:
        return 0.0
    sharpness = {}
    for degrees in range(-_MOST_TURN_DEG, _MOST_TURN_DEG + 1):
        across = columns * math.cos(math.radians(degrees)) - rows * math.sin(math.radians(degrees))
        profile = np.convolve(_histogram(across), np.full(_SIDE_CELLS, 1.0 / _SIDE_CELLS))
        sharpness[degrees] = float((np.diff(profile) ** 2).sum())
    return float(max(sharpness, key=lambda degrees: sharpness[degrees]))


def _histogram(places: Profile, weights: Profile | None = None) -> Profile:
    return np.bincount((places - places.min()).astype(np.int64), weights=weights).astype(np.float64)


def _turned_back(contrast: CellValues, degrees: float) -> tuple[Field, Affine]:
    """Return the cells turned clockwise, on a larger field, and the way from there to pixels of the picture."""
    height, width = contrast.shape
    side = math.ceil(math.hypot(height, width))
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    turn[:, 2] += np.array(((side - width) / 2, (side - height) / 2))
    turned = cv2.warpAffine(contrast, turn, (side, side), flags=cv2.INTER_NEAREST)
    back = CELL_PX * np.asarray(cv2.invertAffineTransform(turn), np.float64)
    back[:, 2] += (CELL_PX - 1) / 2
    return np.asarray(turned, np.float32), back


def _pieces(upright: Field) -> list[Places]:
    """Return every piece that is large enough to be a fingertip."""
    count, labels = cv2.connectedComponents((upright > 0).astype(np.uint8))
    pieces = []
    for label in range(1, count):
        rows, columns = np.nonzero(labels == label)
        pieces.append(np.stack((columns, rows, upright[rows, columns]), axis=1).astype(np.float64))
    return [piece for piece in pieces if _is_large(piece)]


def _is_large(piece: Places) -> bool:
    return len(piece) >= _LEAST_AREA_MM2 * _CELLS_PER_MM**2 and _width(piece) >= _LEAST_WIDTH_MM * _CELLS_PER_MM


def _width(piece: Places) -> float:
    low, high = np.quantile(piece[:, 0], (0.02, 0.98))
    return float(high - low)


def _parted(piece: Places) -> list[Places]:
    """Return the piece cut between fingers that touch, as often as a line finds a neck."""
    best, cut = _NECK, None
    least = int(_LEAST_WIDTH_MM * _CELLS_PER_MM)
    for degrees in _TILTS_DEG:
        across = piece[:, 0] - math.tan(math.radians(degrees)) * piece[:, 1]
        depth, place = _neck(_histogram(across, piece[:, 2]), least, least)
        if depth < best:
            best, cut = depth, across - across.min() < place
    if cut is None:
        return [piece]
    return [part for side in (piece[cut], piece[~cut]) if _is_large(side) for part in _parted(side)]


def _neck(profile: Profile, before: int, after: int) -> tuple[float, int]:
    """Return how small a profile becomes, relative to what it reaches on both sides, and where.

    Parameters
    ----------
    before, after
        Cells that must lie on either side.
    """
    smooth = np.convolve(profile, np.full(3, 1.0 / 3.0), mode="same")
    inner = slice(before, len(smooth) - after)
    if inner.stop <= inner.start:
        return 1.0, 0
    left, right = np.maximum.accumulate(smooth), np.maximum.accumulate(smooth[::-1])[::-1]
    depth = smooth[inner] / np.maximum(np.minimum(left[inner], right[inner]), 1.0)
    return float(depth.min()), before + int(depth.argmin())


def _topmost(pieces: list[Places]) -> list[Places]:
    """Return the fingertips: pieces without another above them in their column (phalanges lie below creases)."""
    tips: list[Places] = []
    for piece in sorted(pieces, key=lambda piece: float(piece[:, 1].min())):
        middle = np.median(piece[:, 0])
        if all(abs(middle - np.median(tip[:, 0])) >= _SAME_COLUMN * _width(tip) for tip in tips):
            tips.append(piece)
    return tips


def _box(piece: Places, back: Affine, turn_deg: float) -> tuple[float, FingertipBox]:
    """Return how far to the right a fingertip lies, and its box, cut at the first crease."""
    spread_deg = _spread(piece)
    cos, sin = math.cos(math.radians(spread_deg)), math.sin(math.radians(spread_deg))
    own = np.array(((cos, -sin), (sin, cos)))  # from the hand's frame to the finger's
    places = piece[:, :2] @ own.T
    tip = places[places[:, 1] <= _last_row(places[:, 1], piece[:, 2])]
    left, right = np.quantile(tip[:, 0], (0.005, 0.995))
    top, bottom = tip[:, 1].min(), tip[:, 1].max()
    middle = np.array(((left + right) / 2, (top + bottom) / 2)) @ own
    x, y = back[:, :2] @ middle + back[:, 2]
    box = FingertipBox(
        x=float(x),
        y=float(y),
        width=float(right - left + 1) * CELL_PX,
        height=float(bottom - top + 1) * CELL_PX,
        angle_deg=turn_deg + spread_deg,
        tip_mm=-float(piece[:, 1].min()) / _CELLS_PER_MM,
    )
    return float(middle[0]), box


def _spread(piece: Places) -> float:
    """Return by how much a finger is turned against the hand, counter-clockwise in degrees."""
    spread = np.cov(piece[:, :2].T)
    values, vectors = np.linalg.eigh(spread)
    if values[1] < _ROUND**2 * values[0]:
        return 0.0
    across, down = vectors[:, 1] * np.sign(vectors[1, 1])
    # y points down: a finger whose lower end lies to the right is turned counter-clockwise.
    return float(np.clip(math.degrees(math.atan2(across, down)), -_MOST_SPREAD_DEG, _MOST_SPREAD_DEG))


def _last_row(rows: Profile, contrast: Profile) -> float:
    """Return the last row of the fingertip, in its own frame: that of the first crease, where contrast drops."""
    first, last = int(_NEAREST_CREASE_MM * _CELLS_PER_MM), int(LONGEST_TIP_MM * _CELLS_PER_MM)
    profile = _histogram(rows, contrast)[: last + first]
    depth, place = _neck(profile, first, max(1, len(profile) - last))
    return float(rows.min()) + (place if depth < _NECK else last)
