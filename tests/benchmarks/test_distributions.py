from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.distributions import Distribution, distances_of, ks_distance, mean_distance, quantile_figures
from biometrics.errors import ProcessingError

few_numbers = st.lists(st.integers(-4, 4), min_size=1, max_size=12)


def _of(values: list[float], subjects: list[int] | None = None) -> Distribution:
    whose = list(range(len(values))) if subjects is None else subjects
    return Distribution(values=np.array(values, float), subjects=np.array(whose, np.int64)[:, None], unit="px")


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ([1, 2, 3], [1, 2, 3], 0.0),
        ([1, 2], [3, 4], 1.0),
        ([3, 4], [1, 2], 1.0),
        ([1, 2, 3], [2.5], 2 / 3),  # at 2 the first has two thirds, the second nothing
        ([0, 0, 0, 1], [0, 1, 1, 1], 0.5),
        ([5], [5, 5, 6, 6], 0.5),
    ],
)
def test_distances_worked_out_by_hand(first: list[float], second: list[float], distance: float) -> None:
    assert ks_distance(np.array(first, float), np.array(second, float)) == pytest.approx(distance, abs=1e-12)


@given(few_numbers, few_numbers)
def test_the_distance_is_the_largest_gap_at_any_value(first: list[int], second: list[int]) -> None:
    gaps = [
        abs(sum(v <= at for v in first) / len(first) - sum(v <= at for v in second) / len(second))
        for at in range(-4, 5)
    ]
    a, b = np.array(first, float), np.array(second, float)
    assert ks_distance(a, b) == pytest.approx(max(gaps), abs=1e-12)
    assert ks_distance(a, b) == ks_distance(b, a)


@given(few_numbers, st.sampled_from([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999]))
def test_a_quantile_is_the_least_value_that_the_share_does_not_exceed(values: list[int], share: float) -> None:
    slow = min(v for v in values if sum(w <= v for w in values) >= share * len(values) - 1e-9)
    # Twice each value by two fingers: an interval needs two, and no quantile changes.
    twice = _of([float(value) for value in values] * 2, [0] * len(values) + [1] * len(values))
    (figure,) = quantile_figures(twice, (share,), replicates=5)
    assert figure.value == slow
    assert (figure.low <= slow <= figure.high, figure.unit) == (True, "px")


def test_intervals_are_over_fingers_not_over_prints() -> None:
    random = np.random.default_rng(1)
    fingers = np.repeat(np.arange(10), 20)
    values = (random.normal(0, 1, 10)[fingers] + random.normal(0, 0.1, 200)).tolist()
    (by_finger,) = quantile_figures(_of(values, fingers.tolist()), (0.5,), replicates=300)
    (by_print,) = quantile_figures(_of(values), (0.5,), replicates=300)
    assert by_finger.value == by_print.value
    assert by_finger.high - by_finger.low > 2 * (by_print.high - by_print.low)
    assert quantile_figures(_of(values), (0.5,), replicates=300) == (by_print,)


def test_distances_of_sets_and_of_their_replicates() -> None:
    random = np.random.default_rng(2)
    sets = {
        "near": _of(random.normal(0.0, 1, 1500).tolist()),
        "moved": _of(random.normal(0.5, 1, 1500).tolist()),
        "far": _of(random.normal(99.0, 1, 1500).tolist()),
    }
    distances = distances_of(sets, replicates=60)
    assert list(distances) == [("near", "moved"), ("near", "far"), ("moved", "far")]
    value, drawn = distances["near", "moved"]
    assert value == ks_distance(sets["near"].values, sets["moved"].values)
    assert drawn.shape == (60,)
    assert float(np.median(drawn)) == pytest.approx(value, abs=0.03)
    assert drawn.std() > 0.005
    assert distances["near", "far"][0] == 1.0
    assert distances["near", "far"][1].tolist() == [1.0] * 60
    mean, drawn_mean = mean_distance(distances, "moved", ["near", "far"])
    assert mean == pytest.approx((value + 1.0) / 2)
    np.testing.assert_allclose(drawn_mean, (drawn + 1.0) / 2)


def test_sets_are_drawn_independently() -> None:
    values = np.random.default_rng(3).normal(0, 1, 200).tolist()
    ((value, drawn),) = distances_of({"one": _of(values), "same": _of(values)}, replicates=40).values()
    assert (value, drawn.min() > 0.02) == (0.0, True)


@pytest.mark.parametrize(("values", "subjects"), [([], []), ([1.0], []), ([float("nan")], [1]), ([float("inf")], [1])])
def test_what_is_no_distribution_is_refused(values: list[float], subjects: list[int]) -> None:
    with pytest.raises(ProcessingError):
        _of(values, subjects)
