"""Quality of a sample and presentation-attack evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

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


class PadVerdict(Enum):
    """What presentation attack detection says of a sample; a suspicion is for a person to judge."""

    BONA_FIDE = "bona_fide"
    ATTACK_SUSPECTED = "attack_suspected"
    NOT_EVALUATED = "not_evaluated"


class Verdict(Enum):
    """What a component of quality means for the operator."""

    GOOD = "good"
    IMPROVE = "improve"
    BAD = "bad"
    NOT_EVALUATED = "not_evaluated"

    @property
    def is_advice(self) -> bool:
        """True when there is something to do about it."""
        return self in (Verdict.IMPROVE, Verdict.BAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentVerdict:
    """One thing about a sample, and what can be done about it.

    Parameters
    ----------
    component
        What was looked at: `pose`, `exposure`.
    verdict
        How it is.
    message
        Stable key of the advice, `face.exposure.too_dark`, where there is something to do; texts in several languages
        belong to the key.

    Raises
    ------
    ProcessingError
        When advice lacks its key, or a key comes without advice.
    """

    component: str
    verdict: Verdict
    message: str | None = None

    def __post_init__(self) -> None:
        if self.verdict.is_advice != (self.message is not None):
            raise ProcessingError(f"the verdict on {self.component} and its message do not fit together")


@dataclass(frozen=True, slots=True, kw_only=True)
class PadResult:
    """Evidence for or against a presentation attack (ISO/IEC 30107-1).

    Parameters
    ----------
    score
        0 attack to 1 bona fide presentation; None when nothing evaluated the sample.
    algorithm
        The model that judged.
    threshold
        An attack is suspected below it; given with every score.
    reason
        Why nothing was evaluated.

    Raises
    ------
    ProcessingError
        When score or threshold is outside 0-1, or one is given without the other.
    """

    score: float | None
    algorithm: str = "not evaluated"
    threshold: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ProcessingError(f"presentation-attack score {self.score} is outside 0-1")
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            raise ProcessingError(f"presentation-attack threshold {self.threshold} is outside 0-1")
        if (self.score is None) != (self.threshold is None):
            raise ProcessingError("a presentation-attack score and its threshold belong together")

    @property
    def verdict(self) -> PadVerdict:
        """What the score means at its threshold."""
        if self.score is None or self.threshold is None:
            return PadVerdict.NOT_EVALUATED
        return PadVerdict.ATTACK_SUSPECTED if self.score < self.threshold else PadVerdict.BONA_FIDE


PAD_NOT_EVALUATED = PadResult(score=None, reason="no model for it is set")
