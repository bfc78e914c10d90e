from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.positions import Position
from matching.comparison import NUMBER_OF, Comparisons, comparable
from matching.subject_fusion import fuse_subjects

NAMED = [Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_INDEX]

sides = st.tuples(st.integers(0, 3), st.sets(st.sampled_from([*NAMED, Position.FACE]), max_size=4)).map(
    lambda drawn: [Position.UNKNOWN] * drawn[0] + sorted(drawn[1], key=lambda position: position.value)
)


def table_of(probe: list[Position], reference: list[Position], evidence: list[float], subject: int = 0) -> Comparisons:
    """Return the comparisons of two persons with this evidence (-ln p) in turn."""
    cells = [
        (row, column)
        for row, column in itertools.product(range(len(probe)), range(len(reference)))
        if comparable(probe[row], reference[column])
    ]
    return Comparisons(
        subjects=np.full(len(cells), subject, dtype=np.int64),
        probe_parts=np.array([row for row, _ in cells], dtype=np.int64),
        probe_positions=np.array([NUMBER_OF[probe[row]] for row, _ in cells], dtype=np.int64),
        positions=np.array([NUMBER_OF[reference[column]] for _, column in cells], dtype=np.int64),
        slots=np.array([column for _, column in cells], dtype=np.int64),
        scores=np.zeros(len(cells), dtype=np.float32),
        evidence=np.array(list(itertools.islice(itertools.cycle(evidence), len(cells)))),
        extrapolated=np.zeros(len(cells), dtype=np.bool_),
    )


@settings(max_examples=300)
@given(sides, sides, st.lists(st.floats(0.0, 20.0), min_size=30, max_size=30), st.data())
def test_more_evidence_in_any_comparison_never_makes_a_person_less_alike(
    probe: list[Position], reference: list[Position], evidence: list[float], data: st.DataObject
) -> None:
    before = table_of(probe, reference, evidence)
    if not len(before):
        return
    raised = [*evidence]
    raised[data.draw(st.integers(0, min(len(before), len(raised)) - 1))] += data.draw(st.floats(0.0, 20.0))
    after = table_of(probe, reference, raised)
    assert fuse_subjects(after).fmrs[0] <= fuse_subjects(before).fmrs[0] * (1 + 1e-9)


@pytest.mark.parametrize(
    ("probe", "reference"),
    [
        ([Position.UNKNOWN], NAMED),
        ([Position.UNKNOWN], [Position.UNKNOWN, Position.FACE]),
        ([Position.UNKNOWN, Position.FACE], [*NAMED, Position.FACE]),
        (NAMED[:2], NAMED[:2]),
        ([Position.UNKNOWN] * 2, [Position.UNKNOWN] * 2),
        ([Position.UNKNOWN] * 3, [Position.UNKNOWN] * 3),
        ([Position.UNKNOWN, *NAMED[:2]], [Position.UNKNOWN, *NAMED[1:]]),
        ([*NAMED, Position.FACE], [*NAMED, Position.FACE]),
        ([*NAMED, Position.FACE], [Position.UNKNOWN, Position.UNKNOWN, Position.FACE]),
    ],
)
def test_impostors_reach_a_rate_at_most_as_often_as_it_says(probe: list[Position], reference: list[Position]) -> None:
    trials = 2_000
    draws = -np.log(np.random.default_rng(6).uniform(size=(trials, 16)))
    rates = np.array([fuse_subjects(table_of(probe, reference, row.tolist())).fmrs[0] for row in draws])
    for rate in (0.2, 0.05, 0.01):
        assert (rates <= rate).mean() <= rate + 4.0 * (rate / trials) ** 0.5


def test_subjects_are_fused_apart_and_in_order() -> None:
    simple = table_of([Position.UNKNOWN], [Position.RIGHT_THUMB], [12.0], subject=5)
    choice = table_of([Position.UNKNOWN], [Position.UNKNOWN, Position.UNKNOWN], [3.0, 12.0], subject=2)
    both = Comparisons(
        **{
            name: np.concatenate([getattr(simple, name), getattr(choice, name)])
            for name in Comparisons.__dataclass_fields__
        }
    )
    fused = fuse_subjects(both)
    assert fused.subjects.tolist() == [2, 5]
    assert fused.fmrs.tolist() == pytest.approx([2 * np.exp(-12.0), np.exp(-12.0)])
    assert (fused.terms.tolist(), fused.tried.tolist()) == ([1, 1], [2, 1])
    assert fused.used.evidence.tolist() == [12.0, 12.0]


def test_the_best_comparison_counts_even_outside_the_best_pairing() -> None:
    """Crosswise the two unknown prints reach 10.2 together, but 10 of evidence in one comparison says more."""
    table = table_of([Position.UNKNOWN] * 2, [Position.UNKNOWN] * 2, [10.0, 5.1, 5.1, 0.0])
    fused = fuse_subjects(table)
    assert fused.fmrs.tolist() == pytest.approx([2 * 4 * np.exp(-10.0)])
    assert (fused.terms.tolist(), fused.tried.tolist()) == ([2], [4])
    assert sorted(fused.used.evidence.tolist()) == [5.1, 5.1, 10.0]


@pytest.mark.parametrize("row", [0, 1])
def test_a_person_is_extrapolated_if_any_comparison_it_rests_on_is(row: int) -> None:
    table = table_of(NAMED[:2], NAMED[:2], [2.0, 9.0])
    assert not fuse_subjects(table).extrapolated[0]
    table.extrapolated[row] = True
    assert fuse_subjects(table).extrapolated[0]
    other = table_of([Position.UNKNOWN], NAMED, [9.0, 2.0, 1.0])
    other.extrapolated[1:] = True
    assert not fuse_subjects(other).extrapolated[0]


def test_only_the_same_position_or_an_unknown_finger_is_comparable() -> None:
    assert comparable(Position.FACE, Position.FACE)
    assert comparable(Position.UNKNOWN, Position.LEFT_RING)
    assert comparable(Position.LEFT_RING, Position.UNKNOWN)
    assert not comparable(Position.LEFT_RING, Position.RIGHT_RING)
    assert not comparable(Position.UNKNOWN, Position.FACE)
