"""Error versus discard on matrices whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.accuracy.discard import JudgedSamples, discard_figures, discard_name, left_name
from benchmarks.rates import NOT_COMPARED
from biometrics.errors import ProcessingError


def _judged(
    missing: tuple[int, ...] = (), qualities: dict[int, float] | None = None, subjects: int = 10
) -> JudgedSamples:
    """Return two samples a subject, 2k and 2k+1, that score 2 with their mate and 1 with others; 0 where `missing`."""
    whose = np.repeat(np.arange(subjects), 2).astype(np.int64)
    scores = np.where(whose[:, None] == whose, 2.0, 1.0).astype(np.float32)
    for sample in missing:
        scores[sample, :] = scores[:, sample] = 0.0
    quality = np.full(2 * subjects, 50, np.float32)
    for sample, value in (qualities or {}).items():
        quality[sample] = value
    return JudgedSamples(scores=scores, subjects=whose, qualities=quality)


def test_discarding_the_culprits_leaves_no_error() -> None:
    figures = discard_figures([_judged(missing=(4, 9), qualities={4: 5, 9: 7})], shares=(0.05, 0.1), replicates=50)
    assert figures[discard_name(0)].value == pytest.approx(2 / 10)
    assert figures[discard_name(0)].threshold == 2.0
    assert figures[discard_name(0.05)].value == pytest.approx(1 / 9)
    assert figures[left_name(0.05)].value == pytest.approx((1 / 9) / (2 / 10))
    assert figures[discard_name(0.1)].value == 0.0
    assert figures[left_name(0.1)].value == 0.0
    # Two errors that went are no proof that all go.
    assert figures[left_name(0.1)].high > 0.5
    assert figures[discard_name(0.1)].counts == {"false non-matches": 0, "genuine pairs": 8}


def test_discarding_others_makes_the_rate_worse() -> None:
    figures = discard_figures([_judged(missing=(4,), qualities={0: 1, 2: 1})], shares=(0.1,), replicates=50)
    assert figures[left_name(0.1)].value == pytest.approx((1 / 8) / (1 / 10))


def test_the_threshold_is_that_of_all_samples() -> None:
    judged = _judged(qualities={0: 1, 2: 1})
    judged.scores[0, 2] = 3.0  # the one impostor above every mate is discarded, the threshold stays above it
    figures = discard_figures([judged], fmr=1e-3, shares=(0.1,), replicates=20)
    assert figures[discard_name(0.1)].value == 1.0
    assert figures[discard_name(0)].threshold is None
    assert discard_figures([judged], fmr=0.1, shares=(), replicates=20)[discard_name(0)].threshold == 2.0


def test_equal_qualities_go_in_the_order_they_stand() -> None:
    figures = discard_figures([_judged(missing=(0, 19))], shares=(0.05,), replicates=20)
    assert figures[discard_name(0.05)].counts == {"false non-matches": 1, "genuine pairs": 9}


def test_the_worst_are_those_of_all_sets_together() -> None:
    poor, good = _judged(missing=(2, 6), qualities={2: 1, 6: 2}), _judged()
    together = discard_figures([good, poor], shares=(0.05,), replicates=50)
    assert together[discard_name(0)].counts == {"false non-matches": 2, "genuine pairs": 20}
    assert together[discard_name(0.05)].counts == {"false non-matches": 0, "genuine pairs": 18}


def test_a_sample_that_failed_to_enroll_is_an_error_until_it_is_discarded() -> None:
    judged = _judged(qualities={5: 0})
    judged.scores[5, :] = judged.scores[:, 5] = NOT_COMPARED
    figures = discard_figures([judged], shares=(0.05,), replicates=50)
    assert figures[discard_name(0)].value == pytest.approx(0.1)
    assert figures[discard_name(0.05)].value == 0.0


def test_without_errors_no_part_of_them_is_left() -> None:
    figures = discard_figures([_judged()], shares=(0.1,), replicates=50)
    assert set(figures) == {discard_name(0), discard_name(0.1)}
    assert figures[discard_name(0.1)].high > 0.0


def test_intervals_draw_subjects_and_repeat_themselves() -> None:
    judged = [_judged(missing=(0, 1, 4, 9), qualities={0: 1, 4: 2}, subjects=40)]
    once, again = (discard_figures(judged, shares=(0.1,), replicates=200, seed=3) for _ in range(2))
    assert once == again
    figure = once[left_name(0.1)]
    assert figure.low < figure.value < figure.high


def test_subjects_of_different_sets_are_different() -> None:
    judged = _judged(missing=(0, 4, 9))
    one, four = (discard_figures([judged] * sets, shares=(), replicates=400)[discard_name(0)] for sets in (1, 4))
    assert four.high - four.low < 0.7 * (one.high - one.low)


@pytest.mark.parametrize(
    ("sets", "shares"),
    [([], (0.1,)), ([_judged()], (1.0,)), ([_judged(subjects=1)], (0.5,))],
)
def test_nothing_to_measure_is_an_error(sets: list[JudgedSamples], shares: tuple[float, ...]) -> None:
    with pytest.raises(ProcessingError):
        discard_figures(sets, shares=shares, replicates=20)


def test_what_does_not_fit_together_is_refused() -> None:
    judged = _judged()
    with pytest.raises(ProcessingError, match="quality"):
        JudgedSamples(scores=judged.scores[1:, 1:], subjects=judged.subjects, qualities=judged.qualities)
    with pytest.raises(ProcessingError, match="finite"):
        _judged(qualities={3: float("nan")})
