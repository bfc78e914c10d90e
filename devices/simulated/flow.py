"""Which way ridges run: an orientation field from singular points.

Loops, whorls and tented arches follow the zero-pole model (Sherlock and Monro, "A model for interpreting fingerprint
topology", Pattern Recognition 26(7), 1993): each core turns the field by half the angle under which it is seen, each
delta turns it back. As in Vizcaya and Gerhardt, "A nonlinear orientation model for global description of
fingerprints", Pattern Recognition 29(7), 1996, that angle is bent by a periodic function of its own at every singular
point, so that no two loops flow alike. Plain arches have no singular point; their field is sinusoidal (Cappelli, Maio
and Maltoni, "Synthetic fingerprint-database generation", ICPR 2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from devices.simulated.fields import Field, smooth_noise
from devices.simulated.traits import FingerTraits, PatternClass

_BEND_RAD = 0.32
"""Standard deviation of the first harmonic that bends the angle at a singular point; the second has half of it."""

_WAVE_RAD, _WAVE_REACH_PX = 0.13, 50.0
"""Slow wandering of the ridges about the model."""

_LEAN_RAD, _LEAN_REACH_PX = 0.25, 150.0
"""How far the middle of a pattern leans over, standard deviation, fading out over the reach."""

_TIP_CURVATURE = (0.15, 0.5)
"""How far ridges near the tip follow its outline, radians at the edge of the pad."""

_HALF_PAD_PX = 165.0
"""Half the width of an ordinary fingertip (16.8 mm)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SingularPoint:
    """Where ridge directions meet: a core (turn +1) or a delta (turn -1); pixels from the pad's middle, y up."""

    x: float
    y: float
    turn: int


def singular_points(traits: FingerTraits) -> tuple[SingularPoint, ...]:
    """Return the cores and deltas of a finger, alike on both hands of a person and for identical twins."""
    shared = np.random.default_rng([traits.genes, sum(traits.digit.encode()), 0x51])
    own = np.random.default_rng([traits.seed, 0x52])
    jitter = 0.8 * shared.standard_normal(10) + 0.6 * own.standard_normal(10)
    points = _POINTS[traits.pattern](jitter)
    return tuple(SingularPoint(x=point.x * traits.scale, y=point.y * traits.scale, turn=point.turn) for point in points)


def _arch(_: np.ndarray) -> tuple[SingularPoint, ...]:
    return ()


def _tented_arch(jitter: np.ndarray) -> tuple[SingularPoint, ...]:
    x = 8 * jitter[0]
    return (
        SingularPoint(x=x, y=-5 + 12 * jitter[1], turn=1),
        SingularPoint(x=x + 3 * jitter[2], y=-70 + 14 * jitter[3], turn=-1),
    )


def _left_loop(jitter: np.ndarray) -> tuple[SingularPoint, ...]:
    # Its ridges come in from the left and go back there, so the delta lies to the right of the core.
    return (
        SingularPoint(x=8 * jitter[0], y=14 + 14 * jitter[1], turn=1),
        SingularPoint(x=100 + 22 * jitter[2], y=-90 + 24 * jitter[3], turn=-1),
    )


def _right_loop(jitter: np.ndarray) -> tuple[SingularPoint, ...]:
    return tuple(SingularPoint(x=-point.x, y=point.y, turn=point.turn) for point in _left_loop(jitter))


def _whorl(jitter: np.ndarray) -> tuple[SingularPoint, ...]:
    # From plain whorls, whose cores are near each other, to double loops, whose cores lie apart and aslant.
    apart = float(np.clip(34 + 16 * jitter[4], 8, 80))
    slant = 0.35 * jitter[5]
    middle_x, middle_y = 8 * jitter[0], 4 + 12 * jitter[1]
    right, up = apart / 2 * math.sin(slant), apart / 2 * math.cos(slant)
    return (
        SingularPoint(x=middle_x + right, y=middle_y + up, turn=1),
        SingularPoint(x=middle_x - right, y=middle_y - up, turn=1),
        SingularPoint(x=-112 + 20 * jitter[6], y=-100 + 24 * jitter[7], turn=-1),
        SingularPoint(x=112 + 20 * jitter[8], y=-100 + 24 * jitter[9], turn=-1),
    )


_POINTS = {
    PatternClass.ARCH: _arch,
    PatternClass.TENTED_ARCH: _tented_arch,
    PatternClass.LEFT_LOOP: _left_loop,
    PatternClass.RIGHT_LOOP: _right_loop,
    PatternClass.WHORL: _whorl,
}


def ridge_flow(traits: FingerTraits, x: Field, y: Field, spacing_px: float) -> Field:
    """Return the direction of ridges at every pixel, radians in [0, pi), counter-clockwise from the x axis.

    Parameters
    ----------
    traits
        Of the finger.
    x, y
        Where the pixels are, in pixels at 500 ppi from the middle of the pad, y up.
    spacing_px
        Distance between neighbouring pixels, in pixels at 500 ppi.
    """
    random = np.random.default_rng([traits.seed, 0x53])
    points = singular_points(traits)
    lean = random.normal(0.0, _LEAN_RAD) * np.exp(-(x * x + y * y) / np.float32(_LEAN_REACH_PX**2))
    upright_x = x * np.cos(lean) + y * np.sin(lean)
    upright_y = y * np.cos(lean) - x * np.sin(lean)
    flow = _zero_pole_flow(points, upright_x, upright_y, random) if points else _arch_flow(traits, x, y, random)
    reach = _WAVE_REACH_PX / spacing_px
    wave = _WAVE_RAD * smooth_noise(random, x.shape[0], x.shape[1], reach)
    tip = _tip_flow(traits, x, y, random)
    return np.asarray(np.mod(flow + lean + wave + tip, math.pi), dtype=np.float32)


def _arch_flow(traits: FingerTraits, x: Field, y: Field, random: np.random.Generator) -> Field:
    """Ridges rise to the middle and fall again, most steeply a little above the pad's middle."""
    half = _HALF_PAD_PX * traits.scale
    top = float(random.normal(-15.0, 12.0))
    steepness = float(random.uniform(0.75, 1.15))
    swell = steepness * np.exp(-(((y - top) / np.where(y > top, 190.0, 95.0)) ** 2))
    across = np.clip((x - float(random.normal(0.0, 10.0))) / half, -1.0, 1.0)
    return np.asarray(-swell * np.sin(math.pi * across), dtype=np.float32)


def _zero_pole_flow(points: tuple[SingularPoint, ...], x: Field, y: Field, random: np.random.Generator) -> Field:
    total = np.zeros_like(x)
    for point in points:
        seen = np.arctan2(y - np.float32(point.y), x - np.float32(point.x))
        first, second = random.normal(0.0, (_BEND_RAD, _BEND_RAD / 2)).astype(np.float32)
        phases = random.uniform(0.0, 2 * math.pi, 2).astype(np.float32)
        bent = seen + first * np.sin(seen + phases[0]) + second * np.sin(2 * seen + phases[1])
        total += np.float32(point.turn) * bent
    return np.asarray(total / 2, dtype=np.float32)


def _tip_flow(traits: FingerTraits, x: Field, y: Field, random: np.random.Generator) -> Field:
    curvature = float(random.uniform(*_TIP_CURVATURE))
    upper = 1.0 / (1.0 + np.exp(-(y - 10.0) / 30.0))
    return np.asarray(-curvature * upper * np.tanh(x / (0.7 * _HALF_PAD_PX * traits.scale)), dtype=np.float32)
