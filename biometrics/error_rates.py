"""Error rates always carry their counts and a 95 % interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from biometrics.errors import ProcessingError

_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """Errors among trials, with an interval.

    Parameters
    ----------
    errors, trials
        Counts; trials at least 1.
    low, high
        95 % interval of the rate. :meth:`of` gives Wilson's, which treats trials as independent; benchmarks replace it
        by a bootstrap over subjects.
    """

    errors: int
    trials: int
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.errors <= self.trials or self.trials < 1:
            raise ProcessingError(f"{self.errors} errors in {self.trials} trials is no rate")
        if not 0.0 <= self.low <= self.high <= 1.0:
            raise ProcessingError(f"{self.low}-{self.high} is no interval of a rate")

    @classmethod
    def of(cls, errors: int, trials: int) -> ErrorRate:
        """Return the rate with Wilson's 95 % interval (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
        if not 0 <= errors <= trials or trials < 1:
            raise ProcessingError(f"{errors} errors in {trials} trials is no rate")
        z2 = _Z_95**2
        share = errors / trials
        centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
        spread = _Z_95 / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
        low = 0.0 if errors == 0 else max(0.0, centre - spread)
        high = 1.0 if errors == trials else min(1.0, centre + spread)
        return cls(errors=errors, trials=trials, low=low, high=high)

    @property
    def value(self) -> float:
        """Errors divided by trials."""
        return self.errors / self.trials

    def __str__(self) -> str:
        return f"{self.value:.2%} ({self.errors}/{self.trials}, 95 % {self.low:.2%}-{self.high:.2%})"
