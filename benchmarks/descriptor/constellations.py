"""Minutiae of fingers that never were, drawn straight from an orientation field: no ridges, no pictures, no people.

Each finger's directions follow the flow of a simulated finger. Its minutiae lie at random, no two closer than a ridge
period or so, denser in the middle of the pad; each points one way or the other along the flow, neighbours often the
same way. Distances of nearest neighbours, and how many of them point the same way, came out as on FVC2002 set B.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from devices.simulated import FingerTraits, fingers_of
from devices.simulated.fields import centred_grid
from devices.simulated.flow import ridge_flow

Constellation: TypeAlias = Float64[NDArray[np.float64], "_minutiae 3"]
"""A minutia a row: x to the right and y down in pixels at 500 ppi from the middle of the pad, angle in radians."""

FIRST_PERSON = 91_000_000
"""Seeds of people from here on; benchmarks use others."""

_HALF_WIDTH_PX, _HALF_HEIGHT_PX = 220.0, 268.0
_SPACING_PX = 8.0
_ROWS, _COLUMNS = 69, 57

_MOST_PLACES = 260
"""Mean of the places drawn before any is left out; 70 to 170 minutiae on a whole pad are left."""

_KEPT = (0.45, 0.95)
_SPREAD_PX = (260.0, 330.0)
_CLOSEST_PX = (7.0, 12.0)

_WAVES, _WAVE_REACH_PX = 12, 55.0
_WILFUL = (0.4, 1.6)
"""Deviation of a minutia's own will against its surroundings' when it chooses its way, least and most, by finger."""


def constellations(random: np.random.Generator) -> Iterator[Constellation]:
    """Yield fingers without end, the same for the same state of the generator."""
    for person in count(FIRST_PERSON):
        for traits in fingers_of(person).values():
            yield _constellation(traits, random)


def mirrored(one: Constellation) -> Constellation:
    """Return a finger as seen in a mirror: another finger."""
    return np.stack((-one[:, 0], one[:, 1], np.pi - one[:, 2]), axis=1)


def _constellation(traits: FingerTraits, random: np.random.Generator) -> Constellation:
    places = _places(random)
    x, y = centred_grid(_ROWS, _COLUMNS, _SPACING_PX)
    flow = ridge_flow(traits, x, y, _SPACING_PX)
    row = np.rint((_ROWS - 1) / 2 + places[:, 1] / _SPACING_PX).astype(int)
    column = np.rint((_COLUMNS - 1) / 2 + places[:, 0] / _SPACING_PX).astype(int)
    waves = random.normal(0.0, 1.0 / _WAVE_REACH_PX, (_WAVES, 2))
    phases = random.uniform(0.0, 2 * np.pi, _WAVES)
    shared = np.sqrt(2 / _WAVES) * np.cos(places @ waves.T + phases).sum(axis=1)
    own = random.normal(0.0, random.uniform(*_WILFUL), len(places))
    angle = flow[row, column].astype(np.float64) + np.where(shared + own > 0, np.pi, 0.0)
    return np.column_stack((places, angle))


def _places(random: np.random.Generator) -> Float64[NDArray[np.float64], "_minutiae 2"]:
    drawn = random.poisson(_MOST_PLACES)
    half = np.array((_HALF_WIDTH_PX, _HALF_HEIGHT_PX))
    places = random.uniform(-half, half, (drawn, 2))
    density = np.exp(-((places / np.array(_SPREAD_PX)) ** 2).sum(axis=1) / 2)
    places = places[random.random(drawn) < density * random.uniform(*_KEPT)]
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    close = apart < random.uniform(*_CLOSEST_PX)
    kept = np.ones(len(places), dtype=np.bool_)
    for one in range(len(places)):
        if kept[one]:
            kept[one + 1 :] &= ~close[one, one + 1 :]
    return np.asarray(places[kept])
