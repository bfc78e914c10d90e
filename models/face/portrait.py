"""Cuts a portrait of 35 x 45 out of a picture: upright, the head where documents want it, nothing invented.

The geometry follows the full frontal image of ISO/IEC 19794-5 and the portrait of ICAO Doc 9303 as far as five points
can tell where a head is: crown, chin and ears are estimated from eyes and mouth with the proportions of an average
head. Nothing here is a statement of conformance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float64, UInt8
from numpy.typing import NDArray

from biometrics.arrays import Pixels
from biometrics.errors import SampleError
from models.face.detect import DetectedFace
from models.face.quality.pose import measure_pose
from models.face.quality.size import frontal_eye_distance

WIDTH_MM, HEIGHT_MM = 35.0, 45.0

HEAD_LENGTH, EYES_TO_CROWN, HEAD_WIDTH = 3.6, 1.83, 2.4
"""Of an average adult head, in eye distances of 63 mm: crown to chin 227 mm, eyes to crown 115 mm, breadth 152 mm."""

IDEAL_HEAD_SHARE, MOST_HEAD_SHARE = 0.72, 0.80
"""Crown to chin, as a share of the height: Doc 9303 wants 0.70 to 0.80, ISO/IEC 19794-5 allows 0.60 to 0.90. A picture
without enough room is cut tighter, up to the second."""

IDEAL_EYE_LINE, LEAST_EYE_LINE, MOST_EYE_LINE = 0.45, 0.40, 0.50
"""From the upper edge to the eyes, as a share of the height; ISO/IEC 19794-5 allows 0.3 to 0.5."""

MOST_ASIDE = 0.05
"""Of the width, between the middle of the eyes and the middle of the portrait; ISO/IEC 19794-5 allows as much."""

LEAST_EYE_DISTANCE_PX = 90.0
"""What ISO/IEC 19794-5 asks of a full frontal image at least."""

MOST_ROLL_DEG = 40.0
"""A picture turned further lies on its side or is none of a person who sits for a portrait."""

_STEADYING_DEG = (-8.0, -4.0, 4.0, 8.0)

_STEPS = 5
"""Positions tried between the ends of each range."""

_ROUNDING = 1e-6
"""A width of 34.9999999 pixels is one of 35."""

FindFaces: TypeAlias = Callable[[Pixels], Sequence[DetectedFace]]

Portrait: TypeAlias = UInt8[NDArray[np.uint8], "portrait_height portrait_width *portrait_channels"]

_Corners: TypeAlias = Float64[NDArray[np.float64], "4 2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitPlan:
    """Where to cut.

    Parameters
    ----------
    x, y
        Midway between the eyes in the picture, pixels.
    roll_deg
        By which the head leans clockwise; the portrait is turned back.
    eye_distance_px
        Of the head from the front, in the picture.
    head_share
        Crown to chin over height.
    eye_line
        From the upper edge to the eyes over height.
    aside
        From the portrait's middle to the eyes' middle over width, positive to the right.
    """

    x: float
    y: float
    roll_deg: float
    eye_distance_px: float
    head_share: float
    eye_line: float
    aside: float

    @property
    def height_px(self) -> float:
        """Height of the cut in the picture, pixels."""
        return HEAD_LENGTH * self.eye_distance_px / self.head_share

    @property
    def width_px(self) -> float:
        """Width of the cut in the picture, pixels."""
        return self.height_px * WIDTH_MM / HEIGHT_MM

    @property
    def corners(self) -> _Corners:
        """Corners of the cut in the picture, from the upper left one clockwise."""
        left, top = -(0.5 + self.aside) * self.width_px, -self.eye_line * self.height_px
        right, bottom = left + self.width_px, top + self.height_px
        upright = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        cosine, sine = math.cos(math.radians(self.roll_deg)), math.sin(math.radians(self.roll_deg))
        turn = np.array([[cosine, -sine], [sine, cosine]])
        return np.asarray(upright @ turn.T + np.array([self.x, self.y]))


def steadied(pixels: Pixels, face: DetectedFace, find: FindFaces) -> DetectedFace:
    """Return the face with points that are the mean over copies of the picture turned by a few degrees.

    The points of one copy alone tilt by 2 to 4 degrees from one copy to the next, which the eye sees in a portrait.

    Parameters
    ----------
    pixels
        The picture.
    face
        Found in it.
    find
        Returns the faces of a picture of the same size, the subject's first.
    """
    height, width = pixels.shape[:2]
    found = [face.points]
    for angle in _STEADYING_DEG:
        transform = cv2.getRotationMatrix2D(face.centre, angle, 1.0)
        turned = cv2.warpAffine(pixels, transform, (width, height), borderMode=cv2.BORDER_REPLICATE)
        for again in find(np.asarray(turned, np.uint8))[:1]:
            if math.dist(again.centre, face.centre) < face.size / 4:
                back = cv2.invertAffineTransform(transform)
                found.append((again.points @ back[:, :2].T + back[:, 2]).astype(np.float32))
    return replace(face, points=np.mean(found, axis=0, dtype=np.float32))


def plan_portrait(face: DetectedFace, *, width: int, height: int) -> PortraitPlan:
    """Return where to cut a portrait out of a picture of the given size, as near the ideal as its room allows.

    Raises
    ------
    SampleError
        When the head leans too far, or the picture ends too near to it on some side.
    """
    roll = measure_pose(face).roll_deg
    if abs(roll) > MOST_ROLL_DEG:
        raise SampleError(f"the head leans by {abs(roll):.0f} degrees", remedy="turn the picture upright first")
    plans = sorted(_plans(face, roll), key=_distance_from_ideal)
    for plan in plans:
        if not any(_lacking(plan, width=width, height=height).values()):
            return plan
    tightest = min(plans, key=lambda plan: (plan.height_px, _distance_from_ideal(plan)))
    lacking = _lacking(tightest, width=width, height=height)
    sides = ", ".join(f"{math.ceil(pixels)} pixels {side}" for side, pixels in lacking.items() if pixels)
    raise SampleError(
        f"the picture has too little room around the head: it lacks {sides}",
        remedy="take it from further away, or with the head in the middle; nothing is made up",
    )


def cut_portrait(pixels: Pixels, plan: PortraitPlan, width_px: int | None = None) -> Portrait:
    """Return the portrait, by default as large as it is in the picture.

    Parameters
    ----------
    pixels
        The picture, grey or RGB.
    plan
        Where to cut.
    width_px
        Width of the portrait; the height follows (45:35).

    Raises
    ------
    SampleError
        When it would have to be enlarged.
    """
    natural = max(1, int(plan.width_px + _ROUNDING))
    if width_px is not None and width_px > natural:
        raise SampleError(
            f"a portrait {width_px} pixels wide would be enlarged: the picture holds {natural}",
            remedy="ask for a smaller one, come closer, or use a higher resolution",
        )
    size = (natural, max(1, round(natural * HEIGHT_MM / WIDTH_MM)))
    # Pixel centres lie at whole numbers, the cut's corners half a pixel outside the first and last ones.
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]]], np.float32) - np.float32(0.5)
    transform = cv2.getAffineTransform(plan.corners[:3].astype(np.float32), target)
    upright = cv2.warpAffine(pixels, transform, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if width_px is not None and width_px < natural:
        smaller = (width_px, max(1, round(width_px * HEIGHT_MM / WIDTH_MM)))
        upright = cv2.resize(upright, smaller, interpolation=cv2.INTER_AREA)
    return np.asarray(upright, np.uint8)


def _plans(face: DetectedFace, roll_deg: float) -> list[PortraitPlan]:
    x, y = (float(number) for number in face.points[:2].mean(axis=0))
    shares = np.linspace(IDEAL_HEAD_SHARE, MOST_HEAD_SHARE, _STEPS)
    eye_lines = np.linspace(LEAST_EYE_LINE, MOST_EYE_LINE, _STEPS)
    sides = np.linspace(-MOST_ASIDE, MOST_ASIDE, _STEPS)
    return [
        PortraitPlan(
            x=x,
            y=y,
            roll_deg=roll_deg,
            eye_distance_px=frontal_eye_distance(face),
            head_share=float(share),
            eye_line=float(line),
            aside=float(aside),
        )
        for share, line, aside in product(shares, eye_lines, sides)
        if line >= EYES_TO_CROWN / HEAD_LENGTH * share  # the crown is in the portrait
    ]


def _distance_from_ideal(plan: PortraitPlan) -> float:
    """Weigh a tighter cut, a shift down and a shift aside by how much of their ranges they use."""
    return math.hypot(
        (plan.head_share - IDEAL_HEAD_SHARE) / (MOST_HEAD_SHARE - IDEAL_HEAD_SHARE),
        (plan.eye_line - IDEAL_EYE_LINE) / (MOST_EYE_LINE - IDEAL_EYE_LINE),
        plan.aside / MOST_ASIDE,
    )


def _lacking(plan: PortraitPlan, *, width: int, height: int) -> dict[str, float]:
    """Return how far the cut reaches beyond each edge of the picture, pixels; 0 where it does not."""
    (left, top), (right, bottom) = plan.corners.min(axis=0) + 0.5, plan.corners.max(axis=0) + 0.5
    return {
        "above": max(0.0, -top),
        "below": max(0.0, bottom - height),
        "on the left": max(0.0, -left),
        "on the right": max(0.0, right - width),
    }
