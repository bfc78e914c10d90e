"""The comparison itself, compiled: vote, agree, align, pair, weigh. Self-contained, as `biometrics.compiled` demands.

A print is one int16 record (made by `matching.minutiae.record`): the count ``n`` of minutiae, its extent (least and
most along 8 directions, pixels), the columns ``x[n] y[n] angle[n]``, and ``edges[n, NEIGHBOURS]``, unsigned codes.
Coordinates are quarter pixels at 500 ppi, y down; angles are 1/1024 turns, counter-clockwise as seen; minutiae ascend
by y.

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
Starts: TypeAlias = NDArray[np.int32]
Entries: TypeAlias = NDArray[np.uint16]
Best: TypeAlias = NDArray[np.uint32]
Whole: TypeAlias = NDArray[np.int64]
Table: TypeAlias = NDArray[np.float64]

PIXEL = 4  # coordinate units in a pixel
TURN = 1024  # angle units in a turn, a power of two so that & wraps
HALF_TURN = TURN // 2
MOST_KEPT = 80  # minutiae of a record, which then takes 1,474 bytes
INDEX_BITS, INDEX_MASK = 7, 127  # hold the index of a minutia
NEIGHBOURS = 6  # edges from each minutia
EXTENT = 1  # where the extent begins,
COLUMNS = EXTENT + 16  # and the columns
LEAST_MINUTIAE = 4  # prints of fewer cannot be told from chance
LEAST_PAIRS = 3
POSE_SIZE = 7
PAIR_COLUMNS = 9  # first, second, support, where the two are (x, y, x, y), turn, agreement

# Chosen on FVC2002 DB1-4 set B, as captured and degraded, on a plateau the sensors share (docs/decisions.md).
MOST_PAIRS = 16  # best supported pairs that are looked at together; 32 did no better
AGREE_SLACK = 7.0 * PIXEL  # by how much two pairs' distances may differ,
AGREE_STRETCH = 0.3  # and by this share of the distance more: skin stretches, and a root's direction is noisy
AGREE_ANGLE = 98  # 34 degrees, by how much two pairs' turns may differ
FULL_LIKENESS = 40.0  # support by one edge of equal code
FEW_MINUTIAE = 15.0  # added to the number of minutiae that scores are divided by: few agree by chance more easily
# With less agreement than this for each of so many minutiae more, nothing is aligned: two of five impostor pairs of
# FVC2002 set B (a sixth on DB4, three fifths on DB2), and none of its mates.
HOPELESS = 0.06
HOPELESS_FEW = 6.0
ROOTS = 3  # hypotheses tried at most, those with most agreement first; five did no better
FIRST_SLACK = 28.0 * PIXEL  # position tolerance after a first alignment by a root and the pairs that agree with it
POSITION_SLACK = 17.0 * PIXEL  # position tolerance once aligned, nearly two ridge periods
ANGLE_SLACK = 85.0  # 30 degrees, direction tolerance of a pair
BEND_REACH = 22.0 * PIXEL  # distance at which a pair's say in the local distortion has halved
BEND_PRIOR = 0.2  # weight of "no distortion"; a pair next to the point weighs 1
OUTSIDE_SHARE = 0.15  # what an unpaired minutia counts where the other print shows nothing
LEAST_ACCURACY = 0.02  # stands for the pairing where there is none, so that agreement still orders such prints

DIRECTIONS = np.array([[1, 0], [0, 1], [1, 1], [1, -1], [2, 1], [1, 2], [2, -1], [1, -2]])  # of the extent
_ANGLES = np.arange(TURN) * (2 * np.pi / TURN)
_COS = np.round(np.cos(_ANGLES) * 16384) / 16384  # rounded, so that the last bit of a library's cosine cannot show
_SIN = np.round(np.sin(_ANGLES) * 16384) / 16384


@compiled("int64(int64)")
def _wrapped(difference: int) -> int:
    """Bring a difference of angles into [-half turn, half turn)."""
    return ((difference + HALF_TURN) & (TURN - 1)) - HALF_TURN


@compiled("int64(int32[::1], uint16[::1], int64, int16[::1], uint32[::1], uint32[:, ::1])")
def _vote(starts: Starts, entries: Entries, count: int, reference: Record, support: Best, best: Best) -> int:
    """Find the minutia of the reference that each of the probe has most support from, and the other way round.

    Support of a pair is how alike the edges from either minutia are, summed. best[0, j] holds that of the reference's
    minutia j and the index of the probe's, in its lowest bits; best[1, i] the same for the probe's minutia i. Of equal
    support the higher index counts, in both directions. Returns the reference's minutiae.
    """
    size = int(reference[0])
    edges = COLUMNS + 3 * size
    best[1, :count] = 0
    for j in range(size):
        support[:count] = 0
        for edge in range(edges + j * NEIGHBOURS, edges + (j + 1) * NEIGHBOURS):
            code = np.int64(reference[edge]) & 0xFFFF
            for place in range(starts[code], starts[code + 1]):
                entry = np.int64(entries[place])
                support[entry >> 8] += np.uint32(entry & 0xFF)
        most = np.uint32(0)
        for i in range(count):
            value = np.uint32(support[i] << INDEX_BITS)
            most = max(most, np.uint32(value | np.uint32(i)))
            best[1, i] = max(best[1, i], np.uint32(value | np.uint32(j)))
        best[0, j] = most
    return size


@compiled("int64(uint32[:, ::1], int64, boolean, float64[:, ::1])")
def _mutual_pairs(best: Best, size: int, swapped: bool, pairs: Table) -> int:
    """List the pairs each of which has the best support of either minutia, best first, and return their number.

    Equal ones are ordered by the first print's minutia, so that it does not matter which print was the probe.
    """
    found = 0
    for j in range(size):
        i, support = np.int64(best[0, j] & INDEX_MASK), np.int64(best[0, j] >> INDEX_BITS)
        if support == 0 or (best[1, i] & INDEX_MASK) != j:
            continue
        first, second = (j, i) if swapped else (i, j)
        rank = found
        while rank > 0 and (
            pairs[rank - 1, 2] < support or (pairs[rank - 1, 2] == support and pairs[rank - 1, 0] > first)
        ):
            rank -= 1
            if rank + 1 < MOST_PAIRS:
                pairs[rank + 1, :3] = pairs[rank, :3]
        if rank < MOST_PAIRS:
            pairs[rank, 0], pairs[rank, 1], pairs[rank, 2] = first, second, support
            found = min(found + 1, MOST_PAIRS)
    return found


@compiled("int64(int64[::1], int64)")
def _count_pairs(partner: Whole, count: int) -> int:
    pairs = 0
    for i in range(count):
        pairs += partner[i] >= 0
    return pairs


@compiled("float64[:, ::1](int16[::1])")
def _minutiae(record: Record) -> Table:
    """Return x, y and angle of each minutia, a row each."""
    count = np.int64(record[0])
    rows = np.empty((count, 3))
    for i in range(count):
        for column in range(3):
            rows[i, column] = record[COLUMNS + column * count + i]
    return rows


@compiled("void(int16[::1], int16[::1], int64, float64[:, ::1])")
def _locate_pairs(first: Record, second: Record, found: int, pairs: Table) -> None:
    """Write where either minutia of each pair is, and by how much it was turned, into the columns from 3 on."""
    count, size = np.int64(first[0]), np.int64(second[0])
    for k in range(found):
        i, j = COLUMNS + int(pairs[k, 0]), COLUMNS + int(pairs[k, 1])
        pairs[k, 3], pairs[k, 4] = first[i], first[i + count]
        pairs[k, 5], pairs[k, 6] = second[j], second[j + size]
        pairs[k, 7] = (np.int64(second[j + 2 * size]) - np.int64(first[i + 2 * count])) & (TURN - 1)


@compiled("float64(float64[:, ::1], int64, int64)")
def _agreement(pairs: Table, root: int, other: int) -> float:
    """Return how well two pairs fit one turn and shift, by the root's turn: 0 not at all, to 1."""
    turn = int(pairs[root, 7])
    angle = _wrapped(int(pairs[other, 7]) - turn)
    if abs(angle) > AGREE_ANGLE:
        return 0.0
    x, y = pairs[other, 3] - pairs[root, 3], pairs[other, 4] - pairs[root, 4]
    u = pairs[other, 5] - pairs[root, 5] - (_COS[turn] * x + _SIN[turn] * y)
    v = pairs[other, 6] - pairs[root, 6] - (_COS[turn] * y - _SIN[turn] * x)
    slack = AGREE_SLACK * AGREE_SLACK + AGREE_STRETCH * AGREE_STRETCH * (x * x + y * y)
    apart = u * u + v * v
    if apart >= slack:
        return 0.0
    return float((1.0 - apart / slack) * (1.0 - (angle * angle) / (1.0 * AGREE_ANGLE * AGREE_ANGLE)))


