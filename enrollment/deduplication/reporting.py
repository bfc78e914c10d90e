"""The gallery against itself: every reported pair becomes a case for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from biometrics.cases import CasePriority, SearchEvidence
from biometrics.decisions import DecisionPolicy
from biometrics.errors import RecordNotFoundError
from biometrics.protocols import CaseSink, Progress, no_progress
from enrollment.questions import case_candidate
from matching.deduplicate import DuplicatePair, deduplicate
from matching.gallery import Gallery
from matching.policy import Finding, thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPair:
    """A pair and the case it opened, or the open case that asks the same."""

    pair: DuplicatePair
    case_id: str


def report_duplicates(
    gallery: Gallery, cases: CaseSink, policy: DecisionPolicy, progress: Progress = no_progress
) -> Iterator[ReportedPair]:
    """Compare everybody with everybody and open a case per pair that reaches the policy's rates.

    Pairs that people decided are left out until something is added about either, and those of whom one was retired or
    merged since the gallery looked. Interrupting loses nothing: cases are open as soon as their pair is yielded, and a
    second run finds them again.
    """
    evidence = _evidence(gallery, policy)
    for pair in deduplicate(gallery, policy, progress):
        if cases.answered(pair.a, pair.b):
            continue
        try:
            case_id = _open_case(pair, cases, evidence)
        except RecordNotFoundError:
            continue
        yield ReportedPair(pair=pair, case_id=case_id)


def _evidence(gallery: Gallery, policy: DecisionPolicy) -> SearchEvidence:
    searched = max(gallery.size - 1, 0)
    duplicate_fmr, review_fmr = thresholds(policy, searched)
    return SearchEvidence(
        policy_version=policy.version,
        duplicate_fmr=duplicate_fmr,
        review_fmr=review_fmr,
        gallery_size=searched,
        calibrations=gallery.populations,
    )


def _open_case(pair: DuplicatePair, cases: CaseSink, evidence: SearchEvidence) -> str:
    duplicate = pair.finding is Finding.DUPLICATE
    return cases.open_case(
        subject_id=pair.b,
        candidates=(case_candidate(pair.a, pair.fmr, pair.scores),),
        priority=CasePriority.HIGH if duplicate else CasePriority.NORMAL,
        reason="deduplication run",
        evidence=evidence,
    )
