"""The trace shows truly how a score came about; the score is computed a second time, from the trace alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.templates import MinutiaSet
from matching.minutiae import MatchTrace, compare, prepare, trace
from tests.matching.simulated_minutiae import CENTRE, captured_again, finger, minutiae, moved
from tests.matching.vote_by_hand import agreement

Floats = NDArray[np.float64]


def traced(probe: MinutiaSet, reference: MinutiaSet) -> MatchTrace:
    return trace(probe, reference)


def points(print_: MinutiaSet) -> Floats:
    return np.stack((print_.x, print_.y), axis=1).astype(np.float64)


def carried(found: MatchTrace, at: Floats) -> Floats:
    return np.array([found.carry_over(x, y) for x, y in at])


def covered(print_: MinutiaSet, at: Floats) -> NDArray[np.bool_]:
    """Tell which places lie within 8 px of a print, as seen along eight directions."""
    along = np.array([[1, 0], [0, 1], [1, 1], [1, -1], [2, 1], [1, 2], [2, -1], [1, -2]]).T
    border = 8 * np.hypot(*along)
    reach, there = points(print_) @ along, at @ along
    inside = (there >= reach.min(axis=0) - border) & (there <= reach.max(axis=0) + border)
    return np.asarray(inside.all(axis=1), dtype=np.bool_)


def rescored(probe: MinutiaSet, reference: MinutiaSet, found: MatchTrace) -> float:
    """Follow the definition of the score, in floating point, for a probe that sorts before the reference."""
    mine, theirs = found.pairs.T
    place = carried(found, points(probe))
    off = points(reference)[theirs] - place[mine]
    apart2 = ((points(probe)[:, None, :] - points(probe)[mine][None, :, :]) ** 2).sum(axis=2)
    say = 22.0**2 / (apart2 + 22.0**2)
    say[mine, np.arange(len(mine))] = 0
    bent = place + (say @ off) / (say.sum(axis=1) + 0.2)[:, None]
    squared = ((points(reference)[theirs] - bent[mine]) ** 2).sum(axis=1)
    turn = probe.angle[mine] + found.rotation_rad - reference.angle[theirs]
    turn = np.angle(np.exp(1j * (turn - np.mean(np.angle(np.exp(1j * turn))))))
    accuracy = (np.maximum(0, 1 - squared / 17**2) * np.maximum(0, 1 - (turn / (85 * 2 * np.pi / 1024)) ** 2)).sum()
    could_mine, could_theirs = covered(reference, bent), covered(probe, carried_back(found, points(reference)))
    could_mine[mine], could_theirs[theirs] = True, True
    of_mine, of_theirs = (np.where(could, 1.0, 0.15).sum() for could in (could_mine, could_theirs))
    pairing = float(accuracy**3 / (of_mine * of_theirs))
    size = 15 + np.sqrt(len(probe) * len(reference))
    return float(100 * (pairing + 0.02) / size * np.sqrt(agreement(probe, reference) / size))


def carried_back(found: MatchTrace, at: Floats) -> Floats:
    cos, sin = np.cos(found.rotation_rad), np.sin(found.rotation_rad)
    back: Floats = (at - np.array(found.shift_px)) @ np.array([[cos, sin], [-sin, cos]])
    return back


@pytest.mark.parametrize("seed", range(5))
def test_the_score_follows_from_the_trace(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reference = finger(rng, count=50)
    left = reference.x < CENTRE + 60
    part = captured_again(rng, minutiae(reference.x[left], reference.y[left], reference.angle[left]), missing=0.3)
    assert len(part) < len(reference)
    found = traced(part, reference)
    assert found.score > 2
    assert rescored(part, reference, found) == pytest.approx(found.score, rel=0.05)


@pytest.mark.parametrize("turn", [-2.5, -0.7, 0.0, 0.4, 1.6, 3.0])
def test_rotation_shift_and_pairs_are_found(turn: float) -> None:
    probe = finger(np.random.default_rng(5))
    found = traced(probe, moved(probe, turn, 31.0, -17.0))
    assert found.rotation_rad == pytest.approx(turn, abs=0.01)
    assert found.carry_over(CENTRE, CENTRE) == pytest.approx((CENTRE + 31, CENTRE - 17), abs=0.5)
    assert found.pairs.tolist() == [[i, i] for i in range(len(probe))]


def test_pairs_are_one_to_one_and_mostly_true() -> None:
    rng = np.random.default_rng(6)
    probe = finger(rng)
    found = traced(probe, captured_again(rng, probe, missing=0.0))
    assert len(np.unique(found.pairs[:, 0])) == len(np.unique(found.pairs[:, 1])) == len(found.pairs)
    assert (found.pairs[:, 0] == found.pairs[:, 1]).sum() > 0.9 * len(probe)


def test_the_trace_scores_as_the_comparison_does_either_way_round() -> None:
    rng = np.random.default_rng(8)
    for same in (True, False):
        probe = finger(rng)
        reference = captured_again(rng, probe) if same else finger(rng)
        there, back = traced(probe, reference), traced(reference, probe)
        assert there.score == back.score == compare(prepare(probe), prepare(reference))
        assert there.pairs.tolist() == sorted(back.pairs[:, ::-1].tolist())
        assert there.rotation_rad == pytest.approx(-back.rotation_rad)
        assert back.carry_over(*there.carry_over(480.0, 530.0)) == pytest.approx((480.0, 530.0))


def test_nothing_in_common_leaves_an_empty_trace() -> None:
    found = traced(finger(np.random.default_rng(9), count=3), finger(np.random.default_rng(10)))
    assert (found.score, len(found.pairs), found.rotation_rad, found.shift_px) == (0.0, 0, 0.0, (0.0, 0.0))
