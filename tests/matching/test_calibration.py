from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.arrays import Values
from biometrics.errors import ConfigurationError, ProcessingError
from matching.calibration import (
    Calibration,
    Tail,
    fit_calibration,
    load_calibration,
    read_calibration,
    write_calibration,
)
from matching.calibration.files import parse_calibration

PAIRS = 20_000
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


def fitted(scores: Values, population: str = "test", scale: str = "test/1") -> Calibration:
    return fit_calibration(scores, scale=scale, population=population, origin="random", subjects=50, command="test")


def exponential_scores(pairs: int = PAIRS) -> Values:
    return np.random.default_rng(7).exponential(3.0, pairs).astype(np.float32)


EXPONENTIAL = fitted(exponential_scores())
ATOMS = fitted(np.maximum(0, exponential_scores() - 2).round(1))
COSINES = fitted(np.random.default_rng(8).normal(0.05, 0.1, PAIRS).astype(np.float32))
HEAVY = fitted(np.random.default_rng(9).pareto(4.0, 10 * PAIRS).astype(np.float32))


@pytest.mark.parametrize("calibration", [EXPONENTIAL, ATOMS, COSINES, HEAVY])
@given(first=finite, second=finite)
def test_rates_are_probabilities_that_never_rise_with_the_score(
    calibration: Calibration, first: float, second: float
) -> None:
    low, high = calibration.fmr_values(np.array(sorted((first, second)), dtype=np.float32))
    assert 0.0 < high <= low <= 1.0
    assert calibration.fmr(first).value == calibration.fmr_values(np.array([first], dtype=np.float32))[0]


def test_supported_rates_are_the_share_of_impostors_at_or_above() -> None:
    scores = exponential_scores()
    for value in (0.5, 3.0, 10.0, 15.0):
        share = float((scores >= value).mean())
        assert EXPONENTIAL.fmr(value).value == pytest.approx(share, rel=0.05)
        assert not EXPONENTIAL.fmr(value).extrapolated


def test_the_exponential_tail_is_named_and_on_the_safe_side_of_the_truth() -> None:
    assert EXPONENTIAL.tail.model == "exponential"
    for decades in (5, 6, 7):
        rate = EXPONENTIAL.fmr(3.0 * decades * math.log(10))
        assert rate.extrapolated
        assert "exponential" in rate.model
        assert 10.0**-decades < rate.value < 10.0 ** (-decades + 1.5)


def test_a_heavier_tail_is_seen_and_falls_more_slowly() -> None:
    assert HEAVY.tail.model == "generalised-pareto"
    truth = (1.0 + 30.0) ** -4.0
    assert truth / 3 < HEAVY.fmr(30.0).value < 30 * truth


def test_a_bounded_score_gets_no_lighter_tail_than_the_exponential() -> None:
    assert COSINES.tail.shape == 0.0
    normal_truth = 0.5 * math.erfc((0.6 - 0.05) / 0.1 / math.sqrt(2.0))
    assert COSINES.fmr(0.6).value > 10 * normal_truth


@pytest.mark.parametrize("calibration", [EXPONENTIAL, COSINES, HEAVY])
@given(decades=st.floats(0.05, 9.0))
def test_threshold_is_the_inverse(calibration: Calibration, decades: float) -> None:
    rate = 10.0**-decades
    assert calibration.fmr(calibration.threshold(rate)).value == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ProcessingError):
        EXPONENTIAL.fmr(bad)
    with pytest.raises(ConfigurationError):
        fitted(np.append(exponential_scores(), np.float32(bad)))


def test_a_comparison_that_answers_a_constant_cannot_be_calibrated() -> None:
    with pytest.raises(ConfigurationError, match="all alike"):
        fitted(np.full(PAIRS, 0.5, dtype=np.float32))


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="fewer"):
        fitted(exponential_scores(999))


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5])
def test_a_threshold_needs_a_rate(rate: float) -> None:
    with pytest.raises(ConfigurationError):
        EXPONENTIAL.threshold(rate)


