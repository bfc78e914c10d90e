"""What somebody computes from a template of one installation and one of another to see whether they are one person's.

Each function takes rows of either side and returns a score of every pair, [first, second]; more alike is higher.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

Rows: TypeAlias = Float64[NDArray[np.float64], "rows dimension"]
OtherRows: TypeAlias = Float64[NDArray[np.float64], "others dimension"]
Table: TypeAlias = Float64[NDArray[np.float64], "rows others"]
Linking: TypeAlias = Callable[[Rows, OtherRows], Table]


def inner(first: Rows, second: OtherRows) -> Table:
    """Return inner products, as a comparison within one installation does."""
    return np.asarray(first @ second.T)


def ranks(first: Rows, second: OtherRows) -> Table:
    """Return Spearman's correlation of the numbers of two rows."""
    return inner(_standard(_ranked(first)), _standard(_ranked(second)))


def magnitudes(first: Rows, second: OtherRows) -> Table:
    """Return the correlation of how large the numbers are, whatever their signs."""
    return inner(_standard(np.abs(first)), _standard(np.abs(second)))


def sorted_numbers(first: Rows, second: OtherRows) -> Table:
    """Return how near the sorted numbers of two rows are: what no order of the dimensions changes."""
    ordered = np.sort(first, axis=1), np.sort(second, axis=1)
    squares = [(side**2).sum(axis=1) for side in ordered]
    return np.asarray(2.0 * ordered[0] @ ordered[1].T - squares[0][:, np.newaxis] - squares[1])


LINKING: Mapping[str, Linking] = {
    "inner product": inner,
    "ranks": ranks,
    "magnitudes": magnitudes,
    "sorted numbers": sorted_numbers,
}
"""By name: what needs no knowledge of anybody."""


def _ranked(rows: Rows) -> Rows:
    return np.asarray(rows.argsort(axis=1).argsort(axis=1), dtype=np.float64)


def _standard(rows: Rows) -> Rows:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True))
