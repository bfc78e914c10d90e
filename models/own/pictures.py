"""Trying an embedder or attack model on real pictures: does it work, and does a face look like its mirror image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np

from biometrics.arrays import ColorPixels
from biometrics.quality import PadResult, PadVerdict
from biometrics.templates import FaceEmbedding
from models.face.detect import DetectedFace, FivePoints
from models.face.roles import AttackDetector, FaceModel

LARGEST_USUAL_COSINE = 0.5
"""Median cosine of strangers is about 0 to 0.2 in face models; SFace at a wrong mean and scale gives 0.93."""

_MIRRORED = [1, 0, 2, 4, 3]
"""Which point takes the place of which when left and right change."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacePicture:
    """A picture and the face in it."""

    pixels: ColorPixels
    face: DetectedFace


@dataclass(frozen=True, slots=True, kw_only=True)
class LikenessTrial:
    """What an embedder made of several pictures: median cosines, None where there is nothing to take it of.

    Parameters
    ----------
    mirrored
        Of a face with its mirror image.
    others
        Of different pictures, which may show one person.
    """

    mirrored: float | None
    others: float | None

    @property
    def note(self) -> str | None:
        """What to look at when the model hardly tells the pictures apart; None when all is well."""
        if self.mirrored is None or self.others is None:
            return None
        if self.others < LARGEST_USUAL_COSINE and self.others < self.mirrored:
            return None
        return (
            f"the model hardly tells these pictures apart (median cosine {self.others:.2f}): unless they show one "
            "person, check colors, pixels, mean, std and template"
        )


def try_embedder(model: FaceModel, pictures: Sequence[FacePicture]) -> LikenessTrial:
    """Embed each face and its mirror image.

    Raises
    ------
    ProcessingError
        When the model fails on one.
    """
    found = [model.represent(one.pixels, one.face.points) for one in pictures]
    mirrors = [model.represent(*_mirrored(one.pixels, one.face.points)) for one in pictures]
    same = [_cosine(face, mirror) for face, mirror in zip(found, mirrors, strict=True)]
    other = [_cosine(first, second) for first, second in combinations(found, 2)]
    return LikenessTrial(mirrored=median(same) if same else None, others=median(other) if other else None)


def count_verdicts(model: AttackDetector, pictures: Sequence[FacePicture]) -> dict[PadVerdict, int]:
    """Judge each face and count the verdicts."""
    results: list[PadResult] = [model.judge(one.pixels, one.face) for one in pictures]
    return {verdict: sum(result.verdict is verdict for result in results) for verdict in PadVerdict}


def _mirrored(pixels: ColorPixels, points: FivePoints) -> tuple[ColorPixels, FivePoints]:
    turned = points[_MIRRORED].copy()
    turned[:, 0] = pixels.shape[1] - 1 - turned[:, 0]
    return np.ascontiguousarray(pixels[:, ::-1]), turned


def _cosine(first: FaceEmbedding, second: FaceEmbedding) -> float:
    return float(first.vector @ second.vector)