@compiled("float64(float64[:, ::1], int64)")
def _sum_agreement(pairs: Table, found: int) -> float:
    """Write into the last column the support of each pair and of those that agree with it, and return the most."""
    most = 0.0
    for k in range(found):
        pairs[k, 8] = pairs[k, 2]
    for k in range(found):
        for other in range(k + 1, found):
            share = _agreement(pairs, k, other)
            if share > 0.0:
                pairs[k, 8] += share * pairs[other, 2]
                pairs[other, 8] += share * pairs[k, 2]
        most = max(most, pairs[k, 8])
    return most


@compiled("void(float64[:, ::1], float64[::1], float64[:, ::1])")
def _carry_over(first: Table, pose: Table, place: Table) -> None:
    """Write where the rigid pose puts each minutia of the first print into columns 0 and 1 of `place`."""
    for i in range(len(first)):
        x, y = first[i, 0] - pose[2], first[i, 1] - pose[3]
        place[i, 0] = pose[4] + pose[0] * x + pose[1] * y
        place[i, 1] = pose[5] - pose[1] * x + pose[0] * y


@compiled("void(float64[:, ::1], float64[:, ::1], int64[::1], float64[::1], float64[:, ::1])")
def _fit(first: Table, second: Table, partner: Whole, pose: Table, place: Table) -> None:
    """Fit the rigid pose to the pairs, of which there is at least one, by least squares, and carry over."""
    turn = int(pose[6])
    pairs, drift = 0, 0
    pose[2:6] = 0.0
    for i in range(len(first)):
        j = partner[i]
        if j >= 0:
            pairs += 1
            drift += _wrapped(int(second[j, 2]) - int(first[i, 2]) - turn)
            for axis in range(2):
                pose[2 + axis] += first[i, axis]
                pose[4 + axis] += second[j, axis]
    pose[2:6] /= pairs
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
    _carry_over(first, pose, place)


