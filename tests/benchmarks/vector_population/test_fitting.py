"""Fitting of simulated vectors: what was put in comes out again, in scores."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.vector_population import fitting
from benchmarks.vector_population.directions import Directions, falling_variances
from benchmarks.vector_population.fitting import (
    effect_variance,
    fit_mates,
    fit_strangers,
    lasting_and_occasion,
    mated_cosines,
    stranger_cosines,
    supported,
)
from benchmarks.vector_population.measured import MIRRORED, RealVectors
from benchmarks.vector_population.parameters import Mates, Strangers
from benchmarks.vector_population.simplex import least

SKEWED = Strangers(common=0.25, common_spread=0.05, skewed=16, skewed_share=0.3, skewed_power=2.0, effective=60.0)


def test_simplex_finds_the_least() -> None:
    point, value = least(
        lambda at: float(100 * (at[1] - at[0] ** 2) ** 2 + (1 - at[0]) ** 2),
        np.array([-1.2, 1.0]),
        np.array([0.5, 0.5]),
        rounds=200,
    )
    assert value < 1e-8
    assert point == pytest.approx([1.0, 1.0], abs=1e-3)


@pytest.mark.parametrize("effective", [1.5, 20.0, 99.0])
def test_variances_have_the_effective_dimension(effective: float) -> None:
    variances = falling_variances(100, effective)
    assert variances.sum() == pytest.approx(1.0)
    assert 1.0 / (variances**2).sum() == pytest.approx(effective, rel=0.01)
    assert (np.diff(variances) <= 0).all()


def test_variances_are_equal_where_the_dimension_is_too_low() -> None:
    assert falling_variances(10, 50.0) == pytest.approx(np.full(10, 0.1), rel=1e-6)


def test_parts_lie_as_they_should() -> None:
    drawn = Directions.of(SKEWED, 128)
    cosines = stranger_cosines(SKEWED, 128)
    assert float(cosines.mean()) == pytest.approx(SKEWED.common**2, abs=0.006)
    assert drawn.turn @ drawn.turn.T == pytest.approx(np.eye(128), abs=1e-5)
    skew = ((cosines - cosines.mean()) ** 3).mean() / cosines.std() ** 3
    assert float(skew) > 0.1
    plain = stranger_cosines(
        Strangers(common=0.0, common_spread=0.0, skewed=0, skewed_share=0.0, skewed_power=2.0, effective=64.0), 128
    )
    assert float(plain.std()) == pytest.approx(64.0**-0.5, rel=0.02)
    assert abs(plain.mean()) < 0.002


def test_fitted_strangers_score_as_those_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "SKEWED", (8, 16))
    monkeypatch.setattr(fitting, "PEOPLE", 500)
    monkeypatch.setattr(fitting, "ROUNDS", 40)
    given = stranger_cosines(SKEWED, 128)
    found = stranger_cosines(fit_strangers(given, 128), 128)
    quantiles = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
    assert np.quantile(found, quantiles) == pytest.approx(np.quantile(given, quantiles), abs=0.1 * float(given.std()))


def test_fitted_mates_score_as_those_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "PAIRS", 20_000)
    strangers = stranger_cosines(SKEWED, 128)
    mates = Mates(mean=1.3, spread=0.8, lasting=0.3, occasion=0.1, together=0.5, poor=0.02, poor_drop=2.0)
    given = mated_cosines(mates, strangers)
    found = fit_mates(given, strangers, (0.3, 0.1), together=0.5)
    assert (found.lasting, found.occasion, found.together) == (0.3, 0.1, 0.5)
    quantiles = (0.01, 0.1, 0.5, 0.9)
    drawn = mated_cosines(found, strangers)
    assert np.quantile(drawn, quantiles) == pytest.approx(np.quantile(given, quantiles), abs=0.03)


def test_variance_of_groups() -> None:
    random = np.random.default_rng(3)
    groups = np.repeat(np.arange(2_000), 4)
    values = random.normal(0.0, 2.0, 2_000)[groups] + random.normal(0.0, 1.0, 8_000)
    assert effect_variance(values, groups.astype(np.int64)) == pytest.approx(4.0, rel=0.1)
    assert effect_variance(random.normal(size=8_000), groups.astype(np.int64)) < 0.05


def test_lasting_and_occasion_are_told_apart() -> None:
    real = made_up(lasting=0.5, occasion=0.3)
    lasting, occasion = lasting_and_occasion(real, occasions=True)
    assert lasting == pytest.approx(0.5, abs=0.15)
    assert occasion == pytest.approx(0.3, abs=0.15)
    assert lasting_and_occasion(real, occasions=False)[1] == 0.0


def test_quantiles_need_scores_beyond() -> None:
    assert supported((0.001, 0.01, 0.5, 0.99, 0.999), 1_000).tolist() == [0.01, 0.5, 0.99]


def made_up(*, lasting: float, occasion: float) -> RealVectors:
    """Return 60 owners with 8 samples each whose grades have these shares, and as many mirrored ones."""
    random, owners, samples, dimension = np.random.default_rng(4), 60, 8, 4_000
    parts = (random.normal(size=shape) for shape in ((owners, 1), (1, samples), (owners, samples)))
    shares = (lasting, occasion, 1.0 - lasting - occasion)
    number = 1.0 + 0.6 * sum(np.sqrt(share) * part for share, part in zip(shares, parts, strict=True))
    graded = (1.0 / (1.0 + np.exp(-number))).reshape(-1, 1)
    centres = np.repeat(_units(random.normal(size=(owners, dimension))), samples, axis=0)
    away = _units(random.normal(size=(owners * samples, dimension)))
    vectors = _units(graded * centres + np.sqrt(1.0 - graded**2) * away).astype(np.float32)
    occasions = np.tile(np.arange(samples), owners)
    return RealVectors(
        name="made up",
        vectors=np.concatenate((vectors, -vectors)),
        owners=np.tile(np.repeat(np.arange(owners), samples), 2),
        sets=np.zeros(2 * owners * samples, dtype=np.int64),
        occasions=np.concatenate((occasions, np.full(owners * samples, MIRRORED))),
    )


def _units(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
