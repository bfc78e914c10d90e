"""Which finger of one person is compared with which of the other, when some prints have no known position."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

EvidenceTable: TypeAlias = Float64[NDArray[np.float64], "probe reference"]
"""Evidence of each finger of the probe against each of the reference, at least 0; 0 where they cannot be compared."""


def best_pairing(evidence: EvidenceTable) -> list[tuple[int, int]]:
    """Return the one-to-one pairing with the largest total evidence, as (probe, reference) indices.

    The assignment problem, solved exactly by shortest augmenting paths (Kuhn 1955; Munkres 1957). A greedy choice would
    not do: raising one score could then lower the total, and a better print must never make a person less alike.

    Parameters
    ----------
    evidence
        float64 [probe, reference], finite and at least 0.
    """
    rows, columns = evidence.shape
    if rows > columns:
        return sorted((row, column) for column, row in best_pairing(np.ascontiguousarray(evidence.T)))
    cost = -evidence
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    row_of = np.full(columns, -1)
    for free_row in range(rows):
        _augment(cost, row_price, column_price, row_of, free_row)
    return sorted((int(row), column) for column, row in enumerate(row_of) if row >= 0)


def _augment(
    cost: EvidenceTable,
    row_price: NDArray[np.float64],
    column_price: NDArray[np.float64],
    row_of: NDArray[np.int64],
    free_row: int,
) -> None:
    """Give `free_row` a column along the cheapest path of swaps, keeping every reduced cost at least 0."""
    columns = cost.shape[1]
    distance = np.full(columns, np.inf)
    came_from = np.full(columns, -1)
    closed = np.zeros(columns, dtype=np.bool_)
    row, column, so_far = free_row, -1, 0.0
    while row >= 0:
        onward = so_far + cost[row] - row_price[row] - column_price
        better = ~closed & (onward < distance)
        distance[better] = onward[better]
        came_from[better] = column
        column = int(np.where(closed, np.inf, distance).argmin())
        so_far = float(distance[column])
        closed[column] = True
        row = int(row_of[column])
    row_price[free_row] += so_far
    for passed in np.flatnonzero(closed):
        if row_of[passed] >= 0:
            row_price[row_of[passed]] += so_far - distance[passed]
        column_price[passed] -= so_far - distance[passed]
    while column >= 0:
        before = int(came_from[column])
        row_of[column] = row_of[before] if before >= 0 else free_row
        column = before


def count_pairings(*, unknown_probe: int, named_probe: int, unknown_reference: int, named_reference: int) -> int:
    """Return an upper bound of how many pairings `best_pairing` chose among.

    Named fingers pair only with their own name, so without unknown prints there is one pairing. Each unknown print may
    take any finger of the other side; i of them take partners in comb(unknown, i) * perm(fingers, i) ways, and one
    rests only where others can occupy every finger.
    """
    fingers = unknown_reference + named_reference
    fewest = max(0, min(unknown_probe, fingers - named_probe))
    most = min(unknown_probe, fingers)
    of_probe = sum(math.comb(unknown_probe, i) * math.perm(fingers, i) for i in range(fewest, most + 1))
    fewest = max(0, min(unknown_reference - unknown_probe, named_probe - named_reference))
    most = min(unknown_reference, named_probe)
    of_reference = sum(math.comb(unknown_reference, i) * math.perm(named_probe, i) for i in range(fewest, most + 1))
    return of_probe * of_reference


def same_finger_groups(count: int, alike: set[tuple[int, int]]) -> list[int]:
    """Return for each of `count` unknown prints of one person the first print of its finger.

    Prints that match each other are samples of one finger: taken for two fingers, their evidence would count twice.

    Parameters
    ----------
    count
        How many prints.
    alike
        Pairs of indices whose prints match each other.
    """
    first = list(range(count))
    for earlier, later in sorted(alike):
        keep, drop = sorted((first[earlier], first[later]))
        first = [keep if group == drop else group for group in first]
    return first