@compiled("void(float64[:, ::1], float64[:, ::1], int64[::1], float64[:, ::1])")
def _bend(first: Table, second: Table, partner: Whole, place: Table) -> None:
    """Move each place by what its paired neighbours, itself excepted, are off the rigid pose: the local distortion."""
    paired, off = np.empty(len(first), dtype=np.int64), np.empty((len(first), 2))
    pairs = 0
    for i in range(len(first)):
        j = partner[i]
        if j >= 0:
            paired[pairs] = i
            off[pairs, 0], off[pairs, 1] = second[j, 0] - place[i, 0], second[j, 1] - place[i, 1]
            pairs += 1
    reach2 = BEND_REACH * BEND_REACH
    for i in range(len(first)):
        total, x, y = BEND_PRIOR, 0.0, 0.0
        for k in range(pairs):
            near = paired[k]
            across, down = first[near, 0] - first[i, 0], first[near, 1] - first[i, 1]
            weight = reach2 / (across * across + down * down + reach2) if near != i else 0.0
            total += weight
            x += weight * off[k, 0]
            y += weight * off[k, 1]
        place[i, 0] += x / total
        place[i, 1] += y / total


@compiled("float64(float64[:, ::1], float64[:, ::1], int64, float64[:, ::1], int64[:, ::1])")
def _pair_up(first: Table, second: Table, turn: int, place: Table, partner: Whole) -> float:
    """Pair minutiae that are each other's nearest and return the pairs' summed accuracy.

    partner[0] leads from first to second, partner[1] back, or is -1. The second print's minutiae ascend by y, so only
    those between a place's tolerances are looked at.
    """
    nearest = np.full((2, max(len(first), len(second))), np.inf)
    partner[0, : len(first)] = -1
    partner[1, : len(second)] = -1
    lowest = 0
    for i in range(len(first)):
        slack, heading = place[i, 2], int(first[i, 2]) + turn
        while lowest > 0 and second[lowest - 1, 1] >= place[i, 1] - slack:
            lowest -= 1
        while lowest < len(second) and second[lowest, 1] < place[i, 1] - slack:
            lowest += 1
        for j in range(lowest, len(second)):
            y = second[j, 1] - place[i, 1]
            if y > slack:
                break
            x = second[j, 0] - place[i, 0]
            angle = _wrapped(heading - int(second[j, 2]))
            if x * x + y * y > slack * slack or abs(angle) > ANGLE_SLACK:
                continue
            far = (x * x + y * y) / (POSITION_SLACK * POSITION_SLACK) + (angle * angle) / (ANGLE_SLACK * ANGLE_SLACK)
            if far < nearest[0, i]:
                nearest[0, i], partner[0, i] = far, j
            if far < nearest[1, j]:
                nearest[1, j], partner[1, j] = far, i
    accuracy = 0.0
    for j in range(len(second)):
        if partner[1, j] >= 0 and partner[0, partner[1, j]] != j:
            partner[1, j] = -1
    for i in range(len(first)):
        if partner[0, i] >= 0:
            if partner[1, partner[0, i]] == i:
                accuracy += max(0.0, 1.0 - nearest[0, i])
            else:
                partner[0, i] = -1
    return accuracy


