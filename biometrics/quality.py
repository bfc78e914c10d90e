"""Quality of a sample and presentation-attack evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from biometrics.errors import ProcessingError


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityScore:
    """How useful a sample is for comparison: 0 useless to 100 excellent (ISO/IEC 29794-1).

    Parameters
    ----------
    value
        0-100.
    algorithm
        Name and version of the measure; values of different algorithms are not comparable.
    components
        Named parts an operator can act on, each in the unit its name says.

    Raises
    ------
    ProcessingError
        When the value is outside 0-100 or a component is not a finite number.
    """

    value: int
    algorithm: str
    components: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 100:
            raise ProcessingError(f"quality {self.value} is outside 0-100")
        if not all(math.isfinite(part) for part in self.components.values()):
            raise ProcessingError("a quality component is not a finite number")


@dataclass(frozen=True, slots=True, kw_only=True)
class PadResult:
    """Presentation-attack evidence: 0 attack to 1 bona fide; `score` is None when nothing evaluated it."""

    score: float | None
    algorithm: str = "not evaluated"

    def __post_init__(self) -> None:
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ProcessingError(f"presentation-attack score {self.score} is outside 0-1")


PAD_NOT_EVALUATED = PadResult(score=None)
