"""The least of a function of a few numbers, by the simplex method of Nelder and Mead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

Point: TypeAlias = Float64[NDArray[np.float64], " numbers"]
Objective: TypeAlias = Callable[[Point], float]


def least(objective: Objective, start: Point, steps: Point, *, rounds: int) -> tuple[Point, float]:
    """Return the point where a function is least, as far as found, and its value there.

    J. A. Nelder and R. Mead, "A simplex method for function minimization", The Computer Journal 7 (1965), with their
    coefficients.

    Parameters
    ----------
    start, steps
        First corner of the simplex, and how far the others lie from it.
    rounds
        How often a corner is replaced.
    """
    corners = np.vstack((start, start + np.diag(steps)))
    values = np.array([objective(corner) for corner in corners])
    for _ in range(rounds):
        order = np.argsort(values, kind="stable")
        corners, values = corners[order], values[order]
        corner, value = _better(objective, corners, values)
        if value < values[-1]:
            corners[-1], values[-1] = corner, value
        else:
            corners[1:] = (corners[1:] + corners[0]) / 2
            values[1:] = [objective(one) for one in corners[1:]]
    best = int(np.argmin(values))
    return corners[best], float(values[best])


def _better(objective: Objective, corners: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[Point, float]:
    """Return the corner to put in place of the worst, or something no better than it."""
    middle = corners[:-1].mean(axis=0)
    away = middle - corners[-1]
    reflected = middle + away
    value = objective(reflected)
    if value < values[0]:
        farther = middle + 2 * away
        beyond = objective(farther)
        return (farther, beyond) if beyond < value else (reflected, value)
    if value < values[-2]:
        return reflected, value
    side = reflected if value < values[-1] else corners[-1]
    inside = (middle + side) / 2
    return inside, objective(inside)