@compiled("void(float64[:, ::1], int64, int64, int64[:, ::1])")
def _pair_agreeing(pairs: Table, found: int, root: int, partner: Whole) -> None:
    """Pair the minutiae of the pairs that agree with a root, as it does with itself; no two share a minutia."""
    partner[:, :] = -1
    for other in range(found):
        if _agreement(pairs, root, other) > 0.0:
            i, j = int(pairs[other, 0]), int(pairs[other, 1])
            partner[0, i], partner[1, j] = j, i


@compiled(
    "void(float64[:, ::1], float64[:, ::1], float64[:, ::1], int64, int64[:, ::1], float64[::1], float64[:, ::1])"
)
def _place_by_root(
    first: Table, second: Table, pairs: Table, root: int, partner: Whole, pose: Table, place: Table
) -> None:
    """Lay the first print over the second by a root and the pairs that agree with it."""
    turn = int(pairs[root, 7])
    pose[0], pose[1], pose[6] = _COS[turn], _SIN[turn], turn
    pose[2:4], pose[4:6] = pairs[root, 3:5], pairs[root, 5:7]
    _fit(first, second, partner[0], pose, place)
    _bend(first, second, partner[0], place)
    place[:, 2] = FIRST_SLACK


@compiled("int64(float64[:, ::1], int64, float64)")
def _next_root(pairs: Table, found: int, least: float) -> int:
    """Return the pair with most agreement of those not done, or -1; done ones have none left."""
    root = -1
    for k in range(found):
        if pairs[k, 8] >= least and (root < 0 or pairs[k, 8] > pairs[root, 8]):
            root = k
    return root


