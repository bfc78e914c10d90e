"""The upper tail of impostor scores, below the rates that data support: a model, and named as one.

Excesses over a high threshold follow in the limit a generalised Pareto distribution (Pickands, Ann. Statist. 3, 1975);
with shape 0 it is the exponential. Cosines are bounded and their tail is lighter than that; scores of prints are sums
over many pairs and close to it. A lighter tail than the exponential is never believed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from biometrics.arrays import Rates
from biometrics.errors import ConfigurationError

EXPONENTIAL = "exponential"
GENERALISED_PARETO = "generalised-pareto"

LEAST_RATE = 1e-300
"""No rate is ever zero: this is the least positive one handed out."""

HEAVIEST_SHAPE = 0.5
"""Fits of heavier tails than this come from too few data; the shape is cut here (the variance is infinite beyond)."""

_Z_ONE_SIDED_95 = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The share of impostors scoring at least a value, from `start` upward.

    Parameters
    ----------
    model
        `exponential` or `generalised-pareto`.
    start
        Score from which the tail applies.
    rate
        False match rate at `start`.
    scale
        Score units in which the rate falls by a factor e at `start`.
    shape
        Generalised Pareto shape: 0 for the exponential, larger is heavier.
    fitted_above
        Score over which the excesses were fitted.
    excesses
        How many impostor scores were fitted.

    Raises
    ------
    ConfigurationError
        When a parameter is not finite, out of range or contradicts the model.
    """

    model: str
    start: float
    rate: float
    scale: float
    shape: float
    fitted_above: float
    excesses: int

    def __post_init__(self) -> None:
        numbers = (self.start, self.rate, self.scale, self.shape, self.fitted_above)
        if not all(math.isfinite(number) for number in numbers):
            raise ConfigurationError("a tail parameter is not a finite number")
        if not 0.0 < self.rate <= 1.0 or self.scale <= 0.0 or self.excesses < 2 or self.fitted_above > self.start:
            raise ConfigurationError("the parameters of the tail are out of range")
        fits = self.shape == 0.0 if self.model == EXPONENTIAL else 0.0 < self.shape <= HEAVIEST_SHAPE
        if self.model not in (EXPONENTIAL, GENERALISED_PARETO) or not fits:
            raise ConfigurationError(f"shape {self.shape} does not belong to a tail named {self.model!r}")

    def rates(self, values: Rates) -> Rates:
        """Return the false match rate of each score at or above `start`; never 0.

        Parameters
        ----------
        values
            float64 [count] finite scores.
        """
        distance = np.maximum(values - self.start, 0.0) / self.scale
        steps = distance if self.shape == 0.0 else np.log1p(self.shape * distance) / self.shape
        return np.maximum(self.rate * np.exp(-steps), LEAST_RATE)

    def score_at(self, rate: float) -> float:
        """Return the score whose rate is `rate`, which is at most the rate at `start`."""
        steps = math.log(self.rate / rate)
        distance = steps if self.shape == 0.0 else math.expm1(self.shape * steps) / self.shape
        return self.start + self.scale * distance


def fit_tail(descending: Rates, *, excesses: int, start: float, rate: float) -> Tail:
    """Fit the tail to the highest scores, on the side of caution.

    Shape and scale come from probability-weighted moments (Hosking and Wallis, Technometrics 29, 1987). The exponential
    is kept unless the shape lies above 0 by more than its 95 % sampling error; the scale is the upper 95 % bound of an
    exponential mean, so the rate falls more slowly than the data say.

    Parameters
    ----------
    descending
        float64 [count] all impostor scores, highest first.
    excesses
        How many of them to fit, at least 2 and less than all.
    start, rate
        Where the tail takes over from the data, at or above the fitted threshold, and the rate there.

    Raises
    ------
    ConfigurationError
        When the highest scores are all alike.
    """
    fitted_above = float(descending[excesses])
    ascending_excess = descending[:excesses][::-1] - fitted_above
    plotting_position = (np.arange(1, excesses + 1) - 0.35) / excesses
    mean = float(ascending_excess.mean())
    weighted = float(((1.0 - plotting_position) * ascending_excess).mean())
    if mean <= 0.0 or mean - 2.0 * weighted <= 0.0:
        raise ConfigurationError("the highest impostor scores are all alike: no tail can be fitted")
    shape = 2.0 - mean / (mean - 2.0 * weighted)
    caution = _upper_bound_of_mean(excesses)
    if shape <= _Z_ONE_SIDED_95 * math.sqrt(4.0 / (3.0 * excesses)):
        model, shape, scale = EXPONENTIAL, 0.0, mean * caution
    else:
        model, shape = GENERALISED_PARETO, min(shape, HEAVIEST_SHAPE)
        scale = 2.0 * mean * weighted / (mean - 2.0 * weighted) * caution + shape * (start - fitted_above)
    return Tail(
        model=model, start=start, rate=rate, scale=scale, shape=shape, fitted_above=fitted_above, excesses=excesses
    )


def _upper_bound_of_mean(count: int) -> float:
    """Return the 95 % upper bound of an exponential mean over its estimate; the chi-square is Wilson and Hilferty's."""
    degrees = 2.0 * count
    quantile = degrees * (1.0 - 2.0 / (9.0 * degrees) - _Z_ONE_SIDED_95 * math.sqrt(2.0 / (9.0 * degrees))) ** 3
    return degrees / quantile
