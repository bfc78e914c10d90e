"""How often the ridge direction turns around each place of a pad: cores and deltas, as many as a class has."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import pytest

from biometrics.positions import Position
from devices.simulated import FingerTraits, PatternClass, fingers_of
from devices.simulated.fields import centred_grid
from devices.simulated.flow import ridge_flow, singular_points

Found: TypeAlias = list[tuple[float, float, float]]
"""Places (pixels from the pad's middle, y up) and their turns (0.5 for a half turn counter-clockwise)."""

SPACING_PX = 2.0
SEEDS = range(12)
COUNTS = {
    PatternClass.ARCH: (0, 0),
    PatternClass.TENTED_ARCH: (1, 1),
    PatternClass.LEFT_LOOP: (1, 1),
    PatternClass.RIGHT_LOOP: (1, 1),
    PatternClass.WHORL: (2, 2),
}
"""Cores and deltas of each class."""


def _traits(pattern: PatternClass, seed: int, scale: float = 1.0) -> FingerTraits:
    return FingerTraits(position=Position.LEFT_RING, pattern=pattern, seed=seed, genes=seed + 100, scale=scale)


def _turns(traits: FingerTraits) -> Found:
    """Return where the direction of ridges makes a turn along a small closed path: its Poincare index."""
    x, y = centred_grid(288, 240, SPACING_PX)
    flow = ridge_flow(traits, x, y, SPACING_PX).astype(np.float64)
    corners = (flow[:-1, :-1], flow[1:, :-1], flow[1:, 1:], flow[:-1, 1:])  # counter-clockwise as one sees it
    steps = [corners[(k + 1) % 4] - corners[k] for k in range(4)]
    shortest = [np.mod(step + math.pi / 2, math.pi) - math.pi / 2 for step in steps]
    index = np.round(sum(shortest) / (2 * math.pi), 6)
    rows, columns = np.nonzero(index)
    return [
        (float(x[row, column]) + SPACING_PX / 2, float(y[row, column]) - SPACING_PX / 2, float(index[row, column]))
        for row, column in zip(rows, columns, strict=True)
    ]


@pytest.mark.parametrize("pattern", PatternClass)
def test_ridges_turn_by_half_around_each_core_and_back_around_each_delta(pattern: PatternClass) -> None:
    for seed in SEEDS:
        turns = [turn for *_, turn in _turns(_traits(pattern, seed))]
        assert (turns.count(0.5), turns.count(-0.5)) == COUNTS[pattern]
        assert len(turns) == sum(COUNTS[pattern])


@pytest.mark.parametrize("pattern", PatternClass)
def test_singular_points_are_where_the_field_turns_but_for_the_lean_of_the_pattern(pattern: PatternClass) -> None:
    for seed in SEEDS:
        traits = _traits(pattern, seed)
        found = sorted((turn, math.hypot(x, y)) for x, y, turn in _turns(traits))
        said = sorted((point.turn / 2, math.hypot(point.x, point.y)) for point in singular_points(traits))
        assert [turn for turn, _ in found] == [turn for turn, _ in said]
        assert [out for _, out in found] == pytest.approx([out for _, out in said], abs=3.0)


@pytest.mark.parametrize(("pattern", "side"), [(PatternClass.LEFT_LOOP, 1), (PatternClass.RIGHT_LOOP, -1)])
def test_a_loops_delta_lies_opposite_to_where_its_ridges_leave(pattern: PatternClass, side: int) -> None:
    for seed in SEEDS:
        turns = {turn: (x, y) for x, y, turn in _turns(_traits(pattern, seed))}
        core, delta = turns[0.5], turns[-0.5]
        assert side * (delta[0] - core[0]) > 20
        assert delta[1] < core[1]


def test_left_and_right_loops_are_mirror_images() -> None:
    left, right = (
        singular_points(_traits(pattern, 3)) for pattern in (PatternClass.LEFT_LOOP, PatternClass.RIGHT_LOOP)
    )
    assert [(-point.x, point.y, point.turn) for point in left] == [(point.x, point.y, point.turn) for point in right]


def test_a_whorls_deltas_lie_on_both_sides_below_its_cores() -> None:
    for seed in SEEDS:
        found = _turns(_traits(PatternClass.WHORL, seed))
        cores, deltas = [p for p in found if p[2] > 0], sorted(p for p in found if p[2] < 0)
        assert deltas[0][0] < min(x for x, *_ in cores) <= max(x for x, *_ in cores) < deltas[1][0]
        assert max(y for _, y, _ in deltas) < min(y for _, y, _ in cores)


def test_a_tented_archs_delta_is_below_its_core() -> None:
    for seed in SEEDS:
        found = {turn: (x, y) for x, y, turn in _turns(_traits(PatternClass.TENTED_ARCH, seed))}
        assert found[-0.5][1] < found[0.5][1] - 10


def test_ridges_of_an_arch_rise_to_its_middle_and_fall_again() -> None:
    x, y = centred_grid(288, 240, SPACING_PX)
    for seed in SEEDS:
        flow = ridge_flow(_traits(PatternClass.ARCH, seed), x, y, SPACING_PX)
        slope = np.mod(flow + math.pi / 2, math.pi) - math.pi / 2
        middle = np.abs(y + 15) < 25
        assert np.median(slope[middle & (np.abs(x + 80) < 30)]) > 0.2
        assert np.median(slope[middle & (np.abs(x - 80) < 30)]) < -0.2


def test_directions_are_of_lines_and_change_smoothly() -> None:
    x, y = centred_grid(288, 240, SPACING_PX)
    for pattern in PatternClass:
        flow = ridge_flow(_traits(pattern, 1), x, y, SPACING_PX)
        assert flow.min() >= 0 and flow.max() < math.pi
        step = np.mod(np.diff(flow, axis=1) + math.pi / 2, math.pi) - math.pi / 2
        assert np.quantile(np.abs(step), 0.99) < 0.3


def test_a_larger_fingertip_has_its_singular_points_farther_out() -> None:
    ordinary, large = (singular_points(_traits(PatternClass.WHORL, 2, scale=scale)) for scale in (1.0, 1.1))
    for near, far in zip(ordinary, large, strict=True):
        assert (far.x, far.y) == pytest.approx((1.1 * near.x, 1.1 * near.y))


def test_twins_and_both_hands_have_singular_points_nearer_each_other_than_strangers() -> None:
    def deltas(people: list[dict[Position, FingerTraits]], position: Position) -> np.ndarray:
        traits = [fingers[position] for fingers in people]
        whorls = [
            FingerTraits(position=one.position, pattern=PatternClass.WHORL, genes=one.genes, seed=one.seed)
            for one in traits
        ]
        return np.array([singular_points(one)[2].x for one in whorls])

    own, twin = [fingers_of(genes) for genes in range(60)], [fingers_of(genes, 1000 + genes) for genes in range(60)]
    here = deltas(own, Position.LEFT_RING)
    assert np.corrcoef(here, deltas(twin, Position.LEFT_RING))[0, 1] > 0.4
    assert np.corrcoef(here, deltas(own, Position.RIGHT_RING))[0, 1] > 0.4
    assert abs(np.corrcoef(here, np.roll(here, 1))[0, 1]) < 0.35
    assert abs(np.corrcoef(here, deltas(own, Position.LEFT_THUMB))[0, 1]) < 0.35