@compiled("float64(float64[:, ::1], float64[:, ::1], float64[:, ::1], int64, float64, int64[:, ::1], float64[::1])")
def _best_hypothesis(
    first: Table, second: Table, pairs: Table, found: int, least: float, partner: Whole, pose: Table
) -> float:
    """Try the roots with most agreement; write the best one's pairing and pose and return its summed accuracy."""
    best, place = 0.0, np.empty((len(first), 3))
    tried, tried_pose = np.empty_like(partner), np.empty(POSE_SIZE)
    for _ in range(ROOTS):
        root = _next_root(pairs, found, least)
        if root < 0:
            break
        pairs[root, 8] = -1.0
        _pair_agreeing(pairs, found, root, tried)
        _place_by_root(first, second, pairs, root, tried, tried_pose, place)
        accuracy = _pair_up(first, second, int(tried_pose[6]), place, tried)
        for k in range(found):
            if tried[0, int(pairs[k, 0])] == pairs[k, 1]:
                pairs[k, 8] = -1.0  # this hypothesis has paired these two: they would only lead here again
        if accuracy > best:
            best, partner[:, :], pose[:] = accuracy, tried, tried_pose
    return best


@compiled("boolean(int16[::1], float64, float64)")
def covers(record: Record, x: float, y: float) -> bool:
    """Tell whether a point lies within the extent of a print."""
    for k in range(8):
        along = x * DIRECTIONS[k, 0] + y * DIRECTIONS[k, 1]
        if not PIXEL * record[EXTENT + k] <= along <= PIXEL * record[EXTENT + 8 + k]:
            return False
    return True


@compiled(
    "float64(int16[::1], int16[::1], float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1], int64[:, ::1])"
)
def _weigh(
    first_record: Record, second_record: Record, first: Table, second: Table, pose: Table, place: Table, partner: Whole
) -> float:
    """Score the pairing: the summed accuracy of the pairs, times its share of what could have paired on either side."""
    turn = int(pose[6])
    accuracy, of_first, of_second = 0.0, 0.0, 0.0
    for i in range(len(first)):
        j = partner[0, i]
        if j >= 0:
            x, y = second[j, 0] - place[i, 0], second[j, 1] - place[i, 1]
            angle = _wrapped(int(first[i, 2]) + turn - int(second[j, 2]))
            near = max(0.0, 1.0 - (x * x + y * y) / (POSITION_SLACK * POSITION_SLACK))
            accuracy += near * max(0.0, 1.0 - (angle * angle) / (ANGLE_SLACK * ANGLE_SLACK))
        of_first += 1.0 if j >= 0 or covers(second_record, place[i, 0], place[i, 1]) else OUTSIDE_SHARE
    for j in range(len(second)):
        u, v = second[j, 0] - pose[4], second[j, 1] - pose[5]
        x, y = pose[2] + pose[0] * u - pose[1] * v, pose[3] + pose[1] * u + pose[0] * v
        of_second += 1.0 if partner[1, j] >= 0 or covers(first_record, x, y) else OUTSIDE_SHARE
    return accuracy * (accuracy / of_first) * (accuracy / of_second)


@compiled("float64(int16[::1], int16[::1], float64[:, ::1], int64, float64, int64[:, ::1], float64[::1])")
def _pair_and_weigh(
    first_record: Record, second_record: Record, pairs: Table, found: int, least: float, partner: Whole, pose: Table
) -> float:
    """Pair two prints by the best hypothesis, settle it, and score the pairing; 0 where nothing pairs."""
    first, second = _minutiae(first_record), _minutiae(second_record)
    if _best_hypothesis(first, second, pairs, found, least, partner, pose) == 0.0:
        return 0.0
    place = np.empty((len(first), 3))
    place[:, 2] = POSITION_SLACK
    _fit(first, second, partner[0], pose, place)
    _bend(first, second, partner[0], place)
    _pair_up(first, second, int(pose[6]), place, partner)
    if _count_pairs(partner[0], len(first)) < LEAST_PAIRS:
        partner[:, :] = -1
        return 0.0
    _fit(first, second, partner[0], pose, place)
    _bend(first, second, partner[0], place)
    return _weigh(first_record, second_record, first, second, pose, place, partner)


