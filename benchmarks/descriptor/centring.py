"""Moves the finger descriptor to where prints lie on average.

A part that all prints have in common makes strangers alike, those of many minutiae more than others. A scanner's own
part is smaller than what four of them have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from benchmarks.accuracy.identify_prints import Prints
from biometrics.arrays import Ids, Vectors
from biometrics.templates import MinutiaSet
from matching.descriptor.aggregate import rooted_sums
from matching.descriptor.describe import DIMENSION, constellation_of
from matching.descriptor.surroundings import Constellation, surroundings_of
from matching.descriptor.weights import Weights
from matching.minutiae import prepare
from matching.minutiae.kernels import LEAST_MINUTIAE

Unmoved: TypeAlias = Float64[NDArray[np.float64], "prints dimension"]
"""Vectors before they are brought to length 1."""

Minutiae: TypeAlias = Sequence[MinutiaSet | None]


def moved(weights: Weights, minutiae: Minutiae) -> Weights:
    """Return weights that make the average of these prints zero."""
    _, vectors = _unmoved(minutiae, weights)
    return replace(weights, output_offset=weights.output_offset - vectors.mean(axis=0))


def held_out(weights: Weights, prints: Prints) -> dict[int, Weights]:
    """Return for each data set weights moved by the prints of all others; those given where there is only one set."""
    sets = [int(one) for one in np.unique(prints.sets)]
    if len(sets) < 2:
        return dict.fromkeys(sets, weights)
    others = {one: [prints.minutiae[row] for row in np.flatnonzero(prints.sets != one)] for one in sets}
    return {one: moved(weights, some) for one, some in others.items()}


def vectors_of(minutiae: Minutiae, sets: Ids, weights: Mapping[int, Weights]) -> Vectors:
    """Return float32 [prints, 256] vectors of length 1, each by the weights of its set; zero where there is none."""
    vectors = np.zeros((len(minutiae), DIMENSION), dtype=np.float32)
    for one, own in weights.items():
        places = np.flatnonzero(sets == one)
        rows, found = _unmoved([minutiae[int(place)] for place in places], own)
        vectors[places[rows]] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return vectors


def _unmoved(minutiae: Minutiae, weights: Weights) -> tuple[Ids, Unmoved]:
    """Return which prints can be described, and what the weights make of them."""
    some = [_constellation(one) for one in minutiae]
    around = surroundings_of(some)
    rows = np.flatnonzero(np.diff(around.starts) >= LEAST_MINUTIAE)
    described = rooted_sums(around.take(rows), weights.vocabulary) @ weights.output + weights.output_offset
    return rows, described


def _constellation(minutiae: MinutiaSet | None) -> Constellation:
    nothing = np.empty(0)
    return (
        Constellation(x=nothing, y=nothing, angle=nothing) if minutiae is None else constellation_of(prepare(minutiae))
    )
