"""What of a constellation a print shows, and how wrongly.

The deviations were set so that pairs of impressions, laid over each other by the comparison of minutiae, differ about
as genuine pairs of FVC2002 set B do: nine of ten minutiae of the common area paired, 2.5 px and 4 degrees off.
"""

from __future__ import annotations

import numpy as np

from benchmarks.descriptor.constellations import Constellation
from biometrics.templates import MinutiaSet

LEAST_SHOWN = 9
"""Minutiae that a print shows before any is missed."""

LEAST_FOUND = 6
"""As the extraction of fingers demands."""

_TRIES = 20
_PRESS_PX = (14.0, 18.0)
_WILD_SHARE, _WILD = 0.15, 3.0
_CONTACT_PX = (75.0, 150.0)
_LONGER = (1.1, 1.55)
_SMALL_SENSOR_SHARE = 0.6
_SENSOR_PX = ((90.0, 110.0), (180.0, 200.0))
_SENSOR_OFF_PX = 12.0

_CUT_SHARE, _CUT_LEAVES = 0.25, (0.55, 1.0)
_MISSED, _INVENTED = 0.08, 0.05
_INVENTED_NEAR_PX = 30.0
_UNIT_PX = 100.0
_STRETCH_PX, _BEND_PX = 3.0, 2.0
"""Deviation of how far skin is displaced 100 px from the middle, in proportion to the distance and to its square."""
_DRAGGED_SHARE, _DRAGGED = 0.3, 3.5
"""How many prints are of skin dragged over the sensor, and how much more it is displaced."""
_OFF_PX, _OFF_DEG = 1.0, 3.0
_REVERSED = 0.02


def impression(finger: Constellation, random: np.random.Generator) -> Constellation:
    """Return a print of a finger: pressed, cut, some minutiae missed, some invented, skin stretched, all measured."""
    seen = _pressed(finger, random)
    if random.random() < _CUT_SHARE:
        seen = _cut(seen, random)
    found = random.random(len(seen)) >= random.exponential(_MISSED)
    seen = seen[found] if found.sum() >= LEAST_FOUND else seen
    seen = np.concatenate((seen, _invented(seen, random)))
    return _measured(_stretched(seen, random), random)


def _pressed(finger: Constellation, random: np.random.Generator) -> Constellation:
    seen = finger
    for _ in range(_TRIES):
        wild = _WILD if random.random() < _WILD_SHARE else 1.0
        middle = random.normal(0.0, wild, 2) * _PRESS_PX
        half_width = random.uniform(*_CONTACT_PX)
        half = np.array((half_width, half_width * random.uniform(*_LONGER)))
        inside = (((finger[:, :2] - middle) / half) ** 2).sum(axis=1) < 1
        if random.random() < _SMALL_SENSOR_SHARE:
            off = finger[:, :2] - middle - random.normal(0.0, _SENSOR_OFF_PX, 2)
            inside &= (np.abs(off) < random.uniform(*_SENSOR_PX)).all(axis=1)
        seen = finger[inside]
        if len(seen) >= LEAST_SHOWN:
            return np.asarray(seen)
    return finger


def _cut(seen: Constellation, random: np.random.Generator) -> Constellation:
    toward = random.uniform(0.0, 2 * np.pi)
    along = seen[:, 0] * np.cos(toward) + seen[:, 1] * np.sin(toward)
    left = seen[along <= np.quantile(along, random.uniform(*_CUT_LEAVES))]
    return left if len(left) >= LEAST_SHOWN else seen


def _invented(seen: Constellation, random: np.random.Generator) -> Constellation:
    """Return false minutiae, near true ones; half of them point as these do, or the other way."""
    count = random.poisson(random.exponential(_INVENTED) * len(seen))
    near = seen[random.integers(0, len(seen), count)]
    places = near[:, :2] + random.normal(0.0, _INVENTED_NEAR_PX, (count, 2))
    along = near[:, 2] + random.integers(0, 2, count) * np.pi + random.normal(0.0, 0.5, count)
    angle = np.where(random.random(count) < 0.5, along, random.uniform(0.0, 2 * np.pi, count))
    return np.column_stack((places, angle))


def _stretched(seen: Constellation, random: np.random.Generator) -> Constellation:
    """Displace by a random polynomial of second degree, and turn the directions with the skin."""
    right, down = ((seen[:, :2] - seen[:, :2].mean(axis=0)) / _UNIT_PX).T
    strength = _DRAGGED if random.random() < _DRAGGED_SHARE else 1.0
    linear = random.normal(0.0, strength * _STRETCH_PX, (2, 2))
    square = random.normal(0.0, strength * _BEND_PX, (2, 3))
    moved = np.stack((right, down)).T @ linear.T + np.stack((right**2, right * down, down**2)).T @ square.T
    across = linear[:, 0, None] + 2 * square[:, 0, None] * right + square[:, 1, None] * down
    along = linear[:, 1, None] + square[:, 1, None] * right + 2 * square[:, 2, None] * down
    heading = np.stack((np.cos(seen[:, 2]), -np.sin(seen[:, 2])))
    turned = heading + (across * heading[0] + along * heading[1]) / _UNIT_PX
    return np.column_stack((seen[:, :2] + moved, np.arctan2(-turned[1], turned[0])))


def _measured(seen: Constellation, random: np.random.Generator) -> Constellation:
    places = seen[:, :2] + random.normal(0.0, _OFF_PX, (len(seen), 2))
    angle = seen[:, 2] + random.normal(0.0, np.radians(_OFF_DEG), len(seen))
    return np.column_stack((places, angle + np.pi * (random.random(len(seen)) < _REVERSED)))


def as_minutiae(seen: Constellation) -> MinutiaSet:
    """Return a print as the extractor would: in a picture that just holds it."""
    places = (seen[:, :2] - seen[:, :2].min(axis=0)).astype(np.float32)
    width, height = (int(side) + 1 for side in places.max(axis=0))
    angle = np.mod(seen[:, 2], 2 * np.pi).astype(np.float32)
    nothing = np.zeros(len(seen), dtype=np.uint8)
    return MinutiaSet(
        x=places[:, 0],
        y=places[:, 1],
        angle=np.where(angle < np.float32(2 * np.pi), angle, np.float32(0)),
        kind=nothing,
        quality=nothing,
        width=width,
        height=height,
    )
