"""Exposure, judged by what the face lost to it, not by how bright the face is.

Dark skin in good light is dark in the picture and loses nothing; so does light skin in dim light, within reason. What
counts is how many grey levels are left to draw the face with and stand out of the noise, how much of it is blown out to
white, and how differently its halves are lit. Skin near black loses nothing as long as its levels differ. The limits
come from relighting 839 FairFace portraits of seven groups (gains 0.05-3, gammas 0.7-1.6, with and without noise) and
from the cosine of SFace's vectors with those of the unchanged faces.
"""

from __future__ import annotations

import cv2
import numpy as np

from biometrics.arrays import ColorPixels
from models.face.quality.pose import measure_pose
from models.face.quality.view import INNER_FACE, Component, FaceView, GrayFace, judged

_CLIPPED_LEVEL = 253
"""Level of 0-255 at and beyond which a channel tells nothing any more."""

_LEAST_LEVELS, _FEW_LEVELS = 16.0, 22.0
"""Levels that `measure_levels` finds: cosines' medians are 0.75 and less below the first, 0.87 between the two, 0.93
and more above. Of the unaltered faces one in a thousand has less than the second, with half the light 1 %, with a
tenth of it 99 %."""

_MUCH_WHITE, _SOME_WHITE = 0.6, 0.46
"""Share of the face, mean of the three channels, which follows the cosine closer (rank correlation -0.91) than white
luminance does (-0.85). Medians are 0.48 above the first, 0.76 between. Above the second lie 86 % of the faces that lost
more than 0.2 and 0.2 % of those that lost less than 0.1; of light faces a quarter brighter 2 %, of the darkest none."""

_NOISY_LEVELS = 1.5
"""Standard deviation of noise: a face whose few levels drown in more than that is too dark, even when brightened."""

_DIM_LEVEL = 90.0
"""A face of few levels whose brightest parts stay below is too dark, others are veiled (fog, a dirty lens, glass)."""

_UNEVEN, _VERY_UNEVEN = 0.9, 1.4
"""Natural logarithm of the ratio between the halves, in stored levels: 2.5 and 4.1 times, light of about 7 and 22 times
(gamma 2.2). Being a ratio it is the same on every skin. The 98th percentiles of unaltered faces are 0.4-0.7 by group,
so that gamma 1.5, which lengthens it by half, carries few over the first limit."""

_MOST_YAW_DEG = 40.0
"""Of a face turned further the halves are not the same part of it, nor all face: evenness is not judged."""

_SMOOTHING_PX = 4.0
"""Features of the face must not count as light and shadow."""

_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Blind to slopes and edges, noise keeps its standard deviation (Immerkaer, CVIU 64, 1996)."""

_MEDIAN_OF_NORMAL = 0.6745
"""Median of a standard normal variable's absolute value."""


def measure_noise(gray: GrayFace) -> float:
    """Return the standard deviation of the noise on the face, in levels; the median leaves edges out."""
    return float(np.median(np.abs(cv2.filter2D(gray, -1, _NOISE_KERNEL))[INNER_FACE])) / _MEDIAN_OF_NORMAL


def measure_levels(gray: GrayFace) -> float:
    """Return how many equally used grey levels tell as much as the face's do: two to the power of their entropy.

    A level is as wide as the noise where that is wider than 1, so that neither noise nor brightening adds any.
    """
    counts = np.bincount(gray[INNER_FACE].astype(np.intp))[:_CLIPPED_LEVEL]  # white is counted apart
    shares = counts[counts > 0] / counts.sum()
    entropy = -float((shares * np.log2(shares)).sum())
    return float(2.0**entropy / max(1.0, measure_noise(gray)))


def measure_white(aligned: ColorPixels) -> float:
    """Return the share of the face that is clipped, mean of the three channels."""
    return float((aligned[INNER_FACE] >= _CLIPPED_LEVEL).mean())


def measure_unevenness(gray: GrayFace) -> float:
    """Return the mean logarithm of the ratio of left to right, mirrored at the middle of the face; 0 is even light."""
    smooth = np.log(cv2.GaussianBlur(gray, (0, 0), _SMOOTHING_PX) + 4.0)  # 4 levels: noise of black is no ratio
    half = gray.shape[1] // 2
    difference = smooth[:, :half] - smooth[:, ::-1][:, :half]
    return float(abs(difference[INNER_FACE[:, :half]].mean()))


def assess_exposure(view: FaceView) -> Component:
    """Judge the light on the face."""
    levels, white = measure_levels(view.gray), measure_white(view.aligned)
    turned = abs(measure_pose(view.face).yaw_deg) > _MOST_YAW_DEG
    uneven = 0.0 if turned else measure_unevenness(view.gray)
    measured = {"levels": levels, "white_share": white}
    if not turned:
        measured["light_ratio_log"] = uneven
    poor = _why_levels_are_few(view.gray, white)
    return judged(
        "exposure",
        measured,
        bad=(
            (white > _MUCH_WHITE, "too_bright"),
            (levels < _LEAST_LEVELS, poor),
            (uneven > _VERY_UNEVEN, "uneven"),
        ),
        improve=(
            (white > _SOME_WHITE, "too_bright"),
            (levels < _FEW_LEVELS, poor),
            (uneven > _UNEVEN, "uneven"),
        ),
    )


def _why_levels_are_few(gray: GrayFace, white: float) -> str:
    if white > _SOME_WHITE:
        return "too_bright"
    dim = float(np.percentile(gray[INNER_FACE], 98)) < _DIM_LEVEL
    return "too_dark" if dim or measure_noise(gray) > _NOISY_LEVELS else "flat"
