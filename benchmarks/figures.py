"""One measured number, never without what it was counted from and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from biometrics.errors import ProcessingError

RATE = "rate"
"""Unit of a share between 0 and 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured value with its 95 % interval.

    Parameters
    ----------
    value, low, high
        The estimate and its interval.
    unit
        `rate`, or a unit such as `ms` or `1/s`.
    counts
        What it was counted from: errors, trials, rounds.
    threshold
        Score at or above which a comparison counts as a match; None where none applies, or where only refusing
        everybody reaches the operating point.

    Raises
    ------
    ProcessingError
        When a number is not finite, the value lies outside its interval, or a rate outside 0-1.
    """

    value: float
    low: float
    high: float
    unit: str
    counts: Mapping[str, int] = field(default_factory=dict)
    threshold: float | None = None

    def __post_init__(self) -> None:
        numbers = (self.value, self.low, self.high, 0.0 if self.threshold is None else self.threshold)
        if not all(math.isfinite(number) for number in numbers):
            raise ProcessingError("a figure is not a finite number")
        if not self.low <= self.value <= self.high:
            raise ProcessingError(f"{self.value} lies outside its interval {self.low}-{self.high}")
        if self.unit == RATE and not 0.0 <= self.low <= self.high <= 1.0:
            raise ProcessingError(f"{self.low}-{self.high} is no interval of a rate")
        if any(count < 0 for count in self.counts.values()):
            raise ProcessingError("a count is negative")

    def __str__(self) -> str:
        if self.unit == RATE:
            return f"{self.value:.2%} ({self.low:.2%}-{self.high:.2%})"
        return f"{plain(self.value)} {self.unit} ({plain(self.low)}-{plain(self.high)})"


def plain(value: float) -> str:
    """Return a number in four digits, but a larger one in all it has: 90,540, not 9.054e+04."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def mean_figure(figures: Sequence[Figure]) -> Figure:
    """Return the mean of independent figures of one unit, for instance over databases.

    The interval combines the distances of theirs in quadrature (variance estimates recovery: Zou and Donner, Statistics
    in Medicine 27, 2008). Counts are summed.

    Raises
    ------
    ProcessingError
        When there are none, or their units differ.
    """
    units = {figure.unit for figure in figures}
    if len(units) != 1:
        raise ProcessingError("a mean needs figures of one unit")
    count = len(figures)
    value = math.fsum(figure.value for figure in figures) / count
    below = math.sqrt(math.fsum((figure.value - figure.low) ** 2 for figure in figures)) / count
    above = math.sqrt(math.fsum((figure.high - figure.value) ** 2 for figure in figures)) / count
    names = sorted({name for figure in figures for name in figure.counts})
    counts = {name: sum(figure.counts.get(name, 0) for figure in figures) for name in names}
    (unit,) = units
    high = value + above
    return Figure(
        value=value,
        low=max(0.0, value - below),
        high=min(1.0, high) if unit == RATE else high,
        unit=unit,
        counts=counts,
    )
