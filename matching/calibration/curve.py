"""What a comparison score means: the false match rate it stands for, measured on impostor pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Flags, Rates, Values
from biometrics.errors import ConfigurationError, ProcessingError
from biometrics.scores import CalibratedFmr
from matching.calibration.tail import Tail

LEAST_IMPOSTOR_PAIRS = 1_000
"""Fewer impostor pairs than this fit no tail."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Maps scores of one scale to false match rates in one population.

    Parameters
    ----------
    scale
        Comparison algorithm and version whose scores these are.
    population
        Whom the impostor pairs were drawn from, as a short label.
    origin
        Where the samples come from and which pairs were compared, in words.
    pairs, subjects
        Impostor comparisons, and persons (or fingers) they were made from.
    scores, rates
        float64 [knots]: the survival curve as far as data support it; scores ascend, rates descend from 1.
    tail
        The model above the last knot.
    command
        What created it.
    data_sha256
        SHA-256 of the sorted impostor scores as little-endian float32.

    Raises
    ------
    ConfigurationError
        When the parts contradict each other.
    """

    scale: str
    population: str
    origin: str
    pairs: int
    subjects: int
    scores: Rates
    rates: Rates
    tail: Tail
    command: str
    data_sha256: str

    def __post_init__(self) -> None:
        if (
            not (self.scale and self.population and self.origin)
            or self.subjects < 2
            or self.pairs < LEAST_IMPOSTOR_PAIRS
        ):
            raise ConfigurationError("a calibration names its scale, population, origin and how many were compared")
        if len(self.scores) != len(self.rates) or len(self.scores) < 2:
            raise ConfigurationError("a calibration needs at least two knots, each a score and a rate")
        ascending = np.isfinite(self.scores).all() and (np.diff(self.scores) > 0).all()
        descending = np.isfinite(self.rates).all() and (np.diff(self.rates) < 0).all()
        if not (ascending and descending and self.rates[0] == 1.0 and self.rates[-1] > 0.0):
            raise ConfigurationError("the rates of a calibration must fall from 1 as its scores rise")
        if self.tail.start != self.scores[-1] or self.tail.rate != self.rates[-1]:
            raise ConfigurationError("the tail of a calibration must start at its last knot")

    def fmr_values(self, values: Values) -> Rates:
        """Return the false match rate of each score: never 0, never NaN, and never rising with the score.

        Parameters
        ----------
        values
            float32 [count] finite scores.

        Raises
        ------
        ProcessingError
            When a score is not a finite number.
        """
        if not np.isfinite(values).all():
            raise ProcessingError("a comparison score is not a finite number")
        wide = values.astype(np.float64)
        measured = np.exp(np.interp(wide, self.scores, np.log(self.rates)))
        return np.where(wide > self.tail.start, self.tail.rates(wide), np.maximum(measured, self.tail.rate))

    def extrapolated(self, values: Values) -> Flags:
        """Return for each score whether its rate comes from the tail model rather than from data."""
        return values.astype(np.float64) > self.tail.start

    def fmr(self, value: float) -> CalibratedFmr:
        """Return the false match rate of one score and how it was obtained."""
        single = np.array([value], dtype=np.float32)
        from_tail = bool(self.extrapolated(single)[0])
        how = f"{self.tail.model} tail" if from_tail else "measured"
        return CalibratedFmr(
            value=float(self.fmr_values(single)[0]), extrapolated=from_tail, model=f"{self.population}: {how}"
        )

    def threshold(self, fmr: float) -> float:
        """Return the score at which the false match rate has come down to `fmr`.

        Raises
        ------
        ConfigurationError
            When `fmr` is not within (0, 1].
        """
        if not 0.0 < fmr <= 1.0:
            raise ConfigurationError(f"a false match rate of {fmr} is outside (0, 1]")
        if fmr < self.tail.rate:
            return self.tail.score_at(fmr)
        return float(np.interp(-math.log(fmr), -np.log(self.rates), self.scores))
