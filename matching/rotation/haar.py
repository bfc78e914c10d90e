"""Rotations that are all equally likely, made of normal numbers by reflections."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from matching.rotation.normals import Normals

Matrix: TypeAlias = Float64[NDArray[np.float64], "dimension dimension"]


def orthogonal(normals: Normals, dimension: int) -> Matrix:
    """Return an orthogonal matrix, each as likely as any other (Haar measure), float64 [dimension, dimension].

    A product of Householder reflections, one for each dimension from the last on (G. W. Stewart, "The efficient
    generation of random orthogonal matrices with an application to condition estimators", SIAM J. Numer. Anal. 17,
    1980). Sums are taken one number after the other: a library's own order of adding differs between machines.
    """
    matrix = np.eye(dimension)
    for first in range(dimension - 1, -1, -1):
        arrow = normals.take(dimension - first).copy()
        length = np.sqrt(np.cumsum(arrow * arrow)[-1])
        sign = -1.0 if arrow[0] < 0.0 else 1.0
        half = length * (length + sign * arrow[0])  # of the square of the arrow as it will be
        arrow[0] += sign * length
        rest = matrix[first:, first:]
        along = np.cumsum(arrow[:, np.newaxis] * rest, axis=0)[-1]
        matrix[first:, first:] = -sign * (rest - arrow[:, np.newaxis] * (along / half))
    return matrix