@compiled("boolean(int16[::1], int16[::1])")
def comes_first(first: Record, second: Record) -> bool:
    """Tell whether records are in sorted order, so that a pair of prints is always compared the same way round."""
    for k in range(COLUMNS + 3 * min(first[0], second[0])):
        if first[k] != second[k]:
            return bool(first[k] < second[k])
    return True


@compiled(
    "float64(int16[::1], int32[::1], uint16[::1], int16[::1], uint32[::1], uint32[:, ::1], float64[:, ::1], "
    "int64[:, ::1], float64[::1])"
)
def _compare(
    probe: Record,
    starts: Starts,
    entries: Entries,
    reference: Record,
    support: Best,
    best: Best,
    pairs: Table,
    partner: Whole,
    pose: Table,
) -> float:
    """Compare two records; write the pairing and its pose, from the record that comes first to the other."""
    count = int(probe[0])
    if min(probe[0], reference[0]) < LEAST_MINUTIAE:
        return 0.0
    size = _vote(starts, entries, count, reference, support, best)
    swapped = not comes_first(probe, reference)
    first, second = (reference, probe) if swapped else (probe, reference)
    found = _mutual_pairs(best, size, swapped, pairs)
    _locate_pairs(first, second, found, pairs)
    most = _sum_agreement(pairs, found)
    agreement, minutiae = most / FULL_LIKENESS, math.sqrt(1.0 * count * size)
    accuracy = LEAST_ACCURACY
    hopeless = HOPELESS * (HOPELESS_FEW + minutiae)
    if agreement >= hopeless:
        accuracy += _pair_and_weigh(first, second, pairs, found, hopeless * FULL_LIKENESS, partner, pose)
    minutiae += FEW_MINUTIAE
    return 100.0 * accuracy / minutiae * math.sqrt(agreement / minutiae)


@compiled("float64(int16[::1], int32[::1], uint16[::1], int16[::1], int64[:, ::1], float64[::1])")
def align(probe: Record, starts: Starts, entries: Entries, reference: Record, partner: Whole, pose: Table) -> float:
    """Compare two records; return the score and write the pairing and its pose, from the one that comes first."""
    support, best = np.empty(MOST_KEPT, dtype=np.uint32), np.empty((2, MOST_KEPT), dtype=np.uint32)
    pairs = np.empty((MOST_PAIRS, PAIR_COLUMNS))
    partner[:, :] = -1
    return _compare(probe, starts, entries, reference, support, best, pairs, partner, pose)


@compiled("void(int16[::1], int32[::1], uint16[::1], int16[::1], int64[::1], float32[::1])")
def compare_records(
    probe: Record, starts: Starts, entries: Entries, records: Record, begins: Whole, scores: NDArray[np.float32]
) -> None:
    """Score the probe, whose edges are indexed, against the records that begin at `begins`."""
    support, best = np.empty(MOST_KEPT, dtype=np.uint32), np.empty((2, MOST_KEPT), dtype=np.uint32)
    pairs = np.empty((MOST_PAIRS, PAIR_COLUMNS))
    partner, pose = np.empty((2, MOST_KEPT), dtype=np.int64), np.empty(POSE_SIZE)
    for k in range(len(begins)):
        reference = records[begins[k] :]
        scores[k] = _compare(probe, starts, entries, reference, support, best, pairs, partner, pose)
