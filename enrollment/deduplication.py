"""The gallery against itself: every reported pair becomes a case for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from biometrics.cases import CaseCandidate, CasePriority
from biometrics.decisions import DecisionPolicy
from biometrics.protocols import CaseSink, Progress, no_progress
from matching.deduplicate import DuplicatePair, deduplicate
from matching.gallery import Gallery
from matching.policy import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPair:
    """A pair and the case it opened, or the open case that asks the same."""

    pair: DuplicatePair
    case_id: str


def report_duplicates(
    gallery: Gallery, cases: CaseSink, policy: DecisionPolicy, progress: Progress = no_progress
) -> Iterator[ReportedPair]:
    """Compare everybody with everybody and open a case per pair that reaches the policy's rates.

    Interrupting loses nothing: cases are open as soon as their pair is yielded, and a second run finds them again.
    """
    for pair in deduplicate(gallery, policy, progress):
        yield ReportedPair(pair=pair, case_id=_open_case(pair, cases))


def _open_case(pair: DuplicatePair, cases: CaseSink) -> str:
    duplicate = pair.finding is Finding.DUPLICATE
    candidate = CaseCandidate(
        subject_id=pair.a,
        score=pair.fmr.evidence,
        scores={position.value: score.value for position, score in pair.scores.items()},
        extrapolated=pair.fmr.extrapolated,
    )
    return cases.open_case(
        subject_id=pair.b,
        candidates=(candidate,),
        priority=CasePriority.HIGH if duplicate else CasePriority.NORMAL,
        reason="deduplication run",
    )