def test_a_file_restores_the_calibration_exactly(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    write_calibration(HEAVY, path)
    restored = read_calibration(path)
    assert restored.tail == HEAVY.tail
    assert (restored.scores == HEAVY.scores).all()
    assert (restored.rates == HEAVY.rates).all()
    assert (restored.pairs, restored.subjects, restored.command) == (10 * PAIRS, 50, "test")
    assert restored.data_sha256 == HEAVY.data_sha256 != EXPONENTIAL.data_sha256


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("format", "kura-calibration/9"),
        ("scale", ""),
        ("pairs", 3),
        ("subjects", 1),
        ("rates", [1.0, 0.5]),
        ("scores", []),
        ("scores", "text"),
        ("tail", {}),
        ("tail", None),
    ],
)
def test_a_nonsensical_file_is_refused_by_name(tmp_path: Path, part: str, value: object) -> None:
    path = tmp_path / "one.json"
    write_calibration(EXPONENTIAL, path)
    content = json.loads(path.read_text()) | {part: value}
    with pytest.raises(ConfigurationError, match=r"one\.json"):
        parse_calibration(json.dumps(content), source="one.json")


@pytest.mark.parametrize(
    ("part", "value"),
    [("rate", 0.5), ("scale", 0.0), ("scale", math.nan), ("shape", -0.1), ("shape", 0.3), ("model", "magic")],
)
def test_a_nonsensical_tail_is_refused(tmp_path: Path, part: str, value: object) -> None:
    path = tmp_path / "one.json"
    write_calibration(EXPONENTIAL, path)
    content = json.loads(path.read_text())
    content["tail"][part] = value
    path.write_text(json.dumps(content))
    with pytest.raises(ConfigurationError):
        read_calibration(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}"])
def test_what_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "one.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"one\.json"):
        read_calibration(path)
    with pytest.raises(ConfigurationError):
        read_calibration(tmp_path / "missing.json")


def test_the_calibration_of_a_scale_is_found_by_population_or_default(tmp_path: Path) -> None:
    for population in ("east", "west"):
        write_calibration(fitted(exponential_scores(), population), tmp_path / f"{population}.json")
    write_calibration(fitted(exponential_scores(), "north", "other/1"), tmp_path / "north.json")
    assert load_calibration("test/1", "west", folder=tmp_path).population == "west"
    assert load_calibration("other/1", folder=tmp_path).population == "north"
    with pytest.raises(ConfigurationError, match="no calibration"):
        load_calibration("test/1", folder=tmp_path)
    with pytest.raises(ConfigurationError, match="no calibration"):
        load_calibration("test/2", folder=tmp_path)
    with pytest.raises(ConfigurationError, match="no calibration"):
        load_calibration("test/1", "south", folder=tmp_path)
    (tmp_path / "defaults.json").write_text('{"test/1": "east"}')
    assert load_calibration("test/1", folder=tmp_path).population == "east"


def test_a_tail_never_reaches_zero() -> None:
    tail = Tail(model="exponential", start=0.0, rate=0.1, scale=1e-3, shape=0.0, fitted_above=0.0, excesses=100)
    assert tail.rates(np.array([1e30]))[0] > 0.0


def test_caution_states_rates_higher_than_measured_and_never_above_one() -> None:
    scores = np.random.default_rng(5).normal(size=20_000).astype(np.float32)
    plain, cautious = (
        fit_calibration(scores, scale="s", population="p", origin="o", subjects=200, caution=caution)
        for caution in (1.0, 2.0)
    )
    for value in (0.5, 2.0, 2.9, 4.0, 6.0):
        assert cautious.fmr(value).value == pytest.approx(2 * plain.fmr(value).value, rel=0.02)
    assert cautious.fmr(-9.0).value == 1.0
    assert cautious.threshold(1e-3) == pytest.approx(plain.threshold(5e-4), abs=0.01)
    with pytest.raises(ConfigurationError, match="lower than measured"):
        fit_calibration(scores, scale="s", population="p", origin="o", subjects=200, caution=0.5)
