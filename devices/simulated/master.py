"""The ridges of one simulated finger, grown from noise.

As in SFinGe (Cappelli, Maio and Maltoni, ICPR 2002) the pattern is made by filtering again and again with Gabor-like
filters tuned to the direction and spacing of ridges at each place: ridges appear everywhere at once, and where they
do not meet minutiae remain. Growth happens at 250 ppi, which holds a ridge pattern twice over, and is then doubled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Int32
from numpy.typing import NDArray

from devices.simulated.fields import Field, centred_grid, smooth_noise
from devices.simulated.flow import ridge_flow
from devices.simulated.kernels import filter_each
from devices.simulated.traits import FingerTraits

HEIGHT_PX, WIDTH_PX = 544, 448
"""The whole pad, nail to nail: 27.6 x 22.8 mm at 500 ppi."""

_SPACING_PX = 2.0
_HALF_FILTER = 8
"""In pixels at 250 ppi; filters reach almost two ridges to each side."""

_DIRECTIONS, _PERIODS = 36, 9
_PERIOD_SPAN = 0.22
"""Periods within one finger vary by at most so much about their mean."""

_STAGES = ((1.8, 3), (0.5, 2))
"""Deviation of a filter's envelope along ridges, in ridge periods, and how many rounds are filtered so.

Long filters make few minutiae. Many rounds would let minutiae of opposite direction meet and vanish; those that remain
then point the same way over wide areas, and different fingers resemble each other more than real ones do. A few rounds
leave directions as mixed as on FVC2002 DB1-3 (docs/decisions.md); short filters then make the ridges firm."""

_ACROSS = 0.42
"""Deviation of the envelope across ridges, in ridge periods."""

_GAIN = 2.2
"""How much a filter amplifies its own ridges, so that they fill the range after a few rounds."""

_MEAN_CREASES = 3.0
_GRAIN_PX = 1.1

_LOWER_PAD_WIDER = 0.07
_PERIOD_WANDERS, _PERIOD_REACH_PX = 0.06, 90.0
"""How much wider ridges are near the joint than the mean, and how much and over what distance the period wanders."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MasterPrint:
    """The whole pattern of one simulated finger.

    Parameters
    ----------
    traits
        Of the finger.
    ridges
        float32 [544, 448] at 500 ppi: 1 on a ridge's crest, -1 in the middle of a valley.
    creases
        float32 [544, 448]: how deep a scar or fold parts the ridges there, 0 none to 1 wholly.
    grain
        float32 [544, 448]: fixed fine unevenness of the ridges, about zero mean and unit variance.
    """

    traits: FingerTraits
    ridges: Field
    creases: Field
    grain: Field


