"""Eyes: likely closed, behind dark glasses or behind glare, as far as pixels around two points can tell.

Two linear classifiers look at gradient histograms (Dalal and Triggs, CVPR 2005) around each eye; gain and contrast
cancel out in them. They were fitted to faces of the FairFace sample whose eyes were judged by looking at them
(`benchmarks/eyes/`), which is few: believe them as a hint, never as a finding.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from models.face.align import TARGET_POINTS
from models.face.detect import ColorCopy
from models.face.quality.pose import measure_pose
from models.face.quality.size import frontal_eye_distance
from models.face.quality.view import Component, FaceView, judged, not_evaluated

EyeDescription: TypeAlias = Float32[NDArray[np.float32], "2 432"]

_CUT_PX, _CUT_DOWN_PX = (30, 24), 1.0
"""What is cut out of the aligned face around an eye, width and height, and how far below the eye point."""

_ENLARGED_PX = (40, 32)
_GRID = (_ENLARGED_PX, (16, 16), (8, 8), (8, 8), 9)
"""Window, block, stride, cell, directions of the histograms: 12 blocks of 36 numbers."""

LIKELY_CLOSED, VERY_LIKELY_CLOSED = 1.2, 1.9
"""Scores (log odds at equal numbers) that 3.0 and 0.5 % of faces with open eyes exceed, and 43 and 22 % of 69 with
closed ones, all judged by weights fitted without them."""

LIKELY_COVERED, VERY_LIKELY_COVERED = 0.25, 0.75
"""The same: 2.0 and 0.5 % of faces with open eyes, 70 and 48 % of 33 in dark glasses."""

_MOST_YAW_DEG = 40.0
_LEAST_EYE_DISTANCE_PX = 17.0
"""Beyond, one eye is seen from the side, or is a few pixels wide: not evaluated."""

_GLARE_LEVEL, _GLARE_SHARE = 250, 0.12
"""Share of the cut-outs that is blown out; a catch light in the pupil has less than a hundredth."""


def describe_eyes(aligned: ColorCopy) -> EyeDescription:
    """Return the gradient histograms of both eyes, the second one mirrored so that both look alike."""
    gray = cv2.cvtColor(aligned, cv2.COLOR_RGB2GRAY)
    histograms = cv2.HOGDescriptor(*_GRID)
    described = []
    for mirrored, (x, y) in enumerate(TARGET_POINTS[:2].astype(float)):
        cut = cv2.getRectSubPix(gray, _CUT_PX, (x, y + _CUT_DOWN_PX))
        cut = cv2.resize(cut[:, ::-1] if mirrored else cut, _ENLARGED_PX, interpolation=cv2.INTER_LINEAR)
        described.append(np.asarray(histograms.compute(np.ascontiguousarray(cut))).ravel())
    return np.stack(described).astype(np.float32)


def assess_eyes(view: FaceView) -> Component:
    """Judge whether both eyes are likely seen and open."""
    turned = abs(measure_pose(view.face).yaw_deg) > _MOST_YAW_DEG
    if turned or frontal_eye_distance(view.face) < _LEAST_EYE_DISTANCE_PX:
        return not_evaluated("eyes")
    closed, covered = _scores(describe_eyes(view.aligned))
    glare = _glare_share(view.aligned)
    return judged(
        "eyes",
        {"closed_logit": closed, "covered_logit": covered, "glare_share": glare},
        bad=((covered > VERY_LIKELY_COVERED, "covered"), (closed > VERY_LIKELY_CLOSED, "closed")),
        improve=(
            (covered > LIKELY_COVERED, "covered"),
            (closed > LIKELY_CLOSED, "closed"),
            (glare > _GLARE_SHARE, "glare"),
        ),
    )


def _scores(description: EyeDescription) -> tuple[float, float]:
    weights = _weights()
    mean = description.mean(axis=0)
    closed, covered = (float(mean @ row[:-1] + row[-1]) for row in (weights["closed"], weights["covered"]))
    return closed, covered


def _glare_share(aligned: ColorCopy) -> float:
    cuts = [cv2.getRectSubPix(aligned, _CUT_PX, (float(x), float(y) + _CUT_DOWN_PX)) for x, y in TARGET_POINTS[:2]]
    return float(np.mean([(cut.min(axis=2) >= _GLARE_LEVEL).mean() for cut in cuts]))


@cache
def _weights() -> dict[str, NDArray[np.float32]]:
    with np.load(Path(__file__).with_name("eyes.npz")) as file:
        return {name: file[name] for name in ("closed", "covered")}
