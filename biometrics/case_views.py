"""What people may see of a case: before their own verdict nothing that could sway it, by types that lack the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from biometrics.cases import AdjudicationCase, CaseDoubt, CaseOutcome
from biometrics.positions import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSample:
    """A stored picture to look at; how the software judged it is left out."""

    sha256: str
    position: Position
    ppi: float | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCandidate:
    """A person to compare with, under a number that means nothing; `samples` are theirs."""

    number: int
    samples: tuple[ShownSample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindView:
    """A case for whoever is to judge it: pictures and a question.

    No scores, no verdicts of others, not whether there are any, nor who the people are; candidates stand in no order of
    likeness.

    Parameters
    ----------
    samples
        Of the person the case is about.
    candidates
        Whom they might be.
    doubts
        What to look at besides.
    outcomes
        What the case can come to.
    """

    case_id: str
    samples: tuple[ShownSample, ...]
    candidates: tuple[ShownCandidate, ...]
    doubts: tuple[CaseDoubt, ...]
    outcomes: tuple[CaseOutcome, ...]

    @property
    def pictures(self) -> frozenset[str]:
        """Digests of the pictures shown."""
        return _pictures(self.samples, self.candidates)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedView:
    """A case with everything known about it, and the candidates under the numbers that examiners see."""

    case: AdjudicationCase
    samples: tuple[ShownSample, ...]
    candidates: tuple[ShownCandidate, ...]
    candidate_ids: tuple[str, ...]

    @property
    def pictures(self) -> frozenset[str]:
        """Digests of the pictures shown."""
        return _pictures(self.samples, self.candidates)


def _pictures(samples: tuple[ShownSample, ...], candidates: tuple[ShownCandidate, ...]) -> frozenset[str]:
    shown = (*samples, *(one for candidate in candidates for one in candidate.samples))
    return frozenset(one.sha256 for one in shown)


CaseView: TypeAlias = BlindView | RevealedView
