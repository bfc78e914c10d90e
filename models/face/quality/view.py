"""What the components of quality look at: the picture, its faces, and the subject's face as the embedder sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Bool, Float32
from numpy.typing import NDArray

from biometrics.arrays import ColorPixels
from biometrics.quality import ComponentVerdict, Verdict
from models.face.align import ALIGNED_SIDE_PX
from models.face.detect import ColorCopy, DetectedFace
from models.face.subject import PortraitFaces

GrayFace: TypeAlias = Float32[NDArray[np.float32], "112 112"]
"""Luminance (ITU-R BT.601) of the aligned face, 0-255."""

Conditions: TypeAlias = tuple[tuple[bool, str], ...]
"""Whether something holds, and the last part of its message key; the first that holds counts."""

FaceMask: TypeAlias = Bool[NDArray[np.bool_], "112 112"]

_ELLIPSE_CENTRE, _ELLIPSE_AXES = (56.0, 70.0), (32.0, 42.0)
"""Forehead to chin and cheek to cheek in an aligned face, pixels; hair and background stay outside."""


def _inner_face() -> FaceMask:
    rows, columns = np.mgrid[:ALIGNED_SIDE_PX, :ALIGNED_SIDE_PX]
    (x, y), (across, down) = _ELLIPSE_CENTRE, _ELLIPSE_AXES
    return np.asarray(((columns - x) / across) ** 2 + ((rows - y) / down) ** 2 <= 1.0)


INNER_FACE = _inner_face()
"""Pixels of an aligned face that are face."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceView:
    """A portrait, prepared for measuring.

    Parameters
    ----------
    pixels
        The whole picture, RGB.
    subject
        Its faces, the one to assess first.
    aligned
        That face as the embedder saw it, RGB [112, 112, 3].
    gray
        Its luminance.
    """

    pixels: ColorPixels
    subject: PortraitFaces
    aligned: ColorCopy
    gray: GrayFace

    @classmethod
    def of(cls, pixels: ColorPixels, subject: PortraitFaces, aligned: ColorCopy) -> FaceView:
        """Return the view of a picture, its faces, and the aligned face of the first."""
        gray = np.asarray(cv2.cvtColor(aligned, cv2.COLOR_RGB2GRAY), np.float32)
        return cls(pixels=pixels, subject=subject, aligned=aligned, gray=gray)

    @property
    def face(self) -> DetectedFace:
        """The face to assess."""
        return self.subject.faces[0]

    @property
    def width(self) -> int:
        """Columns of the picture."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What was measured for one component, and the verdict.

    Parameters
    ----------
    measured
        Numbers by name, each in the unit its name says; what could not be measured is left out.
    verdict
        With the key of the advice where there is one.
    """

    measured: dict[str, float]
    verdict: ComponentVerdict


def judged(component: str, measured: dict[str, float], *, bad: Conditions = (), improve: Conditions = ()) -> Component:
    """Return a component that is bad, or could be improved, where the first of the given conditions holds."""
    for verdict, conditions in ((Verdict.BAD, bad), (Verdict.IMPROVE, improve)):
        for holds, message in conditions:
            if holds:
                advice = ComponentVerdict(component=component, verdict=verdict, message=f"face.{component}.{message}")
                return Component(measured=measured, verdict=advice)
    return Component(measured=measured, verdict=ComponentVerdict(component=component, verdict=Verdict.GOOD))


def not_evaluated(component: str, measured: dict[str, float] | None = None) -> Component:
    """Return a component on which the picture allows no verdict."""
    return Component(
        measured=measured or {}, verdict=ComponentVerdict(component=component, verdict=Verdict.NOT_EVALUATED)
    )
