"""The comparison itself, compiled: vote, align, pair, weigh. Self-contained, as `biometrics.compiled` demands.

A print is one int16 record (made by `matching.minutiae.record`): the counts ``n`` of minutiae, ``e`` of edges and ``h``
of corners, then the columns ``x[n] y[n] angle[n]  length[e] own[e] other[e] start[e]  cell[257]  hull_x[h] hull_y[h]``.
Coordinates are quarter pixels at 500 ppi, y down; angles are 1/1024 turns, counter-clockwise as seen.

A pose carries a point (x, y) of the first print over to the second:
``pose[4:6] + [[cos, sin], [-sin, cos]] @ ((x, y) - pose[2:4])`` with ``cos, sin = pose[0:2]``; pose[6] is the turn of
the directions, in angle units.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from biometrics.compiled import compiled

Record: TypeAlias = NDArray[np.int16]
Minutiae: TypeAlias = NDArray[np.int64]
Partners: TypeAlias = NDArray[np.int64]
Table: TypeAlias = NDArray[np.float64]

TURN = 1024  # angle units in a turn (0.35 degrees each), a power of two so that & wraps
HALF_TURN = TURN // 2
CELL_SHIFT = 6  # an edge cell spans 64 angle units (22.5 degrees), about the usual tolerance below
CELLS = TURN >> CELL_SHIFT
CELL_STARTS = CELLS * CELLS + 1
PIXEL = 4  # coordinate units in a pixel
HEADER = 3
POSE_SIZE = 7
LEAST_MINUTIAE = 4  # prints of fewer cannot be told from chance
LEAST_PAIRS = 3

# Chosen on FVC2002 DB1-4 set B, as captured and degraded in two ways (elastic, noisy, scarred; small windows, turned),
# on the middle of a plateau that the four sensors share: changing any of them by a third moves the mean equal error
# rate by less than 0.1 percentage points.
EDGE_LENGTH_SLACK = 5 * PIXEL  # tolerance on the length of an edge, and 1/16 of its length more for stretched skin
EDGE_ANGLE_SLACK = 25  # 9 degrees, tolerance on an edge's angles,
EDGE_ANGLE_REACH = 300 * PIXEL  # and this divided by its length more: short edges turn with the noise of positions
SHORT_EDGE = 5 * PIXEL  # shorter edges are given the tolerance of this length
ROOTS = 6  # hypotheses tried, best supported first
SEED_SLACK = 10.0 * PIXEL  # position tolerance beside the root, growing
SEED_STRETCH = 0.2  # by this share of the distance from it
POSITION_SLACK = 14.0 * PIXEL  # position tolerance once aligned, about one and a half ridge periods
ANGLE_SLACK = 70.0  # 25 degrees, direction tolerance of a pair
BEND_REACH = 25.0 * PIXEL  # distance at which a pair's say in the local distortion has halved
BEND_PRIOR = 0.3  # weight of "no distortion"; a pair next to the point weighs 1
OUTSIDE_SHARE = 0.15  # what an unpaired minutia counts where the other print shows nothing

_ANGLES = np.arange(TURN) * (2 * np.pi / TURN)
_COS = np.round(np.cos(_ANGLES) * 16384) / 16384  # rounded, so that the last bit of a library's cosine cannot show
_SIN = np.round(np.sin(_ANGLES) * 16384) / 16384


@compiled("int64(int64)")
def _wrapped(difference: int) -> int:
    """Bring a difference of angles into [-half turn, half turn)."""
    return ((difference + HALF_TURN) & (TURN - 1)) - HALF_TURN


@compiled("int64[:, ::1](int16[::1])")
def _minutiae(record: Record) -> Minutiae:
    """Return x, y and angle of each minutia, a row each."""
    count = record[0]
    rows = np.empty((count, 3), dtype=np.int64)
    for i in range(count):
        for column in range(3):
            rows[i, column] = record[HEADER + column * count + i]
    return rows


@compiled("void(int16[::1], int16[::1], float64[:, ::1])")
def _vote(first: Record, second: Record, support: Table) -> None:
    """Add to support[i, j] how alike each edge from minutia i of the first and each from j of the second are."""
    edges, others = np.int64(first[1]), np.int64(second[1])
    from_edge, from_other = HEADER + 3 * np.int64(first[0]), HEADER + 3 * np.int64(second[0])
    cells = from_other + 4 * others
    for e in range(from_edge, from_edge + edges):
        length, own, other = np.int64(first[e]), np.int64(first[e + edges]), np.int64(first[e + 2 * edges])
        length_slack = EDGE_LENGTH_SLACK + (length >> 4)
        angle_slack = EDGE_ANGLE_SLACK + EDGE_ANGLE_REACH // max(length, np.int64(SHORT_EDGE))
        for own_cell in range((own - angle_slack) >> CELL_SHIFT, ((own + angle_slack) >> CELL_SHIFT) + 1):
            row = cells + (own_cell & (CELLS - 1)) * CELLS
            for other_cell in range((other - angle_slack) >> CELL_SHIFT, ((other + angle_slack) >> CELL_SHIFT) + 1):
                cell = row + (other_cell & (CELLS - 1))
                for f in range(from_other + second[cell], from_other + second[cell + 1]):
                    stretch = abs(length - second[f])
                    own_turn = abs(_wrapped(own - second[f + others]))
                    other_turn = abs(_wrapped(other - second[f + 2 * others]))
                    if stretch <= length_slack and own_turn <= angle_slack and other_turn <= angle_slack:
                        likeness = 1.0 - stretch / (length_slack + 1.0)
                        likeness *= 1.0 - own_turn / (angle_slack + 1.0)
                        likeness *= 1.0 - other_turn / (angle_slack + 1.0)
                        support[first[e + 3 * edges], second[f + 3 * others]] += likeness


@compiled("int64(float64[:, ::1], int64[:, ::1])")
def _best_roots(support: Table, roots: Partners) -> int:
    """Write the best supported pairs into the rows of `roots`, best first, and return how many there are."""
    found = 0
    for i in range(support.shape[0]):
        for j in range(support.shape[1]):
            value = support[i, j]
            if value == 0.0 or (found == ROOTS and value <= support[roots[-1, 0], roots[-1, 1]]):
                continue
            found = min(found + 1, ROOTS)
            rank = found - 1
            while rank > 0 and support[roots[rank - 1, 0], roots[rank - 1, 1]] < value:
                roots[rank] = roots[rank - 1]
                rank -= 1
            roots[rank, 0], roots[rank, 1] = i, j
    return found


@compiled("void(int64[:, ::1], float64[::1], float64[:, ::1])")
def _carry_over(first: Minutiae, pose: Table, place: Table) -> None:
    """Write where the rigid pose puts each minutia of the first print into columns 0 and 1 of `place`."""
    for i in range(len(first)):
        x, y = first[i, 0] - pose[2], first[i, 1] - pose[3]
        place[i, 0] = pose[4] + pose[0] * x + pose[1] * y
        place[i, 1] = pose[5] - pose[1] * x + pose[0] * y


@compiled("void(int64[:, ::1], int64[::1], float64[:, ::1], float64[:, ::1])")
def _bend(first: Minutiae, partner: Partners, residual: Table, place: Table) -> None:
    """Move each place by what its paired neighbours, itself excepted, are off the rigid pose: the local distortion."""
    reach2 = BEND_REACH * BEND_REACH
    for i in range(len(first)):
        total, x, y = BEND_PRIOR, 0.0, 0.0
        for k in range(len(first)):
            if partner[k] >= 0 and k != i:
                across, down = np.float64(first[k, 0] - first[i, 0]), np.float64(first[k, 1] - first[i, 1])
                weight = reach2 / (across * across + down * down + reach2)
                total += weight
                x += weight * residual[k, 0]
                y += weight * residual[k, 1]
        place[i, 0] += x / total
        place[i, 1] += y / total


@compiled("void(int64[:, ::1], int64[:, ::1], int64, float64[:, ::1], int64[:, ::1])")
def _pair_up(first: Minutiae, second: Minutiae, turn: int, place: Table, partner: Partners) -> None:
    """Pair minutiae that are each other's nearest; partner[0] leads from first to second, partner[1] back, or is -1."""
    partner[:, :] = -1
    nearest = np.full(partner.shape, np.inf)
    for i in range(len(first)):
        slack = place[i, 2]
        for j in range(len(second)):
            x, y = second[j, 0] - place[i, 0], second[j, 1] - place[i, 1]
            if abs(x) > slack or x * x + y * y > slack * slack:
                continue
            angle = _wrapped(first[i, 2] + turn - second[j, 2])
            if abs(angle) > ANGLE_SLACK:
                continue
            far = (x * x + y * y) / (POSITION_SLACK * POSITION_SLACK) + (angle * angle) / (ANGLE_SLACK * ANGLE_SLACK)
            if far < nearest[0, i]:
                nearest[0, i], partner[0, i] = far, j
            if far < nearest[1, j]:
                nearest[1, j], partner[1, j] = far, i
    for i in range(len(first)):
        if partner[0, i] >= 0 and partner[1, partner[0, i]] != i:
            partner[0, i] = -1
    for j in range(len(second)):
        if partner[1, j] >= 0 and partner[0, partner[1, j]] != j:
            partner[1, j] = -1


