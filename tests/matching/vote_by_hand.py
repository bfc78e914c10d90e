"""The first two stages of the comparison in plain Python: every edge against every edge, every pair against every."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from biometrics.templates import MinutiaSet
from matching.minutiae.edges.kernels import ANGLE_BINS, NO_EDGE
from matching.minutiae.edges.likeness import likeness
from matching.minutiae.kernels import COLUMNS, NEIGHBOURS
from matching.minutiae.record import prepare

FULL_LIKENESS = 40.0
SLACK_UNITS, STRETCH, ANGLE_UNITS = 28.0, 0.3, 98
MOST_PAIRS = 16

Whole = NDArray[np.int64]
Pair = tuple[int, int, int]


def columns(print_: MinutiaSet) -> tuple[Whole, Whole]:
    """Return x, y, angle as rows, and the edge codes."""
    record = prepare(print_).record
    count = int(record[0])
    places = record[COLUMNS : COLUMNS + 3 * count].reshape(3, count).astype(np.int64)
    codes = record[COLUMNS + 3 * count :].view(np.uint16).reshape(count, NEIGHBOURS).astype(np.int64)
    return places, codes


def alike(first: int, second: int) -> int:
    """Return how like two edge codes are, from the table of all."""
    table = likeness()
    (length, own, other), (length2, own2, other2) = (
        (code // ANGLE_BINS**2, code // ANGLE_BINS % ANGLE_BINS, code % ANGLE_BINS) for code in (first, second)
    )
    turned = [
        (end - start + ANGLE_BINS // 2) % ANGLE_BINS - ANGLE_BINS // 2 for start, end in ((own, own2), (other, other2))
    ]
    rows = table.kin[table.starts[length] : table.starts[length + 1]]
    found = rows[(rows[:, 0] == length2 - length) & (rows[:, 1] == turned[0]) & (rows[:, 2] == turned[1]), 3]
    return int(found[0]) if len(found) else 0


def support(first: Whole, second: Whole) -> Whole:
    """Return the support of every pair of minutiae by the edges from them."""
    votes = np.zeros((len(first), len(second)), dtype=np.int64)
    for i, mine in enumerate(first):
        for j, theirs in enumerate(second):
            votes[i, j] = sum(alike(int(one), int(two)) for one in mine for two in theirs if NO_EDGE not in (one, two))
    return votes


def best_pairs(votes: Whole) -> list[Pair]:
    """Return first, second and support of the pairs each of which is best for either minutia, best first."""
    count, size = votes.shape
    best_of_first = size - 1 - votes[:, ::-1].argmax(axis=1)  # of equal ones, that of the higher index
    best_of_second = count - 1 - votes[::-1].argmax(axis=0)
    mutual = [
        (i, int(j), int(votes[i, j])) for i, j in enumerate(best_of_first) if votes[i, j] and best_of_second[j] == i
    ]
    return sorted(mutual, key=lambda pair: (-pair[2], pair[0], pair[1]))[:MOST_PAIRS]


def agreement(first: MinutiaSet, second: MinutiaSet) -> float:
    """Return the most agreement among the pairs of two prints, the first of which sorts first."""
    (mine, my_codes), (theirs, their_codes) = columns(first), columns(second)
    pairs = best_pairs(support(my_codes, their_codes))
    sums = [float(pair[2]) for pair in pairs]
    for root in range(len(pairs)):
        for other in range(root + 1, len(pairs)):
            share = _share(mine, theirs, pairs[root], pairs[other])
            sums[root] += share * pairs[other][2]
            sums[other] += share * pairs[root][2]
    return max(sums, default=0.0) / FULL_LIKENESS


def _share(mine: Whole, theirs: Whole, root: Pair, other: Pair) -> float:
    if root[0] == other[0] or root[1] == other[1]:
        return 0.0
    turn, turn2 = (theirs[2, j] - mine[2, i] for i, j, _ in (root, other))
    off = (turn2 - turn + 512) % 1024 - 512
    step = complex(*(mine[:2, other[0]] - mine[:2, root[0]]))
    there = complex(*(theirs[:2, other[1]] - theirs[:2, root[1]]))
    radians = turn * 2 * math.pi / 1024  # counter-clockwise as seen is negative where y points down
    apart = abs(there - step * complex(math.cos(radians), -math.sin(radians))) ** 2
    slack = SLACK_UNITS**2 + STRETCH**2 * abs(step) ** 2
    if abs(off) > ANGLE_UNITS or apart >= slack:
        return 0.0
    return float((1 - apart / slack) * (1 - off**2 / ANGLE_UNITS**2))
