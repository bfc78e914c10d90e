"""What a score means for the people served: a calibration fitted to their portraits, and whom it would treat worse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biometrics.errors import ConfigurationError
from enrollment.population.cohorts import Cohort, scored_cohorts
from enrollment.population.extraction import EmbeddedPopulation
from enrollment.population.second_pictures import LikelyOnePerson, likely_one_person
from matching.calibration import Calibration, fit_calibration
from matching.calibration.fit import LEAST_SUPPORT
from matching.impostors import PairScores

TARGET_FMR = 1e-3
"""The false match rate that portraits must at least support, where nothing else is asked for."""

LEAST_PERSONS = 100
"""Fewer people, however many pairs they make, say little about others: with 100, one person who resembles many moves a
rate by about 2 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to fit.

    Parameters
    ----------
    scale
        Of the scores.
    population
        Short label of whom the portraits show.
    origin
        Where they come from, in words.
    command
        What was asked, in words that name no machine.
    within
        Columns of the labels: only portraits with equal values are compared, as impostors of one sex and group are the
        likeliest to be confused.
    worst
        Fit to the cohort that scores highest, not to all together, so that the stated rates hold for everybody.
    target_fmr
        The rate that must be measured, not extrapolated.
    """

    scale: str
    population: str
    origin: str
    command: str = ""
    within: tuple[str, ...] = ()
    worst: bool = False
    target_fmr: float = TARGET_FMR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PopulationCalibration:
    """A calibration, and what to know before using it.

    Parameters
    ----------
    calibration
        Fitted.
    cohorts
        All, by their values.
    fitted_to
        The cohort it was fitted to; None where it was all together.
    likely_one_person
        Pairs to look at.
    """

    calibration: Calibration
    cohorts: tuple[Cohort, ...]
    fitted_to: Cohort | None
    likely_one_person: tuple[LikelyOnePerson, ...]


def calibrate_population(population: EmbeddedPopulation, wanted: Wanted) -> PopulationCalibration:
    """Fit what scores mean to the portraits of a population, no two of one person being known.

    Raises
    ------
    ConfigurationError
        When there are too few persons for the target, or no cohort alone has enough where the worst is asked for.
    """
    cohorts = scored_cohorts(population, wanted.within)
    worst = _worst(cohorts, wanted) if wanted.worst else None
    if worst is None:
        scores = np.concatenate([cohort.scores for cohort in cohorts])
        persons = len(np.unique(population.persons))
        _require_support(len(scores), persons, wanted.target_fmr)
        calibration = _fit(scores, persons, wanted, _told(cohorts, wanted.within))
    else:
        told = f"{_told(cohorts, wanted.within)}, of which the one that scores highest is taken: {worst}"
        calibration = _fit(worst.scores, worst.persons, wanted, told)
    return PopulationCalibration(
        calibration=calibration,
        cohorts=cohorts,
        fitted_to=worst,
        likely_one_person=likely_one_person(population, cohorts, wanted.within),
    )


def supported_fmr(pairs: int) -> float:
    """Return the least false match rate that so many impostor pairs measure; below, it is extrapolated."""
    return (LEAST_SUPPORT + 1.0) / (pairs + 1.0)


def _worst(cohorts: Sequence[Cohort], wanted: Wanted) -> Cohort:
    """Return the cohort whose threshold at the target is highest, of those that support it."""
    able = [one for one in cohorts if _supports(len(one.scores), one.persons, wanted.target_fmr)]
    if not able:
        largest = max(cohorts, key=lambda cohort: len(cohort.scores))
        raise ConfigurationError(
            f"no group is large enough by itself; the largest ({largest}) has {largest.persons} persons",
            remedy=f"give {_persons_for(wanted.target_fmr)} persons of each, or a larger --target-fmr",
        )
    return max(able, key=lambda cohort: _fit(cohort.scores, cohort.persons, wanted, "").threshold(wanted.target_fmr))


def _fit(scores: PairScores, persons: int, wanted: Wanted, told: str) -> Calibration:
    return fit_calibration(
        scores,
        scale=wanted.scale,
        population=wanted.population,
        origin=f"{told}; {wanted.origin}",
        subjects=persons,
        command=wanted.command,
    )


def _told(cohorts: Sequence[Cohort], within: Sequence[str]) -> str:
    inside = f" of equal {' and '.join(within)} ({len(cohorts)} cohorts)" if within else ""
    return f"all pairs of different persons{inside}"


def _supports(pairs: int, persons: int, target: float) -> bool:
    return persons >= LEAST_PERSONS and supported_fmr(pairs) <= target


def _require_support(pairs: int, persons: int, target: float) -> None:
    if _supports(pairs, persons, target):
        return
    measured = f", which measure a false match rate of {supported_fmr(pairs):.1e} at best" if pairs else ""
    # Pairs grow with the square of the persons, also where only those of equal labels are compared.
    more = math.ceil(persons * math.sqrt((LEAST_SUPPORT + 1.0) / target / pairs)) if pairs else _persons_for(target)
    raise ConfigurationError(
        f"{pairs:,} pairs of {persons:,} persons{measured} are too few for {target:g}",
        remedy=f"give about {max(LEAST_PERSONS, more):,} persons, or a larger --target-fmr",
    )


def _persons_for(target: float) -> int:
    """Return how many persons, all compared with all, have the pairs that a rate needs."""
    return max(LEAST_PERSONS, math.ceil((1.0 + math.sqrt(1.0 + 8.0 * (LEAST_SUPPORT + 1.0) / target)) / 2.0))