@compiled("int64(int64[:, ::1], int64[:, ::1], int64[::1], float64[::1], float64[:, ::1])")
def _fit(first: Minutiae, second: Minutiae, partner: Partners, pose: Table, residual: Table) -> int:
    """Fit the rigid pose to the pairs by least squares, write what they are off it, and return their number."""
    turn = int(pose[6])
    pairs, drift, middle = 0, 0, np.zeros(4)
    for i in range(len(first)):
        j = partner[i]
        if j >= 0:
            pairs += 1
            drift += _wrapped(second[j, 2] - first[i, 2] - turn)
            middle[:2] += first[i, :2]
            middle[2:] += second[j, :2]
    if pairs < LEAST_PAIRS:
        return pairs
    pose[2:6] = middle / pairs
    pose[6] = (turn + drift // pairs) & (TURN - 1)
    along, across = 0.0, 0.0
    for i in range(len(first)):
        j = partner[i]
        if j >= 0:
            x, y, u, v = first[i, 0] - pose[2], first[i, 1] - pose[3], second[j, 0] - pose[4], second[j, 1] - pose[5]
            along += x * u + y * v
            across += y * u - x * v
    length = math.sqrt(along * along + across * across)
    if length > 0.0:
        pose[0], pose[1] = along / length, across / length
    _carry_over(first, pose, residual)
    for i in range(len(first)):
        if partner[i] >= 0:
            residual[i, 0] = second[partner[i], 0] - residual[i, 0]
            residual[i, 1] = second[partner[i], 1] - residual[i, 1]
    return pairs


@compiled("boolean(int16[::1], float64, float64)")
def covers(record: Record, x: float, y: float) -> bool:
    """Tell whether a point lies within the convex hull of a print, whose corners run so that inside is to the left."""
    corners = np.int64(record[2])
    hull = HEADER + 3 * np.int64(record[0]) + 4 * np.int64(record[1]) + CELL_STARTS
    for k in range(hull, hull + corners):
        after = k + 1 if k + 1 < hull + corners else hull
        ahead, down = record[after] - record[k], record[after + corners] - record[k + corners]
        if ahead * (y - record[k + corners]) - down * (x - record[k]) < 0.0:
            return False
    return True


@compiled("float64(int16[::1], int16[::1], float64[::1], float64[:, ::1], int64[:, ::1])")
def _weigh(first_record: Record, second_record: Record, pose: Table, place: Table, partner: Partners) -> float:
    """Score the pairing: the summed accuracy of the pairs, times its share of what could have paired on either side."""
    first, second = _minutiae(first_record), _minutiae(second_record)
    turn = int(pose[6])
    accuracy, of_first, of_second = 0.0, 0.0, 0.0
    for i in range(len(first)):
        j = partner[0, i]
        if j >= 0:
            x, y = second[j, 0] - place[i, 0], second[j, 1] - place[i, 1]
            angle = _wrapped(first[i, 2] + turn - second[j, 2])
            near = max(0.0, 1.0 - (x * x + y * y) / (POSITION_SLACK * POSITION_SLACK))
            accuracy += near * max(0.0, 1.0 - (angle * angle) / (ANGLE_SLACK * ANGLE_SLACK))
        of_first += 1.0 if j >= 0 or covers(second_record, place[i, 0], place[i, 1]) else OUTSIDE_SHARE
    for j in range(len(second)):
        u, v = second[j, 0] - pose[4], second[j, 1] - pose[5]
        x, y = pose[2] + pose[0] * u - pose[1] * v, pose[3] + pose[1] * u + pose[0] * v
        of_second += 1.0 if partner[1, j] >= 0 or covers(first_record, x, y) else OUTSIDE_SHARE
    return accuracy * (accuracy / of_first) * (accuracy / of_second)


@compiled("boolean(int16[::1], int16[::1])")
def comes_first(first: Record, second: Record) -> bool:
    """Tell whether records are in sorted order, so that a pair of prints is always compared the same way round."""
    for k in range(HEADER + 3 * min(first[0], second[0])):
        if first[k] != second[k]:
            return bool(first[k] < second[k])
    return True


@compiled("float64(int16[::1], int16[::1], int64[::1], float64[::1])")
def align(first_record: Record, second_record: Record, best_partner: Partners, best_pose: Table) -> float:
    """Compare two records in the given order; return the score, and write the best pairing and its pose."""
    best, best_partner[:] = 0.0, -1
    first, second = _minutiae(first_record), _minutiae(second_record)
    if min(len(first), len(second)) < LEAST_MINUTIAE:
        return best
    support, roots = np.zeros((len(first), len(second))), np.empty((ROOTS, 2), dtype=np.int64)
    _vote(first_record, second_record, support)
    pose, place, residual = np.empty(POSE_SIZE), np.empty((len(first), 3)), np.empty((len(first), 2))
    partner = np.empty((2, max(len(first), len(second))), dtype=np.int64)
    for k in range(_best_roots(support, roots)):
        i, j = roots[k]
        if support[i, j] < 0.0:
            continue  # an earlier hypothesis has paired these two already
        turn = (second[j, 2] - first[i, 2]) & (TURN - 1)
        pose[0], pose[1], pose[6] = _COS[turn], _SIN[turn], turn
        pose[2:4], pose[4:6] = first[i, :2], second[j, :2]
        _carry_over(first, pose, place)
        place[:, 2] = SEED_SLACK + SEED_STRETCH * np.sqrt((place[:, 0] - pose[4]) ** 2 + (place[:, 1] - pose[5]) ** 2)
        pairs = LEAST_PAIRS
        for _ in range(2):
            _pair_up(first, second, int(pose[6]), place, partner)
            pairs = _fit(first, second, partner[0], pose, residual)
            if pairs < LEAST_PAIRS:
                break
            _carry_over(first, pose, place)
            _bend(first, partner[0], residual, place)
            place[:, 2] = POSITION_SLACK
        if pairs < LEAST_PAIRS:
            continue
        for q in range(len(first)):
            if partner[0, q] >= 0:
                support[q, partner[0, q]] = -1.0
        score = _weigh(first_record, second_record, pose, place, partner)
        if score > best:
            best, best_partner[: len(first)], best_pose[:] = score, partner[0, : len(first)], pose
    return best


@compiled("void(int16[::1], int16[::1], int64[::1], float32[::1])")
def compare_records(probe: Record, records: Record, starts: Partners, scores: NDArray[np.float32]) -> None:
    """Score the probe against the records that begin at `starts`."""
    partner, pose = np.empty(256, dtype=np.int64), np.empty(POSE_SIZE)
    for k in range(len(starts)):
        reference = records[starts[k] :]
        if comes_first(probe, reference):
            scores[k] = align(probe, reference, partner, pose)
        else:
            scores[k] = align(reference, probe, partner, pose)
