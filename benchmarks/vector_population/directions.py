"""Vectors of strangers: directions drawn so that their cosines are distributed as measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64
from numpy.typing import NDArray

from benchmarks.vector_population.parameters import Strangers

Drawn: TypeAlias = Float32[NDArray[np.float32], "_rows _dimension"]
Turn: TypeAlias = Float32[NDArray[np.float32], "dimension dimension"]
Scales: TypeAlias = Float32[NDArray[np.float32], " normal"]
Variances: TypeAlias = Float64[NDArray[np.float64], " dimension"]

_FALL = 3.0
"""Power by which variances fall, one beyond the other; cosines depend on their effective dimension, hardly on this."""

_TURN_SEED = 20_020_815
"""All populations are turned alike, so that vectors of one can be searched among those of another."""

_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Directions:
    """Draws unit vectors of one block.

    Parameters
    ----------
    strangers
        How they lie.
    scales
        float32 [normal]: deviation of each normal number.
    turn
        float32 [dimension, dimension]: turns vectors, so that no column stands out. Without, the largest numbers would
        all lie in the first columns, and quantised vectors would lose more than real ones.
    """

    strangers: Strangers
    scales: Scales
    turn: Turn

    @classmethod
    def of(cls, strangers: Strangers, dimension: int) -> Directions:
        """Return those of a dimension, other than the fitted one too: the effective dimension stays where it can."""
        skewed = min(strangers.skewed, dimension // 2)
        normal = dimension - 1 - skewed if dimension > 1 else 0
        variances = falling_variances(max(normal, 1), strangers.effective)[:normal] * strangers.normal_share
        square = np.random.default_rng(_TURN_SEED).standard_normal((dimension, dimension))
        turn, _ = np.linalg.qr(square)
        return cls(
            strangers=strangers,
            scales=np.sqrt(variances).astype(np.float32),
            turn=np.ascontiguousarray(turn, dtype=np.float32),
        )

    def draw(self, random: np.random.Generator, rows: int) -> Drawn:
        """Return unit vectors, float32 [rows, dimension]."""
        parts = np.empty((rows, len(self.turn)), dtype=np.float32)
        normal = len(self.scales)
        skewed = parts.shape[1] - 1 - normal
        parts[:, :normal] = random.standard_normal((rows, normal), dtype=np.float32)
        parts[:, :normal] *= self.scales
        parts[:, normal:-1] = self._skewed(random, rows, skewed)
        parts[:, -1] = self.strangers.common + self.strangers.common_spread * random.standard_normal(rows)
        return unit_rows(parts @ self.turn)

    def _skewed(self, random: np.random.Generator, rows: int, count: int) -> Drawn:
        power = self.strangers.skewed_power
        mean, square = _moment(power), _moment(2 * power)
        share = self.strangers.skewed_share / max(count, 1)
        drawn = random.standard_normal((rows, count), dtype=np.float32)
        np.abs(drawn, out=drawn)
        drawn **= np.float32(power)
        drawn -= np.float32(mean)
        drawn *= np.float32(math.sqrt(share / (square - mean**2)))
        return drawn


def _moment(power: float) -> float:
    """Return the mean of the size of a normal number to a power."""
    return 2 ** (power / 2) * math.gamma((power + 1) / 2) / math.sqrt(math.pi)


def unit_rows(vectors: Drawn) -> Drawn:
    """Scale each row to length 1, in place."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= lengths[:, None]
    return vectors


def falling_variances(dimension: int, effective: float) -> Variances:
    """Return variances that fall smoothly, of sum 1 and a given effective dimension; equal ones where it is too great.

    Parameters
    ----------
    effective
        Square of their sum by the sum of their squares.
    """
    places = np.arange(dimension) + 0.5
    low, high = 1e-3, 1e6
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        variances = 1.0 / (1.0 + (places / middle) ** _FALL)
        if variances.sum() ** 2 < effective * (variances**2).sum():
            low = middle
        else:
            high = middle
    return np.asarray(variances / variances.sum())