def grow_master(traits: FingerTraits) -> MasterPrint:
    """Grow the ridges of a finger; the same traits give the same ridges."""
    height = int(HEIGHT_PX / _SPACING_PX) + 2 * _HALF_FILTER
    width = int(WIDTH_PX / _SPACING_PX) + 2 * _HALF_FILTER
    x, y = centred_grid(height, width, _SPACING_PX)
    direction = ridge_flow(traits, x, y, _SPACING_PX)
    stretch = _relative_periods(traits, y)
    period = traits.period_px / _SPACING_PX
    chosen = _nearest_filter(direction, stretch)
    random = np.random.default_rng([traits.seed, 0x61])
    pattern = random.standard_normal((height, width), dtype=np.float32)
    for along, rounds in _STAGES:
        bank = _filter_bank(period, along)
        for _ in range(rounds):
            pattern = _grown(pattern, bank, chosen)
    inner = pattern[_HALF_FILTER:-_HALF_FILTER, _HALF_FILTER:-_HALF_FILTER]
    doubled = cv2.resize(inner, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    return MasterPrint(
        traits=traits,
        ridges=np.asarray(np.clip(doubled, -1.0, 1.0), dtype=np.float32),
        creases=_creases(traits),
        grain=_grain(traits),
    )


def _relative_periods(traits: FingerTraits, y: Field) -> Field:
    """Return each place's period as a share of the finger's mean: wider towards the joint, wandering besides."""
    random = np.random.default_rng([traits.seed, 0x62])
    wander = _PERIOD_WANDERS * smooth_noise(random, y.shape[0], y.shape[1], _PERIOD_REACH_PX / _SPACING_PX)
    lower = _LOWER_PAD_WIDER * np.tanh(-(y + 40.0) / 70.0)
    return np.asarray(np.clip(1.0 + lower + wander, 1.0 - _PERIOD_SPAN, 1.0 + _PERIOD_SPAN), dtype=np.float32)


def _filter_bank(period: float, along_share: float) -> Float32[NDArray[np.float32], "filters size size"]:
    """Return a filter for each pair of period and direction, without a mean, of gain `_GAIN` for its own ridges."""
    offsets = np.arange(-_HALF_FILTER, _HALF_FILTER + 1, dtype=np.float64)
    right, up = np.meshgrid(offsets, -offsets)
    periods = period * np.linspace(1.0 - _PERIOD_SPAN, 1.0 + _PERIOD_SPAN, _PERIODS)[:, None, None, None]
    angles = (np.arange(_DIRECTIONS) * math.pi / _DIRECTIONS)[None, :, None, None]
    along = right * np.cos(angles) + up * np.sin(angles)
    across = -right * np.sin(angles) + up * np.cos(angles)
    envelope = np.exp(-0.5 * (along / (along_share * periods)) ** 2 - 0.5 * (across / (_ACROSS * periods)) ** 2)
    wave = np.cos(2 * math.pi * across / periods)
    mean = (envelope * wave).sum(axis=(2, 3), keepdims=True) / envelope.sum(axis=(2, 3), keepdims=True)
    raw = envelope * (wave - mean)
    gain = (raw * wave).sum(axis=(2, 3), keepdims=True)
    size = 2 * _HALF_FILTER + 1
    return np.ascontiguousarray((_GAIN * raw / gain).reshape(-1, size, size), dtype=np.float32)


def _nearest_filter(direction: Field, stretch: Field) -> Int32[NDArray[np.int32], "height width"]:
    turn = np.rint(direction * np.float32(_DIRECTIONS / math.pi)).astype(np.int32) % _DIRECTIONS
    step = np.rint((stretch - 1.0 + _PERIOD_SPAN) / (2 * _PERIOD_SPAN) * (_PERIODS - 1)).astype(np.int32)
    return np.ascontiguousarray(step * _DIRECTIONS + turn)


def _grown(
    pattern: Field, bank: Float32[NDArray[np.float32], "filters size size"], chosen: Int32[NDArray[np.int32], "h w"]
) -> Field:
    answer = np.zeros_like(pattern)
    filter_each(pattern, bank, chosen, answer)
    return np.asarray(np.clip(answer, -1.0, 1.0), dtype=np.float32)


def _creases(traits: FingerTraits) -> Field:
    """Return the finger's lasting folds and scars: few thin lines, mostly across the finger."""
    random = np.random.default_rng([traits.seed, 0x63])
    canvas = np.zeros((HEIGHT_PX, WIDTH_PX), dtype=np.uint8)
    for _ in range(random.poisson(_MEAN_CREASES * traits.wear)):
        middle = random.uniform((60, 60), (WIDTH_PX - 60, HEIGHT_PX - 60))
        slope = random.normal(0.0, 0.5)
        reach = random.uniform(25.0, 110.0)
        bend = random.normal(0.0, 6.0)
        steps = np.linspace(-1.0, 1.0, 9)
        right = middle[0] + reach * steps * math.cos(slope)
        down = middle[1] + reach * steps * math.sin(slope) + bend * steps**2
        line = np.stack((right, down), axis=1)
        depth = int(random.uniform(110, 255))
        cv2.polylines(
            canvas, [np.rint(line * 16).astype(np.int32)], False, (depth,), int(random.integers(1, 4)), cv2.LINE_AA, 4
        )
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 0.9), dtype=np.float32) / np.float32(255.0)


def _grain(traits: FingerTraits) -> Field:
    random = np.random.default_rng([traits.seed, 0x64])
    fine = random.standard_normal((HEIGHT_PX, WIDTH_PX), dtype=np.float32)
    smooth = cv2.GaussianBlur(fine, (0, 0), _GRAIN_PX)
    # Blurring white noise by sigma leaves a deviation of 1 / (2 sigma sqrt(pi)).
    return np.asarray(smooth * np.float32(2 * _GRAIN_PX * math.sqrt(math.pi)), dtype=np.float32)
